"""The engine's limits, each with what is used of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from console.tui import numbers, roles
from console.tui.panels import figures
from console.tui.panels.named import Named
from engine.control.rows import StatusRow
from engine.domain.units import SECOND_NS

BAR_WIDTH = 8
NEAR = 80
"""Percent of a limit from which on it is told."""


class Limit(Protocol):
    """``unit`` says in what ``limit`` and ``used`` are counted; None: nobody knows."""

    @property
    def name(self) -> str: ...

    @property
    def unit(self) -> str: ...

    @property
    def limit(self) -> int | None: ...

    @property
    def used(self) -> int | None: ...


def limit_lines(status: StatusRow) -> Iterator[Named]:
    """None for an engine that does not tell its limits."""
    limits: tuple[Limit, ...] = getattr(status, "limits", ())
    stopped: str = getattr(status, "entries_stopped", "")
    if stopped:
        yield Named("entries", f"stopped: {stopped}", roles.URGENT)
    if limits:
        yield Named("", "limits: used of most", roles.TITLE)
    for limit in limits:
        yield Named(limit.name.replace("_", " "), limit_text(limit), _role(limit))


def limit_text(limit: Limit) -> str:
    """``▓▓░░░░░░  $4.10 of $20.00``; the bar is blank while the use is unknown."""
    return f"{_bar(limit)}  {_amount(limit.used, limit.unit)} of {_amount(limit.limit, limit.unit)}"


def _amount(amount: int | None, unit: str) -> str:
    if amount is None:
        return figures.UNKNOWN
    match unit:
        case "ud":
            return f"${numbers.dollars(amount)}"
        case "c":
            return numbers.contracts(amount)
        case "bp":
            return f"{numbers.cents(amount)}c"
        case "ns":
            return numbers.age(amount / SECOND_NS)
        case _:
            return f"{amount:,} {unit}".rstrip()


def _share(limit: Limit) -> int | None:
    """Percent."""
    if limit.used is None or limit.limit is None or limit.limit <= 0:
        return None
    return max(0, min(100, 100 * limit.used // limit.limit))


def _bar(limit: Limit) -> str:
    share = _share(limit)
    if share is None:
        return " " * BAR_WIDTH
    full = -(-share * BAR_WIDTH // 100)
    return "▓" * full + "░" * (BAR_WIDTH - full)


def _role(limit: Limit) -> str:
    share = _share(limit)
    if share is None:
        return roles.LABEL
    return roles.URGENT if share >= 100 else roles.WARNING if share >= NEAR else roles.TEXT
