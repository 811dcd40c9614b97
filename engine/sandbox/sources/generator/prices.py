"""Settlement on a price: the minute's average of a crypto index, or the closing level of a stock index."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal

from engine.sandbox.sources.generator.eastern import EPOCH, session_close, session_open, utc_midnight
from engine.sandbox.sources.generator.outlook import Outlook, Settlement
from engine.sandbox.sources.generator.path import MINUTES, PricePath, decimal_text
from engine.sandbox.sources.generator.slots import Slot

_SMALLEST_SD = 1e-7
_OVERNIGHT = 0.25
"""Activity of a stock index outside its session, against the mean of a day."""


class AveragedIndex:
    """The mean of the sixty values before the close, two decimals: how crypto markets settle."""

    def __init__(self, path: PricePath) -> None:
        self.path = path

    def outlook(self, slot: Slot, at_s: int) -> Outlook:
        """Before the last minute the average adds little; within it, only the values still to come vary.

        An average over 60 s of a random walk has a third of the variance of its end.
        """
        path, left = self.path, slot.close_s - at_s
        if left > 60:
            mean = level_log(path, at_s)
            variance = (
                path.variance(at_s, slot.close_s - 60) + path.variance(slot.close_s - 60, slot.close_s) / 3
            )
            return Outlook(mean, max(math.sqrt(variance), _SMALLEST_SD), is_log=True)
        last = min(at_s, slot.close_s - 1)
        total, seen = path.window_sum(last)
        missing = 60 - seen
        mean = (total + missing * path.cents(last)) / 6_000
        variance = path.variance(last, slot.close_s) / 3 * (missing / 60) ** 2 if missing else 0.0
        return Outlook(math.log(mean), max(math.sqrt(variance), _SMALLEST_SD), is_log=True)

    def settlement(self, slot: Slot) -> Settlement:
        return settled_cents(self.path.closing_cents(slot.close_s))


class ClosingLevel:
    """The level at the close, two decimals: how stock index markets settle."""

    def __init__(self, path: PricePath) -> None:
        self.path = path

    def outlook(self, slot: Slot, at_s: int) -> Outlook:
        at_s = min(at_s, slot.close_s)
        sd = math.sqrt(self.path.variance(at_s, slot.close_s))
        return Outlook(level_log(self.path, at_s), max(sd, _SMALLEST_SD), is_log=True)

    def settlement(self, slot: Slot) -> Settlement:
        return settled_cents(self.path.cents(slot.close_s))


def level_log(path: PricePath, at_s: int) -> float:
    """The log of the level; a whole minute's is at hand without its seconds."""
    return path.minute_log(at_s // 60) if at_s % 60 == 0 else math.log(path.cents(at_s) / 100)


def settled_cents(cents: int) -> Settlement:
    text = decimal_text(cents)
    return Settlement(Decimal(text), text)


def session_activity(day: int) -> list[float]:
    """A stock index's minutes: busy in the session, most at both ends; quiet else; still at weekends."""
    date_ = EPOCH + timedelta(days=day)
    if date_.weekday() >= 5:
        return [0.0] * MINUTES
    close_s = session_close(date_)
    if close_s is None:
        return [_OVERNIGHT] * MINUTES
    midnight = utc_midnight(date_)
    first, last = (session_open(date_) - midnight) // 60, (close_s - midnight) // 60
    length = last - first
    mean = (MINUTES - _OVERNIGHT * (MINUTES - length)) / length
    weights = [_OVERNIGHT] * MINUTES
    for minute in range(first, last):
        away = abs(2.0 * (minute - first + 0.5) / length - 1.0)
        weights[minute] = mean * (0.7 + 0.9 * away * away)
    return weights


def weekdays_before(day: int) -> int:
    """How many Mondays to Fridays lie between Monday 1969-12-29 and a day since 1970."""
    weeks, weekday = divmod(day + 3, 7)
    return 5 * weeks + min(weekday, 5)
