"""CASH: what may be spent, by shard, and what the exchange says that all of it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
from engine.control.rows.account import CashRow
from engine.control.rows.orders import OrderRow
from engine.domain.units import SECOND_NS, MicroDollars

_UNTOLD = Saying(
    PanelState.LOADING, "the exchange has not told the balance yet", "wait a moment; ENG shows the connection"
)


@dataclass(frozen=True, slots=True)
class CashPanel:
    code: ClassVar[str] = "CASH"
    name: ClassVar[str] = "cash by shard"

    def view(self, desk: Desk, place: Place) -> View:
        cash = desk.cash
        saying = waiting(desk, DESK, "the balance") or (_UNTOLD if cash is None else None)
        if saying is not None or cash is None:
            return saying_view("CASH", saying or _UNTOLD, place.width, desk.age_s(DESK))
        rows = named_rows(_lines(desk, cash), place.width)
        age_s = max(0, desk.now_ns - cash.updated_ns) / SECOND_NS
        view = View("CASH", rows, (None,) * len(rows), age_s, since_ns=cash.updated_ns)
        return with_caveat(view, desk, DESK, place.width)


def _lines(desk: Desk, cash: CashRow) -> Iterator[Named]:
    yield Named("to spend", _amount(cash.cash_ud), roles.ACCENT)
    for shard, amount in sorted(cash.by_shard_ud.items()):
        yield Named(f"  shard {shard}", _amount(amount))
    yield Named("in positions", f"{_amount(cash.portfolio_value_ud)}  by the exchange's word")
    yield Named("together", _amount(cash.cash_ud + cash.portfolio_value_ud))
    reserved = reserved_ud(desk.replica.desk.orders.values())
    yield Named("in orders", f"{_amount(reserved)}  wanted by own open buys, before fees")
    if desk.status is not None:
        yield from limit_lines(desk.status)
    yield Named("told", f"{numbers.clock(cash.updated_ns)} ET", roles.LABEL)


def reserved_ud(orders: Iterable[OrderRow]) -> MicroDollars:
    """What the rest of buying orders would cost at their limits; unknown ones count."""
    return sum(order.price_bp * order.remaining_c for order in orders if order.buys)


def _amount(amount_ud: MicroDollars) -> str:
    return f"{numbers.dollars(amount_ud):>12}" if amount_ud is not None else figures.UNKNOWN
