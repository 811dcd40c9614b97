"""A core with two markets and conditional orders, and short words for what is done to them."""

from __future__ import annotations

from typing import Any

import msgspec
from core_bench import OTHER, SERIES, TICKER, CoreBench, market, of

from engine.core.effects import Alert, AlertLevel, SubmitOrder
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.domain.command import AddCondition
from engine.domain.feed import BookFresh
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import SECOND_NS

LOW = Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_500)
"""The book of a bench begins at 49 bid, 51 asked."""
BUY_NO = Ticket(TICKER, Leg.NO, True, 300, 5_500)
CHEAP = Ticket(TICKER, Leg.NO, True, 300, 3_000)
"""Within the collar wherever the market goes here."""
GUARD = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))


def terms(trigger: Trigger = LOW, ticket: Ticket = CHEAP, **changes: Any) -> ConditionTerms:
    return msgspec.structs.replace(ConditionTerms(trigger, ticket), **changes)


def bench(**settings: Any) -> CoreBench:
    made = CoreBench(EngineSettings(series=(SERIES,), **settings))
    made.start(market(), market(OTHER))
    return made


def add(desk: CoreBench, name: str = "k1", now: bool = False, **changes: Any) -> str:
    """Its deny code, empty if it was taken."""
    return desk.answer(AddCondition(name, terms(**changes), now)).deny_code


def book(desk: CoreBench, bid_bp: int, ask_bp: int, ticker: str = TICKER) -> list[SubmitOrder]:
    """The book is replaced; what is sent in that step."""
    return of(
        desk.feed(BookFresh(ticker, ((bid_bp, 10_000),), ((ask_bp, 10_000),), None)).effects, SubmitOrder
    )


def state(desk: CoreBench, name: str = "k1") -> str:
    return desk.engine.money.conditions[name].state.value


def alerts(desk: CoreBench) -> list[tuple[str, AlertLevel]]:
    return [(alert.code, alert.level) for alert in of(desk.effects, Alert)]


def restarted(desk: CoreBench) -> CoreBench:
    """A new process on the facts of the old one."""
    after = CoreBench(desk.settings, fold(desk.changes))
    after.at, after.mono = desk.at + SECOND_NS, SECOND_NS
    after.start(market(), market(OTHER), run_id="r2")
    return after
