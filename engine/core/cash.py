"""Cash in all and by shard, as the exchange says it."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ReadBalance
from engine.core.exposure import Spending
from engine.core.facts.money import CashSeen
from engine.core.timers import Due
from engine.domain.units import Nanoseconds, dollars
from engine.domain.venue import Balance

_BELIEVED_AFTER = 3


class Cash:
    """One read is under way at a time: the exchange answers few of them, and what was placed before a read
    has to be told from what was placed before the next one."""

    def __init__(self, desk: Desk, spending: Spending) -> None:
        self._desk = desk
        self._spending = spending
        self._zeros = 0
        self._asked_mono: Nanoseconds | None = None
        self._is_wanted_again = False

    def ask(self) -> None:
        """Asks, or has it asked again once the answer to the last one is there."""
        desk = self._desk
        desk.timers.drop(Due.BALANCE)
        asked = self._asked_mono
        if asked is not None and desk.mono - asked <= desk.timings.read_patience_ns:
            self._is_wanted_again = True
            return
        self._asked_mono, self._is_wanted_again = desk.mono, False
        self._spending.asked()
        desk.ask(ReadBalance())

    def failed(self, wait_ns: Nanoseconds) -> None:
        """The read came to nothing: what was wanted since is asked for after this pause."""
        desk = self._desk
        self._asked_mono = None
        desk.timers.after_mono(desk.mono + wait_ns, Due.BALANCE)

    def read(self, balance: Balance) -> None:
        """Takes a new balance. That all is gone at once is believed only when said repeatedly."""
        self._take(balance)
        self._asked_mono = None
        if self._is_wanted_again:
            self.ask()

    def _take(self, balance: Balance) -> None:
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
