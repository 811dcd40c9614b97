"""Questions about a market that the exchange answers late or not at all: nobody else waits for them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from control_desk import ControlDesk
from core_bench import TICKER

from engine.control.errors import QueryRefused
from engine.control.market_answers import AT_ONCE, index_of
from engine.control.protocol import ControlCode
from engine.control.queries import CandlesArgs, FactsArgs, TradesArgs
from engine.domain.candle import Candlestick
from engine.domain.fee import FeeSchedule
from engine.domain.feed import PublicTrade
from engine.domain.market import Series
from engine.ports import MarketFacts, MarketReadFailed


class StalledReads:
    """Answers nothing until it is let go."""

    def __init__(self) -> None:
        self.asked = 0
        self.all_turns_taken = asyncio.Event()
        self.go = asyncio.Event()

    async def facts(self, ticker: str) -> MarketFacts:
        await self._stall()
        raise MarketReadFailed(f"market {ticker}: not told")

    async def candles(
        self, ticker: str, period_min: int, start_s: int, end_s: int
    ) -> tuple[Candlestick, ...]:
        await self._stall()
        return ()

    async def trades(self, ticker: str, most: int) -> tuple[PublicTrade, ...]:
        await self._stall()
        return ()

    async def _stall(self) -> None:
        self.asked += 1
        if self.asked == AT_ONCE:
            self.all_turns_taken.set()
        await self.go.wait()


async def test_a_stalled_exchange_holds_nobody(tmp_path: Path) -> None:
    reads = StalledReads()
    async with ControlDesk(tmp_path, reads=reads) as desk:
        one, other = await desk.connect(), await desk.connect()
        waiting = [
            *(
                asyncio.create_task(one.query("candles", CandlesArgs(TICKER, period, 0, 3_600)))
                for period in (1, 60, 1_440)
            ),
            *(asyncio.create_task(other.query("trades", TradesArgs(TICKER))) for _ in range(3)),
        ]
        await reads.all_turns_taken.wait()
        answer = await one.command(desk.order(client_order_id="c1"))
        assert answer.client_order_id == "c1"
        assert (await one.query("markets")).items
        assert reads.asked == AT_ONCE
        reads.go.set()
        assert [(await page).items for page in waiting] == [()] * 6


async def test_a_late_answer_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.control.market_answers.WITHIN_S", 0.05)
    async with ControlDesk(tmp_path, reads=StalledReads()) as desk, await desk.connect() as client:
        with pytest.raises(QueryRefused, match=r"did not answer within 0\.05 s") as refused:
            await client.query("trades", TradesArgs(TICKER))
        assert refused.value.code == ControlCode.NO_ANSWER


async def test_an_engine_that_asks_nothing(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        with pytest.raises(QueryRefused, match="asks its exchange nothing"):
            await client.query("facts", FactsArgs(TICKER))


@pytest.mark.parametrize(
    ("ticker", "sources", "index"),
    [
        ("KXBTCD", (("CF Benchmarks", "https://www.cfbenchmarks.com/data/indices/BRTI"),), "BRTI"),
        ("KXSOL", (("CF", "https://www.cfbenchmarks.com/data/indices/SOLUSD_RTI/"),), "SOLUSD_RTI"),
        ("KXETH", (("CF Benchmarks", ""),), "ETHUSD_RTI"),
        ("KXBTCD", (("CF Benchmarks", "https://www.cfbenchmarks.com/data"),), "BRTI"),
        ("KXHIGHNY", (("National Weather Service", "https://weather.gov/"),), ""),
        ("KXBTCD", (), ""),
    ],
)
def test_which_index_settles_a_series(ticker: str, sources: tuple[tuple[str, str], ...], index: str) -> None:
    series = Series(ticker, "title", "Crypto", "hourly", FeeSchedule(), settlement_sources=sources)
    assert index_of(series) == index
