"""Which events are about a climate day of a station, as their own rules say."""

from __future__ import annotations

from datetime import date

from collectors.weather.rules import Settlement
from collectors.weather.stations import Extreme, Station

_MOST = 32


class Topics:
    """Events whose rules were read and understood; before that nothing is about an event."""

    def __init__(self) -> None:
        self._events: dict[str, Settlement] = {}

    def understood(self, event_ticker: str, settlement: Settlement) -> None:
        self._events[event_ticker] = settlement

    def refused(self, event_ticker: str) -> None:
        self._events.pop(event_ticker, None)

    def about(
        self, station: Station, day: date, extreme: Extreme | None = None, source: str | None = None
    ) -> tuple[str, ...]:
        """Events of the station's day; those alone of its high or its low, and settled by ``source``, where
        these are given."""
        found = (
            event
            for event, known in self._events.items()
            if known.station.site == station.site
            and known.day == day
            and extreme in (None, known.extreme)
            and source in (None, known.source)
        )
        return tuple(sorted(found)[:_MOST])
