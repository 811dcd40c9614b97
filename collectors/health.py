"""How a source is: connected or not, how old its last data is, how much comes, what went wrong."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

import msgspec

from collectors.taking import Fault, FaultKind, Taken
from collectors.words import one_line
from engine.domain.units import SECOND_NS, Nanoseconds

_RATE_SPAN_S = 60
_SAID_AGAIN_NS = 60 * SECOND_NS
_CALM_NS = 2 * SECOND_NS
_MENDED_NS = 3 * SECOND_NS
_LONGEST = 300
"""Of what is said of a fault: texts of strangers are in it."""


class Counts(msgspec.Struct, frozen=True):
    """What a source did since it began; ``faults`` counts by kind."""

    name: str
    messages: int
    rows: int
    observations: int
    repeats: int
    connections: int
    faults: dict[str, int]
    last_fault: str


class SourceHealth:
    """Ages and rates on the monotonic clock: a jump of the wall clock changes neither."""

    def __init__(self, name: str, mono_ns: Callable[[], Nanoseconds], say: Callable[[str], None]) -> None:
        self.name = name
        self.is_connected = False
        self.messages = 0
        self.rows = 0
        self.observations = 0
        self.repeats = 0
        self.connections = 0
        self.faults: Counter[FaultKind] = Counter()
        self.last_fault = ""
        self.stale_s = 0.0
        """The age up to which it counts as live, where it is asked seldom."""
        self._mono_ns = mono_ns
        self._say = say
        self._data_at_ns: Nanoseconds | None = None
        self._since_ns = mono_ns()
        self._per_second: deque[tuple[int, int]] = deque()
        self._standing: Fault | None = None
        self._fault_at_ns: Nanoseconds = 0
        self._said_ns: dict[FaultKind, Nanoseconds] = {}
        self._is_said = False
        self._lost_ns: Nanoseconds | None = None

    # what happens

    def connected(self) -> None:
        self.is_connected = True
        self.connections += 1

    def disconnected(self) -> None:
        if self.is_connected:
            self._lost_ns = self._mono_ns()
        self.is_connected = False

    @property
    def is_up(self) -> bool:
        """Connected, or on its way back: a drop that is mended at once is nobody's trouble."""
        is_new = self._lost_ns is not None and self._mono_ns() - self._lost_ns < _MENDED_NS
        return self.is_connected or is_new

    def took(self, taken: Taken) -> None:
        """A message or an answer was understood, at least in part."""
        self.messages += 1
        self.rows += len(taken.rows)
        self.observations += len(taken.told)
        self.repeats += taken.repeats
        if taken.is_data:
            self._heard()
        for fault in taken.faults:
            self.fault(fault)

    def fault(self, fault: Fault) -> None:
        """Counts it, and says it once a minute at most for each kind: a flood of faults is one line."""
        now_ns = self._mono_ns()
        fault = msgspec.structs.replace(fault, detail=one_line(fault.detail, _LONGEST))
        self.faults[fault.kind] += 1
        self.last_fault = fault.line
        self._standing, self._fault_at_ns = fault, now_ns
        said_ns = self._said_ns.get(fault.kind)
        if said_ns is None or now_ns - said_ns >= _SAID_AGAIN_NS:
            self._said_ns[fault.kind] = now_ns
            self._is_said = True
            self._say(f"{self.name}: {fault.line}")

    def is_well(self) -> None:
        """It works: if it has for a moment, what was wrong is over, and that is said."""
        fault = self._standing
        if fault is None or self._mono_ns() - self._fault_at_ns < _CALM_NS:
            return
        self._standing = None
        if self._is_said:
            self._say(f"{self.name}: well again after {fault.kind.value}")
        self._is_said = False

    # what there is to say

    @property
    def note(self) -> str:
        """What is wrong now; empty if nothing is."""
        return "" if self._standing is None else self._standing.line

    @property
    def age_s(self) -> float | None:
        """Seconds since the last data; None before the first."""
        return None if self._data_at_ns is None else (self._mono_ns() - self._data_at_ns) / SECOND_NS

    @property
    def rate(self) -> float:
        """Data messages a second over the last minute, or since the start if that is shorter."""
        now_s = self._mono_ns() // SECOND_NS
        self._forget(now_s)
        alive_s = max(1.0, min(float(_RATE_SPAN_S), (self._mono_ns() - self._since_ns) / SECOND_NS))
        return sum(count for _, count in self._per_second) / alive_s

    def counts(self) -> Counts:
        return Counts(
            self.name,
            self.messages,
            self.rows,
            self.observations,
            self.repeats,
            self.connections,
            {kind.value: count for kind, count in sorted(self.faults.items())},
            self.last_fault,
        )

    def _heard(self) -> None:
        self._data_at_ns = self._mono_ns()
        second = self._data_at_ns // SECOND_NS
        if self._per_second and self._per_second[-1][0] == second:
            self._per_second[-1] = (second, self._per_second[-1][1] + 1)
        else:
            self._per_second.append((second, 1))
            self._forget(second)

    def _forget(self, now_s: int) -> None:
        while self._per_second and self._per_second[0][0] <= now_s - _RATE_SPAN_S:
            self._per_second.popleft()
