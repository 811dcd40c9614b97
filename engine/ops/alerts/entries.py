"""Alerts as they are kept until everybody who wants them has them."""

from __future__ import annotations

import msgspec

from engine.core.effects import AlertLevel
from engine.domain.units import Nanoseconds


class Entry(msgspec.Struct, omit_defaults=True):
    """One alert, or several of the same code about the same subject.

    ``first_ns`` and ``last_ns`` are wall time. ``count`` is how often it happened, ``times`` in how many
    rounds it went to the sinks; ``waiting`` are the sinks that do not have this round yet, ``told`` is which
    count each sink was told last, ``sent_ns`` when.
    """

    no: int
    level: AlertLevel
    code: str
    subject: str
    text: str
    first_ns: Nanoseconds
    last_ns: Nanoseconds
    count: int = 1
    times: int = 0
    waiting: list[str] = []
    told: dict[str, int] = {}
    sent_ns: dict[str, Nanoseconds] = {}
    acknowledged_by: str = ""
    acknowledged_ns: Nanoseconds | None = None

    @property
    def is_urgent(self) -> bool:
        return self.level is AlertLevel.URGENT

    @property
    def is_open(self) -> bool:
        """Whether somebody has to acknowledge it."""
        return self.is_urgent and self.acknowledged_ns is None

    @property
    def is_settled(self) -> bool:
        """Nothing is left to be done about it."""
        return not self.waiting and not self.is_open

    @property
    def key(self) -> tuple[AlertLevel, str, str]:
        """What makes two alerts one."""
        return self.level, self.code, self.subject or self.text

    def copy(self) -> Entry:
        """One that stays as it is now."""
        return msgspec.structs.replace(
            self, waiting=[*self.waiting], told={**self.told}, sent_ns={**self.sent_ns}
        )


class SinkSpec(msgspec.Struct, frozen=True):
    """Where alerts go, by a name that tells no secret, and from which level on."""

    name: str
    min_level: AlertLevel


class SinkState(msgspec.Struct):
    """``failures`` counts those in a row; ``failure`` is the last one's reason, empty while all is well."""

    spec: SinkSpec
    is_busy: bool = False
    failures: int = 0
    failure: str = ""
    next_try_mono: Nanoseconds = 0
    sent: int = 0
    last_sent_ns: Nanoseconds | None = None
    dropped: int = 0
    """Alerts that it should have got and that had to make room, and that it was not told of yet."""

    def copy(self) -> SinkState:
        return msgspec.structs.replace(self)


class Job(msgspec.Struct, frozen=True):
    """One message to one sink. ``counts`` are the alerts in it, by number, with how often each happened."""

    sink: str
    level: AlertLevel
    title: str
    body: str
    counts: dict[int, int] = {}
    dropped: int = 0
