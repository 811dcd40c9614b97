"""Figures over the last 24 hours, in steps of five minutes so that they cost nothing in the order path."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from engine.domain.units import DAY_NS, MINUTE_NS, CountC, Nanoseconds, PriceBp
from engine.sandbox.core.clock import Clock

STEP_NS = 5 * MINUTE_NS
STEPS_A_DAY = DAY_NS // STEP_NS

Quote: TypeAlias = tuple[PriceBp | None, PriceBp | None, PriceBp | None]
"""Best bid, best ask and last trade; None where there is none."""


class DayStep(msgspec.Struct, eq=False):
    """What happened in one step. ``quote`` is what stood before the first change in it; None if none was."""

    step: int
    volume_c: CountC = 0
    quote: Quote | None = None


class DayWindow:
    """Volume of the last day and the quote as it stood a day ago, each exact to one step."""

    __slots__ = ("_clock", "_volume_c", "changed", "quoted_until_ns", "steps")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._volume_c: CountC = 0
        self.quoted_until_ns: Nanoseconds = 0
        """Until when the quote of the step is remembered; from then on a change wants before_change first."""
        self.steps: dict[int, DayStep] = {}
        """By number, oldest first; steps in which nothing happened are missing."""
        self.changed: dict[int, DayStep] = {}
        """Those to be saved again."""

    def traded(self, count_c: CountC) -> None:
        self._now().volume_c += count_c
        self._volume_c += count_c

    def before_change(self, quote: Quote) -> None:
        """Called before the quote changes: the first time in a step it is remembered."""
        step = self._now()
        self.quoted_until_ns = (step.step + 1) * STEP_NS
        if step.quote is None:
            step.quote = quote

    def load(self, step: DayStep) -> None:
        """Puts a saved or a told step in, in place of one of its number; new ones come oldest first."""
        replaced = self.steps.get(step.step)
        if replaced is not None:
            self._volume_c -= replaced.volume_c
        self.steps[step.step] = step
        self._volume_c += step.volume_c

    def _now(self) -> DayStep:
        number = self._clock.now_ns // STEP_NS
        step = self.steps.get(number)
        if step is None:
            self._expire()
            step = self.steps[number] = DayStep(number)
        self.changed[number] = step
        return step

    def _expire(self) -> None:
        oldest = self._clock.now_ns // STEP_NS - STEPS_A_DAY
        while self.steps:
            number = next(iter(self.steps))
            if number > oldest:
                return
            self._volume_c -= self.steps.pop(number).volume_c

    @property
    def volume_c(self) -> CountC:
        self._expire()
        return self._volume_c

    def previous(self, now: Quote) -> Quote:
        """The quote a day ago: what stood before the first change since then, else what stands ``now``."""
        self._expire()
        return next((step.quote for step in self.steps.values() if step.quote is not None), now)
