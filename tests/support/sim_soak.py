"""Hours of a whole desk in virtual time: the generator's series, over 500 markets, and a slow trader."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from random import Random

import msgspec
from deep_size import deep_size, resident_bytes
from ground_truth import disagreements, truth_inside
from sim_desk import ACCOUNT, CASH_UD, SimDesk
from sim_engine import SimEngine
from wide_limits import WIDE_LIMITS

from engine.core.engine import Engine
from engine.core.inputs import Command
from engine.core.settings import EngineSettings
from engine.core.step import Step
from engine.domain.command import CancelAll, CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import Nanoseconds
from engine.sandbox.server.settings import Settings
from engine.sandbox.server.source_choice import plan_of
from engine.sandbox.sim.loop import running_loop
from engine.sandbox.sources.generator.options import ALL_SERIES

HOUR_S = 3_600
START = "2026-11-20T15:00:00Z"
TICK_S = 10.0
"""How often the generated markets move, and what crowds do in them: the day is long, not loud."""
SETTLING_S = 60
"""What each period's end is given, without orders, before it is looked at."""


class Look(msgspec.Struct, frozen=True):
    """What is there at the end of a period. ``engine_bytes``: the core without its money, and the stream;
    ``reads``: what the exchange was asked in the period, but for orders and cancels; ``simulated_bytes``: the
    exchange with all its past, and what stands for the files of both."""

    at_ns: Nanoseconds
    markets: int
    books: int
    orders: int
    fills: int
    settlements: int
    steps: int
    reads: int
    engine_bytes: int
    money_bytes: int
    simulated_bytes: int
    resident_bytes: int
    wrong: tuple[str, ...]


class Soak:
    """``period_s`` is the time between two looks at everything, ``wait_s`` the mean one between orders."""

    def __init__(self, seed: int, *, period_s: int = HOUR_S, wait_s: float = 20) -> None:
        self.chance = Random(f"soak {seed}")
        plan = plan_of(Settings(seed=seed, tier="prestige", start=START))
        self.desk = SimDesk(seed, plan=plan, tick_s=TICK_S)
        self.engine = SimEngine(
            self.desk, EngineSettings(series=ALL_SERIES, limits=WIDE_LIMITS), Random(seed)
        )
        self.looks: list[Look] = []
        self.denied: dict[str, int] = {}
        self._period_s = period_s
        self._wait_s = wait_s
        self._commands = 0
        self._steps = 0
        self._reads = 0

    async def run(self, periods: int, on_look: Callable[[Look], None] | None = None) -> list[Look]:
        """Lives through the periods, looking at everything at the end of each."""
        self.engine.start()
        await asyncio.sleep(30)
        assert self.engine.runtime is not None
        self.engine.runtime.subscribe(self._count)
        for _ in range(periods):
            trading = asyncio.create_task(self._trade())
            await asyncio.sleep(self._period_s - SETTLING_S)
            trading.cancel()
            await asyncio.gather(trading, return_exceptions=True)
            await self._ask(CancelAll())
            await asyncio.sleep(SETTLING_S)
            self.looks.append(self._look())
            if on_look is not None:
                on_look(self.looks[-1])
        await self.engine.stop()
        self.desk.exchange.kill()
        return self.looks

    @property
    def core(self) -> Engine:
        assert self.engine.runtime is not None
        return self.engine.runtime.engine

    def _count(self, step: Step) -> None:
        self._steps += 1
        self._reads += sum(type(effect).__name__.startswith("Read") for effect in step.effects)

    async def _trade(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self._wait_s))
            await self._ask(self._choose())

    async def _ask(self, body: CommandBody) -> None:
        assert self.engine.runtime is not None
        self._commands += 1
        answer = await self.engine.runtime.command(Command(f"command-{self._commands}", "soak", body))
        if answer.deny_code:
            self.denied[answer.deny_code] = self.denied.get(answer.deny_code, 0) + 1

    def _choose(self) -> CommandBody:
        money, chance = self.engine.money, self.chance
        kind = chance.random()
        if kind < 0.15 and money.working:
            return CancelOrder(chance.choice(list(money.working)))
        held = [ticker for ticker, record in money.positions.items() if record.position.count_c]
        if kind < 0.3 and held:
            return ClosePosition(self.engine.ids.mint(), chance.choice(held))
        return self._order()

    def _order(self) -> PlaceOrder:
        chance, books = self.chance, self.core.books
        ticker = chance.choice([t for t, view in books.items() if view.is_fresh and view.book.is_two_sided])
        book, leg = books[ticker].book, chance.choice((Leg.YES, Leg.NO))
        touch_bp = (book.best_ask_bp or 0) if leg is Leg.YES else 10_000 - (book.best_bid_bp or 0)
        return PlaceOrder(
            self.engine.ids.mint(),
            ticker,
            leg,
            buys=True,
            price_bp=min(9_900, max(100, touch_bp // 100 * 100 + 100 * chance.randint(-1, 1))),
            count_c=100 * chance.randint(1, 5),
            time_in_force=chance.choice((TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL)),
            again=True,
            far=True,
        )

    def _look(self) -> Look:
        gc.collect()
        reads, self._reads = self._reads, 0
        money, core = self.engine.money, self.core
        truth = truth_inside(self.desk.exchange.world.exchange, ACCOUNT)
        wrong = disagreements(money, truth, 2 * CASH_UD)
        wrong += [f"in doubt: {line}" for line in self.engine.doubts(older_ns=0)]
        wrong += [f"the exchange crashed: {crash!r}" for crash in self.desk.exchange.crashes[:3]]
        return Look(
            at_ns=running_loop().now_ns,
            markets=len(core.markets),
            books=sum(view.is_fresh for view in core.books.values()),
            orders=len(money.orders),
            fills=len(money.fills),
            settlements=len(money.settlements),
            steps=self._steps,
            reads=reads,
            engine_bytes=deep_size(core, self.engine.machine, without=(money, self.engine.runtime)),
            money_bytes=deep_size(money),
            simulated_bytes=deep_size(self.desk.exchange, self.engine.disk, without=(self.engine,)),
            resident_bytes=resident_bytes(),
            wrong=tuple(wrong),
        )
