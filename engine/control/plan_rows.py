"""Rows of plans, and what the log says of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from engine.control.rows.orders import PlanRow
from engine.core.engine import Engine
from engine.core.exits.levels import levels_of
from engine.core.exits.plan_record import PlanRecord
from engine.core.facts.plans import PlanMoved, PlanRetired, PlanSet
from engine.core.money import MoneyState
from engine.core.row import Row
from engine.domain.plan import PlanState
from engine.domain.plan_text import text_of_plan
from engine.domain.units import cents, contracts

PlanChange: TypeAlias = PlanSet | PlanMoved | PlanRetired
_LONGEST_TEXT = 160


def plan_row(record: PlanRecord, engine: Engine) -> PlanRow:
    """Levels with the best price as far as it is written down."""
    market = engine.markets.get(record.ticker)
    levels = levels_of(record, None if market is None else market.grid)
    text = "; ".join(part for part in (record.text, *levels.notes) if part)
    return PlanRow(
        ticker=record.ticker,
        leg=record.leg,
        owner=record.owner,
        terms=record.terms,
        state=record.state,
        take_profit_bp=levels.take_profit_bp,
        stop_loss_bp=levels.stop_bp,
        disaster_bp=levels.disaster_bp,
        ends_ns=levels.ends_ns,
        exit_cause=record.cause,
        text=text[:_LONGEST_TEXT],
    )


def moved_plans(rows: Iterable[Row], engine: Engine) -> tuple[PlanRow, ...]:
    """The last row of each plan that a step touched."""
    moved: dict[str, PlanRecord] = {row.key: row.value for row in rows if row.kind == "plan"}
    return tuple(plan_row(record, engine) for record in moved.values())


def live_plans(engine: Engine) -> tuple[PlanRow, ...]:
    return tuple(plan_row(record, engine) for record in engine.money.plans.values() if record.is_live)


def count_plans(money: MoneyState) -> int:
    """Positions that a live plan guards."""
    return sum(1 for record in money.plans.values() if record.is_live)


def plan_words(change: PlanChange, money: MoneyState) -> tuple[str, str, str] | None:
    """Code, text and market; None for what an alert or an order tells."""
    match change:
        case PlanSet():
            held = f"{contracts(change.count_c)} {change.leg.upper()} at {cents(change.entry_bp)} c"
            return "PLAN", f"guards {held}: {text_of_plan(change.terms)} ({change.owner})", change.ticker
        case PlanRetired():
            return "PLAN", f"{change.why}: {change.text}", change.ticker
        case PlanMoved(state=PlanState.GUARDING, low_at=low_at) if low_at is not None:
            record = money.plans.get(change.ticker)
            is_news = record is None or record.low_at == low_at
            return ("PLAN", change.text, change.ticker) if is_news and change.at == low_at else None
        case _:
            return None
