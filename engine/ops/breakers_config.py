"""The table ``[breakers]`` of ``config.toml``: how much has to go wrong before no entry may follow.

Durations are seconds. Losses have limits of their own: ``losses_in_a_row`` and ``day_loss`` in ``[limits]``.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import msgspec

from engine.core.settings import EngineSettings, Timings
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds

_DEFAULT, _TIMINGS = EngineSettings(), Timings()
_MOST_TIMES = 1_000
_MOST_SECONDS = 3_600
_A_SECOND_MS = SECOND_NS // MILLISECOND_NS


class BreakersTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``feed_seconds``: silence of the feed. ``clock_seconds``: between the machine's clock and the
    exchange's. ``commit_seconds``: of the ledger. ``wait_seconds``: until an open one tries again."""

    rejects_in_a_row: int | None = None
    unknowns_in_a_row: int | None = None
    feed_seconds: int | float | None = None
    clock_seconds: int | float | None = None
    commit_seconds: int | float | None = None
    wait_seconds: int | float | None = None


class BreakerSettings(msgspec.Struct, frozen=True):
    """The same in the units of the core."""

    rejects_open: int = _DEFAULT.rejects_open
    unknowns_open: int = _DEFAULT.unknowns_open
    feed_patience_ns: Nanoseconds = _TIMINGS.feed_patience_ns
    most_skew_ms: int = _DEFAULT.most_skew_ms
    slow_commit_ms: int = _DEFAULT.slow_commit_ms
    breaker_wait_ns: Nanoseconds = _TIMINGS.breaker_wait_ns


class BreakerUnfit(ValueError):
    """A setting that cannot be used. One line: which one, what was got, what is wanted."""


_FIELDS = {
    "rejects_in_a_row": ("rejects_open", 1, 1, _MOST_TIMES),
    "unknowns_in_a_row": ("unknowns_open", 1, 1, _MOST_TIMES),
    "feed_seconds": ("feed_patience_ns", SECOND_NS, 2, _MOST_SECONDS),
    "clock_seconds": ("most_skew_ms", _A_SECOND_MS, 1, 60),
    # A commit under a second is not told to the core at all.
    "commit_seconds": ("slow_commit_ms", _A_SECOND_MS, 1, 60),
    "wait_seconds": ("breaker_wait_ns", SECOND_NS, 1, _MOST_SECONDS),
}
"""Setting, units of the core in one of it, least and most as written."""


def breakers_of(table: BreakersTable) -> BreakerSettings:
    """Raises BreakerUnfit."""
    given: dict[str, int] = {}
    for name, (field, scale, least, most) in _FIELDS.items():
        value: int | float | None = getattr(table, name)
        if value is not None:
            given[field] = _scaled(f"breakers.{name}", value, scale, least, most)
    return msgspec.structs.replace(BreakerSettings(), **given)


def _scaled(name: str, value: float, scale: int, least: int, most: int) -> int:
    try:
        scaled = Decimal(str(value)) * scale
    except InvalidOperation:
        raise BreakerUnfit(f"{name}: got {value}, wanted a number") from None
    is_exact = scaled.is_finite() and scaled == scaled.to_integral_value()
    if not is_exact or not least <= value <= most:
        raise BreakerUnfit(f"{name}: got {value}, wanted {least} to {most}, in steps of 1/{scale}")
    return int(scaled)
