"""Cash in all and by shard, as the exchange says it."""

from __future__ import annotations

from engine.core.changes import CashSeen
from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ReadBalance
from engine.core.exposure import Spending
from engine.core.timers import Due
from engine.domain.units import dollars
from engine.domain.venue import Balance

_BELIEVED_AFTER = 3


class Cash:
    def __init__(self, desk: Desk, spending: Spending) -> None:
        self._desk = desk
        self._spending = spending
        self._zeros = 0

    def ask(self) -> None:
        self._desk.timers.drop(Due.BALANCE)
        self._spending.asked()
        self._desk.ask(ReadBalance())

    def read(self, balance: Balance) -> None:
        """Takes a new balance. That all is gone at once is believed only when said repeatedly."""
        desk = self._desk
        known = desk.money.cash
        if known is not None and _is_all_gone(known, balance):
            self._zeros += 1
            if self._zeros < _BELIEVED_AFTER:
                text = f"balance: reads 0 after ${dollars(known.cash_ud)}; held until it is said again"
                desk.alert(AlertLevel.WARNING, "IMPLAUSIBLE_BALANCE", text)
                return
        self._zeros = 0
        self._spending.read()
        if known is None or _money(known) != _money(balance):
            desk.record(CashSeen(balance, desk.at))


def _is_all_gone(known: Balance, seen: Balance) -> bool:
    return known.cash_ud > 0 and seen.cash_ud == 0 and seen.portfolio_value_ud == 0


def _money(balance: Balance) -> tuple[object, ...]:
    return (balance.cash_ud, sorted(balance.by_shard_ud.items()))
