"""What a replay knows of the time before its clock started."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorder import BAND, DAY, LOW, Recorder, eastern_s

from engine.domain.candle import Ohlc
from engine.domain.order import BookSide
from engine.domain.units import MILLISECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.sources.replay.options import replay_options
from engine.sandbox.sources.replay.rows import spread_prints
from engine.sandbox.sources.replay.source import Replay

YESTERDAY = "2026-03-09"


def _opened(recorder: Recorder) -> tuple[Replay, Exchange]:
    replay = Replay(replay_options(recorder.folder, "KXHIGHNY", DAY))
    exchange = Exchange(world_id="test", now_ns=replay.start_ns)
    replay.open(exchange)
    return replay, exchange


def test_candles_are_built_from_quotes_and_prints_of_the_past(recorder: Recorder) -> None:
    start = eastern_s(20, day=YESTERDAY)
    recorder.quotes(
        "x",
        [
            (start * 1000 + 1, BAND, 40, 44),
            (start * 1000 + 60_000, BAND, 38, 46),
            (start * 1000 + 60_001, BAND, 41, 43),
            (start * 1000 + 200_000, BAND, None, 100),
            (eastern_s(9) * 1000, BAND, 50, 52),
        ],
    )
    recorder.trades(
        "x", [(BAND, start * 1000 + 70_000, 42.0, 1.0, "yes"), (BAND, start * 1000 + 80_000, 41.0, 2.5, "no")]
    )
    replay, exchange = _opened(recorder)
    candles = replay.history(exchange, BAND, start, eastern_s(10))

    assert [candle.end_s - start for candle in candles] == [60, 120, 240]
    first, second, third = candles
    assert first.yes_bid == Ohlc(4_000, 4_000, 3_800, 3_800)
    assert first.price == Ohlc() and first.mean_bp is None and first.volume_c == 0
    assert second.yes_bid == Ohlc(3_800, 4_100, 3_800, 4_100)
    assert second.yes_ask == Ohlc(4_600, 4_600, 4_300, 4_300)
    assert second.price == Ohlc(4_200, 4_200, 4_100, 4_100)
    assert (second.volume_c, second.mean_bp, second.previous_bp) == (350, 4_129, None)
    assert third.yes_bid.close_bp == 0 and third.yes_ask.close_bp == 10_000
    assert third.previous_bp == 4_100


def test_history_ends_where_the_replay_starts(recorder: Recorder) -> None:
    at = eastern_s(9)
    recorder.quotes(
        "x",
        [
            (at * 1000 - 90_000, BAND, 40, 44),
            (eastern_s(1) * 1000, LOW, 40, 44),
            (at * 1000, BAND, 50, 52),
        ],
    )
    replay, exchange = _opened(recorder)

    assert replay.start_ns == eastern_s(1) * 1000 * MILLISECOND_NS
    assert replay.history(exchange, BAND, at - 3_600, at + 3_600) == []
    assert replay.history(exchange, "KXHIGHNY-26MAR10-T99", 0, at) == ()


def test_recorded_minutes_are_given_as_they_are(recorder: Recorder) -> None:
    end = eastern_s(20, day=YESTERDAY)
    bars = {
        "yes_bid": (10.0, 30.0, 5.0, 20.0),
        "yes_ask": (40.0, 60.0, 35.0, 50.0),
        "price": (33.0, 34.0, 31.0, 32.0),
    }
    columns = {
        f"{bar}_{part}": value
        for bar, values in bars.items()
        for part, value in zip(("open", "high", "low", "close"), values, strict=True)
    }
    row = {"ticker": BAND, "period_interval": 1, "price_mean": 32.29, "volume": 28.74, "open_interest": 7.0}
    quiet = {
        "ticker": BAND,
        "period_interval": 1,
        "yes_bid_close": 20.0,
        "yes_ask_close": 50.0,
        "volume": 0.0,
    }
    recorder.candles(
        "x_1m",
        [
            {**row, **columns, "end_period_ts": end},
            {**quiet, "end_period_ts": end + 60},
            {**quiet, "end_period_ts": eastern_s(9)},
        ],
    )
    replay, exchange = _opened(recorder)
    first, second = replay.history(exchange, BAND, end, eastern_s(8))

    assert first.yes_bid == Ohlc(1_000, 3_000, 500, 2_000)
    assert first.price == Ohlc(3_300, 3_400, 3_100, 3_200)
    assert (first.mean_bp, first.volume_c, first.open_interest_c) == (3_229, 2_874, 700)
    assert second.price == Ohlc() and second.yes_bid.open_bp is None
    assert second.previous_bp == 3_200


def test_a_recorded_hour_gives_only_the_minute_it_ends_with(recorder: Recorder) -> None:
    end = eastern_s(20, day=YESTERDAY)
    hour = {"ticker": BAND, "period_interval": 60, "yes_bid_high": 90.0, "yes_ask_close": 44.0}
    recorder.candles(
        "x_1h",
        [
            {**hour, "end_period_ts": end, "yes_bid_close": 40.0},
            {**hour, "end_period_ts": eastern_s(9), "yes_bid_close": 41.0},
        ],
    )
    replay, exchange = _opened(recorder)
    (candle,) = replay.history(exchange, BAND, 0, eastern_s(23))

    assert candle.end_s == end
    assert candle.yes_bid == Ohlc(4_000, 4_000, 4_000, 4_000)


def test_past_trades_are_those_before_the_start_with_lasting_ids(recorder: Recorder) -> None:
    start = eastern_s(20, day=YESTERDAY) * 1000
    recorder.trades(
        "x",
        [
            (BAND, start, 42.0, 1.0, "yes"),
            (BAND, start + 5_000, 41.0, 2.5, "no"),
            (BAND, eastern_s(9) * 1000, 40.0, 1.0, "no"),
        ],
    )
    replay, exchange = _opened(recorder)
    trades = replay.past_trades(exchange, BAND, start // 1000, eastern_s(12))

    assert [(t.price_bp, t.count_c, t.taker_side) for t in trades] == [
        (4_200, 100, BookSide.BID),
        (4_100, 250, BookSide.ASK),
    ]
    assert len({t.trade_id for t in trades}) == 2
    again, _ = _opened(recorder)
    assert again.past_trades(exchange, BAND, 0, eastern_s(12)) == trades
    assert replay.past_trades(exchange, BAND, start // 1000 + 1, eastern_s(12)) == trades[1:]


def test_a_candles_volume_becomes_prints_at_the_end_of_its_period(recorder: Recorder) -> None:
    end = eastern_s(9)
    row = {
        "ticker": BAND,
        "end_period_ts": end,
        "period_interval": 1,
        "yes_bid_close": 30.0,
        "yes_ask_close": 34.0,
        **dict(
            zip(
                (f"price_{part}" for part in ("open", "high", "low", "close")),
                (31.0, 34.0, 30.0, 33.0),
                strict=True,
            )
        ),
        "volume": 10.03,
    }
    recorder.candles("x_1m", [row])
    _, exchange = _opened(recorder)
    trades = exchange.trades_of(BAND)

    assert [trade.price_bp for trade in trades] == [3_100, 3_000, 3_400, 3_300]
    assert sum(trade.count_c for trade in trades) == 1_003


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    prices=st.lists(st.integers(1, 99), min_size=4, max_size=4),
    volume_c=st.integers(1, 10_000),
)
def test_spread_prints_keep_the_volume_and_the_bar(prices: list[int], volume_c: int) -> None:
    start, close = prices[0] * 100, prices[1] * 100
    high, low = max(prices) * 100, min(prices) * 100
    prints = spread_prints((start, high, low, close), volume_c)

    assert sum(count for _, count, _ in prints) == volume_c
    assert all(count > 0 for _, count, _ in prints)
    assert prints[-1][0] == close
    if volume_c >= 4:
        found = [price for price, _, _ in prints]
        assert (found[0], max(found), min(found)) == (start, high, low)


@pytest.mark.parametrize("volume", [None, 0.0])
def test_a_candle_without_trades_prints_nothing(recorder: Recorder, volume: float | None) -> None:
    row = {"ticker": BAND, "end_period_ts": eastern_s(9), "period_interval": 1, "yes_bid_close": 30.0}
    recorder.candles("x_1m", [{**row, "yes_ask_close": 34.0, "price_close": 33.0, "volume": volume}])
    _, exchange = _opened(recorder)

    assert exchange.trades_of(BAND) == []
