"""The exchange's time as a function of wall time: a speed, steps and pauses."""

from __future__ import annotations

import msgspec

from engine.domain.units import DAY_NS, MICROSECOND_NS, SECOND_NS, Nanoseconds
from engine.sandbox.server.wall import Wall

MILLIONTHS = 1_000_000
STEP_MAX_NS = 366 * DAY_NS
SPEED_MAX_MILLIONTHS = 100_000 * MILLIONTHS


class ClockState(msgspec.Struct, frozen=True):
    """At wall time ``wall_ns`` the exchange's time was ``exchange_ns``; since then it runs at the speed.

    ``speed_millionths`` of 1,000,000 is real time.
    """

    exchange_ns: Nanoseconds
    wall_ns: Nanoseconds
    speed_millionths: int = MILLIONTHS
    is_paused: bool = False


class ClockError(ValueError):
    """A speed or a step that the clock cannot take."""


class ExchangeClock:
    """Reads the wall and answers with the exchange's time, which never goes back."""

    def __init__(self, wall: Wall, state: ClockState) -> None:
        self._wall = wall
        self._state = state
        self._last_ns = state.exchange_ns

    @property
    def state(self) -> ClockState:
        return self._state

    @property
    def speed(self) -> float:
        """For show; the clock itself counts in millionths."""
        return self._state.speed_millionths / MILLIONTHS

    @property
    def is_paused(self) -> bool:
        return self._state.is_paused

    def now_ns(self) -> Nanoseconds:
        """The exchange's present; the same or later than any earlier answer, even if the wall went back."""
        state = self._state
        if not state.is_paused:
            passed_ns = self._wall.now_ns() - state.wall_ns
            at_ns = state.exchange_ns + passed_ns * state.speed_millionths // MILLIONTHS
            self._last_ns = max(self._last_ns, at_ns)
        return self._last_ns

    def check(self, speed_millionths: int | None, step_ns: Nanoseconds | None) -> None:
        """Raises ClockError for a speed not above 0 and at most 100,000x, a step back, or one of over a year,
        which nobody would see the end of."""
        if speed_millionths is not None and not 0 < speed_millionths <= SPEED_MAX_MILLIONTHS:
            got = speed_millionths / MILLIONTHS
            raise ClockError(f"speed: got {got:g}, wanted above 0 and at most 100000")
        if step_ns is not None and step_ns < 0:
            raise ClockError(f"step_s: got {step_ns / SECOND_NS:g}, wanted 0 or more (time does not go back)")
        if step_ns is not None and step_ns > STEP_MAX_NS:
            raise ClockError(
                f"step_s: got {step_ns / SECOND_NS:g}, wanted at most {STEP_MAX_NS // SECOND_NS}"
            )

    def set_speed(self, speed_millionths: int) -> None:
        """Runs at this speed from now on; raises ClockError as :meth:`check`."""
        self.check(speed_millionths, None)
        self._anchor(self.now_ns(), speed_millionths=speed_millionths)

    def set_paused(self, is_paused: bool) -> None:
        self._anchor(self.now_ns(), is_paused=is_paused)

    def step(self, by_ns: Nanoseconds) -> None:
        """Moves the exchange's time forward, paused or not; raises ClockError as :meth:`check`."""
        self.check(None, by_ns)
        self._anchor(self.now_ns() + by_ns)

    def step_to(self, at_ns: Nanoseconds) -> None:
        """Moves forward to a time; an earlier one than now changes nothing."""
        if at_ns > self.now_ns():
            self._anchor(at_ns)

    def _anchor(
        self, at_ns: Nanoseconds, *, speed_millionths: int | None = None, is_paused: bool | None = None
    ) -> None:
        self._last_ns = at_ns
        old = self._state
        self._state = ClockState(
            exchange_ns=at_ns,
            wall_ns=self._wall.now_ns(),
            speed_millionths=old.speed_millionths if speed_millionths is None else speed_millionths,
            is_paused=old.is_paused if is_paused is None else is_paused,
        )


def resumed(
    saved: ClockState, exchange_now_ns: Nanoseconds, wall_ns: Nanoseconds, *, catches_up: bool
) -> ClockState:
    """How a saved clock goes on after the server was away.

    A clock of real time whose source makes its markets as it goes (``catches_up``) kept running meanwhile.
    Any other stands where it stood: a recording, an accelerated or a paused world.
    """
    is_real_time = saved.speed_millionths == MILLIONTHS and not saved.is_paused
    if catches_up and is_real_time and saved.exchange_ns + (wall_ns - saved.wall_ns) >= exchange_now_ns:
        return saved
    return msgspec.structs.replace(
        saved, exchange_ns=max(saved.exchange_ns, exchange_now_ns), wall_ns=wall_ns
    )


def whole_microseconds(at_ns: Nanoseconds) -> Nanoseconds:
    """Bodies carry microseconds; a world that starts on one shows the same time everywhere."""
    return at_ns - at_ns % MICROSECOND_NS
