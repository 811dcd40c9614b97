"""How much an order group lets through: all that its strategy may trade; a failure alone goes beyond."""

from __future__ import annotations

from engine.core.settings import Limits
from engine.domain.units import CENT_BP, ONE_CONTRACT_C, SECOND_NS, CountC, Nanoseconds

WINDOW_NS: Nanoseconds = 15 * SECOND_NS
"""In which matches count against a group's limit."""
_MOST_C = 100_000 * ONE_CONTRACT_C
"""The highest limit that the exchange takes."""


def group_limit_c(limits: Limits) -> CountC:
    """What a strategy's entries may trade within the exchange's 15 seconds, at the most.

    An entry is at most as large as one order, or as the wager buys at a cent. Whatever matches within the
    window was sent in it, or rested for no longer than an entry may: within one minute, whose entries are
    limited.
    """
    largest_c = min(limits.order_count_c, limits.bot_wager_ud // CENT_BP)
    times = min(limits.entries_per_minute, limits.bot_entries_per_hour, limits.bot_entries_per_day)
    return max(ONE_CONTRACT_C, min(_MOST_C, largest_c * times))
