"""Trades and candlesticks, of the exchange's own time and from before it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from rest_world import (
    BETWEEN,
    COIN,
    COIN_HOUR,
    START_S,
    WEATHER_DAY,
    Desk,
    failed,
    nested,
    ok,
    refused,
    typed,
)

from engine.wire.markets import (
    BatchCandlesticks,
    EventCandlesticks,
    LiveCandlestick,
    LiveCandlesticks,
    TradePage,
)

MINUTE = START_S // 60 * 60
ONE = f"/series/KXBTCD/markets/{COIN}/candlesticks"


def window(start_s: int, end_s: int, minutes: int = 1, **more: str) -> str:
    extra = "".join(f"&{name}={value}" for name, value in more.items())
    return f"start_ts={start_s}&end_ts={end_s}&period_interval={minutes}{extra}"


async def candles(desk: Desk, query: str, path: str = ONE) -> list[LiveCandlestick]:
    found = typed(await desk.anyone("GET", f"{path}?{query}"), LiveCandlesticks)
    return found.candlesticks


async def test_trades_newest_first_with_the_past_behind_them(desk: Desk) -> None:
    await desk.trade(ticker=COIN, price="0.0950", count="1.50")
    page = typed(await desk.anyone("GET", f"/markets/trades?ticker={COIN}"), TradePage)
    newest = page.trades[0]
    assert (newest.yes_price_dollars, newest.no_price_dollars, newest.count_fp) == (
        "0.0950",
        "0.9050",
        "1.50",
    )
    assert (newest.taker_outcome_side, newest.taker_book_side, newest.is_block_trade) == ("yes", "bid", False)
    assert newest.created_time == "2026-09-21T14:13:20Z"
    assert len(page.trades) == 61
    assert [trade.trade_id for trade in page.trades[1:3]] == [f"past-{MINUTE - 30}", f"past-{MINUTE - 90}"]
    times = [trade.created_time for trade in page.trades]
    assert times == sorted(times, reverse=True)


async def test_filters_of_trades(desk: Desk) -> None:
    await desk.trade()

    async def found(query: str) -> int:
        return len(typed(await desk.anyone("GET", f"/markets/trades?limit=1000&{query}"), TradePage).trades)

    assert await found("") == 61
    assert await found(f"ticker={BETWEEN}") == 1
    assert await found("ticker=NONE") == 0
    assert await found(f"min_ts={START_S}") == 1
    assert await found(f"max_ts={START_S - 1}") == 60
    assert await found(f"min_ts={MINUTE - 300}&max_ts={MINUTE}") == 5
    assert await found("is_block_trade=true") == 0
    assert await found("is_block_trade=false") == 61


async def test_paging_goes_from_the_present_into_the_past(desk: Desk) -> None:
    await desk.trade(ticker=COIN, price="0.0950")
    whole = typed(await desk.anyone("GET", "/markets/trades?limit=1000"), TradePage).trades
    found, cursor = [], ""
    while True:
        page = typed(await desk.anyone("GET", f"/markets/trades?limit=7&cursor={cursor}"), TradePage)
        found.extend(page.trades)
        cursor = str(page.cursor)
        if not cursor:
            break
    assert found == whole


async def test_a_live_candle_is_the_minute_that_was(desk: Desk) -> None:
    await desk.ann.place(ticker=COIN, price="0.3900", count="1.00")
    await desk.bob.place(ticker=COIN, side="ask", price="0.4200", count="3.00")
    desk.pass_time(60)
    await desk.ann.place(ticker=COIN, price="0.4200", count="1.00")
    desk.pass_time(30)
    await desk.ann.place(ticker=COIN, price="0.4100", count="1.00")
    first, second = await candles(desk, window(START_S, START_S + 200))
    assert (first.end_period_ts, second.end_period_ts) == (MINUTE + 60, MINUTE + 120)
    assert first.yes_bid.open_dollars == "0.0000"
    assert (first.yes_bid.close_dollars, first.yes_ask.open_dollars) == ("0.3900", "1.0000")
    assert (first.yes_ask.low_dollars, first.yes_ask.close_dollars) == ("0.4200", "0.4200")
    assert (first.volume_fp, first.open_interest_fp) == ("0.00", "0.00")
    assert msgspec.to_builtins(first.price) == {"previous_dollars": "0.4000"}
    assert (second.yes_bid.open_dollars, second.yes_bid.close_dollars) == ("0.3900", "0.4100")
    assert (second.price.open_dollars, second.volume_fp) == ("0.4200", "1.00")
    assert (second.price.mean_dollars, second.open_interest_fp) == ("0.4200", "1.00")


async def test_the_past_joins_the_present(desk: Desk) -> None:
    await desk.trade(ticker=COIN, price="0.5000", count="1.00")
    found = await candles(desk, window(MINUTE - 3600, MINUTE + 60))
    assert [c.end_period_ts for c in found] == list(range(MINUTE - 3600, MINUTE + 61, 60))
    assert (found[-2].price.close_dollars, found[-1].price.previous_dollars) == ("0.4000", "0.4000")
    hours = await candles(desk, window(MINUTE - 7200, MINUTE + 3600, 60))
    assert [c.end_period_ts % 3600 for c in hours] == [0, 0]
    assert sum(float(c.volume_fp) for c in hours) == 61 * 2 + 1
    last = hours[-1]
    assert (last.price.open_dollars, last.price.high_dollars, last.price.close_dollars) == (
        "0.4000",
        "0.5000",
        "0.5000",
    )
    (day,) = await candles(desk, window(START_S - 86_400, START_S + 86_400, 1440))
    assert (day.end_period_ts % 86_400, day.volume_fp) == (0, "123.00")


async def test_minutes_without_anything_are_missing(desk: Desk) -> None:
    path = f"/series/KXHIGHNY/markets/{BETWEEN}/candlesticks"
    assert await candles(desk, window(START_S - 600, START_S + 600), path) == []
    await desk.ann.place(ticker=BETWEEN)
    desk.pass_time(300)
    await desk.ann.place(ticker=BETWEEN, price="0.4100")
    ends = [c.end_period_ts for c in await candles(desk, window(START_S - 600, START_S + 600), path)]
    assert ends == [MINUTE + 60, MINUTE + 360]


async def test_the_state_before_the_start_on_request(desk: Desk) -> None:
    more = {"include_latest_before_start": "true"}
    found = await candles(desk, window(MINUTE - 120, MINUTE, **more))
    assert [c.end_period_ts for c in found] == [MINUTE - 180, MINUTE - 120, MINUTE - 60, MINUTE]
    assert msgspec.to_builtins(found[0]) == {
        "end_period_ts": MINUTE - 180,
        "yes_bid": {},
        "yes_ask": {},
        "price": {"previous_dollars": "0.4000"},
        "volume_fp": "0.00",
        "open_interest_fp": "9.00",
    }
    path = f"/series/KXHIGHNY/markets/{BETWEEN}/candlesticks"
    assert await candles(desk, window(MINUTE - 120, MINUTE, **more), path) == []


async def test_many_markets_at_once(desk: Desk) -> None:
    query = f"market_tickers={COIN},NONE,{BETWEEN}&{window(MINUTE - 120, MINUTE)}"
    found = typed(await desk.anyone("GET", f"/markets/candlesticks?{query}"), BatchCandlesticks).markets
    assert [(m.market_ticker, len(m.candlesticks)) for m in found] == [(COIN, 3), (BETWEEN, 0)]


async def test_an_events_candles_end_earlier_where_they_are_too_many(desk: Desk) -> None:
    path = f"/series/KXBTCD/events/{COIN_HOUR}/candlesticks"
    found = typed(await desk.anyone("GET", f"{path}?{window(MINUTE - 120, MINUTE)}"), EventCandlesticks)
    assert (found.market_tickers, found.adjusted_end_ts) == ([COIN], MINUTE)
    assert [len(part) for part in found.market_candlesticks] == [3]
    weather = f"/series/KXHIGHNY/events/{WEATHER_DAY}/candlesticks"
    wide = typed(
        await desk.anyone("GET", f"{weather}?{window(MINUTE, MINUTE + 60 * 9_999)}"), EventCandlesticks
    )
    assert wide.adjusted_end_ts == MINUTE + 60 * (10_000 // 3 - 1)
    assert (
        await desk.anyone("GET", f"/series/KXBTCD/events/{WEATHER_DAY}/candlesticks?{window(1, 2)}")
    ).status_code == 404


async def test_too_many_candles(desk: Desk) -> None:
    fits = await desk.anyone("GET", f"{ONE}?{window(MINUTE, MINUTE + 4_999 * 60)}")
    assert fits.status_code == 200
    details = "requested time range with candlesticks: 5001, max candlesticks: 5000"
    answer = await desk.anyone("GET", f"{ONE}?{window(MINUTE, MINUTE + 5_000 * 60)}")
    assert refused(answer) == (400, nested("bad_request", "bad request", details))
    query = f"market_tickers={COIN},{BETWEEN}&{window(MINUTE, MINUTE + 5_000 * 60)}"
    details = "requested candlesticks across all markets: 10002, max candlesticks: 10000"
    answer = await desk.anyone("GET", f"/markets/candlesticks?{query}")
    assert refused(answer) == (400, nested("bad_request", "bad request", details))


@pytest.mark.parametrize(
    ("query", "field", "tag"),
    [
        ("end_ts=2&period_interval=1", "StartTs", "required"),
        ("start_ts=1&period_interval=1", "EndTs", "required"),
        ("start_ts=1&end_ts=2", "PeriodInterval", "required"),
        ("start_ts=1&end_ts=2&period_interval=5", "PeriodInterval", "oneof"),
        ("start_ts=3&end_ts=2&period_interval=1", "EndTs", "gtefield"),
    ],
)
async def test_windows_that_break_a_rule(desk: Desk, query: str, field: str, tag: str) -> None:
    answer = await desk.anyone("GET", f"{ONE}?{query}")
    assert refused(answer) == (400, failed("GetMarketCandlesticks", field, tag))


async def test_a_market_is_under_its_own_series(desk: Desk) -> None:
    answer = await desk.anyone("GET", f"/series/KXHIGHNY/markets/{COIN}/candlesticks?{window(1, 2)}")
    assert answer.status_code == 404
    many = await desk.anyone("GET", f"/markets/candlesticks?{window(1, 2)}")
    assert refused(many) == (400, failed("BatchGetMarketCandlesticks", "MarketTickers", "required"))


async def test_keys_are_those_of_the_recorded_live_tier(desk: Desk, recordings: Path) -> None:
    await desk.trade(ticker=COIN, price="0.5000")
    body = ok(await desk.anyone("GET", f"{ONE}?{window(MINUTE, MINUTE + 60)}"))
    ours = body["candlesticks"][-1]  # type: ignore[index]
    recorded = json.loads((recordings / "rest/candlesticks_live_tier_kxbtc15m.json").read_text())
    theirs = recorded["candlesticks"][1]
    assert {name: set(part) if isinstance(part, dict) else type(part) for name, part in ours.items()} == {
        name: set(part) if isinstance(part, dict) else type(part) for name, part in theirs.items()
    }


async def test_whoever_asks_for_weeks_holds_nobody(desk: Desk) -> None:
    order: list[str] = []

    async def asked(path: str) -> None:
        await desk.anyone("GET", path)
        order.append(path.partition("?")[0])

    weeks = f"/markets/candlesticks?market_tickers={COIN}&{window(MINUTE - 400 * 3600, MINUTE, 60)}"
    async with asyncio.TaskGroup() as group:
        group.create_task(asked(weeks))
        group.create_task(asked("/exchange/status"))
    assert order == ["/exchange/status", "/markets/candlesticks"]


async def test_hours_of_the_past_are_the_same_when_they_are_asked_for_again(desk: Desk) -> None:
    hours = window(MINUTE - 5 * 3600, MINUTE + 3600, 60)
    first = await candles(desk, hours)
    await desk.trade(ticker=COIN, price="0.0950")
    again = await candles(desk, hours)
    assert first
    assert [candle for candle in again if candle.end_period_ts <= MINUTE // 3600 * 3600] == [
        candle for candle in first if candle.end_period_ts <= MINUTE // 3600 * 3600
    ]
    assert again[-1] != first[-1], "the running hour has the new trade"
