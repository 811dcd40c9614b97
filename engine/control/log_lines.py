"""One line for each thing that the engine did or refused, for the topic ``log``."""

from __future__ import annotations

from typing import NamedTuple

from engine.control.decision_words import decision_words
from engine.control.plan_rows import plan_words
from engine.control.prepared_words import prepared_words
from engine.control.stance_words import stance_words
from engine.core.changes import Change
from engine.core.effects import Alert, AlertLevel, Answer, Effect, KeepDecision
from engine.core.facts.money import FillBooked, PositionAdopted, SettlementBooked
from engine.core.facts.orders import (
    GroupMoved,
    OrderAdopted,
    OrderIntended,
    OrderMoved,
    OrderResent,
    OrderTerms,
)
from engine.core.facts.plans import PlanMoved, PlanRetired, PlanSet, SaleWaits
from engine.core.facts.prepared import ConditionMoved, ConditionSet, LoadFired, LoadSet
from engine.core.facts.stance import (
    DecisionTaken,
    ExitsSet,
    ModeSet,
    RunEnded,
    RunStarted,
    ShadowDecided,
    StageSet,
)
from engine.core.group_record import GroupState
from engine.core.money import MoneyState
from engine.domain.order import BookSide, Leg, OrderState
from engine.domain.units import cents, complement, contracts, dollars

_NOTE = AlertLevel.NOTE.value
_WARNING = AlertLevel.WARNING.value
_TOLD = frozenset(
    {OrderState.UNKNOWN, OrderState.REJECTED, OrderState.CANCELED, OrderState.EXPIRED, OrderState.ABSENT}
)
"""States that are worth a line; fills tell of themselves."""
_DOUBTFUL = frozenset({OrderState.UNKNOWN, OrderState.ABSENT, OrderState.REJECTED})


class Line(NamedTuple):
    level: str
    code: str
    text: str
    ticker: str = ""


def line_of_change(change: Change, money: MoneyState) -> Line | None:
    """None for what is of no interest to people by itself."""
    match change:
        case OrderIntended():
            return Line(_NOTE, "ORDER", _order(change.terms), change.terms.ticker)
        case OrderAdopted():
            text = f"found an order of another program: {_order(change.terms)}"
            return Line(_WARNING, "ADOPTED", text, change.terms.ticker)
        case OrderMoved(state=state) if state in _TOLD:
            return _moved(change, money)
        case OrderResent():
            record = money.orders[change.client_order_id]
            text = f"{change.client_order_id} was not at the exchange and is sent again, with the same id"
            return Line(_WARNING, "RESENT", text, record.terms.ticker)
        case FillBooked():
            return _fill(change, money)
        case PositionAdopted():
            text = f"found {contracts(change.count_c)} contracts that no fill explains"
            return Line(_WARNING, "ADOPTED", text, change.ticker)
        case SettlementBooked():
            paid = change.settlement
            text = f"settled at {cents(change.value_bp)} c, paid ${dollars(paid.revenue_ud)}"
            return Line(_NOTE, "SETTLED", text, paid.ticker)
        case ModeSet() | ExitsSet() | StageSet() | ShadowDecided() | DecisionTaken():
            code, text, ticker = stance_words(change)
            return Line(_NOTE if ticker else _WARNING, code, text, ticker)
        case ConditionSet() | ConditionMoved() | LoadSet() | LoadFired():
            told = prepared_words(change, money)
            return None if told is None else Line(_NOTE, *told)
        case PlanSet() | PlanMoved() | PlanRetired():
            told = plan_words(change, money)
            return None if told is None else Line(_NOTE, *told)
        case GroupMoved() | SaleWaits() | RunStarted() | RunEnded():
            return _of_the_desk(change)
        case _:
            return None


def line_of_effect(effect: Effect) -> Line | None:
    """Alerts and refusals; a fill has its line from the fact that booked it."""
    if isinstance(effect, Alert) and effect.code != "FILL":
        return Line(effect.level.value, effect.code, effect.text)
    if isinstance(effect, Answer) and effect.deny_code:
        return Line(_NOTE, effect.deny_code, effect.text)
    if isinstance(effect, KeepDecision) and effect.is_told:
        row = effect.decision
        return Line(_NOTE, row.verdict, decision_words(row), row.ticker)
    return None


def _of_the_desk(change: GroupMoved | SaleWaits | RunStarted | RunEnded) -> Line | None:
    if isinstance(change, RunStarted | RunEnded):
        return _run(change)
    if isinstance(change, SaleWaits):
        text = f"sale {change.client_order_id} goes out once the take profit is canceled"
        return Line(_NOTE, "SALE_WAITS", text, change.ticker)
    if change.state is not GroupState.READY:
        return None
    text = f"{change.strategy}: its entries stop at {contracts(change.limit_c)} contracts in 15 s"
    return Line(_NOTE, "ORDER_GROUP", text)


def _run(change: RunStarted | RunEnded) -> Line:
    if isinstance(change, RunStarted):
        return Line(_NOTE, "STARTED", f"run {change.run_id} on {change.venue}")
    return Line(_NOTE, "ENDED", f"run {change.run_id}")


def _order(terms: OrderTerms) -> str:
    buys = (terms.leg is Leg.YES) == (terms.side is BookSide.BID)
    price_bp = terms.price_bp if terms.leg is Leg.YES else complement(terms.price_bp)
    verb = "buy" if buys else "sell"
    return f"{verb} {contracts(terms.count_c)} {terms.leg.upper()} at {cents(price_bp)} c ({terms.owner})"


def _moved(change: OrderMoved, money: MoneyState) -> Line:
    record = money.orders[change.client_order_id]
    cause = f": {change.cause}" if change.cause else ""
    level = _WARNING if change.state in _DOUBTFUL else _NOTE
    text = f"{change.client_order_id} {change.state}{cause}"
    return Line(level, change.state.upper(), text, record.terms.ticker)


def _fill(change: FillBooked, money: MoneyState) -> Line:
    """In the price of the leg that was meant; of an order that nobody knows, of YES."""
    fill, record = change.fill, money.orders.get(change.client_order_id)
    is_yes = record is None or record.terms.leg is Leg.YES
    buys = is_yes == (fill.side is BookSide.BID)
    text = (
        f"{'bought' if buys else 'sold'} {contracts(fill.count_c)} {'YES' if is_yes else 'NO'} "
        f"at {cents(fill.price_bp if is_yes else complement(fill.price_bp))} c, "
        f"fee ${dollars(fill.fee_ud)} ({change.owner})"
    )
    return Line(_NOTE, "FILL", text, fill.ticker)
