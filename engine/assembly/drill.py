"""A short drill: one order into each fault of an exchange, by an engine and an exchange made for it alone.

Nothing of the home that asks for it is touched; it only has to be one of the sandbox. After each fault the
exchange itself is asked how often it has the order, and whether that is what the ledger says.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from engine.assembly.assembled import AssembledEngine
from engine.assembly.opening import Options, check_options, open_engine
from engine.core.effects import Answer
from engine.core.inputs import Command
from engine.core.order_record import OrderRecord
from engine.domain.command import CancelOrder, CommandBody, PlaceOrder, Resume
from engine.domain.order import TERMINAL_STATES, Leg, OrderState
from engine.domain.units import CENT_BP, ONE_CONTRACT_C
from engine.ledger.verifying import verify_file
from engine.ops.home import Home, HomeError
from engine.sandbox.side_door_client import SideDoorClient, root_of

ORDERS = "/portfolio/events/orders"
SANDBOX = "sandbox"
POST_TIMEOUT_S = 1
ENDS_WITHIN_S = 15.0
"""Of a drill's order, once its fault was met: time-out, two listings that lack it, and one more send."""
_LOOK_EACH_S = 0.1
_DOUBTFUL = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)
_NOT_THERE = (OrderState.ABSENT, OrderState.REJECTED)
_CONFIG = f"""post_timeout_s = {POST_TIMEOUT_S}
[limits]
entries_per_minute = 1000
[sandbox]
series = ["KXHIGHNY"]
start = "2026-11-20T15:00:00Z"
"""


class Trouble(msgspec.Struct, frozen=True):
    """A fault of the side door, and which requests meet it."""

    effect: str
    words: str
    method: str = "POST"
    path: str = ORDERS


TROUBLES = (
    Trouble("reset_before_accept", "connection reset, nothing done"),
    Trouble("accept_then_reset", "order taken, connection reset"),
    Trouble("accept_then_stall", "order taken, never answered"),
    Trouble("accept_then_503", "order taken, answered 503"),
    Trouble("garbage_body", "order taken, answer cannot be read"),
    Trouble("2xx_without_order", "answered as done, nothing done"),
    Trouble("408", "answered 408"),
    Trouble("429", "answered 429"),
    Trouble("500", "answered 500"),
    Trouble("504", "answered 504"),
    Trouble(f"delay:{POST_TIMEOUT_S * 2_500}", "done long after the time-out"),
    Trouble("accept_then_stall", "canceled, never answered", "DELETE", f"{ORDERS}/*"),
    Trouble("reset_before_accept", "cancel lost on the way", "DELETE", f"{ORDERS}/*"),
    Trouble("ws_drop", "stream cut", "", ""),
)


class Drilled(msgspec.Struct, frozen=True):
    """What became of one order. ``told`` is what its answer said, ``state`` what the ledger says in the end;
    ``problem`` is empty if the exchange agrees with that."""

    fault: str
    words: str
    told: str
    state: str
    at_exchange: int
    sends: int
    seconds: float
    problem: str = ""


def check_drill(root: Path, venue: str) -> None:
    """Raises HomeError for a home that trades anywhere but at its own sandbox."""
    bound = Home(root).binding() if root.is_dir() else None
    trades = venue if bound is None else bound.venue
    if trades != SANDBOX:
        raise HomeError(f"home {root}: trades on {trades}; a drill is for a home of the {SANDBOX} alone")


async def drill(on_each: Callable[[Drilled], None], troubles: Sequence[Trouble] = TROUBLES) -> str:
    """Plays the troubles one after another, and tells of each; returns what is wrong with the ledger in the
    end, empty for nothing. Raises what :func:`open_engine` and :meth:`AssembledEngine.run` raise."""
    with tempfile.TemporaryDirectory(prefix="sparko-drill-") as folder:
        root = Path(folder) / "home"
        root.mkdir(mode=0o700)
        (root / "config.toml").write_text(_CONFIG, "utf-8")
        options = Options(root)
        engine = await open_engine(options, check_options(options))
        ready = asyncio.Event()
        running = asyncio.create_task(engine.run(ready.set))
        try:
            await _until_ready(running, ready)
            await _play(engine, on_each, troubles)
        finally:
            await engine.stop(graceful=True)
            await asyncio.gather(running, return_exceptions=True)
            await engine.close(graceful=True)
        return verify_file(root / "ledger.sqlite").fault


async def _until_ready(running: asyncio.Task[None], ready: asyncio.Event) -> None:
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([running, waiting], return_when=asyncio.FIRST_COMPLETED)
    if not ready.is_set():
        waiting.cancel()
        await running


async def _play(
    engine: AssembledEngine, on_each: Callable[[Drilled], None], troubles: Sequence[Trouble]
) -> None:
    door = SideDoorClient(root_of(engine.connection.endpoint.rest_url))
    try:
        for trouble in troubles:
            on_each(await _Run(engine, door, trouble).play())
    finally:
        await door.aclose()


class _Run:
    """One trouble: an order that rests far below, and its cancel."""

    def __init__(self, engine: AssembledEngine, door: SideDoorClient, trouble: Trouble) -> None:
        self._runtime = engine.runtime
        self._core = engine.runtime.engine
        self._door = door
        self._trouble = trouble
        self._name = f"drill-{uuid.uuid4()}"

    async def play(self) -> Drilled:
        began = time.monotonic()
        await self._until_market()
        # A streak of unknown outcomes opens a breaker, as it should; here there is one on purpose.
        await self._ask(Resume("a drill"))
        hits_order = self._trouble.method != "DELETE"
        if hits_order:
            await self._set_fault()
        told = await self._ask(self._order())
        if not hits_order:
            await self._set_fault()
            told = await self._ask(CancelOrder(self._name))
        is_sure = await self._until_sure()
        await self._door.clear_faults()
        seconds = time.monotonic() - began
        problem = await self._problem() if is_sure else f"in doubt after {ENDS_WITHIN_S:g} s"
        record = self._record
        drilled = Drilled(
            self._trouble.effect,
            self._trouble.words,
            told,
            "" if record is None else record.state.value,
            await self._there(),
            0 if record is None else record.sends,
            seconds,
            problem,
        )
        await self._ask(CancelOrder(self._name))
        return drilled

    @property
    def _record(self) -> OrderRecord | None:
        return self._core.money.orders.get(self._name)

    def _order(self) -> PlaceOrder:
        ticker = next(ticker for ticker, view in self._core.books.items() if view.is_fresh)
        return PlaceOrder(self._name, ticker, Leg.YES, True, CENT_BP, ONE_CONTRACT_C, again=True, far=True)

    async def _set_fault(self) -> None:
        rule: dict[str, object] = {"effect": self._trouble.effect, "times": 1}
        if self._trouble.method:
            rule |= {"method": self._trouble.method, "path": self._trouble.path}
        await self._door.set_faults([rule])

    async def _ask(self, body: CommandBody) -> str:
        """What its answer says, in a word."""
        try:
            answer: Answer = await self._runtime.command(Command(str(uuid.uuid4()), "drill", body))
        except TimeoutError:
            return "no answer"
        return str(answer.deny_code or answer.numbers.get("state", "done"))

    async def _until_market(self) -> None:
        """A stream that was cut has to come back first."""
        deadline = time.monotonic() + ENDS_WITHIN_S
        while time.monotonic() < deadline:
            if any(view.is_fresh for view in self._core.books.values()):
                return
            await asyncio.sleep(_LOOK_EACH_S)

    async def _until_sure(self) -> bool:
        """Until nothing about the order, or its cancel, is in doubt."""
        deadline = time.monotonic() + ENDS_WITHIN_S
        wants_end = self._trouble.method == "DELETE"
        while time.monotonic() < deadline:
            record = self._record
            is_over = record is not None and (not wants_end or record.state in TERMINAL_STATES)
            if record is None or (record.state not in _DOUBTFUL and is_over and not self._core.in_doubt):
                return True
            await asyncio.sleep(_LOOK_EACH_S)
        return False

    async def _there(self) -> int:
        """How many orders of this name the exchange ever took."""
        orders = await self._door.orders()
        return sum(order.get("client_order_id") == self._name for order in orders)

    async def _problem(self) -> str:
        record = self._record
        if record is None:
            return "the order was not accepted by the engine"
        there = await self._there()
        if there > 1:
            return f"the exchange has it {there} times"
        if bool(there) != (record.state not in _NOT_THERE):
            where = "has it" if there else "does not have it"
            return f"the ledger says {record.state.value}, the exchange {where}"
        return ""
