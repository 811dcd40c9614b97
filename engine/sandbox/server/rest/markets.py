"""Markets: ``/markets``, ``/markets/{ticker}``."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.rest.context import cutoff_ns, desk_of, exchange_of, is_historical, record_of
from engine.sandbox.server.rest.market_cache import list_key, read_key, write_key
from engine.sandbox.server.rest.market_filter import MarketFilter, read_filter
from engine.sandbox.server.rest.paging import by_key
from engine.sandbox.server.rest.query import Query


async def list_markets(request: Request) -> Response:
    """What was settled before the cutoff is not here but under ``/historical/markets``."""
    query = Query(request, "GetMarkets")
    return market_page(request, query, historical=False)


def market_page(request: Request, query: Query, *, historical: bool) -> Response:
    """One page of a tier, newest market first."""
    limit = query.limit()
    found = read_filter(query)
    holds, cutoff = found.predicate(), cutoff_ns(request)
    page, cursor = by_key(
        "historical_markets" if historical else "markets",
        _candidates(request, found),
        list_key,
        query.text("cursor"),
        limit,
        lambda record: holds(record) and is_historical(record, cutoff) is historical,
        read_key=read_key,
        write_key=write_key,
    )
    return json_response({"markets": desk_of(request).markets.raws(page), "cursor": cursor})


def _candidates(request: Request, found: MarketFilter) -> Sequence[MarketRecord]:
    """The markets to look through, in paging order: few where the filter names few."""
    exchange = exchange_of(request)
    if found.tickers:
        named = [exchange.markets[ticker] for ticker in found.tickers if ticker in exchange.markets]
        return sorted(named, key=list_key)
    if found.event_ticker is not None:
        return sorted(exchange.markets_of(found.event_ticker), key=list_key)
    return desk_of(request).markets.all()


async def one_market(request: Request) -> Response:
    record = record_of(request)
    if is_historical(record, cutoff_ns(request)):
        raise not_found(f"market: got {record.ticker}")
    return json_response({"market": desk_of(request).markets.raw(record)})


routes = [
    Route("/markets", list_markets),
]
routes_by_ticker = [
    Route("/markets/{ticker}", one_market),
]
"""After every fixed path below ``/markets``, which the template would also fit."""
