"""Reads the rules of the open events of temperature series, so that values are told about the right ones."""

from __future__ import annotations

from collections.abc import Sequence

from collectors.health import SourceHealth
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from collectors.weather.rules import Settlement, settlement_of
from collectors.weather.stations import BY_SERIES, extreme_of
from collectors.weather.topics import Topics
from collectors.words import one_line
from engine.domain.market import Event
from engine.domain.units import SECOND_NS
from engine.domain.venue import MarketSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.errors import KalshiError

_EVERY_S, _AGAIN_S = 900, 30


class RulesPart:
    """A :class:`collectors.running.Part`. An event whose markets do not agree, or are not understood, has
    nothing told about it."""

    def __init__(
        self, reader: KalshiReader, series: Sequence[str], topics: Topics, health: SourceHealth
    ) -> None:
        """Each of ``series`` is one of :data:`collectors.weather.stations.BY_SERIES`."""
        self.health = health
        self.health.stale_s = 2.5 * _EVERY_S
        self._reader = reader
        self._series = tuple(series)
        self._topics = topics

    async def run(self) -> None:
        while True:
            is_well = await self._look()
            await self._reader.clock.sleep((_EVERY_S if is_well else _AGAIN_S) * SECOND_NS)

    async def once(self) -> bool:
        return await self._look()

    async def aclose(self) -> None:
        await self._reader.aclose()

    async def _look(self) -> bool:
        is_well = True
        for series in self._series:
            is_well &= await self._read(series)
        if is_well:
            self.health.is_well()
        return is_well

    async def _read(self, series: str) -> bool:
        events = self._reader.reads(Lane.COLLECT).events
        try:
            found = await events.list(series_ticker=series, status="open", with_nested_markets=True).collect()
        except KalshiError as error:
            self.health.disconnected()
            self.health.fault(Fault(FaultKind.UNREACHABLE, f"{series}: {one_line(str(error))}"))
            return False
        if not self.health.is_connected:
            self.health.connected()
        self.health.took(Taken())
        faults = [fault for sheet in found if (fault := self._event(series, sheet.event, sheet.markets))]
        for fault in faults:
            self.health.fault(fault)
        return not faults

    def _event(self, series: str, event: Event, markets: Sequence[MarketSheet]) -> Fault | None:
        try:
            settlement = agreed(event.ticker, series, [market.rules_primary for market in markets])
        except SourceFault as error:
            self._topics.refused(event.ticker)
            return error.fault
        self._topics.understood(event.ticker, settlement)
        return None


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
    return settlement
