"""Public trades: ``/markets/trades``."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.units import SECOND_NS
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.answers import json_response
from engine.sandbox.server.rest.context import cutoff_ns, exchange_of, world_of
from engine.sandbox.server.rest.projection import trade_shape
from engine.sandbox.server.rest.query import Query
from engine.sandbox.server.rest.trade_history import TradeQuery, newest_trades, page_of
from engine.wire.markets import TradePage


async def list_trades(request: Request) -> Response:
    """Newest first. What is older than the cutoff is under ``/historical/trades``."""
    return trade_page(request, Query(request, "GetTrades"), historical=False)


def trade_page(request: Request, query: Query, *, historical: bool) -> Response:
    limit = query.limit()
    block_trades = query.maybe_flag("is_block_trade")
    asked = _asked(request, query)
    cutoff = cutoff_ns(request)
    cutoff_s = cutoff // SECOND_NS
    asked = msgspec.structs.replace(
        asked,
        min_s=asked.min_s if historical else max(asked.min_s or 0, cutoff_s),
        max_s=min(asked.max_s or cutoff_s, cutoff_s) if historical else asked.max_s,
    )

    def wanted(trade: Traded) -> bool:
        return (trade.at_ns < cutoff) is historical and block_trades is not True

    world = world_of(request)
    listing = "historical_trades" if historical else "trades"
    found = newest_trades(world.exchange, world.source, asked)
    page, cursor = page_of(listing, found, query.text("cursor"), limit, wanted)
    return json_response(TradePage(trades=[trade_shape(trade) for trade in page], cursor=cursor))


def _asked(request: Request, query: Query) -> TradeQuery:
    """A ticker that is not listed has no trades; the exchange answers with an empty page."""
    exchange, ticker = exchange_of(request), query.text("ticker")
    records: tuple[MarketRecord, ...]
    if ticker is None:
        records = tuple(exchange.markets.values())
    else:
        record = exchange.markets.get(ticker)
        records = () if record is None else (record,)
    return TradeQuery(
        records,
        query.integer("min_ts", minimum=0),
        query.integer("max_ts", minimum=0),
    )


routes = [Route("/markets/trades", list_trades)]
