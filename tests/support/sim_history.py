"""One seeded history: random orders, faults, lost streams, crashes; then quiet, and the books must agree."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from hashlib import sha256
from random import Random

import msgspec
from fault_effects import PAUSES, REST_EFFECTS, STREAM_EFFECTS
from ground_truth import disagreements, truth_inside
from history_checks import ledger_fault, news
from history_plans import opened_without_plan, plans_lost
from history_trader import Trader
from sim_crowd import Crowd, crowd_plan
from sim_desk import ACCOUNT, CASH_UD, SimDesk
from sim_engine import SimEngine
from wide_limits import WIDE_LIMITS

from engine.core.changes import Change
from engine.core.effects import Answer
from engine.core.exits.timings import ExitTimings
from engine.core.facts.orders import OrderAmended, OrderMoved
from engine.core.facts.plans import PlanSet
from engine.core.inputs import Command
from engine.core.settings import EngineSettings, Timings
from engine.core.state_hash import state_hash
from engine.domain.command import CommandBody
from engine.domain.feed import ReconcileNeeded
from engine.domain.order import OrderState
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds
from engine.kalshi.clock import LoopClock
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.sim.loop import running_loop, simulate

ORDERS = "/portfolio/events/orders"
REST_FAULTS = (*REST_EFFECTS, "delay:1500", "delay:7000")
EVERY_FAULT = (*REST_FAULTS, *STREAM_EFFECTS, *PAUSES)
SUBMIT = ("POST", ORDERS)
TARGETS = (
    SUBMIT,
    SUBMIT,
    ("DELETE", f"{ORDERS}/*"),
    ("POST", f"{ORDERS}/*/amend"),
    ("GET", "**"),
    (None, "**"),
)
HEALTHY_S = 12
"""No order may be in doubt after so long on a healthy exchange."""
QUIET_S = 12
"""More than a round of reconciling, and what it asks for."""
RECONCILE_NS = 8 * SECOND_NS
EXITS = ExitTimings(grace_ns=3 * SECOND_NS, confirm_ns=2 * SECOND_NS, hold_ns=10 * SECOND_NS)
CALM_NS = 15 * SECOND_NS
FOREIGN = frozenset({"FOREIGN_ORDER", "FOREIGN_FILL", "ORDER_ADOPTED", "POSITION_ADOPTED", "OVERFILLED"})
_OFTEN = 1_000_000
_TRIES = 4
LIVES_NS = (8 * SECOND_NS, 20 * SECOND_NS, 10 * MINUTE_NS)
"""After what time a resting entry expires: short ones are extended, and expire, while a history lasts."""


class Shape(msgspec.Struct, frozen=True):
    """What a history is made of; seconds are virtual."""

    trading_s: float = 22
    wait_s: float = 0.8
    """Mean time between two commands."""
    trouble_s: float = 2
    """Mean time between two troubles; 0 is none at all."""
    crashes: bool = True
    event_life_ns: Nanoseconds = 30 * HOUR_NS
    result_s: int = 60


class Failed(AssertionError):
    """What is wrong at the end of a history."""

    def __init__(self, seed: int, wrong: list[str], told: list[str]) -> None:
        story = "\n  ".join(told[-60:])
        super().__init__(f"seed {seed}: " + "\n".join(wrong) + f"\nwhat happened:\n  {story}")


class Tally(msgspec.Struct):
    """What a history, or many, came to. ``met`` counts the faults that a request or a message met."""

    commands: int = 0
    accepted: int = 0
    orders: int = 0
    fills: int = 0
    settlements: int = 0
    crashes: int = 0
    kills: int = 0
    resent: int = 0
    unknown: int = 0
    absent: int = 0
    amended: int = 0
    plans: int = 0
    exits: int = 0
    """Positions, and parts of them, that a plan sold."""
    met: dict[str, int] = msgspec.field(default_factory=dict)

    def add(self, other: Tally) -> None:
        for name in Tally.__struct_fields__:
            if name != "met":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        for effect, times in other.met.items():
            self.met[effect] = self.met.get(effect, 0) + times

    def lines(self) -> list[str]:
        """One count a line, then one fault a line."""
        counts = [f"{name:<20}{getattr(self, name):>9}" for name in Tally.__struct_fields__ if name != "met"]
        return [*counts, *(f"  {effect:<18}{self.met.get(effect, 0):>9}" for effect in EVERY_FAULT)]


class History:
    def __init__(self, seed: int, shape: Shape, clock: LoopClock | None = None) -> None:
        """``clock`` is the machine's, where it is not as right as the exchange's."""
        self.seed = seed
        self.shape = shape
        self.chance = Random(f"history {seed}")
        self.crowd = Crowd(seed, event_life_ns=shape.event_life_ns, result_s=shape.result_s)
        self.desk = SimDesk(seed, plan=crowd_plan(self.crowd), tick_s=0.25, clock=clock)
        commit_s = self.chance.choice((0.004, 0.05, 0.4))
        chosen = settings(self.chance.choice(LIVES_NS), trips=self.chance.random() < 0.3)
        self.engine = SimEngine(self.desk, chosen, Random(f"disk {seed}"), commit_s)
        self.trader = Trader(self.engine, self.chance, f"h{seed}")
        self.answers: dict[str, Answer] = {}
        self.told: list[str] = []
        self.tally = Tally()
        self._rules: tuple[FaultRule, ...] = ()
        self._commands: set[asyncio.Task[None]] = set()
        self._asked = asyncio.Event()

    async def run(self) -> Tally:
        self.engine.start()
        await asyncio.sleep(5)
        trading = asyncio.create_task(self._trade())
        trouble = asyncio.create_task(self._trouble())
        await asyncio.sleep(self.shape.trading_s)
        trading.cancel()
        trouble.cancel()
        await asyncio.gather(trading, trouble, return_exceptions=True)
        await self._heal()
        await asyncio.sleep(HEALTHY_S)
        self._require("in doubt after 12 s", self.engine.doubts(older_ns=HEALTHY_S * SECOND_NS // 2))
        self.crowd.trades = False
        await asyncio.sleep(QUIET_S)
        await self._compare("at the end")
        await self._look_again()
        self.engine.crash()
        self.tell("crash in quiet")
        self.engine.start()
        await asyncio.sleep(QUIET_S)
        await self._compare("after a restart")
        await self.engine.stop()
        self.desk.exchange.kill()
        self._count()
        self._require("the ledger", [fault] if (fault := ledger_fault(self.engine.disk)) else [])
        self._require("the journal", opened_without_plan(self.engine.disk.grouped()))
        return self.tally

    def tell(self, line: str) -> None:
        self.told.append(f"{running_loop().time():9.3f} {line}")

    # trading

    async def _trade(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self.shape.wait_s))
            if self.engine.is_up:
                task = asyncio.create_task(self._command(self.trader.choose()))
                self._commands.add(task)
                task.add_done_callback(self._commands.discard)

    async def _command(self, body: CommandBody) -> None:
        runtime = self.engine.runtime
        assert runtime is not None
        self.tally.commands += 1
        self._asked.set()
        command = Command(f"command-{self.tally.commands}", "tester", body)
        self.tell(f"{command.command_id}: {body}")
        try:
            answer = await runtime.command(command)
        except TimeoutError:
            self.tell(f"{command.command_id}: no answer")
            return
        self.tell(f"{command.command_id}: {answer.deny_code or 'ok'} {answer.text}")
        self.answers[command.command_id] = answer
        self.tally.accepted += not answer.deny_code

    # trouble

    async def _trouble(self) -> None:
        while self.shape.trouble_s:
            await asyncio.sleep(self.chance.expovariate(1 / self.shape.trouble_s))
            await self._one_trouble(self.chance.random())

    async def _one_trouble(self, kind: float) -> None:
        chance = self.chance
        if kind < 0.2 and self.shape.crashes:
            await self._crash_engine()
        elif kind < 0.34 and self.shape.crashes:
            await self._kill_exchange()
        elif kind < 0.5:
            self._fault(chance.choice(STREAM_EFFECTS), None, None, chance.randint(1, 3))
        elif kind < 0.57:
            self._fault(chance.choice(PAUSES), None, None, 1)
            await asyncio.sleep(chance.uniform(0.5, 4))
            self._lift()
            self.tell("pause over")
        else:
            method, path = chance.choice(TARGETS)
            self._fault(chance.choice(REST_FAULTS), method, path, chance.choice((1, 1, 2, 5)))

    def _fault(self, effect: str, method: str | None, path: str | None, times: int) -> None:
        if self.desk.exchange.is_up:
            self._lift(FaultRule(effect, method, path, times=times))
            self.tell(f"fault {effect} {method or ''} {path or ''} x{times}")

    def _lift(self, *rules: FaultRule) -> None:
        """Puts rules in place of those that hold, and notes how often each of these was met."""
        self._note_met()
        self.desk.fault(*rules)
        self._rules = rules

    def _note_met(self) -> None:
        met = Counter(self.tally.met)
        left = self.desk.exchange.world.faults.rules_left()
        for given, now in zip(self._rules, left, strict=False):
            met[given.effect] += given.times - now.times
        self.tally.met = dict(met)
        self._rules = ()

    async def _at_a_bad_moment(self) -> None:
        """Often inside the next order, which is when an end hurts most."""
        if self.chance.random() < 0.7 and self.engine.is_up:
            self._asked.clear()
            await self._asked.wait()
            await asyncio.sleep(self.chance.uniform(0, 0.12))

    async def _crash_engine(self) -> None:
        await self._at_a_bad_moment()
        self.tell("engine crashes")
        self.engine.crash()
        self.tally.crashes += 1
        await asyncio.sleep(self.chance.choice((0, 0.05, 1, 4)))
        self.engine.start()
        self.tell("engine starts")

    async def _kill_exchange(self) -> None:
        await self._at_a_bad_moment()
        self.tell("exchange is killed")
        self._note_met()
        self.desk.exchange.kill()
        self.tally.kills += 1
        await asyncio.sleep(self.chance.choice((0, 0.05, 1, 4)))
        self.desk.exchange.start()
        self.tell("exchange starts")

    async def _heal(self) -> None:
        self.desk.exchange.start()
        self._lift()
        if not self.engine.is_up:
            self.engine.start()
        self.tell("all is well")

    # judgement

    async def _look_again(self) -> None:
        """Another reconciliation must change nothing, but for what the fills since the last one change."""
        await self._calm()
        runtime = self.engine.runtime
        assert runtime is not None
        for _ in range(_TRIES):
            before = len(self.engine.disk.changes())
            runtime.post(ReconcileNeeded((), "a second look"))
            await asyncio.sleep(4)
            found = news(before, self.engine.disk)
            if not found:
                return
        self._require("a second reconciliation", found)

    async def _calm(self) -> None:
        """Until nothing is about to close or to be paid, and what was paid has been heard of."""
        while self._pays_soon():
            self.tell("a market closes or pays soon")
            await asyncio.sleep(1)
        if self.shape.event_life_ns < HOUR_NS:
            await asyncio.sleep(6)

    def _pays_soon(self) -> bool:
        exchange = self.desk.exchange.world.exchange
        return any(
            record.market.settled_ns is None and record.market.close_ns < exchange.now_ns + CALM_NS
            for record in exchange.markets.values()
        )

    async def _compare(self, when: str) -> None:
        """At a moment at which nothing is on its way: a plan may be selling at any one of them."""
        for _ in range(_TRIES):
            wrong = self._wrong()
            if not wrong:
                return
            await asyncio.sleep(0.7)
        self._require(when, wrong)

    def _wrong(self) -> list[str]:
        money = self.engine.money
        wrong = disagreements(money, truth_inside(self.desk.exchange.world.exchange, ACCOUNT), CASH_UD * 2)
        for command_id, answer in self.answers.items():
            name = answer.client_order_id
            if name and not answer.deny_code and name not in money.orders:
                wrong.append(f"{command_id}: answered with order {name}, which the ledger forgot")
        wrong += plans_lost(money)
        told = {alert.code for alert in self.engine.alerts.heard}
        wrong += [f"told of {code}, and nobody else trades here" for code in sorted(told & FOREIGN)]
        wrong += [f"the exchange crashed: {crash!r}" for crash in self.desk.exchange.crashes[:3]]
        return wrong

    def _require(self, when: str, wrong: list[str]) -> None:
        if wrong:
            raise Failed(self.seed, [f"{when}: {line}" for line in wrong], self.told)

    def _count(self) -> None:
        money, tally, changes = self.engine.money, self.tally, self.engine.disk.changes()
        tally.orders = len(money.orders)
        tally.fills = len(money.fills)
        tally.settlements = len(money.settlements)
        tally.resent = sum(record.sends > 1 for record in money.orders.values())
        tally.unknown = _moved_to(OrderState.UNKNOWN, changes)
        tally.absent = _moved_to(OrderState.ABSENT, changes)
        tally.plans = sum(isinstance(change, PlanSet) for change in changes)
        tally.exits = sum(bool(r.terms.exit_cause and r.filled_c) for r in money.orders.values())
        tally.amended = sum(isinstance(change, OrderAmended) for change in changes)


def _moved_to(state: OrderState, changes: list[Change]) -> int:
    return sum(isinstance(change, OrderMoved) and change.state is state for change in changes)


def settings(resting_life_ns: Nanoseconds, *, trips: bool) -> EngineSettings:
    """The engine's own timings, but for what would make a history long. Unless it ``trips``, no streak of
    bad outcomes keeps it from trying on."""
    timings = Timings(
        reconcile_period_ns=RECONCILE_NS,
        resting_life_ns=resting_life_ns,
        extend_before_ns=resting_life_ns // 2,
        extend_retry_ns=resting_life_ns // 20,
    )
    made = EngineSettings(
        series=("KXSIM",), account=ACCOUNT, limits=WIDE_LIMITS, timings=timings, exits=EXITS
    )
    return made if trips else msgspec.structs.replace(made, rejects_open=_OFTEN, unknowns_open=_OFTEN)


async def one_history(seed: int, shape: Shape = Shape()) -> Tally:  # noqa: B008 - frozen
    return await History(seed, shape).run()


async def _digest(seed: int) -> str:
    """Of everything that happened, and of the money at the end."""
    history = History(seed, Shape())
    await history.run()
    told = sha256("\n".join(history.told).encode()).hexdigest()
    return f"{told} {state_hash(history.engine.disk.load())} {history.tally}"


if __name__ == "__main__":
    print(simulate(_digest(int(sys.argv[1]))))
