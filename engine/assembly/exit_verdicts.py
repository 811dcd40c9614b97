"""Why a plan sold: its decision and its order, as the journal has them, told as verdicts."""

from __future__ import annotations

from engine.core.facts.orders import OrderIntended
from engine.core.facts.plans import PlanMoved
from engine.domain.decision import EXIT, DecisionRow, GateRow
from engine.domain.order import Leg
from engine.domain.units import CONTRACT_BP, cents, contracts

PLAN, STAGE = "plan", "exit"
_NAMES = {"bid_bp": "YES bid", "ask_bp": "YES ask"}
"""All other prices are of the leg held."""


def verdict_of_plan(decision_id: str, change: PlanMoved) -> DecisionRow | None:
    """The moment at which it was decided that a position ends; None for any other move of a plan."""
    if not change.is_leaving or not change.numbers:
        return None
    return DecisionRow(
        decision_id=decision_id,
        at_ns=change.at,
        strategy=PLAN,
        stage=STAGE,
        ticker=change.ticker,
        verdict=EXIT,
        code=change.cause.upper(),
        text=change.text,
        count_c=change.count_c,
        gates=_told(change.numbers),
    )


def verdict_of_order(change: OrderIntended, decided: DecisionRow | None) -> DecisionRow:
    """An order by which a plan sold. ``decided`` is the decision before it; a take profit that rests has
    none, for it was there before its price."""
    terms = change.terms
    price_bp = terms.price_bp if terms.leg is Leg.YES else CONTRACT_BP - terms.price_bp
    text = "a take profit that rests" if decided is None else decided.text
    return DecisionRow(
        decision_id=terms.client_order_id,
        at_ns=change.at,
        strategy=terms.owner,
        stage=STAGE,
        ticker=terms.ticker,
        verdict=EXIT,
        code=terms.exit_cause.upper(),
        text=f"{text}: sells {contracts(terms.count_c)} {terms.leg.upper()} at {cents(price_bp)} c",
        leg=terms.leg,
        price_bp=price_bp,
        count_c=terms.count_c,
        client_order_id=terms.client_order_id,
        gates=_told(change.numbers) if decided is None else decided.gates,
    )


def _told(numbers: dict[str, int | str]) -> tuple[GateRow, ...]:
    """What was looked at: prices in cents, counts in contracts."""
    return tuple(GateRow(_name(name), True, _value(name, value)) for name, value in numbers.items())


def _name(name: str) -> str:
    return _NAMES.get(name) or name.removesuffix("_bp").removesuffix("_c").removesuffix("_s")


def _value(name: str, value: int | str) -> str:
    if isinstance(value, str):
        return value
    if name.endswith("_bp"):
        return f"{cents(value)} c"
    if name.endswith("_s"):
        return f"{value} s"
    return contracts(value) if name.endswith("_c") else str(value)
