"""What a condition on spot sees now, as consoles know it: a value that counts, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.control.replica import LEVEL_KINDS, Replica
from engine.control.rows.outside import ObservationRow, SourceRow
from engine.domain.units import SECOND_NS, Nanoseconds

LIVE = "live"
OLD_AFTER_NS = 5 * SECOND_NS
"""The age up to which the engine acts on a value (engine.core.settings.Timings.stale_index_ns)."""


class Blind(msgspec.Struct, frozen=True):
    """Why a value does not count: its age, None where none has come yet, and which source of it is lost."""

    key: str
    age_ns: Nanoseconds | None
    lost: str = ""


def blind_to(replica: Replica, key: str, exchange_ns: Nanoseconds, wall_ns: Nanoseconds) -> Blind | None:
    """Why a condition on this index or product waits; None while its value counts.

    The exchange's own word goes before all others, by the exchange's time ``exchange_ns``; what collectors
    tell is as old as its source says, by our own clock ``wall_ns``.
    """
    told = replica.indexes.get(key)
    if told is not None:
        return _old(key, exchange_ns - told.source_ns, "")
    rows = [row for (kind, name), row in replica.observations.items() if name == key and kind in LEVEL_KINDS]
    if not rows:
        return Blind(key, None)
    newest = max(rows, key=lambda row: row.source_ns)
    status = replica.desk.status
    lost = reason_lost(newest, () if status is None else status.sources)
    return _old(key, wall_ns - newest.source_ns, lost)


def is_told_live(row: ObservationRow, sources: Sequence[SourceRow]) -> bool:
    """Whether a source that tells this value lives."""
    return any(source.state == LIVE for source in telling(row, sources))


def telling(row: ObservationRow, sources: Sequence[SourceRow]) -> list[SourceRow]:
    """``spot/coinbase`` tells what names ``coinbase``; a value without a name any source may have told."""
    name = row.source.replace(".", "/")
    return [source for source in sources if not name or f"/{source.name}".endswith(f"/{name}")]


def reason_lost(row: ObservationRow, sources: Sequence[SourceRow]) -> str:
    """``source spot/coinbase is down: why``; empty while one that tells it lives."""
    found = telling(row, sources)
    if any(source.state == LIVE for source in found):
        return ""
    if not found:
        return f"source {row.source or 'of it'} is not there"
    first = found[0]
    return f"source {first.name} is {first.state}{': ' if first.note else ''}{first.note}"


def _old(key: str, age_ns: Nanoseconds, lost: str) -> Blind | None:
    return Blind(key, age_ns, lost) if age_ns > OLD_AFTER_NS else None
