"""How one source of a collector does, as it says itself and as its silence says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from collectors.observations import Health

CONNECTS_WITHIN_S = 10.0


class State(StrEnum):
    LIVE = "live"
    STALE = "stale"
    """Connected, and nothing comes."""
    DOWN = "down"
    OFF = "off"


@dataclass(slots=True)
class Source:
    """``name`` is its own among all collectors; times are seconds of the monotonic clock."""

    name: str
    stale_s: float
    health: Health | None = None
    health_s: float = 0.0
    since_s: float = 0.0
    """When this run of its collector told of it first."""
    heard_in_run: int = -1
    """Which run of its collector told of it last; what an earlier one said of being connected is over."""
    kinds: dict[str, None] = field(default_factory=dict)
    value_s: float | None = None
    """When a value of it came last."""
    told: tuple[tuple[str, ...], bool] | None = None
    """The kinds and the state that the engine was told last."""

    def hear(self, health: Health, now_s: float, run: int) -> None:
        if run != self.heard_in_run:
            self.since_s = now_s
        self.health, self.health_s, self.heard_in_run = health, now_s, run

    def age_s(self, now_s: float) -> float | None:
        """Since it last said anything that counts; it grows whether or not its collector lives."""
        health, value_s = self.health, self.value_s
        heard = [] if value_s is None else [value_s]
        if health is not None and health.age_s is not None:
            heard.append(self.health_s - health.age_s)
        return max(0.0, now_s - max(heard)) if heard else None

    def state(self, now_s: float, run: int | None) -> State:
        """``run`` is the number of its collector's run; None while it does not run."""
        health = self.health
        if run != self.heard_in_run or health is None or not health.connected:
            return State.DOWN
        age_s = self.age_s(now_s)
        return State.STALE if age_s is None or age_s > self._longest_s else State.LIVE

    def is_young(self, now_s: float) -> bool:
        """Nothing need have come yet: it connects, or waits for its first word."""
        health = self.health
        if health is None:
            return True
        if health.connected:
            return self.age_s(now_s) is None and now_s - self.since_s <= self._longest_s
        # Its first value may be here before its word that it is connected.
        return now_s - self.since_s <= CONNECTS_WITHIN_S

    @property
    def _longest_s(self) -> float:
        """The age up to which it counts as live: a source that is asked seldom says so itself."""
        return self.stale_s if self.health is None else max(self.stale_s, self.health.stale_s)

    def reason(self, now_s: float, run: int | None, problem: str) -> str:
        """Why it is not live, in one line; ``problem`` is its collector's."""
        health = self.health
        if problem:
            return f"its collector {problem}"
        if health is None or run != self.heard_in_run:
            return "its collector begins"
        if health.note:
            return health.note
        if not health.connected:
            return "not connected"
        return "nothing has come yet" if self.age_s(now_s) is None else "nothing comes any more"
