from __future__ import annotations

import asyncio

import pytest
from manual_clock import ManualClock, settle

from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.budget_queue import BudgetExceeded, BudgetQueue, Lane
from engine.kalshi.endpoint_costs import CostTable
from engine.kalshi.rate_budget import EXIT_RESERVE, BucketName, RateBudget, bucket_of
from engine.kalshi.token_bucket import TokenBucket
from engine.wire.exchange import AccountLimits, Bucket, EndpointCost, EndpointCosts


def queue_of(clock: ManualClock, *, rate: int = 100, capacity: int = 100, reserve: int = 0) -> BudgetQueue:
    return BudgetQueue(TokenBucket(rate, capacity, clock.monotonic_ns()), clock, reserve=reserve)


async def test_a_waiter_wakes_exactly_when_its_tokens_are_there() -> None:
    clock = ManualClock()
    queue = queue_of(clock)
    await queue.acquire(100, Lane.ENTRY)
    task = asyncio.create_task(queue.acquire(10, Lane.ENTRY))
    await clock.advance(100 * MILLISECOND_NS - 1)
    assert not task.done()
    await clock.advance(1)
    assert task.done()
    assert clock.armed == 0


async def test_a_later_exit_overtakes_waiting_entries() -> None:
    clock = ManualClock()
    queue = queue_of(clock)
    await queue.acquire(100, Lane.ENTRY)
    entry = asyncio.create_task(queue.acquire(10, Lane.ENTRY))
    await settle()
    cancel = asyncio.create_task(queue.acquire(2, Lane.EXIT))
    await clock.advance(20 * MILLISECOND_NS)
    assert cancel.done()
    assert not entry.done()
    await clock.advance(100 * MILLISECOND_NS)
    assert entry.done()


async def test_a_request_that_waits_too_long_is_refused_and_leaves_the_line() -> None:
    clock = ManualClock()
    queue = queue_of(clock)
    await queue.acquire(100, Lane.ENTRY)
    slow = asyncio.create_task(queue.acquire(100, Lane.ENTRY, 500 * MILLISECOND_NS))
    await settle()
    quick = asyncio.create_task(queue.acquire(10, Lane.ENTRY))
    await clock.advance(500 * MILLISECOND_NS)
    with pytest.raises(BudgetExceeded) as refusal:
        await slow
    assert refusal.value.waited_ns == 500 * MILLISECOND_NS
    assert quick.done(), "the one behind it goes at once: 50 tokens are there"


async def test_more_than_the_bucket_holds_is_refused_at_once() -> None:
    queue = queue_of(ManualClock())
    with pytest.raises(BudgetExceeded) as refusal:
        await queue.acquire(101, Lane.ENTRY)
    assert (refusal.value.cost, refusal.value.capacity) == (101, 100)


async def test_a_cancelled_waiter_gives_its_place_to_the_next() -> None:
    clock = ManualClock()
    queue = queue_of(clock)
    await queue.acquire(100, Lane.ENTRY)
    first = asyncio.create_task(queue.acquire(100, Lane.ENTRY))
    await settle()
    second = asyncio.create_task(queue.acquire(10, Lane.ENTRY))
    await settle()
    first.cancel()
    await clock.advance(100 * MILLISECOND_NS)
    assert first.cancelled()
    assert second.done()
    assert not second.cancelled()


async def test_tokens_granted_to_a_caller_that_is_cancelled_in_the_same_moment_return() -> None:
    clock = ManualClock()
    queue = queue_of(clock)
    await queue.acquire(100, Lane.ENTRY)
    task = asyncio.create_task(queue.acquire(50, Lane.ENTRY))
    await settle()
    clock.now_ns += 500 * MILLISECOND_NS
    queue._serve()  # the future is done, the task has not run yet
    task.cancel()
    await settle()
    assert task.cancelled()
    assert queue.bucket.tokens(clock.now_ns) == 50


async def test_entries_leave_a_reserve_for_exits() -> None:
    clock = ManualClock()
    queue = queue_of(clock, reserve=EXIT_RESERVE)
    for _ in range(8):
        await queue.acquire(10, Lane.ENTRY)
    entry = asyncio.create_task(queue.acquire(10, Lane.ENTRY))
    await settle()
    assert not entry.done()
    await queue.acquire(10, Lane.EXIT)
    await queue.acquire(2, Lane.EXIT)
    entry.cancel()


def test_a_429_empties_the_bucket_and_halves_the_rate_down_to_a_quarter() -> None:
    bucket = TokenBucket(100, 100, 0)
    bucket.penalise(0)
    assert (bucket.tokens(0), bucket.share) == (0, 500)
    bucket.penalise(SECOND_NS // 2)
    assert bucket.share == 500, "the same burst counts once"
    assert bucket.tokens(SECOND_NS // 2) == 0
    bucket.penalise(2 * SECOND_NS)
    bucket.penalise(4 * SECOND_NS)
    assert bucket.share == 250
    assert bucket.tokens(5 * SECOND_NS) == 25
    bucket.tokens(200 * SECOND_NS)
    assert bucket.share == 1_000


async def test_limits_and_costs_of_the_account_replace_the_defaults() -> None:
    clock = ManualClock()
    budget = RateBudget(clock)
    assert budget.queue(BucketName.WRITE).bucket.refill_rate == 100
    budget.take_limits(
        AccountLimits(
            usage_tier="advanced",
            read=Bucket(refill_rate=300, bucket_capacity=600),
            write=Bucket(refill_rate=300, bucket_capacity=600),
        )
    )
    budget.take_costs(
        EndpointCosts(
            default_cost=7,
            endpoint_costs=[
                EndpointCost(method="GET", path="/trade-api/v2/portfolio/orders/:order_id", cost=3)
            ],
        )
    )
    assert budget.queue(BucketName.WRITE).bucket.capacity == 600
    assert budget.cost("GET", "/portfolio/orders/abc") == 3
    assert budget.cost("GET", "/markets") == 7


async def test_a_smaller_tier_refuses_who_can_never_be_served() -> None:
    clock = ManualClock()
    queue = queue_of(clock, rate=600, capacity=1_200)
    await queue.acquire(1_200, Lane.ENTRY)
    batch = asyncio.create_task(queue.acquire(1_000, Lane.ENTRY))
    await settle()
    queue.regrade(100, 100)
    with pytest.raises(BudgetExceeded):
        await batch


async def test_the_balance_has_its_own_bucket_of_one_a_second() -> None:
    clock = ManualClock()
    budget = RateBudget(clock)
    await budget.acquire("GET", "/portfolio/balance", Lane.RECONCILE)
    task = asyncio.create_task(budget.acquire("GET", "/portfolio/balance", Lane.RECONCILE))
    await budget.acquire("GET", "/portfolio/fills", Lane.RECONCILE)
    await clock.advance(SECOND_NS - 1)
    assert not task.done()
    await clock.advance(1)
    assert task.done()


@pytest.mark.parametrize(
    ("method", "path", "items", "cost"),
    [
        ("POST", "/portfolio/events/orders", 1, 10),
        ("DELETE", "/portfolio/events/orders/abc", 1, 2),
        ("DELETE", "/portfolio/events/orders/batched", 7, 14),
        ("POST", "/portfolio/events/orders/batched", 7, 70),
        ("POST", "/portfolio/events/orders/abc/amend", 1, 10),
        ("GET", "/portfolio/orders/abc", 1, 2),
        ("GET", "/portfolio/orders", 1, 10),
        ("GET", "/cfbenchmarks/values", 1, 150),
    ],
)
def test_published_costs(method: str, path: str, items: int, cost: int) -> None:
    assert CostTable().cost(method, path, items) == cost


def test_every_write_is_billed_to_the_write_bucket() -> None:
    assert bucket_of("DELETE", "/portfolio/events/orders") is BucketName.WRITE
    assert bucket_of("PUT", "/portfolio/order_groups/x/reset") is BucketName.WRITE
    assert bucket_of("GET", "/markets") is BucketName.READ
