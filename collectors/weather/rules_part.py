"""Reads the rules of the open events of temperature series, so that values are told about the right ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import Enum, auto

from msgspec.structs import replace

from collectors.health import SourceHealth
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from collectors.weather.rules import Settlement, settlement_of
from collectors.weather.stations import BY_SERIES, extreme_of
from collectors.weather.topics import Topics
from collectors.words import one_line
from engine.domain.units import SECOND_NS
from engine.domain.venue import EventSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import DecodeError, KalshiError
from engine.kalshi.stream.backoff import Backoff

_EVERY_S, _AGAIN_S = 900, 30


class _Look(Enum):
    """What came of reading the events of a series."""

    WELL = auto()
    REFUSED = auto()
    """Rules that are not understood."""
    UNREAD = auto()


class RulesPart:
    """A :class:`collectors.running.Part`. An event whose markets do not agree, or are not understood, has
    nothing told about it."""

    def __init__(
        self,
        reader: KalshiReader,
        series: Sequence[str],
        topics: Topics,
        health: SourceHealth,
        random: Callable[[], float],
    ) -> None:
        """Each of ``series`` is one of :data:`collectors.weather.stations.BY_SERIES`."""
        self.health = health
        self.health.stale_s = 2.5 * _EVERY_S
        self._reader = reader
        self._series = tuple(series)
        self._topics = topics
        self._random = random

    async def run(self) -> None:
        """A series that could not be read is asked for again soon; rules that are not understood are what
        they are."""
        again = Backoff(_AGAIN_S * SECOND_NS, _EVERY_S * SECOND_NS, self._random)
        while True:
            looks = await self._look()
            if _Look.UNREAD in looks:
                await self._reader.clock.sleep(again.next_ns())
                continue
            again.reset()
            await self._reader.clock.sleep(_EVERY_S * SECOND_NS)

    async def once(self) -> bool:
        return await self._look() <= {_Look.WELL}

    async def aclose(self) -> None:
        await self._reader.aclose()

    async def _look(self) -> set[_Look]:
        looks = {await self._read(series) for series in self._series}
        if looks <= {_Look.WELL}:
            self.health.is_well()
        return looks

    async def _read(self, series: str) -> _Look:
        events = self._reader.reads(Lane.COLLECT).events
        listing = events.list(series_ticker=series, status="open", with_nested_markets=True)
        faults: list[Fault] = []
        try:
            async for page in listing.pages():
                faults += [fault for sheet in page.items if (fault := self._event(series, sheet))]
                faults += [_unread(series, error) for error in page.rejected]
        except KalshiError as error:
            self.health.disconnected()
            self.health.fault(Fault(FaultKind.UNREACHABLE, f"{series}: {one_line(str(error))}"))
            return _Look.UNREAD
        if not self.health.is_connected:
            self.health.connected()
        self.health.took(Taken())
        if faults:
            more = f" (and {len(faults) - 1} more events)" if len(faults) > 1 else ""
            self.health.fault(replace(faults[0], detail=f"{faults[0].detail}{more}"))
        return _Look.REFUSED if faults else _Look.WELL

    def _event(self, series: str, sheet: EventSheet) -> Fault | None:
        ticker = sheet.event.ticker
        try:
            settlement = agreed(ticker, series, [market.rules_primary for market in sheet.markets])
        except SourceFault as error:
            self._topics.refused(ticker)
            return error.fault
        self._topics.understood(ticker, settlement)
        return None


def _unread(series: str, error: DecodeError) -> Fault:
    return Fault(FaultKind.UNRECOGNISED, f"{series}: an event is not understood: {one_line(str(error))}")


def agreed(event_ticker: str, series: str, rules: Sequence[str]) -> Settlement:
    """What all markets of an event say. Raises SourceFault."""
    station, extreme = BY_SERIES[series], extreme_of(series)
    found = {settlement_of(text, series) for text in rules}
    if len(found) != 1:
        raise SourceFault(FaultKind.UNRECOGNISED, f"{event_ticker}: its markets do not agree on a settlement")
    settlement = found.pop()
    if settlement.station.site != station.site:
        raise SourceFault(
            FaultKind.UNRECOGNISED,
            f"{event_ticker}: settled at CLI{settlement.station.site}, wanted CLI{station.site}",
        )
    if settlement.extreme is not extreme:
        raise SourceFault(
            FaultKind.UNRECOGNISED,
            f"{event_ticker}: is about the day's {settlement.extreme}, wanted its {extreme}",
        )
    named = _day_of(event_ticker)
    if named not in (None, settlement.day):
        raise SourceFault(
            FaultKind.UNRECOGNISED, f"{event_ticker}: its rules are of {settlement.day}, its name of {named}"
        )
    return settlement


def _day_of(event_ticker: str) -> date | None:
    """KXHIGHNY-26NOV21 names a day; None for a name that has none. One that its rules do not agree with is a
    mistake of somebody's, and nobody knows whose."""
    try:
        return datetime.strptime(event_ticker.split("-")[1], "%y%b%d").date()  # noqa: DTZ007 - a day
    except (ValueError, IndexError):
        return None
