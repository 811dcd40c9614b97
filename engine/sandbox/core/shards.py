"""Whether a shard of the exchange is open for changes and for trading."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds


class ShardStatus(msgspec.Struct, frozen=True):
    """``exchange_active`` false: no state change at all. ``trading_active`` false: no placing or amending."""

    exchange_index: int
    exchange_active: bool
    trading_active: bool
    resumes_ns: Nanoseconds | None = None
    """When a maintenance pause ends, if that is why."""
