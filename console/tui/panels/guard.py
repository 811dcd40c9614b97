"""How a position is guarded, in one cell: where its price stands between stop and profit.

Prices are of the leg held. ``44 ▓▓▓▓░░░ 61`` reads: the stop at 44, the profit at 61, and the price that the
whole size brings now at the end of the full part.
"""

from __future__ import annotations

from console.tui import roles
from console.tui.cells import Span, clip
from console.tui.panels import figures
from engine.control.rows.account import PositionRow
from engine.control.rows.orders import PlanRow
from engine.domain.plan import ExitCause, PlanState
from engine.domain.units import CENT_BP, PriceBp

UNGUARDED = "UNGUARDED"
_FULL, _EMPTY = "▓", "░"
_LEAST_BAR = 4
_SHORT = {
    ExitCause.TAKE_PROFIT: "TP",
    ExitCause.STOP_LOSS: "SL",
    ExitCause.DISASTER: "DISASTER",
    ExitCause.TRAILING: "TRAIL",
    ExitCause.TIME_STOP: "TIME",
}
_NEAR_BP = 2 * CENT_BP
"""A stop so near is told in the colour of a warning."""


def guard_cell(position: PositionRow, plan: PlanRow | None, width: int) -> Span:
    """The cell of one position, at most ``width`` cells wide."""
    if plan is None:
        return clip(UNGUARDED, width), roles.WARNING
    if plan.state is PlanState.BLOCKED:
        return clip(f"{_cause(plan)} BLOCKED", width), roles.URGENT
    if plan.state is PlanState.EXITING:
        return clip(f"EXITING {_cause(plan)}", width), roles.ACCENT
    mark_bp = mark_price_bp(position)
    if plan.stop_loss_bp is not None and plan.take_profit_bp is not None:
        return _between(plan.stop_loss_bp, plan.take_profit_bp, mark_bp, width)
    if plan.stop_loss_bp is not None:
        return clip(_distance("SL", plan.stop_loss_bp, mark_bp, width), width), _stop_role(plan, mark_bp)
    if plan.take_profit_bp is not None:
        return clip(_distance("TP", plan.take_profit_bp, mark_bp, width), width), roles.TAKE_PROFIT
    if plan.ends_ns is not None:
        return clip("TIME STOP", width), roles.TEXT
    return clip("TO PAYOUT" if plan.terms.to_settlement else "PLAN", width), roles.TEXT


def mark_price_bp(position: PositionRow) -> PriceBp | None:
    """What one contract of the leg held brings if the whole size is sold now, rounded down."""
    if position.exit_ud is None or position.count_c <= 0:
        return None
    return position.exit_ud // position.count_c


def distance_bp(position: PositionRow, plan: PlanRow) -> PriceBp | None:
    """How far the price is above the stop; None without either."""
    mark_bp = mark_price_bp(position)
    if mark_bp is None or plan.stop_loss_bp is None:
        return None
    return mark_bp - plan.stop_loss_bp


def _between(stop_bp: PriceBp, profit_bp: PriceBp, mark_bp: PriceBp | None, width: int) -> Span:
    stop, profit = _cents(stop_bp), _cents(profit_bp)
    room = width - len(stop) - len(profit) - 2
    is_near = mark_bp is not None and mark_bp - stop_bp <= _NEAR_BP
    role = roles.STOP_LOSS if is_near else roles.TEXT
    if room < _LEAST_BAR:
        return _nearer(stop_bp, profit_bp, mark_bp, width, role)
    if mark_bp is None:
        return f"{stop} {'?' * room} {profit}", roles.LABEL
    return f"{stop} {_bar(stop_bp, profit_bp, mark_bp, room)} {profit}", role


def _nearer(stop_bp: PriceBp, profit_bp: PriceBp, mark_bp: PriceBp | None, width: int, role: str) -> Span:
    """Where there is no room for a bar, the one that is nearer."""
    if mark_bp is not None and profit_bp - mark_bp < mark_bp - stop_bp:
        return clip(_distance("TP", profit_bp, mark_bp, width), width), roles.TAKE_PROFIT
    return clip(_distance("SL", stop_bp, mark_bp, width), width), role


def _bar(stop_bp: PriceBp, profit_bp: PriceBp, mark_bp: PriceBp, room: int) -> str:
    span = max(profit_bp - stop_bp, 1)
    full = max(0, min(room, (mark_bp - stop_bp) * room // span))
    return _FULL * full + _EMPTY * (room - full)


def _distance(word: str, level_bp: PriceBp, mark_bp: PriceBp | None, width: int) -> str:
    """``SL 44 -13.2``: the level, and how far the price has to go to it."""
    level = f"{word} {_cents(level_bp)}"
    if mark_bp is None:
        return level
    away = f"{level_bp - mark_bp:+d}"
    away = away[0] + _cents(abs(level_bp - mark_bp))
    whole = f"{level} {away}"
    return whole if len(whole) <= width else f"{word} {away}"


def _stop_role(plan: PlanRow, mark_bp: PriceBp | None) -> str:
    if mark_bp is None or plan.stop_loss_bp is None:
        return roles.LABEL
    return roles.STOP_LOSS if mark_bp - plan.stop_loss_bp <= _NEAR_BP else roles.TEXT


def _cause(plan: PlanRow) -> str:
    return next((word for cause, word in _SHORT.items() if cause == plan.exit_cause), "EXIT")


def _cents(price_bp: PriceBp) -> str:
    return figures.price(price_bp, figures.places((price_bp,)))
