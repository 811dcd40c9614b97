"""Look after look over the wanted series, until all is had or somebody says stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec

from collectors.candles.collecting import Meter, SeriesPass, SeriesReport, Wanted
from collectors.candles.store import CandleStore
from engine.domain.units import SECOND_NS
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import KalshiError
from engine.kalshi.rate_budget import BucketName
from engine.lake.errors import LakeFull, LakeUnwritable

WORKERS = 32
"""Requests on their way at once: enough that the rate budget and not the way there and back sets the pace."""


_ROOM_AFTER_S = 30.0
"""Before it is looked whether a full disk has room again."""
_BURST_PERCENT = 80
"""Of what may be saved up: requests overtake each other on their way, and the exchange counts them as they
arrive."""


class LookReport(msgspec.Struct, frozen=True):
    """Of one look over all series. ``unlisted`` names those that could not be listed, with the reason;
    ``trouble`` is why the look could not be brought to its end, empty if it was."""

    series: tuple[SeriesReport, ...]
    unlisted: dict[str, str]
    seconds: float
    trouble: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether everything that there was to have is had."""
        return (
            not self.trouble
            and not self.unlisted
            and not any(one.failed or one.unreadable for one in self.series)
        )


class CandleCollector:
    """``on_look`` hears the report of each look. ``budget_percent`` of the account's read tokens are used: an
    engine on the same account needs some too."""

    def __init__(
        self,
        client: KalshiReader,
        store: CandleStore,
        wanted: Wanted,
        meter: Meter,
        on_look: Callable[[LookReport], None],
        budget_percent: int = 100,
    ) -> None:
        self._client, self._store, self._wanted = client, store, wanted
        self._budget_percent = budget_percent
        self._meter, self._on_look = meter, on_look
        self._reads = client.reads(Lane.COLLECT)

    async def run(self, every_s: float | None, sleep: Callable[[float], Awaitable[None]]) -> LookReport:
        """One look, or one ``every_s`` seconds until canceled: then a disk that is full is waited for. Raises
        KalshiError where the exchange does not answer at all, and LakeError."""
        if self._client.signer is not None:
            await self._reads.account.seed_budget()
        elif self._client.offset.uncertainty_ms is None:
            # Its first answer says what time it is there; our own clock may be wrong by hours.
            await self._reads.historical.cutoff()
        take_share(self._client, self._budget_percent)
        while True:
            try:
                report = await self._look()
            except (LakeFull, LakeUnwritable) as error:
                if every_s is None:
                    raise
                self._on_look(LookReport((), {}, 0.0, str(error)))
                await sleep(min(every_s, _ROOM_AFTER_S))
                continue
            self._on_look(report)
            if every_s is None:
                return report
            await sleep(max(0.0, every_s - report.seconds))

    async def _look(self) -> LookReport:
        clock = self._client.clock
        began_ns = clock.monotonic_ns()
        self._meter.done = self._meter.planned = self._meter.failed = 0
        reports, unlisted = [], {}
        for series in self._wanted.series:
            self._meter.series = series
            looked = SeriesPass(self._reads, self._store, self._wanted, clock, WORKERS, self._meter)
            try:
                reports.append(await looked.run(series, await self._now_s()))
            except KalshiError as error:
                unlisted[series] = str(error)
        return LookReport(tuple(reports), unlisted, (clock.monotonic_ns() - began_ns) / SECOND_NS)

    async def _now_s(self) -> int:
        """The exchange's time: a sandbox has one of its own. Never ahead of what its answers know."""
        if self._client.signer is not None:
            return await self._reads.exchange.user_data_ns() // SECOND_NS
        return self._client.offset.exchange_now_ms() // 1_000


def take_share(client: KalshiReader, percent: int) -> None:
    """Leaves the rest of the account's read tokens to others."""
    queue = client.budget.queue(BucketName.READ)
    rate, capacity = queue.bucket.refill_rate, queue.bucket.capacity
    queue.regrade(
        max(1, rate * percent // 100),
        max(client.budget.cost("GET", "/markets"), capacity * percent * _BURST_PERCENT // 10_000),
    )


async def until_stopped(work: Awaitable[LookReport], stop: asyncio.Event) -> LookReport | None:
    """What the work gives, or None when ``stop`` was set first; the work is then canceled and has ended."""
    running = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return running.result() if running.done() else None
    finally:
        for task in (running, stopping):
            task.cancel()
        await asyncio.gather(running, stopping, return_exceptions=True)
