"""One look over a series: list its markets, ask for what is not known, keep it, and say how far that got."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import msgspec

from collectors.candles.batching import Request, requests_of
from collectors.candles.coverage import EventCoverage, EventState
from collectors.candles.fetching import CandleFetcher, Fetched
from collectors.candles.listing import Listed, SeriesLister
from collectors.candles.ownership import Share
from collectors.candles.progress import Listing, Progress, event_row, listing_row, load_progress
from collectors.candles.rows import Row, candle_row, market_row
from collectors.candles.store import CandleStore
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.client import Reads
from engine.kalshi.clock import Clock
from engine.kalshi.rest.candles import Period
from engine.lake.tables import CANDLES, MARKETS

_COMMIT_NS = 2 * SECOND_NS


class Wanted(msgspec.Struct, frozen=True):
    """What a collector is to get. ``least_markets``: events with fewer are left out, and counted."""

    series: tuple[str, ...]
    period: Period
    share: Share = Share()
    least_markets: int = 1


class SeriesReport(msgspec.Struct):
    """A look at a series, of this node's events. ``requests`` are those for candlesticks."""

    series: str
    events: int = 0
    complete: int = 0
    open: int = 0
    failed: int = 0
    small: int = 0
    unreadable: int = 0
    pages: int = 0
    requests: int = 0
    rows: int = 0
    reason: str = ""


class Meter(msgspec.Struct):
    """How far a look is, for whoever shows it: requests done, and all that are planned so far."""

    series: str = ""
    done: int = 0
    planned: int = 0
    failed: int = 0


class SeriesPass:
    """``workers`` requests are on their way at once; the client's rate budget spaces them."""

    def __init__(
        self,
        reads: Reads,
        store: CandleStore,
        wanted: Wanted,
        clock: Clock,
        workers: int,
        meter: Meter,
    ) -> None:
        self._reads, self._store, self._wanted = reads, store, wanted
        self._clock, self._workers, self._meter = clock, workers, meter
        self._step_s = wanted.period.seconds
        self._dirty: dict[str, EventCoverage] = {}
        self._committed_ns = clock.monotonic_ns()

    async def run(self, series: str, now_s: int) -> SeriesReport:
        """Raises KalshiError where the series cannot be listed, and LakeError."""
        period_min, share = self._wanted.period.value, self._wanted.share
        progress = await asyncio.to_thread(load_progress, self._store.root, series, period_min, share)
        self._store.stamp(progress.latest_ns)
        report = SeriesReport(series)
        listed = await SeriesLister(self._reads, share).listed(progress, now_s)
        report.pages, report.unreadable = listed.pages, listed.unreadable
        await self._register(progress, listed)
        requests = self._planned(progress, listed.cutoff_s, now_s)
        self._meter.planned += sum(request.cost(self._step_s) for request in requests)
        fetcher = CandleFetcher(self._reads, series, self._wanted.period)
        await self._fetch_all(progress, fetcher, requests, report)
        return _summed(progress, report)

    async def _register(self, progress: Progress, listed: Listed) -> None:
        """Every event that was listed is known of before the lists are said to be read."""
        now_ns, least = self._clock.wall_ns(), self._wanted.least_markets
        rows: list[Row] = []
        for event in progress.open_events:
            # What counts as small may have been set anew.
            self._put(progress, event, event.with_listed((), least, self._step_s))
        for event_ticker in sorted(listed.markets):
            before = progress.event(event_ticker)
            after = before.with_listed(listed.legs(event_ticker), least, self._step_s)
            rows += _changed(before, after, listed, now_ns)
            self._put(progress, before, after)
        await self._store.put(MARKETS, rows)
        await self._commit(listed.listings)

    def _put(self, progress: Progress, before: EventCoverage, after: EventCoverage) -> None:
        if after != before:
            progress.put(after)
            self._dirty[after.event_ticker] = after

    def _planned(self, progress: Progress, cutoff_s: int, now_s: int) -> list[Request]:
        needs = [need for event in progress.open_events for need in event.needs(now_s, self._step_s)]
        old = [need for need in needs if need.leg.settled_s is not None and need.leg.settled_s < cutoff_s]
        live = [need for need in needs if need.leg.settled_s is None or need.leg.settled_s >= cutoff_s]
        return requests_of(live, old, self._step_s)

    async def _fetch_all(
        self, progress: Progress, fetcher: CandleFetcher, requests: list[Request], report: SeriesReport
    ) -> None:
        waiting = iter(requests)
        async with _canceled_together() as group:
            for _ in range(min(self._workers, len(requests))):
                group.append(asyncio.create_task(self._work(progress, fetcher, waiting, report)))
            await asyncio.gather(*group)
        await self._commit(())

    async def _work(
        self,
        progress: Progress,
        fetcher: CandleFetcher,
        waiting: Iterator[Request],
        report: SeriesReport,
    ) -> None:
        for request in waiting:
            fetched = await fetcher.fetch(request)
            report.requests += request.cost(self._step_s)
            rows = await self._keep(progress, request, fetched)
            report.rows += rows
            self._meter.done += request.cost(self._step_s)
            self._meter.failed += len(fetched.failures)
            if self._clock.monotonic_ns() - self._committed_ns > _COMMIT_NS:
                await self._commit(())

    async def _keep(self, progress: Progress, request: Request, fetched: Fetched) -> int:
        now_ns, period_min = self._clock.wall_ns(), self._wanted.period.value
        rows = [
            candle_row(need.leg.ticker, need.event_ticker, period_min, candle, now_ns)
            for need in request.needs
            for candle in fetched.candles.get(need.leg.ticker, ())
        ]
        await self._store.put(CANDLES, rows)
        self._note(progress, request, fetched)
        return len(rows)

    def _note(self, progress: Progress, request: Request, fetched: Fetched) -> None:
        through: dict[str, dict[str, int]] = {}
        failures: dict[str, dict[str, str]] = {}
        for need in request.needs:
            ticker = need.leg.ticker
            if ticker in fetched.candles:
                through.setdefault(need.event_ticker, {})[ticker] = need.end_s
            else:
                failures.setdefault(need.event_ticker, {})[ticker] = fetched.failures[ticker]
        for name in dict.fromkeys(need.event_ticker for need in request.needs):
            event = progress.event(name).with_results(
                through.get(name, {}), failures.get(name, {}), self._wanted.least_markets, self._step_s
            )
            progress.put(event)
            self._dirty[name] = event

    async def _commit(self, listings: tuple[Listing, ...] | list[Listing]) -> None:
        self._committed_ns = self._clock.monotonic_ns()
        dirty, self._dirty = self._dirty, {}
        at_ns, period_min = self._store.stamp(), self._wanted.period.value
        await self._store.commit(
            [event_row(event, period_min, at_ns) for event in dirty.values()],
            [listing_row(found, period_min, self._wanted.share, at_ns) for found in listings],
        )


def _changed(before: EventCoverage, after: EventCoverage, listed: Listed, now_ns: Nanoseconds) -> list[Row]:
    """Markets that were not known, or whose result was not."""
    sheets = listed.markets[after.event_ticker]
    rows = []
    for ticker, sheet in sheets.items():
        known = before.legs.get(ticker)
        if known is None or (known.settled_s is None and after.legs[ticker].settled_s is not None):
            rows.append(market_row(sheet, now_ns))
    return rows


def _summed(progress: Progress, report: SeriesReport) -> SeriesReport:
    report.events = progress.count
    for event in progress.open_events:
        report.failed += bool(event.failed)
        report.small += event.state is EventState.SMALL
        report.open += event.state is EventState.OPEN and not event.failed
        report.reason = event.reason or report.reason
    report.complete = report.events - report.failed - report.small - report.open
    return report


@asynccontextmanager
async def _canceled_together() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Tasks that end together, when one fails or who waits for them is canceled."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
