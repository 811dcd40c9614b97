"""How far the exchange's clock is from ours, from what its answers say.

Each answer gives the exchange's time at about the middle of the request: in milliseconds where a body has
``ts_ms``, in whole seconds from the ``Date`` header. Samples are kept against the monotonic clock, so that a
step of the machine's wall clock changes nothing in the signatures.
"""

from __future__ import annotations

from collections import deque
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds
from engine.kalshi.clock import Clock

_KEPT = 32
_STEP_SAMPLES = 3
_SMALLEST_STEP_NS = SECOND_NS
_DRIFT_PPM = 50
"""What two clocks may run apart."""
_FRESH_NS = 10 * 60 * SECOND_NS


class _Sample(msgspec.Struct, frozen=True):
    ahead_ns: Nanoseconds
    """The exchange's time less our monotonic time."""
    uncertainty_ns: Nanoseconds
    taken_ns: Nanoseconds


class ClockOffset:
    """The running estimate: the middle of what most of the recent samples agree upon.

    A ``Date`` header alone is good to half a second; of several that came at different places of a second
    little is left that all of them allow.
    Three samples in a row that agree with each other and not with the estimate are a step: older ones go.
    Without samples the machine's wall clock counts as right, and the uncertainty is None.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._samples: deque[_Sample] = deque(maxlen=_KEPT)
        self._ahead_ns: Nanoseconds | None = None
        self._uncertainty_ns: Nanoseconds | None = None

    @property
    def offset_ms(self) -> int:
        """The exchange's time less the machine's wall time now; positive: our clock is late."""
        if self._ahead_ns is None:
            return 0
        exchange_ns = self._clock.monotonic_ns() + self._ahead_ns
        return (exchange_ns - self._clock.wall_ns()) // MILLISECOND_NS

    @property
    def uncertainty_ms(self) -> int | None:
        """How far the estimate may be off; None before the first sample."""
        return None if self._uncertainty_ns is None else -(-self._uncertainty_ns // MILLISECOND_NS)

    def exchange_now_ns(self) -> Nanoseconds:
        if self._ahead_ns is None:
            return self._clock.wall_ns()
        return self._clock.monotonic_ns() + self._ahead_ns

    def exchange_now_ms(self) -> int:
        """What a signature carries."""
        return self.exchange_now_ns() // MILLISECOND_NS

    def observe_ms(self, exchange_ms: int, sent_ns: Nanoseconds, received_ns: Nanoseconds) -> None:
        """Takes a time stamp in milliseconds; ``sent_ns`` and ``received_ns`` are monotonic."""
        self._observe(exchange_ms * MILLISECOND_NS, 0, sent_ns, received_ns)

    def observe_date(self, date: str, sent_ns: Nanoseconds, received_ns: Nanoseconds) -> None:
        """Takes a ``Date`` header: whole seconds, cut off. One that cannot be read is ignored."""
        try:
            seconds = _seconds_of(date)
        except (ValueError, OverflowError):
            return
        half_second = SECOND_NS // 2
        self._observe(seconds * SECOND_NS + half_second, half_second, sent_ns, received_ns)

    def forget(self) -> None:
        """Drops every sample, as after a refusal for a stale clock; the next answer starts anew."""
        self._samples.clear()

    def _observe(
        self,
        exchange_ns: Nanoseconds,
        resolution_ns: Nanoseconds,
        sent_ns: Nanoseconds,
        received_ns: Nanoseconds,
    ) -> None:
        if received_ns < sent_ns:
            return
        middle_ns = (sent_ns + received_ns) // 2
        uncertainty_ns = (received_ns - sent_ns) // 2 + resolution_ns
        self._samples.append(_Sample(exchange_ns - middle_ns, uncertainty_ns, received_ns))
        self._drop_what_a_step_outdated()
        self._estimate(received_ns)

    def _drop_what_a_step_outdated(self) -> None:
        if len(self._samples) <= _STEP_SAMPLES:
            return
        samples = list(self._samples)
        recent, older = samples[-_STEP_SAMPLES:], samples[:-_STEP_SAMPLES]
        middle = _median([sample.ahead_ns for sample in older])
        blur = max(sample.uncertainty_ns for sample in samples)
        limit = max(_SMALLEST_STEP_NS, 2 * blur)
        moved = all(abs(sample.ahead_ns - middle) > limit for sample in recent)
        spread = max(s.ahead_ns for s in recent) - min(s.ahead_ns for s in recent)
        if moved and spread <= limit:
            self._samples = deque(recent, maxlen=_KEPT)

    def _estimate(self, now_ns: Nanoseconds) -> None:
        fresh = [s for s in self._samples if now_ns - s.taken_ns <= _FRESH_NS]
        newest_ns = fresh[-1].ahead_ns
        low_ns, high_ns = min(_most_agreed(fresh, now_ns), key=lambda span: abs(sum(span) // 2 - newest_ns))
        self._ahead_ns = (low_ns + high_ns) // 2
        self._uncertainty_ns = (high_ns - low_ns) // 2


def _most_agreed(samples: list[_Sample], now_ns: Nanoseconds) -> list[tuple[Nanoseconds, Nanoseconds]]:
    """The spans that lie within the most of the samples' own, each wider by what clocks drifted since
    (Marzullo, 1984; the selection of NTP, RFC 5905 11.2.1, is the same idea)."""
    edges = []
    for sample in samples:
        reach_ns = sample.uncertainty_ns + (now_ns - sample.taken_ns) * _DRIFT_PPM // 1_000_000
        edges += [(sample.ahead_ns - reach_ns, False), (sample.ahead_ns + reach_ns, True)]
    edges.sort()
    depth = most = 0
    spans: list[tuple[Nanoseconds, Nanoseconds]] = []
    for number, (place_ns, is_end) in enumerate(edges):
        if is_end:
            depth -= 1
            continue
        depth += 1
        if depth >= most:
            spans = [] if depth > most else spans
            most = depth
            spans.append((place_ns, edges[number + 1][0]))
    return spans


@lru_cache(maxsize=4)
def _seconds_of(date: str) -> int:
    """Answers of the same second say the same."""
    return int(parsedate_to_datetime(date).timestamp())


def _median(values: list[int]) -> int:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2
