"""The trading day: from midnight to midnight in New York, 23 to 25 hours long."""

from __future__ import annotations

from engine.domain.eastern import eastern_midnight_ns, next_eastern_midnight_ns

__all__ = ["eastern_midnight_ns", "next_eastern_midnight_ns"]
