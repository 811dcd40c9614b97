"""One seeded history: random orders, faults, lost streams, crashes; then quiet, and the books must agree."""

from __future__ import annotations

import asyncio
import sys
from hashlib import sha256
from random import Random

import msgspec
from ground_truth import disagreements, truth_inside
from sim_crowd import Crowd, crowd_plan
from sim_desk import ACCOUNT, CASH_UD, SimDesk
from sim_engine import SimEngine

from engine.core.effects import Answer
from engine.core.inputs import Command
from engine.core.money import state_hash
from engine.core.settings import EngineSettings, Timings
from engine.domain.command import CancelAll, CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import HOUR_NS, SECOND_NS, Nanoseconds
from engine.sandbox.server.faults import FaultRule
from engine.sandbox.sim.loop import running_loop, simulate

ORDERS = "/portfolio/events/orders"
REST_FAULTS = (
    "reset_before_accept",
    "accept_then_reset",
    "accept_then_stall",
    "accept_then_503",
    "408",
    "429",
    "500",
    "502",
    "503",
    "504",
    "2xx_without_order",
    "garbage_body",
    "delay:1500",
    "delay:7000",
)
STREAM_FAULTS = ("ws_drop", "ws_gap", "ws_duplicate", "ws_reorder", "ws_stale_snapshot")
PAUSES = ("pause_exchange", "pause_trading")
TARGETS = (("POST", ORDERS), ("DELETE", f"{ORDERS}/*"), ("GET", "**"), (None, "**"))
HEALTHY_S = 12
"""No order may be in doubt after so long on a healthy exchange."""


class Shape(msgspec.Struct, frozen=True):
    """What a history is made of; seconds are virtual."""

    trading_s: float = 25
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
    """What a history, or many, came to."""

    commands: int = 0
    accepted: int = 0
    orders: int = 0
    fills: int = 0
    settlements: int = 0
    crashes: int = 0
    kills: int = 0
    resent: int = 0

    def add(self, other: Tally) -> None:
        for name in Tally.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


class History:
    def __init__(self, seed: int, shape: Shape) -> None:
        self.seed = seed
        self.shape = shape
        self.chance = Random(f"history {seed}")
        self.crowd = Crowd(seed, event_life_ns=shape.event_life_ns, result_s=shape.result_s)
        self.desk = SimDesk(seed, plan=crowd_plan(self.crowd), tick_s=0.25)
        commit_s = self.chance.choice((0.004, 0.05, 0.4))
        self.engine = SimEngine(self.desk, settings(), Random(f"disk {seed}"), commit_s)
        self.answers: dict[str, Answer] = {}
        self.told: list[str] = []
        self.tally = Tally()
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
        self._require("in doubt after 12 s", self.engine.doubts())
        self.crowd.trades = False
        await asyncio.sleep(40)
        self._compare("at the end")
        self.engine.crash()
        self.tell("crash in quiet")
        self.engine.start()
        await asyncio.sleep(20)
        self._compare("after a restart")
        await self.engine.stop()
        self.desk.exchange.kill()
        self._count()
        return self.tally

    def tell(self, line: str) -> None:
        self.told.append(f"{running_loop().time():9.3f} {line}")

    # trading

    async def _trade(self) -> None:
        while True:
            await asyncio.sleep(self.chance.expovariate(1 / self.shape.wait_s))
            if self.engine.is_up:
                task = asyncio.create_task(self._command(self._choose()))
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

    def _choose(self) -> CommandBody:
        money, chance = self.engine.money, self.chance
        kind = chance.random()
        if kind < 0.2 and money.working:
            return CancelOrder(chance.choice(list(money.working)))
        if kind < 0.3 and money.positions:
            return ClosePosition(self._id(), chance.choice(list(money.positions)))
        if kind < 0.33:
            return CancelAll()
        return self._order()

    def _order(self) -> PlaceOrder:
        chance = self.chance
        runtime = self.engine.runtime
        assert runtime is not None
        ticker = chance.choice(list(runtime.engine.markets) or ["NONE"])
        leg, buys = chance.choice((Leg.YES, Leg.NO)), chance.random() < 0.8
        return PlaceOrder(
            client_order_id=self._id(),
            ticker=ticker,
            leg=leg,
            buys=buys,
            price_bp=self._price_bp(ticker, leg, buys),
            count_c=chance.choice((100, 200, 350, 500)),
            time_in_force=chance.choice(
                (
                    TimeInForce.GOOD_TILL_CANCELED,
                    TimeInForce.GOOD_TILL_CANCELED,
                    TimeInForce.IMMEDIATE_OR_CANCEL,
                )
            ),
            opens=buys,
            again=True,
            far=True,
        )

    def _price_bp(self, ticker: str, leg: Leg, buys: bool) -> int:
        """Now and then anything; else within three cents of the price that would trade at once."""
        chance, runtime = self.chance, self.engine.runtime
        assert runtime is not None
        view = runtime.engine.books.get(ticker)
        best = None
        if view is not None:
            best = view.book.best_ask_bp if (leg is Leg.YES) == buys else view.book.best_bid_bp
        if best is None or chance.random() < 0.1:
            return 100 * chance.randint(1, 99)
        touch_bp = best if leg is Leg.YES else 10_000 - best
        return min(9_900, max(100, touch_bp + 100 * chance.randint(-3, 2)))

    def _id(self) -> str:
        return f"h{self.seed}-{self.tally.commands:04d}-{self.engine.ids.mint()}"

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
            self._fault(chance.choice(STREAM_FAULTS), None, None, chance.randint(1, 3))
        elif kind < 0.57:
            self._fault(chance.choice(PAUSES), None, None, 1)
            await asyncio.sleep(chance.uniform(0.5, 4))
            self.desk.fault()
            self.tell("pause over")
        else:
            method, path = chance.choice((TARGETS[0], *TARGETS))
            self._fault(chance.choice(REST_FAULTS), method, path, chance.choice((1, 1, 2, 5)))

    def _fault(self, effect: str, method: str | None, path: str | None, times: int) -> None:
        if self.desk.exchange.is_up:
            self.desk.fault(FaultRule(effect, method, path, times=times))
            self.tell(f"fault {effect} {method or ''} {path or ''} x{times}")

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
        self.desk.exchange.kill()
        self.tally.kills += 1
        await asyncio.sleep(self.chance.choice((0, 0.05, 1, 4)))
        self.desk.exchange.start()
        self.tell("exchange starts")

    async def _heal(self) -> None:
        self.desk.exchange.start()
        self.desk.fault()
        if not self.engine.is_up:
            self.engine.start()
        self.tell("all is well")

    # judgement

    def _compare(self, when: str) -> None:
        money = self.engine.money
        wrong = disagreements(money, truth_inside(self.desk.exchange.world.exchange, ACCOUNT), CASH_UD * 2)
        for command_id, answer in self.answers.items():
            name = answer.client_order_id
            if name and not answer.deny_code and name not in money.orders:
                wrong.append(f"{command_id}: answered with order {name}, which the ledger forgot")
        wrong += [f"the exchange crashed: {crash!r}" for crash in self.desk.exchange.crashes[:3]]
        self._require(when, wrong)

    def _require(self, when: str, wrong: list[str]) -> None:
        if wrong:
            raise Failed(self.seed, [f"{when}: {line}" for line in wrong], self.told)

    def _count(self) -> None:
        money = self.engine.money
        self.tally.orders = len(money.orders)
        self.tally.fills = len(money.fills)
        self.tally.settlements = len(money.settlements)
        self.tally.resent = sum(record.sends > 1 for record in money.orders.values())


def settings() -> EngineSettings:
    """The engine's own timings, but for what would make a history long."""
    return EngineSettings(
        series=("KXSIM",),
        account=ACCOUNT,
        timings=Timings(reconcile_period_ns=15 * SECOND_NS),
    )


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
