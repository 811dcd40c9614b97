"""Facts of a run and of what it may do: its mode, its exits, the stages and memory of its strategies."""

from __future__ import annotations

from engine.core.facts.fact import Fact
from engine.core.stage_record import Stage
from engine.domain.decision import DecisionRow
from engine.domain.order import Leg
from engine.domain.units import CountC, Nanoseconds, PriceBp


class RunStarted(Fact, frozen=True, tag="run_started"):
    run_id: str
    venue: str
    account: str
    build: str
    at: Nanoseconds


class RunEnded(Fact, frozen=True, tag="run_ended"):
    run_id: str
    at: Nanoseconds


class ModeSet(Fact, frozen=True, tag="mode_set"):
    """``halt_id`` names the kill that halted, so that its file is obeyed once."""

    mode: str
    who: str
    reason: str
    at: Nanoseconds
    halt_id: str = ""


class ExitsSet(Fact, frozen=True, tag="exits_set"):
    """Exits by plan are off, by whom and why in ``off``; empty: they are on again."""

    off: str
    who: str
    at: Nanoseconds


class StageSet(Fact, frozen=True, tag="stage_set"):
    """What a strategy may do from now on."""

    strategy: str
    stage: Stage
    who: str
    at: Nanoseconds


class ShadowDecided(Fact, frozen=True, tag="shadow_decided"):
    """An entry that a strategy decided and that its stage kept from being sent; a price of ``leg``."""

    strategy: str
    ticker: str
    leg: Leg
    price_bp: PriceBp
    count_c: CountC
    at: Nanoseconds


class DecisionTaken(Fact, frozen=True, tag="decision_taken"):
    """An entry that a strategy sent, with every gate's numbers; ``client_order_id`` of it names the order."""

    decision: DecisionRow
    at: Nanoseconds


class StrategyKept(Fact, frozen=True, tag="strategy_kept"):
    """What a strategy remembers from now on; ``state`` is its MessagePack."""

    strategy: str
    state: bytes
    at: Nanoseconds
