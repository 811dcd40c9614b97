"""ENG: the engine and its feeds, what it follows, who is attached, and the limits with their use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.limits import limit_lines
from console.tui.panels.named import Named, named_rows
from console.tui.panels.scan import forecaster_lines
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.status import ExchangeRow, FeedRow, StatusRow
from engine.domain.units import MILLISECOND_NS, SECOND_NS

_UNTOLD = Saying(PanelState.LOADING, "the engine has not told its state yet", "wait a moment; q leaves")
_FEED_ROLES = {"live": roles.TEXT, "stale": roles.WARNING, "lost": roles.URGENT}
CLOCK_OFF_NS = 500 * MILLISECOND_NS
"""A clock so far from the exchange's is worth a look."""


@dataclass(frozen=True, slots=True)
class EnginePanel:
    code: ClassVar[str] = "ENG"
    name: ClassVar[str] = "engine, feeds and limits"

    def view(self, desk: Desk, place: Place) -> View:
        status = desk.status
        saying = waiting(desk, DESK, "the engine's state") or (_UNTOLD if status is None else None)
        if saying is not None or status is None:
            return saying_view("ENG", saying or _UNTOLD, place.width, desk.age_s(DESK))
        rows = named_rows(_lines(desk, status), place.width)
        view = View(f"ENG {status.venue}", rows, (None,) * len(rows), desk.engine_age_s)
        return with_caveat(view, desk, DESK, place.width)


def _lines(desk: Desk, status: StatusRow) -> Iterator[Named]:
    up = numbers.age(status.uptime_ns / SECOND_NS)
    state = "stopping" if status.is_stopping else "ready" if status.is_ready else "recovering"
    yield Named("engine", f"{state}, up {up}, pid {status.pid}, {status.rev:,} steps", _ready_role(status))
    yield Named("heard", f"{numbers.age(desk.engine_age_s)} ago")
    yield Named("mode", status.mode, roles.TEXT if status.mode == "RUNNING" else roles.WARNING)
    yield Named("venue", f"{status.venue} {status.account}".rstrip())
    yield Named("build", f"{status.build or figures.UNKNOWN}, run {status.run_id or figures.UNKNOWN}")
    yield from _exchange(status.exchange)
    for feed in status.feeds:
        yield _feed(feed)
    yield from forecaster_lines(desk)
    fresh = f"{status.books_fresh} fresh of {status.markets}"
    is_short = status.books_fresh < status.markets
    yield Named("books", fresh, roles.WARNING if is_short else roles.TEXT)
    yield Named("markets", f"{len(desk.replica.watch.markets)} shown, {status.markets} followed")
    yield Named("open", f"positions {status.positions}, resting orders {status.resting_orders}")
    unknown = status.unknown_orders
    yield Named("unknown orders", f"{unknown}", roles.URGENT if unknown else roles.TEXT)
    yield Named("consoles", f"{status.clients} attached")
    yield _lease(status)
    if desk.replica.gaps:
        yield Named("gaps", f"{desk.replica.gaps} pictures asked for anew", roles.WARNING)
    yield from limit_lines(status)


def _ready_role(status: StatusRow) -> str:
    return roles.TEXT if status.is_ready and not status.is_stopping else roles.WARNING


def _exchange(exchange: ExchangeRow) -> Iterator[Named]:
    stream = "connected" if exchange.is_connected else "not connected"
    trading = {True: "trading", False: "trading is paused", None: "trading: -"}[exchange.is_trading]
    is_well = exchange.is_connected and exchange.is_trading is not False
    yield Named("exchange", f"{stream}, {trading}", roles.TEXT if is_well else roles.URGENT)
    rest = exchange.rest or figures.UNKNOWN
    yield Named("requests", rest, roles.URGENT if rest == "failing" else roles.TEXT)
    offset = exchange.clock_offset_ns
    if offset is None:
        yield Named("clock offset", figures.UNKNOWN, roles.LABEL)
    else:
        blur = exchange.clock_uncertainty_ns
        role = roles.WARNING if abs(offset) - blur > CLOCK_OFF_NS else roles.TEXT
        known_to = f" ±{blur / MILLISECOND_NS:.0f}" if blur else ""
        yield Named("clock offset", f"{offset / MILLISECOND_NS:+.0f}{known_to} ms", role)


def _feed(feed: FeedRow) -> Named:
    age = figures.UNKNOWN if feed.age_ns is None else numbers.age(feed.age_ns / SECOND_NS)
    return Named(
        f"feed {feed.name}", f"{feed.state}, heard {age} ago", _FEED_ROLES.get(feed.state, roles.WARNING)
    )


def _lease(status: StatusRow) -> Named:
    if status.lease is None:
        return Named("armed", "no console; press A to arm", roles.LABEL)
    left = numbers.countdown(status.lease.left_ns)
    return Named("armed", f"{status.lease.who}, {left} left", roles.ACCENT)
