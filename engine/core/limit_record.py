"""Limits that a person changed, as money facts: what holds now, and what will."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING

import msgspec

from engine.core.row import Row
from engine.domain.units import Nanoseconds

if TYPE_CHECKING:
    from engine.core.facts.limits import LimitRaiseAsked, LimitsConfigured, LimitSet


class LimitRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """``value`` None: the configured one holds. ``pending`` acts ``wait_ns`` after ``asked_at``."""

    value: int | None = None
    who: str = ""
    reason: str = ""
    pending: int | None = None
    asked_at: Nanoseconds = 0
    wait_ns: Nanoseconds = 0


def limit_set(limits: MutableMapping[str, LimitRecord], change: LimitSet) -> list[Row]:
    """A raise that was waited for is over with it."""
    return _put(limits, change.name, LimitRecord(change.value, change.who, change.reason))


def limit_raise_asked(limits: MutableMapping[str, LimitRecord], change: LimitRaiseAsked) -> list[Row]:
    known = limits.get(change.name, LimitRecord())
    record = LimitRecord(
        known.value, change.who, change.reason, change.value, change.at, wait_ns=change.wait_ns
    )
    return _put(limits, change.name, record)


def limits_configured(configured: MutableMapping[str, int], change: LimitsConfigured) -> list[Row]:
    configured.clear()
    configured.update(change.values)
    return [Row("limits_configured", "", change)]


def _put(limits: MutableMapping[str, LimitRecord], name: str, record: LimitRecord) -> list[Row]:
    limits[name] = record
    return [Row("limit", name, record)]
