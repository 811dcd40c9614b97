"""What the control socket costs: added to a command, to each step of the engine, and deltas a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import pytest
from control_desk import ControlDesk
from core_bench import TICKER, a_fill, market

from engine.control.client import ControlClient
from engine.control.hub import Hub
from engine.control.limits import ControlLimits
from engine.control.protocol import DESK, LOG, WATCH, book_topic
from engine.core.inputs import Command
from engine.core.step import Step
from engine.domain.command import CancelOrder
from engine.domain.feed import FillSeen

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

T = TypeVar("T")
MARKETS = 500
COMMANDS = 1_000
DELTAS = 5_000
MOST_ADDED_US = 2_000
PLAIN = ControlLimits(frames_each_s=1e9, frames_burst=10**9, outbox_frames=10**6, outbox_bytes=2**30)


class Bench:
    """An engine with 500 markets, its socket, and two consoles that follow everything."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = TemporaryDirectory(prefix="sparko-")
        self.desk, self.client, self.other = self.do(self._open())
        self.numbers = count()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    async def _open(self) -> tuple[ControlDesk, ControlClient, ControlClient]:
        listed = [market(f"KXT-26NOV20E{n // 40}-T{n}") for n in range(MARKETS - 1)]
        desk = ControlDesk(Path(self.folder.name), [market(), *listed], PLAIN)
        await desk.__aenter__()
        clients = [await desk.connect(), await desk.connect()]
        for client in clients:
            for topic in (WATCH, LOG, book_topic(TICKER)):
                await client.subscribe(topic)
            await client.until(lambda replica: replica.watch.is_whole and bool(replica.watch.markets))
        return desk, clients[0], clients[1]

    def close(self) -> None:
        for client in (self.client, self.other):
            self.do(client.close())
        self.do(self.desk.__aexit__())
        self.loop.close()
        self.folder.cleanup()

    async def directly(self) -> None:
        await self.desk.runtime.command(Command(f"d{next(self.numbers)}", "bench", CancelOrder("nobody")))

    async def over_the_socket(self) -> None:
        await self.client.command(CancelOrder("nobody"), command_id=f"s{next(self.numbers)}")

    async def taking_turns(self, *, busy: bool) -> tuple[list[Took], list[Took]]:
        """Each command's time, both ways, one after the other."""
        ticking = asyncio.create_task(self._tick()) if busy else None
        direct: list[Took] = []
        socket: list[Took] = []
        for _ in range(COMMANDS):
            direct.append(await timed(self.directly()))
            socket.append(await timed(self.over_the_socket()))
        if ticking is not None:
            ticking.cancel()
        return direct, socket

    async def _tick(self) -> None:
        """A thousand book changes a second, all over the universe."""
        tickers = sorted(self.desk.engine.books)
        for number in count():
            for ticker in tickers[number % 50 :: 50]:
                self.desk.tick(ticker, delta_c=1 + number % 5)
            await asyncio.sleep(0.01)


class Took(NamedTuple):
    """Seconds. Both ends are in this process, so the processor's time is the wall's of an idle machine."""

    wall: float
    cpu: float


async def timed(work: Coroutine[Any, Any, None]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    await work
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def microseconds(times: Iterable[float], share: float) -> int:
    """A percentile."""
    ordered = sorted(times)
    return round(ordered[int(len(ordered) * share)] * 1e6)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.close()


@pytest.mark.parametrize("busy", [False, True], ids=["quiet", "thousand_ticks_a_second"])
def test_a_command_over_the_socket(bench: Bench, benchmark: BenchmarkFixture, busy: bool) -> None:
    """Round trip beside the same command given to the runtime, in turns; both ends on one loop."""
    direct, socket = benchmark.pedantic(lambda: bench.do(bench.taking_turns(busy=busy)), rounds=1)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        for clock in ("wall", "cpu"):
            before, after = (
                microseconds((getattr(took, clock) for took in way), share) for way in (direct, socket)
            )
            benchmark.extra_info[f"{name}_{clock}_us"] = (
                f"{before} direct, {after} socket, {after - before} added"
            )
    added_us = microseconds((t.cpu for t in socket), 0.99) - microseconds((t.cpu for t in direct), 0.99)
    assert added_us < MOST_ADDED_US


def test_deltas_reach_a_console(bench: Bench, benchmark: BenchmarkFixture) -> None:
    """Facts, told in two topics to two consoles over their sockets and applied there; all on one loop."""

    async def tell() -> None:
        hub = hub_of(bench)
        begun = bench.client.replica.rev(DESK)
        assert begun is not None
        for number in range(DELTAS):
            hub.on_step(steps[number % len(steps)])
            if number % 100 == 99:
                await asyncio.sleep(0)
        for client in (bench.client, bench.other):
            await client.until(lambda replica: (replica.rev(DESK) or 0) >= begun + DELTAS)

    steps = bench.do(fills(bench.desk))
    benchmark.pedantic(lambda: bench.do(tell()), rounds=3, warmup_rounds=1)
    frames = 2 * 2 * DELTAS
    benchmark.extra_info["frames_each_s"] = round(frames / benchmark.stats["min"])
    assert bench.client.replica.gaps == 0


def hub_of(bench: Bench) -> Hub:
    hub = bench.desk.server._hub
    assert hub is not None
    return hub


async def fills(desk: ControlDesk) -> list[Step]:
    """What a hundred fills made of their position and of the list of fills."""
    told: list[Step] = []
    end = desk.runtime.subscribe(told.append)
    for number in range(100):
        desk.runtime.post(FillSeen(a_fill(f"b{number}", 1), number + 1, 0))
    await desk.until(lambda: sum(1 for step in told if step.rows) >= 100)
    end()
    return [step for step in told if step.rows]


def test_a_step_that_only_moves_a_book(bench: Bench, benchmark: BenchmarkFixture) -> None:
    """What the hub takes of the engine's hot path."""
    hub = hub_of(bench)
    step = Step((), (), (), (TICKER,), None)
    benchmark(hub.on_step, step)
