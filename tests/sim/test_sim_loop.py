"""The virtual loop: time jumps, order is fixed, nothing real is reachable."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from engine.domain.units import DAY_NS, SECOND_NS
from engine.sandbox.sim.clock import SimWall
from engine.sandbox.sim.loop import (
    RealInputOutput,
    SimSpinning,
    SimStalled,
    running_loop,
    simulate,
)
from engine.sandbox.sim.process import SimProcess


def test_a_day_passes_at_once() -> None:
    async def sleep() -> int:
        await asyncio.sleep(86_400)
        return running_loop().now_ns

    assert simulate(sleep()) == DAY_NS


def test_each_timer_sees_its_own_time_and_equal_ones_keep_their_order() -> None:
    async def main() -> list[tuple[int, int]]:
        loop = running_loop()
        seen: list[tuple[int, int]] = []
        for number, at in enumerate((3, 1, 2, 1, 3, 1)):
            loop.call_later(at, lambda n=number: seen.append((loop.now_ns, n)))
        await asyncio.sleep(4)
        return seen

    second = SECOND_NS
    assert simulate(main()) == [
        (second, 1),
        (second, 3),
        (second, 5),
        (2 * second, 2),
        (3 * second, 0),
        (3 * second, 4),
    ]


def test_a_time_out_ends_what_never_answers() -> None:
    async def main() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()
        return running_loop().now_ns

    assert simulate(main()) == 5 * SECOND_NS


def test_many_canceled_timers_are_dropped() -> None:
    async def main() -> int:
        loop = running_loop()
        for _ in range(10_000):
            loop.call_later(1_000, print).cancel()
            await asyncio.sleep(0.001)
        return len(loop._scheduled)  # type: ignore[attr-defined]

    assert simulate(main()) < 1_000


def test_two_runs_of_tasks_that_interleave_are_the_same() -> None:
    async def main() -> list[tuple[int, int]]:
        loop, chance = running_loop(), Random(4)
        seen: list[tuple[int, int]] = []

        async def work(number: int) -> None:
            for _ in range(20):
                await asyncio.sleep(chance.choice((0, 0.001, 0.001, 0.3)))
                seen.append((loop.now_ns, number))

        async with asyncio.TaskGroup() as group:
            for number in range(20):
                group.create_task(work(number))
        return seen

    first = simulate(main())
    assert first == simulate(main())
    assert len(first) == 400


def test_waiting_for_what_cannot_come_is_an_error_that_names_the_tasks() -> None:
    async def forgotten() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.sleep(2)
        await asyncio.create_task(forgotten())

    with pytest.raises(SimStalled, match="forgotten") as caught:
        simulate(main())
    assert caught.value.now_ns == 2 * SECOND_NS


def test_spinning_without_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.sandbox.sim.loop.MOST_TURNS", 10_000)

    async def main() -> None:
        await asyncio.sleep(1)
        while True:  # noqa: ASYNC110 - this is what must be caught
            await asyncio.sleep(0)

    with pytest.raises(SimSpinning) as caught:
        simulate(main())
    assert caught.value.now_ns == SECOND_NS


def test_the_world_outside_is_refused() -> None:
    async def main() -> None:
        loop = running_loop()
        with pytest.raises(RealInputOutput):
            await asyncio.open_connection("127.0.0.1", 9)
        with pytest.raises(RealInputOutput):
            await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
        with pytest.raises(RealInputOutput):
            loop.add_signal_handler(15, print)

    simulate(main())


def test_work_for_a_thread_runs_in_place() -> None:
    async def main() -> tuple[int, int]:
        loop = running_loop()
        found = await asyncio.to_thread(lambda: 7)
        with pytest.raises(ZeroDivisionError):
            await loop.run_in_executor(None, lambda: 1 // 0)
        return found, loop.now_ns

    assert simulate(main()) == (7, 0)


def test_the_wall_follows_the_loop() -> None:
    async def main() -> None:
        wall = SimWall(running_loop(), epoch_ns=1_790_000_000 * SECOND_NS)
        await wall.sleep(0.25)
        assert wall.now_ns() == 1_790_000_000 * SECOND_NS + SECOND_NS // 4
        assert wall.mono_ns() == SECOND_NS // 4

    simulate(main())


def test_killing_a_process_ends_what_it_started_and_nothing_else() -> None:
    async def main() -> list[str]:
        loop = running_loop()
        seen: list[str] = []
        started: list[asyncio.Task[None]] = []

        async def work(name: str, depth: int) -> None:
            if depth:
                started.append(asyncio.create_task(work(name, depth - 1)))
            try:
                while True:
                    await asyncio.sleep(1)
                    seen.append(f"{name}{depth}")
            finally:
                seen.append(f"{name}{depth} ends")
                started.append(asyncio.create_task(asyncio.sleep(100)))

        dead, alive = SimProcess("dead"), SimProcess("alive")
        dead.run(loop, work("d", 2))
        alive.run(loop, work("a", 1))
        await asyncio.sleep(1.5)
        assert len(dead.tasks) == 3
        dead.kill()
        await asyncio.sleep(1)
        assert not dead.tasks
        assert len(alive.tasks) == 2
        return list(seen)

    assert simulate(main()) == [
        "d2",
        "a1",
        "d1",
        "a0",
        "d0",
        "d2 ends",
        "d1 ends",
        "d0 ends",
        "a1",
        "a0",
    ]
