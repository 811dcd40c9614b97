"""Fills and settlements of an account."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.fill import Fill
from engine.domain.units import SECOND_NS
from engine.sandbox.core.accounts import Settlement
from engine.sandbox.server.answers import json_response
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.context import cutoff_ns, exchange_of
from engine.sandbox.server.rest.paging import newest_first
from engine.sandbox.server.rest.projection_portfolio import fill_shape, settlement_shape
from engine.sandbox.server.rest.query import Query
from engine.wire.portfolio import FillPage, SettlementPage

TICKERS_MAX = 100


async def list_fills(request: Request) -> Response:
    return await fill_page(request, Query(request, "GetFills"), historical=False)


async def fill_page(request: Request, query: Query, *, historical: bool) -> Response:
    """Newest first."""
    caller = await require_caller(request, "read")
    query.refuse_other_subaccounts()
    limit, order_id, shard = query.limit(), query.text("order_id"), query.shard()
    tickers = frozenset(query.csv("ticker", TICKERS_MAX))
    min_s, max_s = query.integer("min_ts", minimum=0), query.integer("max_ts", minimum=0)
    cutoff = cutoff_ns(request)

    def wanted(fill: Fill) -> bool:
        at_s = fill.at_ns // SECOND_NS
        return (
            (not tickers or fill.ticker in tickers)
            and order_id in (None, fill.order_id)
            and shard in (None, fill.exchange_index)
            and (min_s is None or at_s >= min_s)
            and (max_s is None or at_s <= max_s)
            and (fill.at_ns < cutoff) is historical
        )

    def is_past(fill: Fill) -> bool:
        return (min_s is not None and fill.at_ns < min_s * SECOND_NS) or (
            not historical and fill.at_ns < cutoff
        )

    fills = exchange_of(request).fills_of(caller.account_id)
    listing = "historical_fills" if historical else "fills"
    page, cursor = newest_first(listing, fills, query.text("cursor"), limit, wanted, is_past)
    return json_response(FillPage(fills=[fill_shape(fill) for fill in page], cursor=cursor))


async def list_settlements(request: Request) -> Response:
    """Newest first."""
    caller = await require_caller(request, "read")
    query = Query(request, "GetSettlements")
    query.refuse_other_subaccounts()
    limit, ticker, event_ticker = query.limit(), query.text("ticker"), query.text("event_ticker")
    shard = query.shard()
    min_s, max_s = query.integer("min_ts", minimum=0), query.integer("max_ts", minimum=0)

    def wanted(settlement: Settlement) -> bool:
        at_s = settlement.at_ns // SECOND_NS
        return (
            ticker in (None, settlement.ticker)
            and event_ticker in (None, settlement.event_ticker)
            and shard in (None, settlement.exchange_index)
            and (min_s is None or at_s >= min_s)
            and (max_s is None or at_s <= max_s)
        )

    settlements = exchange_of(request).settlements_of(caller.account_id)
    page, cursor = newest_first("settlements", settlements, query.text("cursor"), limit, wanted)
    shapes = [settlement_shape(settlement) for settlement in page]
    return json_response(SettlementPage(settlements=shapes, cursor=cursor))


routes = [
    Route("/portfolio/fills", list_fills),
    Route("/portfolio/settlements", list_settlements),
]
