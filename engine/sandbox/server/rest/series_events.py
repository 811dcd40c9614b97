"""Series and events: ``/series*`` and ``/events*``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.market import FILTER_STATUSES, Event
from engine.domain.units import Nanoseconds
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.rest.context import cutoff_ns, desk_of, exchange_of, is_historical
from engine.sandbox.server.rest.paging import by_key, newest_first
from engine.sandbox.server.rest.projection import event_shape, fee_change_shape, series_shape, sources_of
from engine.sandbox.server.rest.query import Query, query_refusal
from engine.wire.markets import (
    EventFeeChangePage,
    EventMetadata,
    SeriesAnswer,
    SeriesFeeChanges,
    SeriesList,
)

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange

_TICKERS_MAX = 200


async def list_series(request: Request) -> Response:
    query = Query(request, "GetSeriesList")
    exchange = exchange_of(request)
    category, tags = query.text("category"), set(query.csv("tags"))
    with_volume = query.flag("include_volume")
    query.flag("include_product_metadata")
    query.time_ns("min_updated_ts")
    found = [
        series_shape(series, _series_volume(exchange, series.ticker) if with_volume else None)
        for series in exchange.series.values()
        if (category is None or series.category == category) and (not tags or tags & set(series.tags))
    ]
    return json_response(SeriesList(series=found))


async def one_series(request: Request) -> Response:
    query = Query(request, "GetSeries")
    exchange = exchange_of(request)
    ticker = request.path_params["series_ticker"]
    series = exchange.series.get(ticker)
    if series is None:
        raise not_found(f"series: got {ticker}")
    volume_c = _series_volume(exchange, ticker) if query.flag("include_volume") else None
    return json_response(SeriesAnswer(series=series_shape(series, volume_c)))


def _series_volume(exchange: Exchange, series_ticker: str) -> int:
    return sum(
        record.volume_c
        for event in exchange.events_of(series_ticker)
        for record in exchange.markets_of(event.ticker)
    )


async def series_fee_changes(request: Request) -> Response:
    """No fee of a sandbox series ever changes."""
    Query(request, "GetSeriesFeeChanges").flag("show_historical")
    return json_response(SeriesFeeChanges(series_fee_change_arr=[]))


async def event_fee_changes(request: Request) -> Response:
    """Newest first. What the overrides leave out is the series' own again."""
    query = Query(request, "GetEventFeeChanges")
    limit, event_ticker, exchange = query.limit(), query.text("event_ticker"), exchange_of(request)
    page, cursor = newest_first(
        "event_fee_changes",
        exchange.fee_changes,
        query.text("cursor"),
        limit,
        lambda change: event_ticker is None or change.event_ticker == event_ticker,
    )
    changes = [
        fee_change_shape(change, exchange.events[change.event_ticker].series_ticker) for change in page
    ]
    return json_response(EventFeeChangePage(event_fee_changes=changes, cursor=cursor))


async def list_events(request: Request) -> Response:
    query = Query(request, "GetEvents")
    exchange = exchange_of(request)
    limit = query.limit(default=200, maximum=200)
    nested, milestones = query.flag("with_nested_markets"), query.flag("with_milestones")
    wanted = _event_filter(query, exchange)
    series_ticker = query.text("series_ticker")
    events = exchange.events.values() if series_ticker is None else exchange.events_of(series_ticker)
    ordered = sorted(events, key=_ticker)
    page, cursor = by_key("events", ordered, _ticker, query.text("cursor"), limit, wanted)
    cutoff = cutoff_ns(request)
    body: dict[str, Any] = {
        "events": [_event_object(request, event, cutoff, nested=nested) for event in page],
        "cursor": cursor,
    }
    if milestones:
        body["milestones"] = []
    return json_response(body)


def _ticker(event: Event) -> str:
    return event.ticker


def _event_filter(query: Query, exchange: Exchange) -> Callable[[Event], bool]:
    """An event has a status while one of its markets has it."""
    word = query.text("status")
    if word is not None and (word not in FILTER_STATUSES or word == "paused"):
        raise query_refusal("invalid status filter")
    statuses = FILTER_STATUSES[word] if word is not None else None
    tickers = set(query.csv("tickers", _TICKERS_MAX))
    min_close_ns, min_updated_ns = query.time_ns("min_close_ts"), query.time_ns("min_updated_ts")

    def wanted(event: Event) -> bool:
        if tickers and event.ticker not in tickers:
            return False
        if statuses is None and min_close_ns is None and min_updated_ns is None:
            return True
        return any(
            (statuses is None or record.market.status in statuses)
            and (min_close_ns is None or record.market.close_ns >= min_close_ns)
            and (min_updated_ns is None or record.market.updated_ns >= min_updated_ns)
            for record in exchange.markets_of(event.ticker)
        )

    return wanted


def _event_object(request: Request, event: Event, cutoff: Nanoseconds, *, nested: bool) -> msgspec.Raw:
    """An event's JSON; nested markets are those that the live tier still has."""
    exchange, markets = exchange_of(request), desk_of(request).markets
    records = exchange.markets_of(event.ticker)
    shape = event_shape(event, exchange.series.get(event.series_ticker), records)
    encoded = msgspec.json.encode(shape)
    if not nested:
        return msgspec.Raw(encoded)
    inside = msgspec.json.encode(markets.raws(_live(records, cutoff)))
    return msgspec.Raw(encoded[:-1] + b',"markets":' + inside + b"}")


def _live(records: list[MarketRecord], cutoff: Nanoseconds) -> list[MarketRecord]:
    return [record for record in records if not is_historical(record, cutoff)]


async def one_event(request: Request) -> Response:
    query = Query(request, "GetEvent")
    nested, without = query.flag("with_nested_markets"), query.flag("exclude_markets")
    if nested and without:
        raise query_refusal("with_nested_markets and exclude_markets exclude each other")
    event, cutoff = _event_of(request), cutoff_ns(request)
    body: dict[str, Any] = {"event": _event_object(request, event, cutoff, nested=nested)}
    if not nested and not without:
        records = _live(exchange_of(request).markets_of(event.ticker), cutoff)
        body["markets"] = desk_of(request).markets.raws(records)
    return json_response(body)


async def event_metadata(request: Request) -> Response:
    event, exchange = _event_of(request), exchange_of(request)
    return json_response(
        EventMetadata(
            image_url="",
            featured_image_url=UNSET,
            market_details=[
                {"market_ticker": record.ticker, "image_url": "", "color_code": ""}
                for record in exchange.markets_of(event.ticker)
            ],
            settlement_sources=sources_of(exchange.series.get(event.series_ticker)),
        )
    )


def _event_of(request: Request) -> Event:
    ticker = request.path_params["event_ticker"]
    event = exchange_of(request).events.get(ticker)
    if event is None:
        raise not_found(f"event: got {ticker}")
    return event


routes = [
    Route("/series", list_series),
    Route("/series/fee_changes", series_fee_changes),
    Route("/series/{series_ticker}", one_series),
    Route("/events", list_events),
    Route("/events/fee_changes", event_fee_changes),
    Route("/events/{event_ticker}", one_event),
    Route("/events/{event_ticker}/metadata", event_metadata),
]
