"""Which orders a kill takes back: those that may add risk, and with exits off those that plans rest."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.facts.orders import EXTERNAL
from engine.core.order_record import OrderRecord
from engine.domain.order import BookSide
from engine.domain.units import CountC


def reduces(side: BookSide, count_c: CountC, held_c: CountC) -> bool:
    """Whether an order that nobody here decided can only take away from what is held."""
    return held_c * side.sign < 0 and count_c <= abs(held_c)


def working_entries(desk: Desk, *, foreign: bool) -> list[OrderRecord]:
    """Working orders that may add risk; with ``foreign`` also those of other programs."""
    return [record for record in desk.working() if _is_entry(desk, record, foreign=foreign)]


def working_plan_exits(desk: Desk) -> list[OrderRecord]:
    """Orders that plans sent; what people sent to get out stays."""
    return [r for r in desk.working() if not r.terms.opens and r.terms.exit_cause]


def _is_entry(desk: Desk, record: OrderRecord, *, foreign: bool) -> bool:
    terms = record.terms
    if terms.owner != EXTERNAL:
        return terms.opens
    return foreign and not reduces(terms.side, record.remaining_c, desk.held_c(terms.ticker))
