"""Conditional sales that wait until a position's take profit is out of their way.

The condition stays armed meanwhile, so that a death of the process in between loses nothing: it has fired
once its order is there.
"""

from __future__ import annotations

from typing import NamedTuple

from engine.core.desk import Desk
from engine.core.triggers.validity import ORDER_SUFFIX
from engine.domain.units import SECOND_NS, Nanoseconds


class _Waiting(NamedTuple):
    numbers: dict[str, int | str]
    until_mono: Nanoseconds


class MakingWay:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: dict[str, _Waiting] = {}

    def begin(self, name: str, numbers: dict[str, int | str]) -> None:
        """``numbers`` are what its firing saw."""
        patience_ns = self._desk.settings.exits.close_patience_ns + SECOND_NS
        self._waiting[name] = _Waiting(numbers, self._desk.mono + patience_ns)

    def is_waiting(self, name: str) -> bool:
        """False once the wait has lasted too long: then the condition may fire anew."""
        waiting = self._waiting.get(name)
        if waiting is None:
            return False
        if self._desk.mono < waiting.until_mono:
            return True
        del self._waiting[name]
        return False

    def sent(self) -> list[tuple[str, dict[str, int | str]]]:
        """Those whose order is there now, with what their firing saw; each is told once."""
        orders = self._desk.money.orders
        names = [name for name in self._waiting if name + ORDER_SUFFIX in orders]
        return [(name, self._waiting.pop(name).numbers) for name in names]
