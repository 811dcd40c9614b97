"""A book with too few bids for what a stop has to sell: how low it sells, and when.

A stop triggers by the price at which its whole size can be sold. Where that price is near the best bid, and
the market's spread is a usual one, it sells there at once, wherever that is: the market has moved. Where bids
are missing in between, the last of them say nothing of a price, and makers may come back: the stop sells only
what is bid for near its own level, and goes further down in steps of time, at last to the disaster level, or
without one to the floor of all sales.
"""

from __future__ import annotations

from engine.core.exits.levels import Levels, best_bp, whole_bp
from engine.core.exits.timings import ExitTimings
from engine.domain.book import Book
from engine.domain.order import Leg
from engine.domain.plan import ExitCause
from engine.domain.units import CountC, Nanoseconds, PriceBp


def is_deep(book: Book, leg: Leg, count_c: CountC, near_bp: PriceBp, spread_bp: PriceBp) -> bool:
    """Whether all of ``count_c`` is bid for within ``near_bp`` of the best bid, at a usual spread."""
    bid_bp, all_bp = best_bp(book, leg), whole_bp(book, leg, count_c)
    if bid_bp is None or all_bp is None or book.best_ask_bp is None or book.best_bid_bp is None:
        return False
    return bid_bp - all_bp <= near_bp and book.best_ask_bp - book.best_bid_bp <= spread_bp


def anchor_bp(cause: ExitCause, levels: Levels) -> PriceBp | None:
    """The level from which a thin book's steps count; None where the cause has none."""
    by_cause = {
        ExitCause.STOP_LOSS: levels.stop_loss_bp,
        ExitCause.TRAILING: levels.trailing_bp,
        ExitCause.DISASTER: levels.disaster_bp,
    }
    return by_cause.get(cause)


def lowest_bp(anchor: PriceBp, levels: Levels, waited_ns: Nanoseconds, times: ExitTimings) -> PriceBp:
    """The lowest price at which a thin book is sold into, this long after it was found thin. 0: the floor
    of all sales alone."""
    step = waited_ns // times.thin_ns
    disaster_bp = levels.disaster_bp
    last_bp = disaster_bp if disaster_bp is not None and disaster_bp < anchor else 0
    if step >= len(times.thin_steps_bp):
        return last_bp
    return max(last_bp, anchor - times.thin_steps_bp[step])
