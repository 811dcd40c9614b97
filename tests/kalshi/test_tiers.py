"""Live and historical: candlesticks of both shapes, long ranges, and lists split at the cutoff."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import msgspec
import pytest
from kalshi_clients import TRADE, Script

from engine.domain.candle import Ohlc
from engine.domain.units import DAY_NS, SECOND_NS
from engine.kalshi import decode_market
from engine.kalshi.budget_queue import Lane
from engine.kalshi.drift import DriftCounter
from engine.kalshi.errors import RangeTooLarge
from engine.kalshi.rest.candles import Period, period_count, ranges
from engine.kalshi.unknown_fields import unknown_fields
from engine.wire import markets as wire
from engine.wire.iso_time import TimeError, iso_ns, iso_text

CUTOFF = {
    "market_settled_ts": "2026-08-20T00:00:00Z",
    "trades_created_ts": "2026-08-20T00:00:00Z",
    "orders_updated_ts": "2026-08-20T00:00:00Z",
}
CUTOFF_NS = iso_ns("2026-08-20T00:00:00Z")
NOT_FOUND = httpx.Response(404, json={"error": {"code": "not_found", "message": "not found"}})


def trade(number: int, at: str) -> dict[str, object]:
    return TRADE | {"trade_id": f"t-{number}", "created_time": at}


async def test_trades_over_the_cutoff_come_from_both_tiers_once_and_in_order() -> None:
    script = Script().on("GET", "/historical/cutoff", CUTOFF)
    live = [trade(3, "2026-08-20T00:00:01Z"), trade(2, "2026-08-20T00:00:00Z")]
    older = [trade(2, "2026-08-20T00:00:00Z"), trade(1, "2026-08-19T23:59:59.999999Z")]
    script.on("GET", "/markets/trades", {"trades": live, "cursor": ""})
    script.on("GET", "/historical/trades", {"trades": older, "cursor": ""})
    async with script.client() as client:
        found = await client.reads(Lane.COLLECT).both_tiers.trades(
            ticker="T", from_ns=CUTOFF_NS - DAY_NS, to_ns=CUTOFF_NS + DAY_NS
        )
    assert [row.trade_id for row in found] == ["t-1", "t-2", "t-3"]
    paths = [request.url.path.rsplit("/v2")[-1] for request in script.requests]
    assert paths == ["/markets/trades", "/historical/cutoff", "/historical/trades"]
    assert script.requests[-1].url.params["max_ts"] == str(CUTOFF_NS // SECOND_NS + 1)


async def test_a_recent_range_asks_the_live_tier_alone() -> None:
    script = Script().on("GET", "/historical/cutoff", CUTOFF)
    script.on("GET", "/markets/trades", {"trades": [trade(3, "2026-08-21T00:00:01Z")], "cursor": ""})
    async with script.client() as client:
        found = await client.reads(Lane.COLLECT).both_tiers.trades(
            from_ns=CUTOFF_NS + DAY_NS, to_ns=CUTOFF_NS + 2 * DAY_NS
        )
    assert len(found) == 1
    assert not [request for request in script.requests if "historical/trades" in request.url.path]


async def test_the_ends_of_a_range_are_exact() -> None:
    script = Script().on("GET", "/historical/cutoff", CUTOFF)
    rows = [
        trade(1, "2026-08-21T00:00:00.4Z"),
        trade(2, "2026-08-21T00:00:00.5Z"),
        trade(3, "2026-08-21T00:00:01Z"),
    ]
    script.on("GET", "/markets/trades", {"trades": rows, "cursor": ""})
    start = iso_ns("2026-08-21T00:00:00.5Z")
    async with script.client() as client:
        found = await client.reads(Lane.COLLECT).both_tiers.trades(
            from_ns=start, to_ns=start + SECOND_NS // 2
        )
    assert [row.trade_id for row in found] == ["t-2"]


HISTORICAL_CANDLE = {
    "end_period_ts": 1776276000,
    "open_interest": "0.00",
    "price": dict.fromkeys(("open", "high", "low", "close", "mean", "previous")),
    "volume": "0.00",
    "yes_ask": {"close": "0.9000", "high": "1.0000", "low": "0.8900", "open": "1.0000"},
    "yes_bid": {"close": "0.6500", "high": "0.6600", "low": "0.0100", "open": "0.0100"},
}


async def test_a_market_that_left_the_live_tier_is_found_in_the_historical_one() -> None:
    script = Script().on("GET", "/historical/cutoff", CUTOFF)
    script.on("GET", "/series/S/markets/T/candlesticks", NOT_FOUND)
    script.on(
        "GET", "/historical/markets/T/candlesticks", {"ticker": "T", "candlesticks": [HISTORICAL_CANDLE]}
    )
    async with script.client() as client:
        both = client.reads(Lane.COLLECT).both_tiers
        (found,) = await both.candles("S", "T", start_s=1776270000, end_s=1776280000, period=Period.HOUR)
        count = len(script.requests)
        settled = await both.candles(
            "S", "T", start_s=1776270000, end_s=1776280000, period=Period.HOUR, settled_ns=CUTOFF_NS - 1
        )
    assert found == settled[0]
    assert found.price == Ohlc(None, None, None, None)
    assert (found.previous_bp, found.yes_bid.close_bp, found.yes_ask.close_bp) == (None, 6_500, 9_000)
    asked = [request.url.path.rsplit("/v2")[-1] for request in script.requests[count:]]
    assert asked == ["/historical/cutoff", "/historical/markets/T/candlesticks"]


async def test_a_long_range_is_asked_for_in_parts() -> None:
    script = Script().on("GET", "/series/S/markets/T/candlesticks", {"ticker": "T", "candlesticks": []})
    async with script.client() as client:
        await client.reads(Lane.COLLECT).candles.one(
            "S", "T", start_s=60, end_s=60 * 12_000, period=Period.MINUTE
        )
    asked = [(int(r.url.params["start_ts"]), int(r.url.params["end_ts"])) for r in script.requests]
    assert len(asked) == 3
    ends = [end for start, last in asked for end in range(-(-start // 60) * 60, last + 1, 60)]
    assert ends == list(range(60, 60 * 12_000 + 1, 60)), "every period once"
    assert all((last - start) // 60 + 1 <= 5_000 for start, last in asked)


async def test_batches_stay_under_ten_thousand_and_a_hundred_markets() -> None:
    script = Script().on("GET", "/markets/candlesticks", {"markets": []})
    async with script.client() as client:
        candles = client.reads(Lane.COLLECT).candles
        await candles.batch([f"T{n}" for n in range(120)], start_s=0, end_s=60 * 999, period=Period.MINUTE)
        with pytest.raises(RangeTooLarge) as refusal:
            await candles.batch(["T"], start_s=0, end_s=60 * 20_000, period=Period.MINUTE)
    sizes = [len(request.url.params["market_tickers"].split(",")) for request in script.requests]
    assert sum(sizes) == 120
    assert max(sizes) * period_count(0, 60 * 999, Period.MINUTE) <= 10_000
    assert refusal.value.most == 10_000


def test_ranges_of_nothing() -> None:
    assert ranges(100, 50, Period.MINUTE, 10) == []
    assert period_count(100, 50, Period.MINUTE) == 0
    assert period_count(60, 60, Period.MINUTE) == 1


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-06-29T17:56:48.970621Z", 1_782_755_808_970_621_000),
        ("2026-06-29T13:56:48.970621-04:00", 1_782_755_808_970_621_000),
        ("2026-06-29T17:56:48.123456789Z", 1_782_755_808_123_456_789),
    ],
)
def test_times_are_exact(text: str, nanoseconds: int) -> None:
    assert iso_ns(text) == nanoseconds


def test_times_come_back_and_bad_ones_are_refused() -> None:
    assert iso_text(iso_ns("2026-06-29T17:56:48.970621Z")) == "2026-06-29T17:56:48.970621Z"
    for text in (
        "",
        "2026-06-29",
        "2026-06-29T17:56:48",
        "2026-13-29T17:56:48Z",
        "2026-02-30T00:00:00Z",
        "x",
    ):
        with pytest.raises(TimeError):
            iso_ns(text)


# Recorded bodies


def rest_body(recordings: Path, name: str):
    return json.loads((recordings / "rest" / name).read_text())


def test_recorded_live_candlesticks(recordings: Path) -> None:
    drift = DriftCounter()
    rows = rest_body(recordings, "candlesticks_live_tier_kxbtc15m.json")["candlesticks"]
    for market in rest_body(recordings, "candlesticks_live_tier_mlb.json")["markets"].values():
        rows += market["candlesticks"]
    for row in rows:
        found = decode_market.live_candlestick(msgspec.convert(row, wire.LiveCandlestick), drift)
        assert found.end_s == row["end_period_ts"]
        assert (found.price.close_bp is None) == (row["price"].get("close_dollars") is None)
        assert not list(unknown_fields(json.dumps(row).encode(), wire.LiveCandlestick))
    assert len(rows) > 20
    assert drift.total == 0


def test_recorded_historical_candlesticks(recordings: Path) -> None:
    rows = rest_body(recordings, "candlesticks_historical_tier_excerpt.json")["candlesticks"]
    found = [
        decode_market.historical_candlestick(msgspec.convert(row, wire.HistoricalCandlestick), DriftCounter())
        for row in rows
    ]
    assert found[0].price == Ohlc()
    assert any(candle.price.close_bp is not None for candle in found)


def recorded_markets(recordings: Path) -> list[dict[str, object]]:
    rows = [rest_body(recordings, "market_settled_kxbtc15m.json")["market"]]
    for event in rest_body(recordings, "events_nested.json")["events"]:
        rows += event["markets"]
    rows += _find_markets(rest_body(recordings, "markets_settled.json"))
    single = rest_body(recordings, "market_single.json")
    return [*rows, single["nested"]]


def _find_markets(node: object) -> list[dict[str, object]]:
    if isinstance(node, dict):
        if "yes_bid_dollars" in node:
            return [node]
        return [row for value in node.values() for row in _find_markets(value)]
    return [row for value in node for row in _find_markets(value)] if isinstance(node, list) else []


def test_recorded_markets(recordings: Path) -> None:
    drift = DriftCounter()
    rows = recorded_markets(recordings)
    for row in rows:
        found = decode_market.market_sheet(msgspec.convert(row, wire.Market), drift)
        assert found.status is not None
        assert found.grid.accepts(found.quote.bid_bp) if found.quote.bid_bp else True
    assert len(rows) > 40
    assert drift.total == 0, dict(drift.counts)


async def test_recorded_bodies_through_the_client(recordings: Path) -> None:
    """The settled market and the events as they were sent: no drift, exact times, the strike as written."""
    script = Script().on("GET", "/markets/M", rest_body(recordings, "market_settled_kxbtc15m.json"))
    events = rest_body(recordings, "events_nested.json")["events"]
    script.on("GET", "/events", {"events": events, "cursor": ""})
    for payload in rest_body(recordings, "series_fee_fields.json")["payloads"].values():
        script.on("GET", f"/series/{payload['series']['ticker']}", payload)
    async with script.client() as client:
        reads = client.reads(Lane.COLLECT)
        market = await reads.markets.one("M")
        sheets = await reads.events.list(with_nested_markets=True).collect()
        series = [
            await reads.series.one(path[1].split("/")[-1]) for path in script.answers if "/series/" in path[1]
        ]
        assert client.drift.total == 0, dict(client.drift.counts)
    assert str(market.strike.floor) == "84336.47"
    assert (market.settlement_bp, market.result, market.expiration_value) == (0, "no", "84275.12")
    assert market.created_ns == iso_ns("2026-09-25T20:04:40.054814Z")
    assert len(sheets) == len(events)
    assert sum(len(sheet.markets) for sheet in sheets) == sum(len(event["markets"]) for event in events)
    assert {s.fees.multiplier_millionths for s in series} <= {1_000_000, 500_000}
    listed = sheets[0].markets[0].listed(sheets[0].event, sheets[0].fees(series[0]))
    assert listed is None or listed.series_ticker == sheets[0].event.series_ticker
