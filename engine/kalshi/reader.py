"""Reads: repeated, with growing random waits, until there is an answer or the deadline has passed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from engine.domain.units import Nanoseconds
from engine.kalshi.budget_queue import BudgetExceeded, Lane
from engine.kalshi.clock import Clock
from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.errors import DecodeError, ReadCause, ReadFailed, RequestRefused
from engine.kalshi.query import Query
from engine.kalshi.rate_budget import RateBudget
from engine.kalshi.settings import ClientSettings
from engine.kalshi.transport import CLOCK_REFUSED, Answer, FailureKind, Transport, TransportFailure
from engine.kalshi.unknown_fields import unknown_fields
from engine.wire.errors import parse_error
from engine.wire.shape import UNREADABLE

S = TypeVar("S", bound=msgspec.Struct)
_FINAL_FAILURES = frozenset({FailureKind.SIGNATURE, FailureKind.REQUEST, FailureKind.CLOSED})


class _NoAnswer(Exception):
    """One attempt failed in a way that another may not."""

    def __init__(self, cause: ReadCause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class Reader:
    """``random`` gives numbers in [0, 1) for the waits between attempts."""

    def __init__(
        self,
        transport: Transport,
        budget: RateBudget,
        clock: Clock,
        settings: ClientSettings,
        drift: DriftCounter,
        random: Callable[[], float],
    ) -> None:
        self._transport = transport
        self._budget = budget
        self._clock = clock
        self._settings = settings
        self._random = random
        self.drift = drift

    async def get(
        self,
        path: str,
        shape: type[S],
        lane: Lane,
        query: Query | None = None,
        *,
        also_accept: frozenset[int] = frozenset(),
    ) -> S:
        """The body of ``GET path`` as ``shape``, its unknown fields counted.

        ``also_accept`` names error statuses that carry the same body. Raises ReadFailed, RequestRefused and
        DecodeError.
        """
        body = await self.get_bytes(path, lane, query, also_accept=also_accept)
        return self.decode(path, body, shape)

    async def get_bytes(
        self, path: str, lane: Lane, query: Query | None = None, *, also_accept: frozenset[int] = frozenset()
    ) -> bytes:
        """A body that is JSON of whatever shape. Raises ReadFailed and RequestRefused."""
        started_ns = self._clock.monotonic_ns()
        clock_refusals = 0
        for attempt in range(1, self._settings.read_attempts + 1):
            left_ns = self._settings.read_deadline_ns - (self._clock.monotonic_ns() - started_ns)
            try:
                answer = await self._attempt(path, lane, query, left_ns)
                if answer.status in also_accept and _is_object(answer.body):
                    return answer.body
                self._check(path, answer)
                return answer.body
            except RequestRefused as refusal:
                clock_refusals += 1
                if refusal.error.code != CLOCK_REFUSED or clock_refusals > 1:
                    raise
                failure = _NoAnswer(ReadCause.STATUS, str(refusal.error))
            except _NoAnswer as problem:
                failure = problem
            elapsed_ns = self._clock.monotonic_ns() - started_ns
            wait_ns = self._wait_ns(attempt)
            if (
                attempt == self._settings.read_attempts
                or elapsed_ns + wait_ns >= self._settings.read_deadline_ns
            ):
                break
            await self._clock.sleep(wait_ns)
        raise ReadFailed(path, failure.cause, failure.detail, attempt, elapsed_ns)

    def decode(self, where: str, body: bytes | msgspec.Raw, shape: type[S]) -> S:
        """``body`` as ``shape``, its unknown fields counted. Raises DecodeError."""
        try:
            found = msgspec.json.decode(body, type=shape)
        except UNREADABLE as problem:
            self.drift.count(where, DriftKind.UNDECODABLE, "", str(problem))
            raise DecodeError(where, shape.__name__, bytes(body)[:80], str(problem)) from None
        self.count_unknown(where, body, shape)
        return found

    def count_unknown(self, where: str, body: bytes | msgspec.Raw, shape: type[msgspec.Struct]) -> None:
        try:
            for field, text in unknown_fields(body, shape):
                self.drift.count(where, DriftKind.UNKNOWN_FIELD, field, text)
        except UNREADABLE as problem:
            # The name of a field that we do not know is no text: nothing that we read.
            self.drift.count(where, DriftKind.UNDECODABLE, "", str(problem))

    async def _attempt(self, path: str, lane: Lane, query: Query | None, left_ns: Nanoseconds) -> Answer:
        started_ns = self._clock.monotonic_ns()
        try:
            await self._budget.acquire("GET", path, lane, max_wait_ns=left_ns)
        except BudgetExceeded as problem:
            raise ReadFailed(path, ReadCause.RATE_BUDGET, str(problem), 0, problem.waited_ns) from None
        left_ns -= self._clock.monotonic_ns() - started_ns
        timeout_ns = max(1, min(self._settings.read_timeout_ns, left_ns))
        try:
            return await self._transport.exchange("GET", path, query=query, timeout_ns=timeout_ns)
        except TransportFailure as failure:
            cause = ReadCause.TIMEOUT if failure.kind is FailureKind.TIMEOUT else ReadCause.TRANSPORT
            if failure.kind in _FINAL_FAILURES:
                elapsed_ns = self._clock.monotonic_ns() - started_ns
                raise ReadFailed(path, cause, str(failure), 1, elapsed_ns) from None
            raise _NoAnswer(cause, failure.detail) from None

    def _check(self, path: str, answer: Answer) -> None:
        if answer.status == 200:
            if not _is_object(answer.body):
                raise _NoAnswer(ReadCause.BODY, f"unreadable body of {len(answer.body)} bytes")
            return
        if answer.status == 429:
            self._budget.penalise("GET", path)
        error = parse_error(answer.body)
        if answer.status in (408, 429) or answer.status >= 500:
            raise _NoAnswer(ReadCause.STATUS, f"{answer.status} {error}".strip())
        raise RequestRefused("GET", path, answer.status, error)

    def _wait_ns(self, attempt: int) -> Nanoseconds:
        """Half of a doubling limit for sure, the other half by chance."""
        limit_ns = min(self._settings.longest_backoff_ns, self._settings.backoff_ns << (attempt - 1))
        return limit_ns // 2 + int(limit_ns // 2 * self._random())


def _is_object(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except UNREADABLE:
        return False
    return True
