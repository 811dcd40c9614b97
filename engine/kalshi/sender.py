"""Requests that change something: each is sent at most once, and its outcome is a value, never an exception.

Only a cancelled task raises. If bytes were out by then, the request is followed to its end all the same, and
``on_orphan`` hears its outcome, so that no order is forgotten because nobody waited for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import msgspec

from engine.kalshi.budget_queue import BudgetExceeded, Lane
from engine.kalshi.clock import Clock
from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.outcome import (
    Answered,
    NotSent,
    NotSentCause,
    Outcome,
    OutcomeUnknown,
    Refused,
    UnknownCause,
)
from engine.kalshi.query import Query
from engine.kalshi.rate_budget import RateBudget
from engine.kalshi.settings import ClientSettings
from engine.kalshi.transport import Answer, FailureKind, Transport, TransportFailure
from engine.kalshi.unknown_fields import unknown_fields
from engine.wire.errors import ErrorShape, parse_error

T = TypeVar("T")
S = TypeVar("S", bound=msgspec.Struct)

_REFUSED_AT_THE_DOOR = frozenset({401, 403, 413, 414, 415, 429, 431})
"""Statuses that are given before a request is looked into, so that even without a readable body it is clear
that nothing was done."""

_NOT_SENT = {
    FailureKind.SIGNATURE: NotSentCause.SIGNATURE,
    FailureKind.REQUEST: NotSentCause.REQUEST,
    FailureKind.CLOSED: NotSentCause.CLOSED,
    FailureKind.HELD: NotSentCause.HALT,
}


class WithoutOrder(Exception):
    """A success that does not name what was asked for."""


def done(body: bytes) -> None:
    """For a 2xx that tells nothing: an empty body or some object. Raises for anything else."""
    if body.strip():
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])


class Change(msgspec.Struct, frozen=True):
    """One request that changes something. ``items`` is the size of a batch."""

    method: str
    path: str
    lane: Lane
    body: bytes | None = None
    query: Query | None = None
    items: int = 1
    adds_risk: bool = False
    """It may not leave while a kill is in force."""


OrphanListener = Callable[[Change, Outcome[object]], None]


class Sender:
    """See the module. ``on_orphan`` is called on the loop and must not raise; ``is_halted`` is asked last of
    all, before each request that may add risk."""

    def __init__(
        self,
        transport: Transport,
        budget: RateBudget,
        clock: Clock,
        settings: ClientSettings,
        drift: DriftCounter,
        on_orphan: OrphanListener | None = None,
        is_halted: Callable[[], bool] | None = None,
    ) -> None:
        self._transport = transport
        self._is_halted = is_halted
        self._budget = budget
        self._clock = clock
        self._settings = settings
        self._on_orphan = on_orphan
        self._in_flight: set[asyncio.Task[Outcome[object]]] = set()
        self.drift = drift

    async def send(self, change: Change, read: Callable[[bytes], T]) -> Outcome[T]:
        """Sends ``change`` once. ``read`` makes the value of a 2xx body: it raises WithoutOrder for one that
        names something else, and anything for one that cannot be read."""
        try:
            await self._budget.acquire(
                change.method,
                change.path,
                change.lane,
                items=change.items,
                max_wait_ns=self._settings.write_wait_ns,
            )
        except BudgetExceeded as problem:
            return NotSent(NotSentCause.RATE_BUDGET, str(problem))
        is_held = self._is_halted if change.adds_risk else None
        if is_held is not None and is_held():
            return NotSent(NotSentCause.HALT, "a kill is in force")
        task: asyncio.Task[Outcome[T]] = asyncio.create_task(self._once(change, read, is_held))
        self._in_flight.add(task)
        task.add_done_callback(self._in_flight.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: self._tell_orphan(change, done))
            raise

    async def aclose(self) -> None:
        """Waits for what is in flight; each request ends by its own time-out."""
        while self._in_flight:
            await asyncio.wait(self._in_flight)

    def decode(self, where: str, body: bytes, shape: type[S]) -> S:
        """A 2xx body as ``shape``, its unknown fields counted. Raises msgspec's errors."""
        found = msgspec.json.decode(body, type=shape)
        for field, text in unknown_fields(body, shape):
            self.drift.count(where, DriftKind.UNKNOWN_FIELD, field, text)
        return found

    async def _once(
        self, change: Change, read: Callable[[bytes], T], is_held: Callable[[], bool] | None
    ) -> Outcome[T]:
        try:
            answer = await self._transport.exchange(
                change.method,
                change.path,
                query=change.query,
                body=change.body,
                timeout_ns=self._settings.post_timeout_ns,
                is_held=is_held,
            )
        except TransportFailure as failure:
            return _of_failure(failure)
        if answer.status == 429:
            self._budget.penalise(change.method, change.path)
        return self._of_answer(change, answer, read)

    def _of_answer(self, change: Change, answer: Answer, read: Callable[[bytes], T]) -> Outcome[T]:
        status = answer.status
        if 200 <= status < 300:
            try:
                return Answered(read(answer.body), status)
            except (WithoutOrder, msgspec.ValidationError) as problem:
                return self._unreadable(change, answer, UnknownCause.WITHOUT_ORDER, str(problem))
            except Exception as problem:
                # Whatever is wrong with the body, the order may be there.
                return self._unreadable(change, answer, UnknownCause.UNREADABLE, str(problem))
        error = parse_error(answer.body)
        is_readable = error.shape is not ErrorShape.UNREADABLE
        if 400 <= status < 500 and status != 408 and (is_readable or status in _REFUSED_AT_THE_DOOR):
            return Refused(status, error)
        return OutcomeUnknown(UnknownCause.STATUS, f"{status} {error}".strip(), status)

    def _unreadable(self, change: Change, answer: Answer, cause: UnknownCause, why: str) -> OutcomeUnknown:
        where = f"{change.method} {change.path.split('/orders')[0]}"
        self.drift.count(where, DriftKind.UNDECODABLE, cause, answer.body)
        return OutcomeUnknown(cause, why, answer.status)

    def _tell_orphan(self, change: Change, task: asyncio.Task[Outcome[T]]) -> None:
        outcome: Outcome[object]
        if task.cancelled():
            outcome = OutcomeUnknown(UnknownCause.CANCELLED, "the task that sent it was cancelled")
        else:
            outcome = task.result()
        if self._on_orphan is not None:
            self._on_orphan(change, outcome)


def _of_failure(failure: TransportFailure) -> NotSent | OutcomeUnknown:
    if not failure.was_sent:
        return NotSent(_NOT_SENT.get(failure.kind, NotSentCause.NO_CONNECTION), failure.detail)
    is_timeout = failure.kind is FailureKind.TIMEOUT
    return OutcomeUnknown(
        UnknownCause.TIMEOUT if is_timeout else UnknownCause.CONNECTION_LOST, failure.detail
    )
