"""Many small segments of a partition made one, each row of a key once.

The new file and its manifest, which names what it replaces, are there before an old file goes; the manifests
of old files go last. A death in between leaves rows twice, which no reader shows, and the next compaction
takes the leftovers away.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Container, Iterable
from pathlib import Path

import msgspec
import pyarrow as pa

from engine.lake.layout import LOCKS, sync_folder
from engine.lake.manifest import Manifest, Segment, read_manifests, write_manifest
from engine.lake.node_lock import FolderLock
from engine.lake.partitioning import latest_of_each
from engine.lake.pruning import prune, stands_for, sums_of
from engine.lake.segment import conformed, read_segment, write_segment
from engine.lake.selection import EVERYTHING, Selection, partitions_of
from engine.lake.table import Table

COMPACT_LOCK = "compact"
"""Held by whoever takes files of a table away."""
_PREFIX = "compact-"
_IS_OURS = re.compile(rf"([^/]+=[^/]*/)+{_PREFIX}[0-9a-f]{{16}}\.parquet")


class Compacted(msgspec.Struct, frozen=True):
    """What became of one partition; ``rows_after`` is smaller where rows had come twice."""

    partition: str
    files: int
    rows_before: int
    rows_after: int
    bytes_before: int
    bytes_after: int


def compact(
    root: Path,
    table: Table,
    *,
    now_ns: Callable[[], int],
    selection: Selection = EVERYTHING,
    least_files: int = 2,
) -> Iterable[Compacted]:
    """Yields each partition once it is done. Segments that no manifest names yet are left alone.

    Raises TableBusy where another compaction runs, LakeFull, LakeUnwritable and Unreadable.
    """
    folder = root / table.name
    if not folder.is_dir():
        return
    lock = FolderLock(folder, COMPACT_LOCK)
    try:
        known, replaced = told(folder)
        drop(folder, replaced)
        _drop_unfinished(folder, known)
        for partition, paths in partitions_of(root, table, selection).items():
            whole = [path for path in paths if path.relative_to(folder).as_posix() in known]
            if len(whole) >= least_files:
                yield _merge(table, folder, partition, whole, now_ns)
        prune(folder)
    finally:
        lock.release()


def told(folder: Path) -> tuple[dict[str, Segment], frozenset[str]]:
    """What the manifests of a table name: segments that count, and those that others replaced.

    Raises Unreadable.
    """
    manifests = read_manifests(folder)
    replaced = frozenset(path for manifest in manifests for path in manifest.replaces)
    every = (segment for manifest in manifests for segment in manifest.segments)
    return {segment.path: segment for segment in every if segment.path not in replaced}, replaced


def drop(folder: Path, replaced: Iterable[str]) -> int:
    """Takes segments away whose rows are elsewhere; returns how many were still there."""
    found = [folder / path for path in sorted(replaced) if (folder / path).exists()]
    for path in found:
        path.unlink(missing_ok=True)
    for parent in sorted({path.parent for path in found}):
        sync_folder(parent)
    return len(found)


def _drop_unfinished(folder: Path, known: Container[str]) -> None:
    """What a compaction was writing when it died, if the next one joins something else. Other files that no
    manifest names may be somebody's, and stay."""
    for draft in folder.rglob(f".{_PREFIX}*.tmp"):
        draft.unlink(missing_ok=True)
    begun = begun_by(folder)
    if begun is not None and begun not in known:
        (folder / begun).unlink(missing_ok=True)
    _begun(folder).unlink(missing_ok=True)


def begun_by(folder: Path) -> str | None:
    """The segment that a compaction was making last, by its path inside the table; None if it ended well."""
    try:
        relative = _begun(folder).read_text("ascii")
    except (OSError, UnicodeError):
        return None
    return relative if _IS_OURS.fullmatch(relative) else None


def _begun(folder: Path) -> Path:
    """Names the segment that is being made."""
    return folder / LOCKS / "compact.begun"


def _merge(
    table: Table, folder: Path, partition: str, paths: list[Path], now_ns: Callable[[], int]
) -> Compacted:
    sources = [path.relative_to(folder).as_posix() for path in paths]
    read = [conformed(table, read_segment(path)) for path in paths]
    rows = pa.concat_tables(read).sort_by([(column, "ascending") for column in table.sorting])
    kept = latest_of_each(table, rows)
    name = _PREFIX + hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]
    _begun(folder).write_text(f"{partition}/{name}.parquet")
    segment = write_segment(table, folder, f"{partition}/{name}.parquet", kept)
    bytes_before = sum(path.stat().st_size for path in paths)
    manifests = read_manifests(folder)
    replaces = stands_for(sources, manifests)
    sums = {path: found for path, found in sums_of(manifests).items() if path in set(replaces)}
    write_manifest(
        folder, f"{name}.json", Manifest(table.name, table.fingerprint, now_ns(), (segment,), replaces, sums)
    )
    drop(folder, sources)
    return Compacted(partition, len(paths), rows.num_rows, kept.num_rows, bytes_before, segment.bytes)
