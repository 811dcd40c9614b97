"""What the operator of the exchange decides: shards, windows, delays and the maintenance schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from engine.domain.units import SECOND_NS, CountC, Nanoseconds

EASTERN = ZoneInfo("America/New_York")


class Maintenance(msgspec.Struct, frozen=True):
    """A weekly trading pause in US Eastern wall time (the exchange's is Thursday, 03:00 to 05:00)."""

    weekday: int = 3
    """Monday is 0."""
    start_hour: int = 3
    end_hour: int = 5

    def window_after(self, now_ns: Nanoseconds) -> tuple[Nanoseconds, Nanoseconds]:
        """Start and end of the first window that ends after ``now_ns``."""
        now = datetime.fromtimestamp(now_ns // SECOND_NS, UTC).astimezone(EASTERN)
        day = (now + timedelta(days=(self.weekday - now.weekday()) % 7)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )
        start_ns, end_ns = self._on(day)
        if end_ns <= now_ns:
            return self._on(day + timedelta(days=7))
        return start_ns, end_ns

    def _on(self, day: datetime) -> tuple[Nanoseconds, Nanoseconds]:
        start, end = day.replace(hour=self.start_hour), day.replace(hour=self.end_hour)
        return int(start.timestamp()) * SECOND_NS, int(end.timestamp()) * SECOND_NS


class ExchangeRules(msgspec.Struct, frozen=True):
    shards: tuple[int, ...] = (0, 1, 2, 3)
    group_window_ns: Nanoseconds = 15 * SECOND_NS
    """The rolling time in which an order group may match no more than its limit."""
    group_limit_max_c: CountC = 100_000 * 100
    cancel_at_close_delay_ns: Nanoseconds = SECOND_NS
    """How long after the close the resting orders of a market are canceled."""
    maintenance: Maintenance | None = Maintenance()
    keeps_maintenance: bool = True
    """Whether trading stops and resumes by that schedule. Else it is only told, and somebody says what is."""
    strict_shards: bool = False
    """Whether a cancel or decrease that names neither shard nor market goes to shard 0 alone, as is
    documented. Else it is found by its id, so that clients from before the shards can withdraw orders."""
    settles_by_timer: bool = True
    """Whether a determined market pays once its settlement timer has run. Else it waits to be told, as where
    results come from another exchange that may dispute them meanwhile."""
    trades_kept: int = 1_000
    """Recent public prints of each market that are kept at hand; what restores the exchange has no more."""
    trades_stored: int = 20_000
    """Rows of public prints of each market that are kept in all."""
