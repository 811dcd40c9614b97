"""The rate budget in virtual time, under random traffic."""

from __future__ import annotations

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st
from manual_clock import ManualClock, settle

from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.budget_queue import BudgetExceeded, BudgetQueue, Lane
from engine.kalshi.token_bucket import TokenBucket

RATE, CAPACITY, RESERVE = 100, 100, 20

requests = st.lists(
    st.tuples(
        st.integers(0, 400),  # milliseconds after the one before
        st.sampled_from(list(Lane)),
        st.sampled_from([1, 2, 10, 30, 100]),
        st.none() | st.integers(0, 1_500),  # milliseconds until the caller is cancelled
        st.none() | st.integers(1, 2_000),  # milliseconds it will wait at most
    ),
    min_size=1,
    max_size=40,
)


class Traffic:
    """Runs requests against a queue and notes what was granted, when."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.queue = BudgetQueue(TokenBucket(RATE, CAPACITY, 0), self.clock, reserve=RESERVE)
        self.granted: list[tuple[int, int, Lane, int]] = []  # at, cost, lane, number
        self.refused: set[int] = set()
        self.tasks: list[asyncio.Task[None]] = []

    async def ask(self, lane: Lane, cost: int, max_wait_ns: int | None, number: int) -> None:
        try:
            await self.queue.acquire(cost, lane, max_wait_ns)
        except BudgetExceeded:
            self.refused.add(number)
        else:
            self.granted.append((self.clock.now_ns, cost, lane, number))

    async def run(self, rows: list[tuple[int, Lane, int, int | None, int | None]]) -> None:
        for number, (gap_ms, lane, cost, cancel_ms, wait_ms) in enumerate(rows):
            await self.clock.advance(gap_ms * MILLISECOND_NS)
            wait_ns = None if wait_ms is None else wait_ms * MILLISECOND_NS
            task = asyncio.create_task(self.ask(lane, cost, wait_ns, number))
            self.tasks.append(task)
            await settle()
            if cancel_ms is not None:
                self.clock.call_later(cancel_ms * MILLISECOND_NS, task.cancel)
        await self.clock.run_until_idle()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(requests)
def test_never_more_than_refill_and_capacity_and_nobody_is_forgotten(rows) -> None:
    async def body() -> None:
        traffic = Traffic()
        await traffic.run(rows)
        # No lost wake-up: once time has passed, every request was granted, refused or cancelled.
        assert all(task.done() for task in traffic.tasks)
        assert traffic.queue.waiting == 0
        granted = {number for _, _, _, number in traffic.granted}
        cancelled = {n for n, task in enumerate(traffic.tasks) if task.cancelled()}
        assert granted | traffic.refused | cancelled == set(range(len(rows)))
        assert not granted & traffic.refused
        # Over any window: at most what the bucket held plus what flowed in.
        for first in range(len(traffic.granted)):
            spent = 0
            for last in range(first, len(traffic.granted)):
                spent += traffic.granted[last][1]
                window_ns = traffic.granted[last][0] - traffic.granted[first][0]
                assert spent * SECOND_NS <= CAPACITY * SECOND_NS + RATE * window_ns

    asyncio.run(body())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(requests)
def test_first_come_first_served_inside_a_lane(rows) -> None:
    patient = [(gap, lane, cost, None, None) for gap, lane, cost, _, _ in rows]

    async def body() -> None:
        traffic = Traffic()
        await traffic.run(patient)
        for lane in Lane:
            numbers = [number for _, _, its_lane, number in traffic.granted if its_lane is lane]
            assert numbers == sorted(numbers)

    asyncio.run(body())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from([10, 30, 100]), min_size=5, max_size=60), st.integers(0, 3_000))
def test_an_exit_never_waits_behind_entries(entry_costs, exit_after_ms) -> None:
    async def body() -> None:
        traffic = Traffic()
        for number, cost in enumerate(entry_costs):
            traffic.tasks.append(asyncio.create_task(traffic.ask(Lane.ENTRY, cost, None, number)))
        await traffic.clock.advance(exit_after_ms * MILLISECOND_NS)
        asked_ns = traffic.clock.now_ns
        exit_number = len(entry_costs)
        traffic.tasks.append(asyncio.create_task(traffic.ask(Lane.EXIT, 10, None, exit_number)))
        await traffic.clock.run_until_idle()
        served_ns = next(at for at, _, _, number in traffic.granted if number == exit_number)
        # At worst the bucket was just emptied by a whole batch: ten tokens take a tenth of a second.
        assert served_ns - asked_ns <= 10 * SECOND_NS // RATE

    asyncio.run(body())


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(st.integers(0, 9_000), st.sampled_from(["take", "penalise"]), st.integers(1, 100)),
        min_size=1,
        max_size=30,
    )
)
def test_the_announced_wait_is_exact_under_penalties(steps) -> None:
    """One nanosecond before the announced time the tokens are not there; at it they are."""
    bucket, now_ns = TokenBucket(RATE, CAPACITY, 0), 0
    for gap_ms, step, tokens in steps:
        now_ns += gap_ms * MILLISECOND_NS
        if step == "penalise":
            bucket.penalise(now_ns)
            continue
        wait_ns = bucket.wait_ns(tokens, now_ns)
        if wait_ns:
            assert not bucket.holds(tokens, now_ns + wait_ns - 1)
        now_ns += wait_ns
        assert bucket.holds(tokens, now_ns)
        bucket.take(tokens, now_ns)
