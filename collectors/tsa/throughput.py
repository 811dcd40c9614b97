"""Checkpoint throughput: from the page, and from mirrors of it while its edge refuses us.

Days are taken as they stand in the table, whenever it was captured; what is older than what is known is kept
and not told. A day that was restated is a row more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from collectors.fetching import Body, Request
from collectors.kinds import TSA
from collectors.observations import Observation
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.taking import FaultKind, Row, SourceFault, Taken
from collectors.telling import Telling
from collectors.tsa.page import Day, days_of_mirror, days_of_page
from collectors.weather.stations import utc_day
from engine.domain.units import HOUR_NS, MINUTE_NS, Nanoseconds

NAME = "tsa"
PAGE, MIRROR, ARCHIVE = "page", "mirror", "archive"
_SERIES = "KXTSAW"
_OFTEN_S, _USUAL_S = 300.0, 3_600.0
_NEWS_FROM_NS, _NEWS_TO_NS = 12 * HOUR_NS + 30 * MINUTE_NS, 15 * HOUR_NS
"""UTC: when the page is updated, Monday to Friday."""
_TOLD_DAYS = 14
_HEADERS = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en-US,en;q=0.9"}


class TsaRow(Row, frozen=True, kw_only=True):
    """``source`` page, mirror or archive; ``day`` YYYY-MM-DD."""

    TABLE = "tsa"
    source: str
    day: str
    passengers: int
    passengers_text: str
    received_ns: Nanoseconds


class Throughput:
    """A :class:`collectors.polling.PollSource`."""

    name = NAME
    spacing_s = 5.0
    keeps_raw = False

    def __init__(self, page: str, mirror: str, archive: str) -> None:
        self._requests = (
            (PAGE, Request(url=page, headers=_HEADERS), ""),
            (MIRROR, Request(url=mirror), PAGE),
            (ARCHIVE, Request(url=archive), MIRROR),
        )
        self._seen = Seen(20_000)
        self._telling = Telling()
        self._newest: date | None = None

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        day, of_day = utc_day(now_ns), now_ns % (24 * HOUR_NS)
        is_due = day.weekday() < 5 and _NEWS_FROM_NS <= of_day < _NEWS_TO_NS
        every_s = _OFTEN_S if is_due else _USUAL_S
        return [
            Errand(name=name, request=request, every_s=every_s, backs_up=backs_up)
            for name, request, backs_up in self._requests
        ]

    def take(self, errand: Errand, body: Body) -> Taken:
        days = days_of_mirror(body.data) if errand.name == MIRROR else days_of_page(body.data)
        today = utc_day(body.received_ns)
        if days[-1].day > today:
            raise SourceFault(FaultKind.SHAPE, f"{errand.name}: has {days[-1].day}, which is to come")
        taken = Taken()
        for one in days:
            row = _row(errand.name, one, body.received_ns)
            if self._seen.is_new((row.source, row.day), row.passengers):
                taken.rows.append(row)
            else:
                taken.repeats += 1
        if self._newest is None or days[-1].day >= self._newest:
            self._newest = days[-1].day
            told = [_told(one, body.received_ns) for one in days[-_TOLD_DAYS:]]
            taken.told += self._telling.anew(told)
        return taken


def week_event(day: date) -> str:
    """The event of the week, Monday to Sunday, that a day belongs to: KXTSAW-26FEB08."""
    sunday = day + timedelta(days=6 - day.weekday())
    return f"{_SERIES}-{sunday:%y%b%d}".upper()


def _row(source: str, one: Day, received_ns: Nanoseconds) -> TsaRow:
    return TsaRow(
        source=source,
        day=one.day.isoformat(),
        passengers=one.passengers,
        passengers_text=one.text,
        received_ns=received_ns,
    )


def _told(one: Day, received_ns: Nanoseconds) -> Observation:
    """The page does not say when it was published: our arrival is the time."""
    about = (week_event(one.day),)
    return Observation(TSA, one.day.isoformat(), str(one.passengers), received_ns, received_ns, about)
