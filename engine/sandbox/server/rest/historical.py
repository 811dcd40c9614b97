"""The historical tier: what is older than the cutoff. Candlesticks of it are in :mod:`candlesticks`."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.rest.context import cutoff_ns, desk_of, is_historical, record_of
from engine.sandbox.server.rest.fills import fill_page
from engine.sandbox.server.rest.markets import market_page
from engine.sandbox.server.rest.order_reads import order_page
from engine.sandbox.server.rest.portfolio import position_page
from engine.sandbox.server.rest.query import Query
from engine.sandbox.server.rest.trades import trade_page
from engine.wire.iso_time import iso_text
from engine.wire.markets import HistoricalCutoff


async def cutoff(request: Request) -> Response:
    """One moment for everything."""
    at = iso_text(cutoff_ns(request))
    return json_response(
        HistoricalCutoff(
            market_settled_ts=at,
            trades_created_ts=at,
            orders_updated_ts=at,
            market_positions_last_updated_ts=at,
        )
    )


async def list_markets(request: Request) -> Response:
    return market_page(request, Query(request, "GetHistoricalMarkets"), historical=True)


async def one_market(request: Request) -> Response:
    record = record_of(request)
    if not is_historical(record, cutoff_ns(request)):
        raise not_found(f"historical market: got {record.ticker}")
    return json_response({"market": desk_of(request).markets.raw(record)})


async def list_trades(request: Request) -> Response:
    return await trade_page(request, Query(request, "GetHistoricalTrades"), historical=True)


async def list_fills(request: Request) -> Response:
    return await fill_page(request, Query(request, "GetHistoricalFills"), historical=True)


async def list_orders(request: Request) -> Response:
    return await order_page(request, Query(request, "GetHistoricalOrders"), historical=True)


async def list_positions(request: Request) -> Response:
    return await position_page(request, Query(request, "GetHistoricalPositions"), historical=True)


routes = [
    Route("/historical/cutoff", cutoff),
    Route("/historical/markets", list_markets),
    Route("/historical/markets/{ticker}", one_market),
    Route("/historical/trades", list_trades),
    Route("/historical/fills", list_fills),
    Route("/historical/orders", list_orders),
    Route("/historical/positions", list_positions),
]
