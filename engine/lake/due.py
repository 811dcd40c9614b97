"""Which files of a partition are worth joining now: told from manifests and paths alone.

A day that is over is joined once nothing came to it for half an hour; one that goes on, once it has many
small files. A file that has its rows is left alone, so that no row is written again and again, and no joining
takes more memory than so many rows do.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from engine.lake.errors import Unreadable
from engine.lake.layout import MANIFESTS, partition_values
from engine.lake.manifest import Manifest, Segment, read_manifests

MOST_ROWS = 1_000_000
"""Of one file that joining makes, at least: the more lie in one file, the cheaper is a day to read."""
_BYTES_A_ROW = 250
"""Of memory, while files are joined; measured on books."""
_QUIET_NS = 1_800_000_000_000
"""Twice the age at which a writer closes a file."""
_MANY = 32
_DAY = timedelta(days=1)
_SECOND_NS = 1_000_000_000


@dataclass(frozen=True)
class Rule:
    """``least`` files of a day that is over and quiet, ``many`` of any other. ``quiet_ns`` None: every day is
    taken for over."""

    least: int = 2
    many: int = _MANY
    quiet_ns: int | None = _QUIET_NS
    most_rows: int = MOST_ROWS


WHEN_DUE = Rule()
EVERY_DAY = Rule(quiet_ns=None)


def asked_for(least: int, memory_bytes: int, *, is_due: bool) -> Rule:
    """Of a person who wants it now: one file a day, as long as the memory that is free holds it twice."""
    return Rule(least=least, quiet_ns=_QUIET_NS if is_due else None, most_rows=_held_by(memory_bytes // 2))


def by_itself(memory_bytes: int) -> Rule:
    """Beside an engine, which needs its memory: an eighth of what is free, and 350 MB in any case."""
    return Rule(most_rows=_held_by(memory_bytes // 8))


def _held_by(memory_bytes: int) -> int:
    return max(MOST_ROWS, memory_bytes // _BYTES_A_ROW)


def free_memory_bytes() -> int:
    """What can be had without anything being put out to disk; where the system does not say, half of all."""
    try:
        lines = Path("/proc/meminfo").read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1_024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2


def due(
    rule: Rule, partition: str, files: Sequence[Segment], newest_ns: int, now_ns: int
) -> tuple[Segment, ...]:
    """The files of one partition to be joined next, none of them twice as large as it may get; empty: none.

    ``newest_ns`` is when the last of them was written. What is left is asked for again after them.
    """
    small = [one for one in files if 2 * one.rows <= rule.most_rows]
    is_calm = rule.quiet_ns is None or (
        now_ns - newest_ns >= rule.quiet_ns and _is_over(partition, now_ns - rule.quiet_ns)
    )
    if len(small) < (rule.least if is_calm else rule.many):
        return ()
    taken: list[Segment] = []
    rows = 0
    for one in sorted(small, key=lambda one: (one.rows, one.path)):
        rows += one.rows
        if rows > rule.most_rows:
            break
        taken.append(one)
    return tuple(taken) if len(taken) > 1 else ()


def tables_due(root: Path, now_ns: int, rule: Rule = WHEN_DUE) -> tuple[str, ...]:
    """Those with anything to join, and those whose manifests cannot be read: who joins them says why."""
    folders = sorted(path.parent for path in root.glob(f"*/{MANIFESTS}"))
    return tuple(folder.name for folder in folders if _is_due(folder, now_ns, rule))


def _is_due(folder: Path, now_ns: int, rule: Rule) -> bool:
    try:
        found = by_partition(read_manifests(folder))
    except Unreadable:
        return True
    return any(due(rule, partition, files, newest_ns, now_ns) for partition, files, newest_ns in found)


def by_partition(manifests: Iterable[Manifest]) -> Iterator[tuple[str, list[Segment], int]]:
    """Each partition with its files that count, and when a node wrote the last; joining is no news."""
    every = list(manifests)
    replaced = {path for manifest in every for path in manifest.replaces}
    files: dict[str, list[Segment]] = {}
    newest: dict[str, int] = {}
    for manifest in every:
        for segment in manifest.segments:
            if segment.path not in replaced:
                partition = segment.path.rpartition("/")[0]
                files.setdefault(partition, []).append(segment)
                written_ns = 0 if manifest.replaces else manifest.written_ns
                newest[partition] = max(newest.get(partition, 0), written_ns)
    for partition in sorted(files):
        yield partition, files[partition], newest[partition]


def _is_over(partition: str, now_ns: int) -> bool:
    """Whether its day or year, of UTC, has ended; one of neither does not end."""
    values = partition_values(f"{partition}/")
    text = values.get("date") or (f"{values['year']}-12-31" if "year" in values else None)
    if text is None:
        return False
    try:
        ends = datetime.combine(date.fromisoformat(text) + _DAY, time.min, UTC)
    except (ValueError, OverflowError):
        return False
    return now_ns >= int(ends.timestamp()) * _SECOND_NS
