"""What bounds entries, and what has stopped them."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds


class LimitRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One limit and what of it is used. ``unit`` is ``count`` (hundredths of a contract), ``ud``
    (micro-dollars), ``bp``, ``times`` or ``ns``; ``used`` None: it bounds each order by itself."""

    name: str
    unit: str
    limit: int
    used: int | None = None
    remedy: str = ""
    """What makes room again, in a few words."""
    pending: int | None = None
    """A higher value that was asked for and acts at ``pending_at_ns``."""
    pending_at_ns: Nanoseconds | None = None


class BreakerRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """A breaker that is open. ``probe_ns`` is when it tries by itself whether all is well again; None: it
    waits for a resume."""

    cause: str
    since_ns: Nanoseconds
    text: str
    probe_ns: Nanoseconds | None = None
