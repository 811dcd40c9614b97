"""The parts of the core, each given what it needs of the others."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.aftermath import Aftermath
from engine.core.answers import Answers
from engine.core.cancels import Cancels
from engine.core.cash import Cash
from engine.core.commands import Commands
from engine.core.desk import Desk
from engine.core.doubts import Doubts
from engine.core.exchange_state import ExchangeState
from engine.core.exits.exits import Exits
from engine.core.exposure import Spending
from engine.core.extending import Extending
from engine.core.feed import MarketFeed
from engine.core.fills import Fills
from engine.core.gate import Gate
from engine.core.host import Host
from engine.core.lease import Leases
from engine.core.lookups import Lookups
from engine.core.order_groups import OrderGroups
from engine.core.orders import Orders
from engine.core.outcomes import Outcomes
from engine.core.placing import Placing
from engine.core.read_pace import ReadPace
from engine.core.reconcile import Reconciliation
from engine.core.risk import Risk
from engine.core.sender import Sender
from engine.core.settlements import Settlements
from engine.core.sources import Sources
from engine.core.stages import Stages
from engine.core.stance import Stance
from engine.core.strategy import Strategy
from engine.core.triggers.desk_of_triggers import Triggers
from engine.core.universe import Universe


class Parts:
    """They share the desk and call each other; who hears of what is :mod:`engine.core.hearing`'s."""

    def __init__(self, desk: Desk, strategies: Sequence[Strategy]) -> None:
        self.answers = Answers(desk)
        self.doubts = Doubts(desk)
        self.fills = Fills(desk, self.doubts)
        self.cancels = Cancels(desk, self.answers, self.doubts)
        self.orders = Orders(desk, self.answers, self.doubts, self.cancels, self.fills)
        self.leases = Leases(desk)
        self.spending = Spending(desk)
        risk = self.risk = Risk(desk, self.spending)
        self.stages = Stages(desk, self.cancels, self.answers, [strategy.name for strategy in strategies])
        series_of = {strategy.name: strategy.needs(strategy.params).series for strategy in strategies}
        groups = self.groups = OrderGroups(desk, self.stages, self.orders, risk.breakers, series_of)
        self.gate = Gate(desk, self.leases, self.spending, risk, groups)
        self.sender = Sender(desk)
        self.placing = Placing(desk, self.gate, self.sender, self.cancels, groups)
        self.extending = Extending(desk)
        self.outcomes = Outcomes(desk, self.orders, self.extending, self.doubts)
        self.lookups = Lookups(desk, self.doubts, self.orders, self.fills, self.gate, self.sender)
        self.universe = Universe(desk)
        self.market_feed = MarketFeed(desk, self.universe)
        self.cash = Cash(desk, self.spending)
        pace = ReadPace(desk.timings)
        self.settlements = Settlements(desk)
        self.reconciliation = Reconciliation(
            desk, self.doubts, self.orders, self.fills, self.settlements, self.cash, self.universe, pace
        )
        self.aftermath = Aftermath(desk, self.universe, self.settlements)
        self.exchange_state = ExchangeState(
            desk, self.doubts, self.reconciliation, self.extending, self.cancels
        )
        self.stance = Stance(desk, self.cancels, self.answers, self.stages)
        self.triggers = Triggers(desk, self.placing, self.universe, self.answers)
        self.exits = Exits(desk, self.placing, self.cancels, self.doubts, self.fills, self.answers)
        self.commands = Commands(
            desk,
            self.answers,
            self.placing,
            self.cancels,
            self.leases,
            self.universe,
            self.stance,
            self.triggers,
            risk,
            self.exits,
            groups,
        )
        entry_wait = self.exits.entry_wait
        self.host = Host(desk, self.placing, self.cancels, self.universe, self.stages, entry_wait, strategies)
        self.sources = Sources(desk, self.host, self.triggers)
