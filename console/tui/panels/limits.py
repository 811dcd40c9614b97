"""The engine's limits, each with what is used of it."""

from __future__ import annotations

from collections.abc import Iterator

from console.tui import numbers, roles
from console.tui.panels import figures
from console.tui.panels.named import Named
from engine.control.rows.risk import LimitRow
from engine.control.rows.status import StatusRow

BAR_WIDTH = 8
NEAR = 80
"""Percent of a limit from which on it is told."""


def limit_lines(status: StatusRow) -> Iterator[Named]:
    """The day's P&L, whether entries are taken, and the limits as the engine tells them."""
    day = status.day_pnl_ud
    yield Named("day P&L", numbers.dollars(day, signed=True), figures.tone(day))
    if status.entries_stopped:
        yield Named("entries", f"stopped: {status.entries_stopped}", roles.URGENT)
    if status.limits:
        yield Named("", "limits", roles.TITLE)
    for limit in status.limits:
        yield Named(limit.name.replace("_", " "), limit_text(limit), _role(limit))


def limit_text(limit: LimitRow) -> str:
    """``▓▓░░░░░░  $4.10 of $20.00``, or for what bounds each order by itself ``$5.00 each``."""
    most = _amount(limit.limit, limit.unit)
    if limit.used is None:
        return f"{' ' * BAR_WIDTH}  {most} each{_pending(limit)}"
    said = f"{_bar(limit)}  {_amount(limit.used, limit.unit)} of {most}{_pending(limit)}"
    share = _share(limit)
    return f"{said}; {limit.remedy}" if limit.remedy and share is not None and share >= NEAR else said


def _pending(limit: LimitRow) -> str:
    """A raise that was asked for and waits."""
    if limit.pending is None:
        return ""
    when = f" at {numbers.clock(limit.pending_at_ns)} ET" if limit.pending_at_ns is not None else ""
    return f", {_amount(limit.pending, limit.unit)}{when}"


def _amount(amount: int, unit: str) -> str:
    match unit:
        case "ud":
            return f"${numbers.dollars(amount)}"
        case "count":
            return f"{numbers.contracts(amount)} contracts"
        case "bp":
            return f"{numbers.cents(amount)}c"
        case "ns":
            return numbers.countdown(amount)
        case "share":
            return f"{numbers.cents(amount)} %"
        case _:
            return f"{amount:,}"


def _share(limit: LimitRow) -> int | None:
    """Percent; None where there is nothing to be a part of."""
    if limit.used is None or limit.limit <= 0:
        return None
    return max(0, min(100, 100 * limit.used // limit.limit))


def _bar(limit: LimitRow) -> str:
    share = _share(limit) or 0
    full = -(-share * BAR_WIDTH // 100)
    return "▓" * full + "░" * (BAR_WIDTH - full)


def _role(limit: LimitRow) -> str:
    share = _share(limit)
    if share is None:
        return roles.TEXT
    return roles.URGENT if share >= 100 else roles.WARNING if share >= NEAR else roles.TEXT
