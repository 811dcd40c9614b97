"""Every table of the lake.

What is from Kalshi is in integers: prices in basis points of a dollar on the YES leg, counts in hundredths of
a contract. What is from elsewhere keeps the source's number as float64, and its text where it gave a text.
Times are unix nanoseconds (``_ns``) or seconds (``_s``). A column that the source did not fill is null.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from engine.lake.errors import UnknownTable
from engine.lake.table import Table

_TEXT, _FLAG, _NUMBER = pa.string(), pa.bool_(), pa.float64()
_PRICE, _COUNT, _TIME, _SMALL = pa.int32(), pa.int64(), pa.int64(), pa.int32()
_RECEIVED = pa.field("received_ns", _TIME, nullable=False)


def _must(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


def _may(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=True)


def _bar(name: str) -> list[pa.Field]:
    return [_may(f"{name}_{part}_bp", _PRICE) for part in ("open", "high", "low", "close")]


CANDLES = Table(
    "candles",
    pa.schema(
        [
            _must("ticker", _TEXT),
            _must("event_ticker", _TEXT),
            _must("period_min", _SMALL),
            _must("end_s", _TIME),
            *_bar("yes_bid"),
            *_bar("yes_ask"),
            *_bar("price"),
            _may("mean_bp", _PRICE),
            _may("previous_bp", _PRICE),
            _must("volume_c", _COUNT),
            _must("open_interest_c", _COUNT),
            _RECEIVED,
        ]
    ),
    partitions=("series", "date"),
    key=("ticker", "period_min", "end_s"),
    order=("ticker", "period_min", "end_s"),
    time="end_s",
)
"""Candlesticks of periods that are over. A period without a trade has no price; ``end_s`` is inclusive."""

MARKETS = Table(
    "markets",
    pa.schema(
        [
            _must("ticker", _TEXT),
            _must("event_ticker", _TEXT),
            _may("title", _TEXT),
            _may("yes_sub_title", _TEXT),
            _may("rules_primary", _TEXT),
            _may("rules_secondary", _TEXT),
            _may("strike_type", _TEXT),
            _may("floor_strike", _TEXT),
            _may("cap_strike", _TEXT),
            _must("open_s", _TIME),
            _must("close_s", _TIME),
            _may("settled_s", _TIME),
            _must("status", _TEXT),
            _may("result", _TEXT),
            _may("settlement_bp", _PRICE),
            _may("expiration_value", _TEXT),
            _must("volume_c", _COUNT),
            _RECEIVED,
        ]
    ),
    partitions=("series", "date"),
    key=("ticker",),
    order=("event_ticker", "ticker"),
    time="open_s",
    keeps_versions=True,
)
"""Markets as they were listed. Strikes are decimal texts; ``settlement_bp`` is the value of the YES leg."""

CANDLE_EVENTS = Table(
    "candle_events",
    pa.schema(
        [
            _must("event_ticker", _TEXT),
            _must("period_min", _SMALL),
            _must("state", _TEXT),
            _must("tickers", pa.list_(_TEXT)),
            _must("open_s", pa.list_(_TIME)),
            _must("close_s", pa.list_(_TIME)),
            _must("settled_s", pa.list_(_TIME)),
            _must("through_s", pa.list_(_TIME)),
            _may("failed", pa.list_(_TEXT)),
            _may("reason", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("series",),
    key=("event_ticker", "period_min"),
    order=("event_ticker", "period_min"),
    is_state=True,
    series_of="event_ticker",
)
"""How far the candlesticks of an event are known. ``state``: open, complete or small (fewer markets than
asked for). The lists go with ``tickers``; ``through_s`` is the end of the last period known of a market."""

CANDLE_LISTINGS = Table(
    "candle_listings",
    pa.schema(
        [
            _must("series_ticker", _TEXT),
            _must("period_min", _SMALL),
            _must("tier", _TEXT),
            _must("node_id", _SMALL),
            _must("total_nodes", _SMALL),
            _must("settled_through_s", _TIME),
            _must("unreadable", _COUNT),
            _RECEIVED,
        ]
    ),
    partitions=("series",),
    key=("series_ticker", "period_min", "tier", "node_id", "total_nodes"),
    order=("series_ticker", "period_min", "tier", "node_id", "total_nodes"),
    is_state=True,
    series_of="series_ticker",
)
"""Up to which settlement a node has seen every market of a series; ``unreadable`` ones were in no form that
is understood."""

TRADES = Table(
    "trades",
    pa.schema(
        [
            _must("ticker", _TEXT),
            _must("trade_id", _TEXT),
            _must("at_ns", _TIME),
            _must("price_bp", _PRICE),
            _must("count_c", _COUNT),
            _may("taker_side", _TEXT),
            _must("is_block", _FLAG),
            _RECEIVED,
        ]
    ),
    partitions=("series", "date"),
    key=("ticker", "trade_id"),
    order=("ticker", "at_ns", "trade_id"),
    time="at_ns",
)
"""Prints. ``taker_side`` is ``bid`` or ``ask`` of the YES leg."""

QUOTES = Table(
    "quotes",
    pa.schema(
        [
            _must("ticker", _TEXT),
            _must("at_ns", _TIME),
            _may("yes_bid_bp", _PRICE),
            _may("yes_bid_c", _COUNT),
            _may("yes_ask_bp", _PRICE),
            _may("yes_ask_c", _COUNT),
            _may("last_bp", _PRICE),
            _may("last_trade_c", _COUNT),
            _may("volume_c", _COUNT),
            _may("open_interest_c", _COUNT),
            _RECEIVED,
        ]
    ),
    partitions=("series", "date"),
    key=("ticker", "at_ns", "received_ns"),
    order=("ticker", "at_ns"),
    time="at_ns",
)
"""Best prices and totals at each change."""

_BOOK_POSITION = [
    _must("ticker", _TEXT),
    _must("session_ns", _TIME),
    _must("number", _TIME),
    _may("clock", _TIME),
]

BOOK_DELTAS = Table(
    "book_deltas",
    pa.schema(
        [
            *_BOOK_POSITION,
            _may("at_ns", _TIME),
            _must("side", _TEXT),
            _must("price_bp", _PRICE),
            _must("delta_c", _COUNT),
            _RECEIVED,
        ]
    ),
    partitions=("series", "date"),
    key=("session_ns", "number"),
    order=("ticker", "session_ns", "number"),
)
"""One level's change. ``session_ns`` is when the recording began, ``number`` counts what it wrote to this
table and to ``book_snapshots`` together: sorted by both they replay in order. ``side`` is ``bid`` or ``ask``
of the YES leg, ``clock`` the exchange's own."""

BOOK_SNAPSHOTS = Table(
    "book_snapshots",
    pa.schema(
        [
            *_BOOK_POSITION,
            _may("stale_reason", _TEXT),
            _may("bid_price_bp", pa.list_(_PRICE)),
            _may("bid_count_c", pa.list_(_COUNT)),
            _may("ask_price_bp", pa.list_(_PRICE)),
            _may("ask_count_c", pa.list_(_COUNT)),
            _RECEIVED,
        ]
    ),
    partitions=("series", "date"),
    key=("session_ns", "number"),
    order=("ticker", "session_ns", "number"),
)
"""A whole book, best level first; with ``stale_reason`` and no levels, that the book is not known from here
on until the next one."""

SPOT = Table(
    "spot",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("product", _TEXT),
            _must("kind", _TEXT),
            _must("id", _TEXT),
            _may("source_ns", _TIME),
            _may("sequence", _TIME),
            _may("value", _NUMBER),
            _may("value_text", _TEXT),
            _may("size", _NUMBER),
            _may("size_text", _TEXT),
            _may("side", _TEXT),
            _may("bid", _NUMBER),
            _may("bid_text", _TEXT),
            _may("ask", _NUMBER),
            _may("ask_text", _TEXT),
            _may("average_60s", _NUMBER),
            _may("average_60s_text", _TEXT),
            _may("window_average", _NUMBER),
            _may("window_average_text", _TEXT),
            _may("window_count", _SMALL),
            _RECEIVED,
        ]
    ),
    partitions=("source", "date"),
    key=("source", "product", "kind", "id"),
    order=("product", "kind", "received_ns", "id"),
    spreads=True,
)
"""Prices of what crypto markets settle on. ``kind``: index, trade or quote; ``id`` is what the
source tells two of them apart by (a trade id, a time stamp). ``window_average`` is the running settlement
average."""

SPOT_CANDLES = Table(
    "spot_candles",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("product", _TEXT),
            _must("seconds", _SMALL),
            _must("start_s", _TIME),
            *(_must(name, _NUMBER) for name in ("open", "high", "low", "close", "volume")),
            _RECEIVED,
        ]
    ),
    partitions=("source", "date"),
    key=("source", "product", "seconds", "start_s"),
    order=("product", "seconds", "start_s"),
    time="start_s",
    keeps_versions=True,
)
"""Candlesticks of what crypto markets settle on, as listed; periods without a trade are missing."""

WEATHER_OBSERVATIONS = Table(
    "weather_observations",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("station", _TEXT),
            _must("observed_ns", _TIME),
            _may("temperature_c", _NUMBER),
            _may("temperature_f", _NUMBER),
            _may("temperature_text", _TEXT),
            _may("max_6h_c", _NUMBER),
            _may("min_6h_c", _NUMBER),
            _may("max_24h_c", _NUMBER),
            _may("min_24h_c", _NUMBER),
            _may("dewpoint_c", _NUMBER),
            _may("wind_speed_kmh", _NUMBER),
            _may("quality", _TEXT),
            _may("status", _TEXT),
            _may("raw", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("source", "date"),
    key=("source", "station", "observed_ns"),
    order=("station", "observed_ns"),
    time="observed_ns",
    keeps_versions=True,
)
"""Readings of stations; a report may come again with more of it filled in."""

WEATHER_FORECASTS = Table(
    "weather_forecasts",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("station", _TEXT),
            _must("quantity", _TEXT),
            _must("issued_ns", _TIME),
            _must("valid_from_ns", _TIME),
            _must("valid_to_ns", _TIME),
            _must("member", _SMALL),
            _may("value", _NUMBER),
            _may("value_text", _TEXT),
            _may("unit", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("source", "date"),
    key=("source", "station", "quantity", "issued_ns", "valid_from_ns", "valid_to_ns", "member"),
    order=("station", "quantity", "issued_ns", "valid_from_ns", "member"),
    time="issued_ns",
)
"""What was forecast, when, for when. ``member`` is 0 for a forecast of one line."""

WEATHER_CLIMATE = Table(
    "weather_climate",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("station", _TEXT),
            _must("climate_date", _TEXT),
            _must("status", _TEXT),
            _must("id", _TEXT),
            _may("issued_ns", _TIME),
            _may("max_f", _NUMBER),
            _may("max_text", _TEXT),
            _may("min_f", _NUMBER),
            _may("min_text", _TEXT),
            _may("precipitation_in", _NUMBER),
            _may("precipitation_text", _TEXT),
            _may("raw", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("source", "year"),
    key=("source", "station", "climate_date", "status", "id"),
    order=("station", "climate_date", "status", "id"),
    keeps_versions=True,
    spreads=True,
)
"""The climate day (local standard time) that daily temperature markets settle on, as ``YYYY-MM-DD``.
``status``: official, preliminary, revised or no_report; ``id`` tells two publications apart."""

TSA = Table(
    "tsa",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("day", _TEXT),
            _must("passengers", _COUNT),
            _may("passengers_text", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("year",),
    key=("source", "day", "passengers"),
    order=("day", "source", "passengers"),
    keeps_versions=True,
    spreads=True,
)
"""Checkpoint throughput of a day (``YYYY-MM-DD``) each time it was seen: a restated day has two values."""

INDEX_LEVELS = Table(
    "index_levels",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("symbol", _TEXT),
            _must("kind", _TEXT),
            _must("source_ns", _TIME),
            _may("value", _NUMBER),
            _may("value_text", _TEXT),
            _must("delay", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("source", "date"),
    key=("source", "symbol", "kind", "source_ns"),
    order=("symbol", "kind", "source_ns"),
    time="source_ns",
    keeps_versions=True,
)
"""Levels of stock indexes. ``delay``: realtime, delayed15 or eod."""

NEWS = Table(
    "news",
    pa.schema(
        [
            _must("id", _TEXT),
            _must("source", _TEXT),
            _may("outlet", _TEXT),
            _must("title", _TEXT),
            _may("summary", _TEXT),
            _may("url", _TEXT),
            _may("published_ns", _TIME),
            _may("published_text", _TEXT),
            _may("categories", pa.list_(_TEXT)),
            _may("markets", pa.list_(_TEXT)),
            _may("duplicate_of", _TEXT),
            _may("sentiment", _NUMBER),
            _may("raw", _TEXT),
            _RECEIVED,
        ]
    ),
    partitions=("date",),
    key=("source", "id"),
    order=("received_ns", "source", "id"),
    spreads=True,
)
"""News as they arrived; ``duplicate_of`` is the id of the first telling. A backtest may use ``received_ns``
alone, never ``published_ns``."""

OBSERVATIONS = Table(
    "observations",
    pa.schema(
        [
            _must("kind", _TEXT),
            _must("key", _TEXT),
            _may("value", _NUMBER),
            _may("value_text", _TEXT),
            _may("source_ns", _TIME),
            _RECEIVED,
        ]
    ),
    partitions=("kind", "date"),
    key=("kind", "key", "received_ns"),
    order=("key", "received_ns"),
)
"""What the engine was told from outside, as it was told."""

RAW_BODIES = Table(
    "raw_bodies",
    pa.schema(
        [
            _must("source", _TEXT),
            _must("name", _TEXT),
            _may("status", _SMALL),
            _may("content_type", _TEXT),
            _must("body", pa.binary()),
            _RECEIVED,
        ]
    ),
    partitions=("source", "date"),
    key=("source", "name", "received_ns"),
    order=("name", "received_ns"),
)
"""Bodies of sources whose form nobody documents, whole. ``name`` is what was asked for, without any key."""

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        CANDLES,
        MARKETS,
        CANDLE_EVENTS,
        CANDLE_LISTINGS,
        TRADES,
        QUOTES,
        BOOK_DELTAS,
        BOOK_SNAPSHOTS,
        SPOT,
        SPOT_CANDLES,
        WEATHER_OBSERVATIONS,
        WEATHER_FORECASTS,
        WEATHER_CLIMATE,
        TSA,
        INDEX_LEVELS,
        NEWS,
        OBSERVATIONS,
        RAW_BODIES,
    )
}


def table_named(name: str) -> Table:
    """Raises UnknownTable."""
    found = TABLES.get(name)
    if found is None:
        raise UnknownTable(name, tuple(TABLES))
    return found
