"""When the engine was heard, of what, and which time it told."""

from __future__ import annotations

from console.tui.clocks import DeskClock, ExchangeTime
from engine.control.rows.status import StatusRow
from engine.domain.units import SECOND_NS, Nanoseconds

SILENT_AFTER_S = 3.0
"""The engine beats every second; after so long its pictures are not current any more."""
ANYTHING = ""
"""Stands for all topics together."""


class Hearing:
    """Ages are of our steady clock; ``status`` is the one that was told last, whatever came after it."""

    def __init__(self, clock: DeskClock) -> None:
        self.status: StatusRow | None = None
        self._clock = clock
        self._exchange_time = ExchangeTime(clock)
        self._heard: dict[str, Nanoseconds] = {}
        self._status_mono: Nanoseconds = 0
        self._lost_mono: Nanoseconds | None = None

    @property
    def now_ns(self) -> Nanoseconds:
        """The exchange's time, extrapolated; our own clock's until the engine has told one."""
        return self._exchange_time.now_ns()

    def ours(self, span_ns: Nanoseconds) -> Nanoseconds:
        """How long a span of the exchange's time takes by our clock."""
        return self._exchange_time.ours(span_ns)

    def hear(self, topic: str) -> None:
        """The engine said something about a topic."""
        self._heard[topic] = self._heard[ANYTHING] = self._clock.mono_ns()

    def take(self, status: StatusRow) -> None:
        """The status as the engine tells it now; the one that is known already is no news."""
        if status is not self.status:
            self.status, self._status_mono = status, self._clock.mono_ns()
            self._exchange_time.tell(status.exchange_ns)

    def lose(self) -> None:
        """The engine is gone, now or since before."""
        if self._lost_mono is None:
            self._lost_mono = self._clock.mono_ns()

    def find(self) -> bool:
        """The engine is there; whether it was gone."""
        was_lost, self._lost_mono = self._lost_mono is not None, None
        return was_lost

    @property
    def lost_s(self) -> float | None:
        """For how long the engine has been gone; None while it is not."""
        return None if self._lost_mono is None else _seconds(self._clock.mono_ns() - self._lost_mono)

    def age_s(self, topic: str = ANYTHING) -> float | None:
        """How long ago the topic last changed; None when nothing was ever told."""
        heard = self._heard.get(topic)
        return None if heard is None else _seconds(self._clock.mono_ns() - heard)

    @property
    def is_silent(self) -> bool:
        """Whether the engine says nothing although it should beat every second."""
        age_s = self.age_s()
        return age_s is None or age_s > SILENT_AFTER_S

    @property
    def feed_age_s(self) -> float | None:
        """How long ago the exchange was last heard by the engine; None: lost, or nobody knows."""
        status = self.status
        if status is None or not status.feeds or status.feeds[0].age_ns is None:
            return None
        return _seconds(status.feeds[0].age_ns + self._since_status_ns)

    @property
    def is_feed_live(self) -> bool:
        status = self.status
        return status is not None and bool(status.feeds) and status.feeds[0].state == "live"

    def lease_s(self, who: str) -> float | None:
        """For how much longer the arm lease is theirs; None while it is not."""
        lease = None if self.status is None else self.status.lease
        if lease is None or lease.who != who:
            return None
        left_ns = lease.left_ns - self._since_status_ns
        return _seconds(left_ns) if left_ns > 0 else None

    @property
    def _since_status_ns(self) -> Nanoseconds:
        return self._clock.mono_ns() - self._status_mono


def _seconds(span: Nanoseconds) -> float:
    return max(0, span) / SECOND_NS
