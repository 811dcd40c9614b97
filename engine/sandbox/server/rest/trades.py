"""Public trades: ``/markets/trades``."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.units import SECOND_NS
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.answers import json_response
from engine.sandbox.server.rest.context import cutoff_ns, exchange_of, world_of
from engine.sandbox.server.rest.projection import trade_shape
from engine.sandbox.server.rest.query import Query
from engine.sandbox.server.rest.trade_history import TradeQuery, page_of
from engine.wire.markets import Trade, TradePage

_SHAPES_A_SLICE = 250


async def list_trades(request: Request) -> Response:
    """Newest first. What is older than the cutoff is under ``/historical/trades``."""
    return await trade_page(request, Query(request, "GetTrades"), historical=False)


async def trade_page(request: Request, query: Query, *, historical: bool) -> Response:
    limit = query.limit()
    asked = _asked(request, query, historical=historical)
    listing = "historical_trades" if historical else "trades"
    page, cursor = await page_of(world_of(request), listing, asked, query.text("cursor"), limit)
    shapes: list[Trade] = []
    for start in range(0, len(page), _SHAPES_A_SLICE):
        shapes += map(trade_shape, page[start : start + _SHAPES_A_SLICE])
        await asyncio.sleep(0)
    return json_response(TradePage(trades=shapes, cursor=cursor))


def _asked(request: Request, query: Query, *, historical: bool) -> TradeQuery:
    """A ticker that is not listed has no trades; the exchange answers with an empty page. The sandbox has no
    block trades at all."""
    exchange, ticker = exchange_of(request), query.text("ticker")
    block_trades = query.maybe_flag("is_block_trade")
    min_s, max_s = query.integer("min_ts", minimum=0), query.integer("max_ts", minimum=0)
    cutoff = cutoff_ns(request)
    cutoff_s = cutoff // SECOND_NS
    records: tuple[MarketRecord, ...]
    if block_trades:
        records = ()
    elif ticker is None:
        records = tuple(exchange.markets.values())
    else:
        record = exchange.markets.get(ticker)
        records = () if record is None else (record,)
    return TradeQuery(
        records,
        min_s if historical else max(min_s or 0, cutoff_s),
        min(cutoff_s if max_s is None else max_s, cutoff_s) if historical else max_s,
        lambda trade: (trade.at_ns < cutoff) is historical,
    )


routes = [Route("/markets/trades", list_trades)]
