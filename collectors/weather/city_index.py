"""The exchange's own hourly temperature index of a city (``GET /live_data/weather/{city}``, public).

Hourly temperature markets settle on it, daily ones do not. A minute without enough stations has no value.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collectors.fetching import Body, Request
from collectors.kinds import WEATHER_INDEX
from collectors.moments import not_to_come, unix_moment
from collectors.numbers import decimal_of, plain
from collectors.observations import Observation
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.weather.degrees import degrees_of
from collectors.weather.rows import ObservationRow
from collectors.words import one_line
from engine.domain.units import MILLISECOND_NS, Nanoseconds

NAME = "kalshi_index"
_EVERY_S, _SPAN_S = 60.0, 900
_NORMAL = "normal"


class _Minute(msgspec.Struct):
    t: int
    v: str | None = None
    status: str | None = None


class _Answer(msgspec.Struct):
    units: str
    timeseries: list[_Minute]
    config_version: int | str | None = None


class CityIndex:
    """A :class:`collectors.polling.PollSource`."""

    name = NAME
    spacing_s = 0.5
    keeps_raw = False

    def __init__(self, cities: Sequence[str], url: str) -> None:
        self._cities = tuple(cities)
        self._url = url
        self._seen = Seen()

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [
            Errand(
                name=city,
                request=Request(
                    url=f"{self._url}/live_data/weather/{city}", params={"last_sec": str(_SPAN_S)}
                ),
                every_s=_EVERY_S,
            )
            for city in self._cities
        ]

    def take(self, errand: Errand, body: Body) -> Taken:
        answer = shaped(body, _Answer)
        if answer.units != "fahrenheit":
            raise SourceFault(
                FaultKind.SHAPE, f"{errand.name}: units {one_line(answer.units, 20)!r}, wanted fahrenheit"
            )
        taken, newest = Taken(), None
        for minute in sorted(answer.timeseries, key=lambda minute: minute.t):
            row = _row(errand.name, minute, answer.config_version, body.received_ns)
            if not self._seen.is_new((errand.name, row.observed_ns), (row.temperature_text, row.status)):
                taken.repeats += 1
                continue
            taken.rows.append(row)
            newest = row if row.temperature_text is not None and row.status == _NORMAL else newest
        if newest is not None and newest.temperature_text is not None:
            value = plain(decimal_of(newest.temperature_text, "v"))
            told = Observation(WEATHER_INDEX, errand.name, value, newest.observed_ns, newest.received_ns)
            taken.told.append(told)
        return taken


def _row(city: str, minute: _Minute, version: int | str | None, received_ns: Nanoseconds) -> ObservationRow:
    observed_ns = unix_moment(minute.t, f"{city}: t", MILLISECOND_NS)
    return ObservationRow(
        source=NAME,
        station=city,
        observed_ns=not_to_come(observed_ns, received_ns, f"{city}: t"),
        temperature_f=None if minute.v is None else degrees_of(minute.v, f"{city}: v"),
        temperature_text=minute.v,
        quality=None if version is None else str(version),
        status=minute.status,
        received_ns=received_ns,
    )
