"""NEWS: headlines, newest first, with the markets that they may move; the one under the cursor in full.

The time is that of arrival; ``late`` is how long after publication that was. Where a line has no room for all
of it, a headline has a line of its own under that of its time, source and markets. Enter loads the first
market of the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span, clip
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, paragraph, saying_view, waiting, with_caveat
from engine.control.protocol import OUTSIDE
from engine.control.rows.outside import HeadlineRow, SourceRow
from engine.domain.units import SECOND_NS, Nanoseconds

COLLECTOR = "news"
_ABOUT = (
    Column("time", "time ET", 8, is_text=True),
    Column("late", "late", 4, rank=2),
    Column("source", "source", 10, rank=1, is_text=True, most=14),
    Column("markets", "markets", 10, is_text=True, most=24),
)
COLUMNS = (*_ABOUT, Column("title", "", 40, is_text=True, most=160))
_LEAST_FOR_ONE_LINE = 78
_INDENT = "    "
_SIM = "Real news: it moves no simulated market."
_NO_SOURCE = Saying(
    PanelState.EMPTY,
    "no news collector runs",
    "add [collectors.news] to config.toml in its home and start the engine anew; type : FEED for what runs",
)
_NOTHING = Saying(
    PanelState.EMPTY,
    "no headline has come since the engine started",
    "wait, or look at : FEED for how its sources do",
)


@dataclass(frozen=True, slots=True)
class NewsPanel:
    code: ClassVar[str] = "NEWS"
    name: ClassVar[str] = "headlines and their markets"

    def view(self, desk: Desk, place: Place) -> View:
        age_s = desk.age_s(OUTSIDE)
        saying = waiting(desk, OUTSIDE, "the news") or _saying(desk)
        if saying is not None:
            return saying_view("NEWS", saying, place.width, age_s)
        sheet = fit(COLUMNS if place.width >= _LEAST_FOR_ONE_LINE else _ABOUT, place.width)
        pairs = [(None, sheet.header()), *_pairs(desk, sheet, place)]
        trouble = _trouble(news_sources(desk))
        head = (*paragraph(trouble, roles.WARNING, place.width), *(row for _, row in pairs[:1]))
        rows = (*head, *(row for _, row in pairs[1:]))
        keys = (*(None,) * len(head), *(key for key, _ in pairs[1:]))
        view = View("NEWS", rows, keys, age_s, header_rows=len(head))
        return with_caveat(view, desk, OUTSIDE, place.width)


def news_sources(desk: Desk) -> list[SourceRow]:
    """Those of the collector of news that are switched on."""
    status = desk.status
    rows = () if status is None else status.sources
    return [row for row in rows if row.name.partition("/")[0] == COLLECTOR and row.state != "off"]


def markets_of(desk: Desk, headline: HeadlineRow) -> tuple[str, ...]:
    """Events that are known here of its series, the one that closes first at the front."""
    wanted = set(headline.series)
    return tuple(event for event in desk.events() if event.partition("-")[0] in wanted) if wanted else ()


def _saying(desk: Desk) -> Saying | None:
    if desk.replica.headlines:
        return None
    sources = news_sources(desk)
    if not sources:
        return _NO_SOURCE
    trouble = _trouble(sources)
    if not trouble:
        return _NOTHING
    return Saying(PanelState.ERROR, trouble, "it is tried again by itself; : FEED shows every source")


def _trouble(sources: list[SourceRow]) -> str:
    """Why nothing may come, if no source lives."""
    if not sources or any(source.state == "live" for source in sources):
        return ""
    first = sources[0]
    return f"no source of news is live: {first.name} {first.state}{': ' if first.note else ''}{first.note}"


def _pairs(desk: Desk, sheet: Sheet, place: Place) -> Iterator[tuple[str | None, Row]]:
    by_age = sorted(desk.replica.headlines, key=_order)
    for headline in by_age[::-1]:
        key = headline.headline_id
        events = markets_of(desk, headline)
        cells = _cells(desk, headline, events)
        yield key, sheet.line(cells)
        if key == place.cursor:
            for text in _whole(desk, headline, events):
                for row in paragraph(text, roles.LABEL, place.width, _INDENT):
                    yield None, row
        elif "title" not in sheet.names:
            yield None, ((clip(f"{_INDENT}{headline.title}", place.width), cells["title"][1]),)
    if desk.status is not None and desk.status.venue == "sandbox":
        for row in paragraph(_SIM, roles.LABEL, place.width):
            yield None, row


def _order(headline: HeadlineRow) -> tuple[int, int]:
    """What came together is in the order of its publication."""
    return headline.received_ns, headline.published_ns or 0


def _cells(desk: Desk, headline: HeadlineRow, events: tuple[str, ...]) -> dict[str, Span]:
    markets = ", ".join(events or headline.series)
    late_ns = None if headline.published_ns is None else max(0, headline.received_ns - headline.published_ns)
    late = figures.UNKNOWN if late_ns is None else numbers.age(late_ns / SECOND_NS)
    return {
        "time": (_when(desk, headline.received_ns), roles.LABEL),
        "late": (late, roles.LABEL),
        "source": (headline.source, roles.LABEL),
        "markets": (markets, roles.ACCENT if events else roles.LABEL),
        "title": (headline.title, roles.TEXT if events else roles.LABEL),
    }


def _when(desk: Desk, at_ns: Nanoseconds) -> str:
    """``15:13:07`` today, ``20 Nov`` before; by our own clock, as collectors stamp it."""
    is_today = numbers.day(at_ns) == numbers.day(desk.wall_ns)
    return numbers.clock(at_ns) if is_today else numbers.day(at_ns)


def _whole(desk: Desk, headline: HeadlineRow, events: tuple[str, ...]) -> Iterator[str]:
    yield headline.title
    said = "" if headline.published_ns is None else f"published {_moment(desk, headline.published_ns)}, "
    kind = f"; {headline.category}" if headline.category else ""
    yield f"{said}came {_moment(desk, headline.received_ns)}, by {headline.source}{kind}"
    if events:
        yield f"may move {', '.join(events)}; Enter opens the first"
    elif headline.series:
        yield f"may move {', '.join(headline.series)}; no market of these is here"
    if headline.url:
        yield headline.url


def _moment(desk: Desk, at_ns: Nanoseconds) -> str:
    day, clock = numbers.day(at_ns), numbers.clock(at_ns)
    return f"{clock} ET" if day == numbers.day(desk.wall_ns) else f"{day} {clock} ET"
