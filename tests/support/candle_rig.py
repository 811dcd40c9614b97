"""A candle collector over :mod:`candle_exchange` on a loop of virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from candle_exchange import CandleExchange

from collectors.candles.collecting import Meter, Wanted
from collectors.candles.running import CandleCollector, LookReport
from collectors.candles.store import CandleStore
from engine.domain.units import SECOND_NS
from engine.kalshi.client import KalshiReader
from engine.kalshi.clock import LoopClock
from engine.kalshi.hosts import endpoint_of
from engine.kalshi.settings import ClientSettings
from engine.lake.read import LakeReader
from engine.lake.tables import CANDLES
from engine.sandbox.sim.loop import running_loop, simulate

NOW_S = 1_790_000_000
"""The exchange's time when a rig begins: 2026-09-21T13:33:20Z."""
T = TypeVar("T")


class SetClock(LoopClock):
    """The machine's clock may be set; its monotonic one goes on."""

    ahead_ns = 0

    def wall_ns(self) -> int:
        return super().wall_ns() + self.ahead_ns


class Rig:
    """One exchange; looks at it by as many nodes and lakes as a test wants."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = SetClock(NOW_S * SECOND_NS)
        self.exchange = CandleExchange(lambda: NOW_S + running_loop().now_ns / SECOND_NS)

    async def look(self, wanted: Wanted, *, lake: str = "lake", every_s: float | None = None) -> LookReport:
        store = CandleStore(self.root / lake, wanted.share.node_id, self.clock.wall_ns)
        reports: list[LookReport] = []
        try:
            async with self.reader() as client:
                collector = CandleCollector(client, store, wanted, Meter(), reports.append)
                await collector.run(every_s, lambda s: self.clock.sleep(round(s * SECOND_NS)))
        finally:
            await store.aclose()
        return reports[-1]

    def reader(self) -> KalshiReader:
        return KalshiReader(
            endpoint_of("http://127.0.0.1:1/trade-api/v2"),
            settings=ClientSettings(connections=64),
            clock=self.clock,
            jitter=lambda: 0.5,
            http_transport=self.exchange,
        )

    def held(self, lake: str = "lake") -> set[tuple[str, int]]:
        """Ticker and end of every candlestick in a lake."""
        with LakeReader(self.root / lake, threads=1) as reader:
            rows = reader.arrow(CANDLES, columns=["ticker", "end_s"])
        return set(zip(rows["ticker"].to_pylist(), rows["end_s"].to_pylist(), strict=True))

    def asked(self) -> list[str]:
        """What was asked since the last time; each with its query."""
        found, self.exchange.asked = self.exchange.asked, []
        return found


def rigged(root: Path, work: Callable[[Rig], Awaitable[T]]) -> T:
    """Runs ``work`` with a rig on a loop of virtual time."""

    async def main() -> T:
        return await work(Rig(root))

    return simulate(main())
