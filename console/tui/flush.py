"""What is to be drawn anew: changes are gathered and drawn together, eight times a second at most."""

from __future__ import annotations

from console.tui.clocks import DeskClock
from engine.control.protocol import BOOK_PREFIX, DESK, LOG, OUTSIDE, WATCH
from engine.domain.units import SECOND_NS

BOOK, TAPE, INDEX, FORECAST = "book", "tape", "index", "forecast"
FETCHED, LOADED, TIE = "fetched", "loaded", ""
BEAT = "beat"
"""The engine's word each second that it is there, with nothing new in it but ages."""
_ALWAYS = frozenset({TIE, LOADED})
_READS: dict[str, frozenset[str]] = {
    "WATCH": frozenset({WATCH, DESK}),
    "EVT": frozenset({WATCH, DESK, INDEX, OUTSIDE, FETCHED}),
    "GP": frozenset({WATCH, TAPE, DESK, FORECAST, INDEX, OUTSIDE, FETCHED}),
    "BOOK": frozenset({BOOK, DESK}),
    "TAS": frozenset({TAPE, FETCHED}),
    "DES": frozenset({WATCH, FETCHED}),
    "POS": frozenset({DESK, WATCH}),
    "ORD": frozenset({DESK, WATCH, BOOK}),
    "FILL": frozenset({DESK}),
    "CASH": frozenset({DESK}),
    "FCST": frozenset({DESK, FORECAST, FETCHED}),
    "SCAN": frozenset({DESK}),
    "WHY": frozenset({FETCHED}),
    "LOG": frozenset({LOG}),
    "ENG": frozenset({BEAT, DESK}),
    "FEED": frozenset({BEAT, DESK}),
    "NEWS": frozenset({OUTSIDE, DESK}),
    "HELP": frozenset(),
}
"""FCST is long and has ages: it is drawn for those and for the desk, and not for each quote."""


def kind_of(topic: str) -> str:
    """``book:T`` -> ``book``."""
    return BOOK if topic.startswith(BOOK_PREFIX) else topic.partition(":")[0]


def reads(code: str, dirty: frozenset[str]) -> bool:
    """Whether a panel may look different now; one that is not known always may."""
    if dirty & _ALWAYS:
        return True
    return code not in _READS or bool(_READS[code] & dirty)


class Dirt:
    """Kinds of topics that changed since they were last taken."""

    def __init__(self, clock: DeskClock) -> None:
        self._clock = clock
        self._kinds: set[str] = {TIE}
        self._second = -1

    def mark(self, topic: str) -> None:
        self._kinds.add(kind_of(topic))

    def take(self) -> tuple[frozenset[str], bool]:
        """What changed, and whether a new second has begun: ages and clocks go on without any change."""
        second = self._clock.mono_ns() // SECOND_NS
        is_new, self._second = second != self._second, second
        kinds = frozenset(self._kinds)
        self._kinds.clear()
        return kinds, is_new
