"""Who waits for tokens, and who is next: lanes by priority, first come first served inside a lane."""

from __future__ import annotations

import asyncio
from collections import deque
from enum import IntEnum

from engine.domain.units import Nanoseconds
from engine.kalshi.clock import Clock, Timer
from engine.kalshi.token_bucket import TokenBucket


class Lane(IntEnum):
    """Lower numbers go first. A request waits while anyone of a lane before it waits."""

    EXIT = 0
    """Cancels and orders that reduce."""
    RECONCILE = 1
    """What tells us where we stand."""
    ENTRY = 2
    COLLECT = 3
    """History, lists, whatever can wait."""


class BudgetExceeded(Exception):
    """The tokens did not come in time, or never could: nothing was sent."""

    def __init__(self, cost: int, capacity: int, waited_ns: Nanoseconds) -> None:
        super().__init__(f"rate budget: {cost} tokens of at most {capacity} not there after {waited_ns} ns")
        self.cost = cost
        self.capacity = capacity
        self.waited_ns = waited_ns


class _Waiter:
    __slots__ = ("cost", "future", "lane", "since_ns")

    def __init__(self, cost: int, lane: Lane, future: asyncio.Future[None], since_ns: Nanoseconds) -> None:
        self.cost = cost
        self.lane = lane
        self.future = future
        self.since_ns = since_ns


class BudgetQueue:
    """One bucket and its line. Tokens are taken in the very moment a waiter is let go, by the queue itself.

    One timer stands for the first in line and fires when its tokens are there; nothing polls. Requests of
    the lanes after RECONCILE leave ``reserve`` tokens behind (as far as the capacity allows), so that an exit
    that arrives right after an entry finds some.
    """

    def __init__(self, bucket: TokenBucket, clock: Clock, *, reserve: int = 0) -> None:
        self._bucket = bucket
        self._clock = clock
        self._reserve = reserve
        self._lanes: dict[Lane, deque[_Waiter]] = {lane: deque() for lane in Lane}
        self._timer: Timer | None = None

    @property
    def bucket(self) -> TokenBucket:
        return self._bucket

    @property
    def waiting(self) -> int:
        return sum(len(lane) for lane in self._lanes.values())

    async def acquire(self, cost: int, lane: Lane, max_wait_ns: Nanoseconds | None = None) -> None:
        """Returns when ``cost`` tokens were taken for the caller.

        Raises BudgetExceeded at once when the bucket can never hold as many, and after ``max_wait_ns``.
        Cancelling the caller gives its place, and tokens it was just given, back.
        """
        since_ns = self._clock.monotonic_ns()
        if cost > self._bucket.capacity:
            raise BudgetExceeded(cost, self._bucket.capacity, 0)
        waiter = _Waiter(cost, lane, asyncio.get_running_loop().create_future(), since_ns)
        self._lanes[lane].append(waiter)
        self._serve()
        if waiter.future.done():
            return
        deadline = None
        if max_wait_ns is not None:
            deadline = self._clock.call_later(max_wait_ns, lambda: self._give_up(waiter))
        try:
            await waiter.future
        except asyncio.CancelledError:
            self._leave(waiter)
            raise
        finally:
            if deadline is not None:
                deadline.cancel()

    def penalise(self) -> None:
        """A 429 came back: see :meth:`TokenBucket.penalise`."""
        self._bucket.penalise(self._clock.monotonic_ns())
        self._serve()

    def regrade(self, refill_rate: int, capacity: int) -> None:
        """Takes new limits; whoever could never be served under them is told so."""
        self._bucket.regrade(refill_rate, capacity, self._clock.monotonic_ns())
        for lane in self._lanes.values():
            for waiter in [w for w in lane if w.cost > capacity]:
                self._give_up(waiter)
        self._serve()

    def _serve(self) -> None:
        """Lets everyone go whose turn and tokens have come, then sets the timer for the next one."""
        now_ns = self._clock.monotonic_ns()
        while (first := self._first()) is not None and self._bucket.holds(self._needed(first), now_ns):
            self._bucket.take(first.cost, now_ns)
            self._lanes[first.lane].popleft()
            first.future.set_result(None)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if first is not None:
            delay_ns = self._bucket.wait_ns(self._needed(first), now_ns)
            self._timer = self._clock.call_later(max(delay_ns, 1), self._serve)

    def _first(self) -> _Waiter | None:
        return next((lane[0] for lane in self._lanes.values() if lane), None)

    def _needed(self, waiter: _Waiter) -> int:
        if waiter.lane <= Lane.RECONCILE:
            return waiter.cost
        return min(waiter.cost + self._reserve, self._bucket.capacity)

    def _give_up(self, waiter: _Waiter) -> None:
        if waiter.future.done():
            return
        waited_ns = self._clock.monotonic_ns() - waiter.since_ns
        waiter.future.set_exception(BudgetExceeded(waiter.cost, self._bucket.capacity, waited_ns))
        self._lanes[waiter.lane].remove(waiter)
        self._serve()

    def _leave(self, waiter: _Waiter) -> None:
        """The caller was cancelled: out of the line, or, if just let go, its tokens for the next one."""
        if waiter in self._lanes[waiter.lane]:
            self._lanes[waiter.lane].remove(waiter)
        elif waiter.future.done() and not waiter.future.cancelled() and waiter.future.exception() is None:
            self._bucket.put_back(waiter.cost, self._clock.monotonic_ns())
        self._serve()
