"""Daily closes from FRED, a day late: the official ones. ``.`` is a day without trading."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import msgspec

from collectors.fetching import Body, Request
from collectors.index.symbols import END_OF_DAY, Symbol, level_taken
from collectors.numbers import positive
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line
from engine.domain.eastern import of_eastern
from engine.domain.units import Nanoseconds

NAME = "fred"
_EVERY_S = 6 * 3_600.0
_DAYS = 10
_CLOSE_HOUR = 16


class _Observation(msgspec.Struct):
    date: str
    value: str


class _Answer(msgspec.Struct):
    observations: list[_Observation]


class Fred:
    """A :class:`collectors.polling.PollSource`."""

    name = NAME
    spacing_s = 1.0
    keeps_raw = False

    def __init__(self, symbols: Sequence[Symbol], key: str, url: str) -> None:
        self._symbols = {symbol.name: symbol for symbol in symbols}
        self._key = key
        self._url = url
        self._seen = Seen()

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [self._errand(symbol) for symbol in self._symbols.values()]

    def _errand(self, symbol: Symbol) -> Errand:
        params = {
            "series_id": symbol.fred,
            "api_key": self._key,
            "file_type": "json",
            "sort_order": "desc",
            "limit": str(_DAYS),
        }
        request = Request(url=f"{self._url}/fred/series/observations", params=params, is_keyed=True)
        return Errand(name=symbol.name, request=request, every_s=_EVERY_S)

    def take(self, errand: Errand, body: Body) -> Taken:
        symbol, taken = self._symbols[errand.name], Taken()
        for found in reversed(shaped(body, _Answer).observations):
            if found.value == ".":
                continue
            day, value = _day(found.date), positive(found.value, "value")
            if not self._seen.is_new((symbol.name, found.date), value):
                taken.repeats += 1
                continue
            close_ns = of_eastern(day.year, day.month, day.day, _CLOSE_HOUR)
            taken.add(
                level_taken(NAME, symbol, value, END_OF_DAY, close_ns, body.received_ns, day.isoformat())
            )
        return taken


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SourceFault(FaultKind.SHAPE, f"date: got {one_line(text, 40)!r}") from None
