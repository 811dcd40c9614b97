"""What a panel says when there is nothing to show, or what it shows is old; always with what to do next."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from console.tui import numbers, roles
from console.tui.cells import Row, clip
from console.tui.desk import Desk
from console.tui.panels.base import PanelState, View
from console.tui.panels.figures import OLD
from console.tui.panels.labels import status_word
from console.tui.panels.lazy_rows import LazyRows
from engine.control.protocol import BOOK_PREFIX
from engine.domain.market import MarketStatus

RETRIES = "the console tries again by itself; q leaves it, and orders and positions stay as they are"


@dataclass(frozen=True, slots=True)
class Saying:
    """A message in the place of rows: what is so, and what to do next."""

    state: PanelState
    text: str
    advice: str


NO_MARKET = Saying(
    PanelState.EMPTY,
    "no market is loaded",
    "press Enter on a market in WATCH or EVT, or type : and its ticker",
)


def saying_view(title: str, saying: Saying, width: int, age_s: float | None = None) -> View:
    role = roles.URGENT if saying.state in (PanelState.ERROR, PanelState.OFFLINE) else roles.TEXT
    rows = (*paragraph(saying.text, role, width), *paragraph(saying.advice, roles.LABEL, width))
    return View(title, rows, (None,) * len(rows), age_s, saying.state)


def paragraph(text: str, role: str, width: int, indent: str = " ") -> tuple[Row, ...]:
    """Text wrapped to ``width`` cells; a word that is too long is broken."""
    room = max(width - len(indent), 1)
    lines = [line for part in text.splitlines() for line in textwrap.wrap(part, room) or [""]]
    return tuple(((clip(indent + line, width), role),) for line in lines)


def waiting(desk: Desk, topic: str, what: str) -> Saying | None:
    """What to say while a topic was never told; None once there is a picture, current or not."""
    if desk.age_s(topic) is not None:
        return None
    if desk.is_starting:
        return Saying(PanelState.LOADING, "the engine is starting", "this takes a few seconds; q leaves")
    if not desk.is_attached:
        return Saying(PanelState.OFFLINE, f"no engine: {desk.lost_text}", RETRIES)
    return Saying(PanelState.LOADING, f"loading {what}", "this takes a moment; press ? for the keys")


def with_caveat(view: View, desk: Desk, topic: str, width: int) -> View:
    """The view as it is, or told to be old: its state, one row above the others, and everything dimmed."""
    if not desk.is_attached:
        text = f"{OLD} engine lost, trying again; q leaves: {desk.lost_text}"
        return _aged(view, PanelState.OFFLINE, text, roles.URGENT, width)
    if desk.is_stale(topic):
        text = f"{OLD} old{_since(desk.age_s(topic))}: {_why_stale(desk, topic)}"
        return _aged(view, PanelState.STALE, text, roles.WARNING, width)
    return view


def dimmed(row: Row) -> Row:
    return (("".join(text for text, _ in row), roles.STALE),)


def _dimmed_at(rows: Sequence[Row], at: int) -> Row:
    return dimmed(rows[at])


def _aged(view: View, state: PanelState, text: str, role: str, width: int) -> View:
    caveat: Row = ((clip(text, width), role),)
    rows = LazyRows((caveat, *(partial(_dimmed_at, view.rows, at) for at in range(len(view.rows)))))
    return replace(view, rows=rows, keys=(None, *view.keys), state=state, header_rows=view.header_rows + 1)


def _since(seconds: float | None) -> str:
    """In the steps of the borders: a row that changes each second is bytes for nothing."""
    return "" if seconds is None or seconds < 1 else f" {numbers.age(numbers.stepped(seconds))}"


def _why_stale(desk: Desk, topic: str) -> str:
    if desk.is_silent:
        return "the engine says nothing; sparko status asks it"
    if not desk.is_feed_live:
        return "the exchange's feed is not live; : ENG tells more"
    market = desk.market(topic.removeprefix(BOOK_PREFIX)) if topic.startswith(BOOK_PREFIX) else None
    if market is not None and market.status in (MarketStatus.DETERMINED, MarketStatus.FINALIZED):
        return f"the market is {status_word(market.status)}; ] goes to the next"
    return "a new picture is on its way"
