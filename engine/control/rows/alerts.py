"""Alerts, and where they go."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds


class AlertRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """An urgent alert that nobody has acknowledged yet. ``times`` is how often it was sent."""

    alert_id: str
    level: str
    code: str
    text: str
    at_ns: Nanoseconds
    times: int = 1


class ToldRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """An alert of any level, as it is kept. ``count`` is how often it happened, ``times`` in how many rounds
    it went to the sinks; ``sent`` are those that have it, ``waiting`` those that do not have the last round
    yet."""

    alert_id: str
    level: str
    code: str
    text: str
    first_ns: Nanoseconds
    last_ns: Nanoseconds
    count: int = 1
    times: int = 0
    is_open: bool = False
    acknowledged_by: str = ""
    acknowledged_ns: Nanoseconds | None = None
    sent: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()


class SinkRow(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where alerts go. ``failures`` counts those in a row, ``failure`` says why the last one was; both are
    empty while all is well."""

    name: str
    min_level: str
    sent: int = 0
    last_sent_ns: Nanoseconds | None = None
    waiting: int = 0
    failures: int = 0
    failure: str = ""
