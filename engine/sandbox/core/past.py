"""A market's past from before the exchange ran, in figures."""

from __future__ import annotations

import msgspec

from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp
from engine.sandbox.core.day_window import DayStep


class Past(msgspec.Struct, frozen=True):
    """What had happened in a market until ``until_ns``, as its source tells it.

    ``open_interest_c`` is held by nobody on this exchange: it shows until the market has paid. ``day`` are
    the parts of the last day, oldest first: a part's volume counts for a day from its own step on, and its
    quote is what stood at its beginning.
    """

    until_ns: Nanoseconds
    last_trade_bp: PriceBp | None = None
    last_trade_c: CountC = 0
    volume_c: CountC = 0
    dollar_volume_ud: MicroDollars = 0
    open_interest_c: CountC = 0
    day: tuple[DayStep, ...] = ()

    def fault(self, latest_ns: Nanoseconds) -> str | None:
        """What of it cannot be, in words; None for a past that can. It may reach to ``latest_ns``."""
        least = min(self.last_trade_c, self.volume_c, self.dollar_volume_ud, self.open_interest_c)
        steps = [step.step for step in self.day]
        day_volume_c = sum(step.volume_c for step in self.day)
        if self.until_ns > latest_ns:
            return f"until_ns: got {self.until_ns}, wanted at most {latest_ns}"
        if least < 0:
            return f"figures: got {least}, wanted 0 or more"
        if (self.last_trade_bp is None) is (self.volume_c > 0):
            return f"last_trade_bp: got {self.last_trade_bp} with a volume of {self.volume_c}"
        if self.open_interest_c > self.volume_c:
            return f"open_interest_c: got {self.open_interest_c}, wanted at most {self.volume_c}"
        if day_volume_c > self.volume_c:
            return f"day: got a volume of {day_volume_c}, wanted at most {self.volume_c}"
        if steps != sorted(set(steps)):
            return f"day: got steps {steps}, wanted them ascending"
        return None


NO_PAST = Past(0)
"""Of a market that began while the exchange ran, or whose source tells nothing."""
