"""What the engine wrote down: its log, its journal, its runs."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds


class JournalRow(msgspec.Struct, frozen=True):
    """One fact of the journal; ``fact`` has the fields of its kind."""

    seq: int
    at_ns: Nanoseconds
    kind: str
    subject: str
    fact: dict[str, object]


class RunRow(msgspec.Struct, frozen=True):
    """One run of the engine; ``ended_ns`` is None while it lasts, and for one that was killed."""

    run_id: str
    build: str
    started_ns: Nanoseconds
    ended_ns: Nanoseconds | None


class LogRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of what the engine did; ``level`` is note, warning or urgent, ``no`` counts from 1."""

    no: int
    at_ns: Nanoseconds
    level: str
    code: str
    text: str
    ticker: str = ""
