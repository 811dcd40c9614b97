"""Many small segments of a partition made one, each row of a key once.

The new file and its manifest, which names what it replaces, are there before an old file goes. A death in
between leaves rows twice, which no reader shows, and the next compaction takes the leftovers away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import pyarrow as pa

from engine.lake.layout import sync_folder
from engine.lake.manifest import Manifest, Segment, manifest_files, read_manifest, write_manifest
from engine.lake.node_lock import FolderLock
from engine.lake.partitioning import latest_of_each
from engine.lake.segment import conformed, read_segment, write_segment
from engine.lake.selection import EVERYTHING, Selection, partitions_of
from engine.lake.table import Table


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
    lock = FolderLock(folder, "compact")
    try:
        known, replaced = told(folder)
        drop(folder, replaced)
        for partition, paths in partitions_of(root, table, selection).items():
            whole = [path for path in paths if path.relative_to(folder).as_posix() in known]
            if len(whole) >= least_files:
                yield _merge(table, folder, partition, whole, now_ns)
    finally:
        lock.release()


def told(folder: Path) -> tuple[dict[str, Segment], frozenset[str]]:
    """What the manifests of a table name: segments that count, and those that others replaced.

    Raises Unreadable.
    """
    manifests = [read_manifest(path) for path in manifest_files(folder)]
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


def _merge(
    table: Table, folder: Path, partition: str, paths: list[Path], now_ns: Callable[[], int]
) -> Compacted:
    sources = [path.relative_to(folder).as_posix() for path in paths]
    read = [conformed(table, read_segment(path)) for path in paths]
    rows = pa.concat_tables(read).sort_by([(column, "ascending") for column in table.sorting])
    kept = latest_of_each(table, rows)
    name = "compact-" + hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]
    segment = write_segment(table, folder, f"{partition}/{name}.parquet", kept)
    bytes_before = sum(path.stat().st_size for path in paths)
    write_manifest(
        folder,
        f"{name}.json",
        Manifest(table.name, table.fingerprint, now_ns(), (segment,), tuple(sources)),
    )
    drop(folder, sources)
    return Compacted(partition, len(paths), rows.num_rows, kept.num_rows, bytes_before, segment.bytes)
