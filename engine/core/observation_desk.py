"""What the core knows of the outside world: the last value of each key, and whom it may rely on."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from engine.core.denial import Denial, DenyCode
from engine.core.inputs import Observation, SourceSeen
from engine.domain.newest import keep_newest
from engine.domain.units import SECOND_NS, Nanoseconds

_MOST_DIGITS = 18
MOST_KEPT = 4_096
"""Keys whose newest value is known: some have a date in them, so that new ones come every day."""


class ObservationDesk:
    """``by_key`` has the newest value, by its source's time, of each kind and key."""

    def __init__(self, stale_ns: Nanoseconds) -> None:
        """``stale_ns`` is how long a value counts of a kind whose source nobody tells of."""
        self.by_key: dict[tuple[str, str], Observation] = {}
        self.sources: dict[str, SourceSeen] = {}
        """What was told last of each source, by its name."""
        self._heard: dict[str, Nanoseconds] = {}
        """When a value of each kind was heard last, monotonic."""
        self._stale_ns = stale_ns

    def hear(self, event: Observation, mono: Nanoseconds) -> bool:
        """Whether it is no older than what was known."""
        known = self.by_key.get((event.kind, event.key))
        if known is not None and known.source_ns > event.source_ns:
            return False
        keep_newest(self.by_key, (event.kind, event.key), event, MOST_KEPT)
        self._heard[event.kind] = mono
        return True

    def seen(self, event: SourceSeen) -> SourceSeen | None:
        """What was known of the source before."""
        known = self.sources.get(event.name)
        self.sources[event.name] = event
        return known

    def refusal(self, kinds: Iterable[str], mono: Nanoseconds) -> Denial | None:
        """Why nothing that needs all of these kinds may be done now."""
        for kind in kinds:
            refused = self._refusal(kind, mono)
            if refused is not None:
                return refused
        return None

    def _refusal(self, kind: str, mono: Nanoseconds) -> Denial | None:
        telling = [source for source in self.sources.values() if kind in source.kinds]
        heard = self._heard.get(kind)
        if any(source.is_live for source in telling) and heard is not None:
            return None
        if heard is None:
            text = f"{kind}: no value has come yet{_reasons(telling)}"
            return Denial(DenyCode.SOURCE_LOST, text, {"kind": kind})
        age_ns = mono - heard
        numbers: dict[str, int | str] = {"kind": kind, "age_ns": age_ns}
        if telling:
            text = f"{kind}: the last value is {age_ns // SECOND_NS} s old{_reasons(telling)}"
            return Denial(DenyCode.SOURCE_LOST, text, numbers)
        if age_ns <= self._stale_ns:
            return None
        most_s = self._stale_ns // SECOND_NS
        text = f"{kind}: the last value is {age_ns // SECOND_NS} s old, wanted at most {most_s}"
        return Denial(DenyCode.SOURCE_LOST, text, numbers | {"limit_ns": self._stale_ns})


def number_of(event: Observation) -> Decimal | None:
    """Its value; None if that is no number, or one that no price or measurement has."""
    try:
        value = Decimal(event.value)
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS else None


def _reasons(telling: Iterable[SourceSeen]) -> str:
    lost = [f"source {source.name}: {source.reason}" for source in telling if not source.is_live]
    return f"; {', '.join(lost)}" if lost else ""
