"""What shall end a position by itself: take profit, stop loss, and the other ways out."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.units import Nanoseconds, PriceBp


class Target(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A price of the leg held: a distance from the average price of its entry (above zero a gain), or a
    level."""

    bp: int
    is_level: bool = False


class PlanTerms(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What was decided about a position's end, in prices of the leg held.

    Nothing set is no plan; ``to_settlement`` alone says that its holder wants it paid and counts as guarded.
    """

    take_profit: Target | None = None
    takes: bool = False
    """Take the profit with an immediate order once the book gives it, instead of resting an order there."""
    stop_loss: Target | None = None
    disaster: Target | None = None
    """A stop further away that needs one look, not two."""
    trailing_bp: PriceBp | None = None
    """The stop follows the best price seen for the size held at this distance."""
    hold_ns: Nanoseconds | None = None
    """Time stop: exchange time after the first opening fill."""
    to_settlement: bool = False

    @property
    def is_empty(self) -> bool:
        return self == PlanTerms() or self == PlanTerms(takes=True)


class PlanState(StrEnum):
    """GUARDING looks; EXITING has an exit order under way; BLOCKED would exit and cannot; RETIRED is over."""

    GUARDING = "guarding"
    EXITING = "exiting"
    BLOCKED = "blocked"
    RETIRED = "retired"


class ExitCause(StrEnum):
    """Which part of a plan an exit order carries out."""

    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"
    DISASTER = "disaster"
    TRAILING = "trailing"
    TIME_STOP = "time_stop"


class Retirement(StrEnum):
    """Why a plan is over."""

    CLOSED = "closed"
    SETTLED = "settled"
    FLIPPED = "flipped"
    TAKEN_OVER = "taken_over"
    DROPPED = "dropped"
