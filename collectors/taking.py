"""What a source makes of something that came: rows for the lake, observations for the engine, faults.

A source is pure: bytes or a dictionary in, a :class:`Taken` out. Who connects, waits and writes is elsewhere.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import msgspec

from collectors.observations import Headline, Observation


class FaultKind(StrEnum):
    """Why something that came, or did not come, could not be used."""

    UNREACHABLE = "unreachable"
    LOST = "lost"
    SILENT = "silent"
    REFUSED = "refused"
    """403 and its like: the answer of somebody who does not want to answer."""
    RATE_LIMITED = "rate_limited"
    SERVER = "server"
    STATUS = "status"
    NOT_JSON = "not_json"
    ERROR_TEXT = "error_text"
    """An answer of success that tells of an error."""
    SHAPE = "shape"
    TOO_LARGE = "too_large"
    GAP = "gap"
    UNRECOGNISED = "unrecognised"
    """A station or a wording that is not known: it is not used."""
    NOT_CONFIGURED = "not_configured"
    DISK = "disk"


class Fault(msgspec.Struct, frozen=True):
    """``detail`` is one line without any secret; ``retry_after_s`` is what the other side asked for."""

    kind: FaultKind
    detail: str
    retry_after_s: float | None = None

    @property
    def line(self) -> str:
        return f"{self.kind.value}: {self.detail}"


class SourceFault(Exception):
    """Nothing of what came could be used."""

    def __init__(self, kind: FaultKind, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(f"{kind.value}: {detail}")
        self.fault = Fault(kind, detail, retry_after_s)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the lake's table ``TABLE``; the fields are its columns."""

    TABLE: ClassVar[str]


class Taken(msgspec.Struct):
    """What came of one message or answer. ``repeats`` counts what had been taken before."""

    rows: list[Row] = []
    told: list[Observation | Headline] = []
    faults: list[Fault] = []
    repeats: int = 0
    is_data: bool = True
    """Whether it was data, and not a heartbeat or an acknowledgement."""
    replies: list[str] = []
    """What to send back over the same connection."""
    reconnect: str = ""
    """Why the connection is to be made anew; empty if it is not."""

    def add(self, other: Taken) -> None:
        """Takes over all of ``other``."""
        self.rows += other.rows
        self.told += other.told
        self.faults += other.faults
        self.repeats += other.repeats
        self.replies += other.replies
        self.is_data = self.is_data or other.is_data
        self.reconnect = self.reconnect or other.reconnect


def nothing() -> Taken:
    """A message that says no more than that the other side is there."""
    return Taken(is_data=False)
