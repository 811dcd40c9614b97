"""Which events are about a climate day of a station, as their own rules say."""

from __future__ import annotations

from datetime import date

from collectors.weather.rules import Settlement
from collectors.weather.stations import Station

_MOST = 32


class Topics:
    """Events whose rules were read and understood; before that nothing is about an event."""

    def __init__(self) -> None:
        self._events: dict[str, Settlement] = {}

    def understood(self, event_ticker: str, settlement: Settlement) -> None:
        self._events[event_ticker] = settlement

    def refused(self, event_ticker: str) -> None:
        self._events.pop(event_ticker, None)

    def about(self, station: Station, day: date, source: str | None = None) -> tuple[str, ...]:
        """Events of the station's day; with ``source`` those alone that are settled by it."""
        found = (
            event
            for event, known in self._events.items()
            if known.station.site == station.site
            and known.day == day
            and (source is None or known.source == source)
        )
        return tuple(sorted(found)[:_MOST])
