"""One short life of a desk whose process ends at a chosen place of the order path, and starts again."""

from __future__ import annotations

import asyncio

from fault_points import Points
from sim_history import History, Shape

from engine.domain.command import CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import SECOND_NS

DOWN_S = 0.4
STEPS = (
    (0.1, "enter"),
    (0.6, "rest"),
    (0.4, "guard"),
    (5.1, "cancel"),
    (0.5, "close"),
    (0.5, "enter"),
)
"""Seconds to wait, and what is done then."""
GUARD = PlanTerms(take_profit=Target(2_500), hold_ns=3 * SECOND_NS)
"""The take profit rests and is never met; the time stop has to cancel it and sell."""
HELD = PlanTerms(take_profit=Target(2_500))
SHAPE = Shape(trading_s=16, trouble_s=0, crashes=False)
SEED = 2
"""Its resting entries live for eight seconds, so that one is extended."""


class ScriptedLife(History):
    """An entry that trades, one that a plan guards and sells again, one that rests and is extended, its
    cancel, and a close. ``at`` is the number of the place at which the process ends, 0 none."""

    steps: tuple[tuple[float, str], ...] = STEPS

    def __init__(self, at: int) -> None:
        super().__init__(SEED, SHAPE)
        self.points = Points(at, self._end)
        self.engine.points = self.points
        self.places = 0
        """How many there were until the script was over."""

    @property
    def open_plans(self) -> list[str]:
        """Markets whose plan lives still; its time is over at the end of a life."""
        return [ticker for ticker, plan in self.engine.disk.load().plans.items() if plan.is_live]

    def _end(self) -> None:
        self.tell(f"ends at {self.points.seen[-1]}")
        self.engine.crash()
        self.tally.crashes += 1
        raise asyncio.CancelledError

    async def _trade(self) -> None:
        for wait_s, what in self.steps:
            await asyncio.sleep(wait_s)
            while not self.engine.is_up:
                self.tell("waits for the engine")
                await asyncio.sleep(0.2)
            task = asyncio.create_task(self._command(self._body(what)))
            self._commands.add(task)
            task.add_done_callback(self._commands.discard)

    async def _trouble(self) -> None:
        """Whoever started it starts it again."""
        while True:
            await asyncio.sleep(DOWN_S)
            if not self.engine.is_up:
                self.engine.start()
                self.tell("engine starts")
            self.places = len(self.points.seen)

    def _body(self, what: str) -> CommandBody:
        market, other, guarded = sorted(self.desk.exchange.world.exchange.markets)
        name = f"{what}-{self.tally.commands}"
        if what == "cancel":
            return CancelOrder("rest-1")
        if what == "close":
            return ClosePosition(name, market, limit_bp=100)
        if what == "sell":
            return ClosePosition("sell-guarded", guarded, limit_bp=100)
        if what == "hold":
            return _buy(name, guarded, _ask_bp(self, guarded), TimeInForce.IMMEDIATE_OR_CANCEL, HELD)
        if what == "rest":
            return _buy(name, other, 500, TimeInForce.GOOD_TILL_CANCELED)
        ticker, plan = (guarded, GUARD) if what == "guard" else (market, None)
        return _buy(name, ticker, _ask_bp(self, ticker), TimeInForce.IMMEDIATE_OR_CANCEL, plan)


class SaleLife(ScriptedLife):
    """A position whose take profit rests, and a close that has to wait for it."""

    steps = ((0.3, "hold"), (4.0, "sell"))


def _ask_bp(life: ScriptedLife, ticker: str) -> int:
    return life.desk.exchange.world.exchange.markets[ticker].levels.best_ask_bp or 9_900


def _buy(
    name: str, ticker: str, price_bp: int, time_in_force: TimeInForce, plan: PlanTerms | None = None
) -> PlaceOrder:
    return PlaceOrder(
        name,
        ticker,
        Leg.YES,
        True,
        price_bp,
        300,
        time_in_force=time_in_force,
        again=True,
        far=True,
        plan=plan,
    )
