"""Breakers that are open, and the losses that open one, as money facts."""

from __future__ import annotations

from collections.abc import MutableMapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from engine.core.row import Row
from engine.domain.units import Nanoseconds

if TYPE_CHECKING:
    from engine.core.facts.limits import BreakerReset, BreakerTripped, StreakCounted
    from engine.core.facts.money import TripEnded
    from engine.core.money import MoneyState


class BreakerCause(StrEnum):
    """What opens a breaker; each has its own."""

    LOSSES_IN_A_ROW = "losses_in_a_row"
    DAILY_LOSS = "daily_loss"
    REJECT_STREAK = "reject_streak"
    UNKNOWN_STREAK = "unknown_streak"
    STALE_FEED = "stale_feed"
    CLOCK_SKEW = "clock_skew"
    SLOW_DISK = "slow_disk"
    ORDER_GROUP = "order_group"
    """The exchange triggered the order group of a strategy: it holds that one's entries alone."""


class BreakerRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """Open ``since`` (exchange time). ``wait_ns`` after that it tries by itself whether all is well; None: it
    waits for a resume. ``times`` counts how often in a row it opened."""

    cause: BreakerCause
    since: Nanoseconds
    text: str
    wait_ns: Nanoseconds | None = None
    times: int = 1


class LossRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """Round trips that ended with a loss, one after the other, and when the last of them did."""

    in_a_row: int = 0
    last_at: Nanoseconds | None = None


class StreakRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """Orders in a row that the exchange refused, and that nobody answered."""

    rejects: int = 0
    unknowns: int = 0


def breaker_tripped(breakers: MutableMapping[str, BreakerRecord], change: BreakerTripped) -> list[Row]:
    record = BreakerRecord(change.cause, change.at, change.text, change.wait_ns, change.times)
    breakers[change.cause] = record
    return [Row("breaker", change.cause.value, record)]


def breaker_reset(state: MoneyState, change: BreakerReset) -> list[Row]:
    """A reset of the losses in a row forgets them, and the pause after the last one."""
    rows: list[Row] = []
    if state.breakers.pop(change.cause, None) is not None:
        rows.append(Row("breaker", change.cause.value, None))
    if change.cause is BreakerCause.LOSSES_IN_A_ROW and state.losses != LossRecord():
        state.losses = LossRecord()
        rows.append(Row("losses", "", state.losses))
    return rows


def trip_ended(state: MoneyState, change: TripEnded) -> list[Row]:
    """A gain ends the row of losses; breaking even neither ends nor adds to it."""
    if change.result_ud == 0:
        return []
    is_loss = change.result_ud < 0
    state.losses = LossRecord(state.losses.in_a_row + 1, change.at) if is_loss else LossRecord()
    return [Row("losses", "", state.losses)]


def streak_counted(state: MoneyState, change: StreakCounted) -> list[Row]:
    state.streaks = StreakRecord(change.rejects, change.unknowns)
    return [Row("streaks", "", state.streaks)]
