"""Observations and their sources on their way to what depends on them: strategies, and conditions on spot."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.host import Host
from engine.core.inputs import Observation, SourceSeen
from engine.core.triggers.desk_of_triggers import Triggers

LEVELS = frozenset({"spot", "index"})
"""Kinds of observation that a condition on spot may look at."""


class Sources:
    def __init__(self, desk: Desk, host: Host, triggers: Triggers) -> None:
        self._desk = desk
        self._host = host
        self._triggers = triggers

    def observation(self, event: Observation) -> None:
        if not self._desk.observations.hear(event, self._desk.mono):
            return
        if event.kind in LEVELS:
            self._triggers.level(event)
        self._host.observation(event)

    def seen(self, event: SourceSeen) -> None:
        """What is lost is said with what depends on it; nothing is done about it but that. One that never was
        there is no loss to people unless something depends on it."""
        known = self._desk.observations.seen(event)
        if event.is_live:
            if known is not None and not known.is_live:
                self._desk.alert(AlertLevel.NOTE, "SOURCE_BACK", f"source {event.name} is back", event.name)
            return
        if known is not None and not known.is_live:
            return
        waits = self._what_waits(event)
        level = AlertLevel.WARNING if known is not None or waits else AlertLevel.NOTE
        verb = "is not there" if known is None else "is lost"
        text = f"source {event.name} {verb}: {event.reason or 'no reason is told'}{waits}"
        self._desk.alert(level, "SOURCE_LOST", text, event.name)

    def _what_waits(self, event: SourceSeen) -> str:
        refusal = self._desk.observations.refusal
        lost = [kind for kind in event.kinds if refusal((kind,), self._desk.mono) is not None]
        names = self._host.who_needs(lost)
        waiting = self._triggers.waiting_for(lost)
        parts = [f"{', '.join(names)} may not enter"] if names else []
        verb = "waits" if waiting.startswith("1 ") else "wait"
        parts += [f"{waiting} on spot {verb}"] if waiting else []
        return f"; {'; '.join(parts)}" if parts else ""
