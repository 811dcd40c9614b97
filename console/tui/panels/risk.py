"""RISK: what stops or bounds orders now: mode, exits, breakers, and the limits with their use."""

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
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.alerts import AlertRow
from engine.control.rows.risk import BreakerRow
from engine.control.rows.status import StatusRow
from engine.control.rows.strategies import StrategyRow
from engine.domain.units import SECOND_NS

_UNTOLD = Saying(PanelState.LOADING, "the engine has not told its limits yet", "wait a moment; q leaves")
_STAGE_ROLES = {"money": roles.ACCENT, "shadow": roles.TEXT, "off": roles.LABEL}


@dataclass(frozen=True, slots=True)
class RiskPanel:
    code: ClassVar[str] = "RISK"
    name: ClassVar[str] = "limits, breakers and modes"

    def view(self, desk: Desk, place: Place) -> View:
        status = desk.status
        saying = waiting(desk, DESK, "the limits") or (_UNTOLD if status is None else None)
        if saying is not None or status is None:
            return saying_view("RISK", saying or _UNTOLD, place.width, desk.age_s(DESK))
        rows = named_rows(_lines(desk, status), place.width)
        title = "RISK" + (f" {len(status.breakers)} OPEN" if status.breakers else "")
        view = View(title, rows, (None,) * len(rows), desk.age_s(DESK), topic=DESK)
        return with_caveat(view, desk, DESK, place.width)


def _lines(desk: Desk, status: StatusRow) -> Iterator[Named]:
    is_running = status.mode == "RUNNING"
    remedy = "" if is_running else "; sparko resume --reason TEXT"
    yield Named("mode", f"{status.mode}{remedy}", roles.TEXT if is_running else roles.URGENT)
    yield _exits(desk, status)
    if status.notice:
        yield Named("exchange", status.notice, roles.WARNING)
    for breaker in status.breakers:
        yield _breaker(desk, breaker)
    for alert in status.alerts:
        yield _alert(desk, alert)
    yield from limit_lines(status)
    if status.strategies:
        yield Named("", "strategies", roles.TITLE)
    for strategy in status.strategies:
        yield _strategy(strategy)


def _exits(desk: Desk, status: StatusRow) -> Named:
    if status.exits_off:
        return Named("exits", f"OFF: {status.exits_off}", roles.URGENT)
    plans = desk.replica.desk.plans
    bare = sum(ticker not in plans for ticker in desk.replica.desk.positions)
    if bare:
        return Named("exits", f"on, {len(plans)} guarded, {bare} UNGUARDED; e on a position", roles.WARNING)
    return Named("exits", f"on, {len(plans)} guarded")


def _breaker(desk: Desk, breaker: BreakerRow) -> Named:
    for_s = numbers.age(max(0, desk.now_ns - breaker.since_ns) / SECOND_NS)
    if breaker.probe_ns is None:
        remedy = "sparko resume --reason TEXT closes it"
    else:
        remedy = f"tries again in {numbers.countdown(breaker.probe_ns - desk.now_ns)}"
    cause = breaker.cause.replace("_", " ")
    return Named(f"! {cause}", f"open for {for_s}: {breaker.text}; {remedy}", roles.URGENT)


def _alert(desk: Desk, alert: AlertRow) -> Named:
    ago = numbers.age(max(0, desk.now_ns - alert.at_ns) / SECOND_NS)
    return Named(
        "! alert", f"{alert.code}: {alert.text}; {ago} ago, sent {alert.times}x; h: heard", roles.URGENT
    )


def _strategy(strategy: StrategyRow) -> Named:
    if strategy.failure:
        return Named(f"  {strategy.name}", f"OFF: {strategy.failure}", roles.URGENT)
    role = _STAGE_ROLES.get(strategy.stage, roles.WARNING)
    return Named(f"  {strategy.name}", strategy.stage.upper() or figures.UNKNOWN, role)
