"""Candlesticks are asked for once: what is over does not change, what runs is asked anew."""

from __future__ import annotations

import asyncio

import pytest

from engine.control.candle_shelf import BELIEVED_NS, MOST_SHELVES, SETTLED_S, CandleShelves
from engine.control.queries import CandlesArgs
from engine.domain.candle import Candlestick, Ohlc
from engine.domain.units import SECOND_NS
from engine.ports import MarketReadFailed

NOW_S = 1_000_000
TICKER = "KXHIGHNY-26NOV20-B54.5"


QUIET = Ohlc(None, None, None, None)


def candle(end_s: int, volume_c: int) -> Candlestick:
    return Candlestick(end_s, QUIET, QUIET, QUIET, None, None, volume_c, 0)


class Times:
    """A clock of exchange and monotonic time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_ns = NOW_S * SECOND_NS

    def exchange_ns(self) -> int:
        return self.now_ns

    def mono_ns(self) -> int:
        return self.now_ns

    def wall_ns(self) -> int:
        return self.now_ns

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here waits")


class Exchange:
    """Has a candlestick for each minute; its volume says by which question it was told."""

    def __init__(self) -> None:
        self.asked: list[CandlesArgs] = []
        self.fails = False
        self.gate = asyncio.Event()
        self.gate.set()

    async def ask(self, args: CandlesArgs) -> tuple[Candlestick, ...]:
        self.asked.append(args)
        await self.gate.wait()
        if self.fails:
            raise MarketReadFailed("no")
        first = -(-args.start_s // 60) * 60
        return tuple(candle(end_s, len(self.asked)) for end_s in range(first, args.end_s + 1, 60))


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def times() -> Times:
    return Times()


@pytest.fixture
def shelves(exchange: Exchange, times: Times) -> CandleShelves:
    return CandleShelves(exchange.ask, times)


def asked(start_s: int, end_s: int, ticker: str = TICKER) -> CandlesArgs:
    return CandlesArgs(ticker, 1, start_s, end_s)


async def test_what_is_over_is_asked_once(shelves: CandleShelves, exchange: Exchange, times: Times) -> None:
    past = asked(NOW_S - 3_600, NOW_S - SETTLED_S)
    first = await shelves.candles(past)
    times.now_ns += 3_600 * SECOND_NS
    assert await shelves.candles(past) == first
    assert await shelves.candles(asked(NOW_S - 600, NOW_S - 300)) == tuple(
        row for row in first if NOW_S - 600 <= row.end_s <= NOW_S - 300
    )
    assert exchange.asked == [past]


async def test_what_runs_is_asked_anew_from_where_it_runs(
    shelves: CandleShelves, exchange: Exchange, times: Times
) -> None:
    span = asked(NOW_S - 3_600, NOW_S)
    first = await shelves.candles(span)
    assert await shelves.candles(span) == first
    assert len(exchange.asked) == 1
    times.now_ns += BELIEVED_NS
    again = await shelves.candles(span)
    assert exchange.asked[1:] == [asked(NOW_S - SETTLED_S + 1, NOW_S)]
    assert [row.end_s for row in again] == [row.end_s for row in first]
    assert {row.volume_c for row in again if row.end_s > NOW_S - SETTLED_S} == {2}
    assert {row.volume_c for row in again if row.end_s <= NOW_S - SETTLED_S} == {1}


async def test_an_earlier_span_is_asked_whole(shelves: CandleShelves, exchange: Exchange) -> None:
    await shelves.candles(asked(NOW_S - 600, NOW_S))
    earlier = asked(NOW_S - 7_200, NOW_S)
    rows = await shelves.candles(earlier)
    assert exchange.asked[-1] == earlier
    assert [row.end_s for row in rows] == sorted({row.end_s for row in rows})
    assert rows[0].end_s <= NOW_S - 7_140


async def test_those_who_ask_together_ask_once(shelves: CandleShelves, exchange: Exchange) -> None:
    exchange.gate.clear()
    span = asked(NOW_S - 3_600, NOW_S)
    together = [asyncio.create_task(shelves.candles(span)) for _ in range(5)]
    await asyncio.sleep(0)
    exchange.gate.set()
    answers = await asyncio.gather(*together)
    assert len(exchange.asked) == 1
    assert all(answer == answers[0] for answer in answers)


async def test_a_failure_keeps_nothing(shelves: CandleShelves, exchange: Exchange) -> None:
    span = asked(NOW_S - 3_600, NOW_S)
    exchange.fails = True
    with pytest.raises(MarketReadFailed):
        await shelves.candles(span)
    exchange.fails = False
    assert await shelves.candles(span)
    assert exchange.asked == [span, span]


async def test_what_was_used_for_longest_leaves_first(shelves: CandleShelves, exchange: Exchange) -> None:
    past = [asked(NOW_S - 600, NOW_S - 300, f"{TICKER}{number}") for number in range(MOST_SHELVES + 1)]
    for args in past[:-1]:
        await shelves.candles(args)
    await shelves.candles(past[0])
    await shelves.candles(past[-1])
    known = len(exchange.asked)
    await shelves.candles(past[0])
    assert len(exchange.asked) == known
    await shelves.candles(past[1])
    assert len(exchange.asked) == known + 1
