"""How often the screen is looked at: often while something changes, seldom while nothing can."""

from __future__ import annotations

from enum import IntEnum

from textual.timer import Timer


class Step(IntEnum):
    """WALK is for ages and clocks, REST for a desk that has lost its engine."""

    RUN = 0
    WALK = 1
    REST = 2


EACH_S = {Step.RUN: 0.125, Step.WALK: 1.0, Step.REST: 5.0}


class Pace:
    """Timers of one work, one for each step, of which one runs. A timer that was due while it was paused
    works at once when it goes on."""

    def __init__(self, timers: dict[Step, Timer]) -> None:
        self._timers = timers
        self.step = Step.RUN
        for step, timer in timers.items():
            if step is not self.step:
                timer.pause()

    def hurry(self) -> None:
        self.go(Step.RUN)

    def go(self, step: Step) -> None:
        if step is not self.step:
            self._timers[self.step].pause()
            self.step = step
            self._timers[step].resume()
