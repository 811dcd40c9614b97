"""Which files of a table hold what is asked for, told from their paths alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from engine.lake.errors import Unreadable
from engine.lake.layout import partition_values, segments
from engine.lake.table import Table

Files = TypeVar("Files")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Selection:
    """Partitions to read: all, or those of some values. Dates are UTC, ``YYYY-MM-DD``, both included."""

    series: Sequence[str] = ()
    from_date: str | None = None
    to_date: str | None = None
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def admits(self, values: Mapping[str, str]) -> bool:
        if self.series and values.get("series") not in self.series:
            return False
        if any(values.get(name) not in wanted for name, wanted in self.where.items()):
            return False
        day = values.get("date", values.get("year", ""))
        after = self.from_date is None or day >= self.from_date[: len(day)]
        return after and (self.to_date is None or day <= self.to_date[: len(day)])


EVERYTHING = Selection()


def while_files_move(listed: Callable[[], Files], work: Callable[[Files], Found]) -> Found:
    """Does the work on the files there are, and again if a compaction has joined some of them meanwhile.

    Raises Unreadable for a file that is there and cannot be read.
    """
    files = listed()
    while True:
        try:
            return work(files)
        except Unreadable:
            now = listed()
            if now == files:
                raise
            files = now


def partitions_of(root: Path, table: Table, selection: Selection = EVERYTHING) -> dict[str, list[Path]]:
    """The segments of each partition that is wanted, by its folder as ``series=KXBTC/date=2026-01-02``."""
    folder = root / table.name
    found: dict[str, list[Path]] = {}
    for path in segments(folder):
        relative = path.relative_to(folder).as_posix()
        if selection.admits(partition_values(relative)):
            found.setdefault(relative.rpartition("/")[0], []).append(path)
    return found
