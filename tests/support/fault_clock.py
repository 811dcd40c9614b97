"""A machine whose wall clock is set back and forth while the engine runs."""

from __future__ import annotations

from random import Random

from sim_history import History, Shape

from engine.domain.units import HOUR_NS, MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.kalshi.clock import LoopClock

STEPS_NS = (
    300 * MILLISECOND_NS,
    -300 * MILLISECOND_NS,
    10 * SECOND_NS,
    -10 * SECOND_NS,
    HOUR_NS,
    -HOUR_NS,
    24 * HOUR_NS,
    -24 * HOUR_NS,
)


class StepClock(LoopClock):
    """Its wall time is off by ``step_ns``; its monotonic time never is."""

    def __init__(self, epoch_ns: Nanoseconds) -> None:
        super().__init__(epoch_ns)
        self.step_ns: Nanoseconds = 0

    def wall_ns(self) -> Nanoseconds:
        return super().wall_ns() + self.step_ns


class JumpyHistory(History):
    """A history in which every other trouble is a step of the wall clock, and the last one stays."""

    def __init__(self, seed: int, shape: Shape, clock: StepClock) -> None:
        super().__init__(seed, shape, clock)
        self._clock = clock
        self._steps = Random(f"steps {seed}")
        self.steps = 0

    async def _one_trouble(self, kind: float) -> None:
        if self._steps.random() < 0.5:
            self._clock.step_ns += self._steps.choice(STEPS_NS)
            self.steps += 1
            self.tell(f"the wall clock is off by {self._clock.step_ns / SECOND_NS:g} s")
        else:
            await super()._one_trouble(kind)
