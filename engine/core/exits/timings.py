"""How patient exits are."""

from __future__ import annotations

import msgspec

from engine.domain.units import CENT_BP, MINUTE_NS, SECOND_NS, Nanoseconds, PriceBp


class ExitTimings(msgspec.Struct, frozen=True):
    """Monotonic time. Stops look rarely and twice, so that a flicker of the book sells nothing."""

    grace_ns: Nanoseconds = 10 * SECOND_NS
    """After the first opening fill, in which no stop loss looks: the spread just paid is no loss yet."""
    confirm_ns: Nanoseconds = 5 * SECOND_NS
    """Between the two looks that a stop loss needs."""
    look_ns: Nanoseconds = SECOND_NS
    step_ns: Nanoseconds = SECOND_NS
    """Between two exit orders of one plan."""
    steps: tuple[int, ...] = (0, 1, 2, 4, 8)
    """How many price steps under the reference each exit order in turn may sell."""
    near_bp: PriceBp = 2 * CENT_BP
    """How far under the best bid the whole size may be bid for, for a book not to count as thin."""
    thin_steps_bp: tuple[PriceBp, ...] = (2 * CENT_BP, 5 * CENT_BP, 10 * CENT_BP, 20 * CENT_BP)
    """How far under its level a stop sells into a thin book, one after the other; then to the disaster level,
    or without one to the floor of all sales."""
    thin_ns: Nanoseconds = 5 * SECOND_NS
    """How long each of these is waited at for bids."""
    hold_ns: Nanoseconds = 30 * SECOND_NS
    """How long an exit that was not sold by all its steps holds before it begins anew."""
    poll_ns: Nanoseconds = 5 * SECOND_NS
    """Between two books read over REST while the stream gives none."""
    polled_good_ns: Nanoseconds = SECOND_NS
    """How long such a book may be looked at."""
    blind_ns: Nanoseconds = 10 * SECOND_NS
    """Without any book that may be read, after which a stop counts as blocked."""
    resize_ns: Nanoseconds = SECOND_NS
    """Between two take profits of a position that grows."""
    retry_longest_ns: Nanoseconds = 64 * SECOND_NS
    """Between two tries of a take profit that is refused again and again."""
    close_patience_ns: Nanoseconds = 15 * SECOND_NS
    """How long a close waits for the take profit in its way to be canceled."""
    close_good_ns: Nanoseconds = 5 * MINUTE_NS
    """How old a sale that waits may be for a new run to go on with it."""
    entry_wait_ns: Nanoseconds = 15 * SECOND_NS
    """How long a strategy's entry may work before what is left of it is canceled."""
    best_step_bp: PriceBp = 100
    """A better price for a trailing stop is written down in steps of this size."""
