"""The account's request budget: one bucket for reads, one for writes, one for the balance."""

from __future__ import annotations

from enum import StrEnum

from engine.domain.units import Nanoseconds
from engine.kalshi.budget_queue import BudgetQueue, Lane
from engine.kalshi.clock import Clock
from engine.kalshi.endpoint_costs import CostTable
from engine.kalshi.token_bucket import TokenBucket
from engine.wire.exchange import AccountLimits, Bucket, EndpointCosts

BASIC_READ = Bucket(refill_rate=200, bucket_capacity=200)
BASIC_WRITE = Bucket(refill_rate=100, bucket_capacity=100)
"""The Basic tier: what counts until the account's own limits were read."""
EXIT_RESERVE = 20
"""Write tokens that entries leave behind: an exit order and five cancels."""
_SLOW_BALANCE_TIERS = frozenset({"basic", "advanced"})


class BucketName(StrEnum):
    READ = "read"
    WRITE = "write"
    BALANCE = "balance"
    """``GET /portfolio/balance`` alone: one a second (five above Advanced), without a burst."""


class RateBudget:
    """Waits until a request may go out. Each ``acquire`` takes the tokens of one request.

    Every write is billed to one bucket, whatever its shard: an order that the exchange routes itself is
    billed to the bucket of every shard, so the default shard's is never the fuller one.
    """

    def __init__(self, clock: Clock) -> None:
        now_ns = clock.monotonic_ns()
        self._queues = {
            BucketName.READ: BudgetQueue(_bucket(BASIC_READ, now_ns), clock),
            BucketName.WRITE: BudgetQueue(_bucket(BASIC_WRITE, now_ns), clock, reserve=EXIT_RESERVE),
            BucketName.BALANCE: BudgetQueue(TokenBucket(1, 1, now_ns), clock),
        }
        self._costs = CostTable()

    def queue(self, name: BucketName) -> BudgetQueue:
        """The line before one bucket, for reading its state."""
        return self._queues[name]

    def cost(self, method: str, path: str, items: int = 1) -> int:
        """What a request will cost; see :meth:`CostTable.cost`."""
        return self._costs.cost(method, path, items)

    async def acquire(
        self,
        method: str,
        path: str,
        lane: Lane,
        *,
        items: int = 1,
        max_wait_ns: Nanoseconds | None = None,
    ) -> None:
        """Returns when the request may be sent. ``path`` is relative to ``/trade-api/v2``.

        Raises BudgetExceeded when that takes longer than ``max_wait_ns``, or a batch can never be paid.
        """
        name = bucket_of(method, path)
        cost = 1 if name is BucketName.BALANCE else self._costs.cost(method, path, items)
        await self._queues[name].acquire(cost, lane, max_wait_ns)

    def penalise(self, method: str, path: str) -> None:
        """A request was answered with 429."""
        self._queues[bucket_of(method, path)].penalise()

    def take_limits(self, limits: AccountLimits) -> None:
        """Seeds the buckets with the account's tier. Raises ValueError on a limit that is not above 0."""
        self._queues[BucketName.READ].regrade(limits.read.refill_rate, limits.read.bucket_capacity)
        self._queues[BucketName.WRITE].regrade(limits.write.refill_rate, limits.write.bucket_capacity)
        balance_rate = 1 if limits.usage_tier.lower() in _SLOW_BALANCE_TIERS else 5
        self._queues[BucketName.BALANCE].regrade(balance_rate, 1)

    def take_costs(self, costs: EndpointCosts) -> None:
        self._costs = CostTable(costs)


def bucket_of(method: str, path: str) -> BucketName:
    """Which bucket a request is billed to."""
    if method != "GET":
        return BucketName.WRITE
    return BucketName.BALANCE if path == "/portfolio/balance" else BucketName.READ


def _bucket(limits: Bucket, now_ns: Nanoseconds) -> TokenBucket:
    return TokenBucket(limits.refill_rate, limits.bucket_capacity, now_ns)
