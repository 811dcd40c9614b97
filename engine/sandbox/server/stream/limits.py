"""How much one account and one connection may ask of the stream."""

from __future__ import annotations

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds


class StreamLimits(msgspec.Struct, frozen=True):
    """The first three are the exchange's published numbers; the buffer is the sandbox's own choice."""

    connections_per_account: int = 200
    markets_per_session: int = 500_000
    commands_per_second: int = 10_000
    buffer_messages: int = 65_536
    """Messages that wait for one connection; one more ends its fullest subscription with code 25."""
    buffer_bytes: int = 32 * 1024 * 1024


class CommandBudget:
    """A token bucket that holds one second's worth of commands."""

    __slots__ = ("_per_second", "_tokens_ns", "_updated_ns")

    def __init__(self, per_second: int, now_ns: Nanoseconds) -> None:
        self._per_second = per_second
        self._tokens_ns = per_second * SECOND_NS
        self._updated_ns = now_ns

    def take(self, now_ns: Nanoseconds) -> bool:
        """Whether one more command is within the limit."""
        passed_ns = max(0, now_ns - self._updated_ns)
        self._updated_ns = now_ns
        full = self._per_second * SECOND_NS
        self._tokens_ns = min(full, self._tokens_ns + passed_ns * self._per_second)
        if self._tokens_ns < SECOND_NS:
            return False
        self._tokens_ns -= SECOND_NS
        return True
