"""Many small segments of a partition made one, each row of a key once.

The new file and its manifest, which names what it replaces, are there before an old file goes; the manifests
of old files go last. A death in between leaves rows twice, which no reader shows, and the next compaction
takes the leftovers away.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Container, Generator, Iterable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from engine.lake.due import EVERY_DAY, Rule, by_partition, due
from engine.lake.errors import Unreadable, write_error
from engine.lake.layout import LOCKS, sync_folder
from engine.lake.manifest import Manifest, Segment, read_manifests, write_manifest
from engine.lake.node_lock import FolderLock, waited_for
from engine.lake.partitioning import latest_of_each
from engine.lake.pruning import prune, stands_for, sums_of
from engine.lake.segment import conformed, read_segment, write_segment
from engine.lake.table import Table

COMPACT_LOCK = "compact"
"""Held by whoever takes files of a table away."""
_HOLD_S, _LET_OTHERS_S, _PATIENCE_S = 10.0, 0.2, 60.0
"""How long the lock is held before others get their turn, how long they get, how long they are waited for."""
_PREFIX = "compact-"
_IS_OURS = re.compile(rf"([^/]+=[^/]*/)+{_PREFIX}[0-9a-f]{{16}}\.parquet")


class Compacted(msgspec.Struct, frozen=True):
    """What became of files of one partition; ``rows_after`` is smaller where rows had come twice."""

    partition: str
    files: int
    rows_before: int
    rows_after: int
    bytes_before: int
    bytes_after: int


def compact(
    root: Path, table: Table, *, now_ns: Callable[[], int], rule: Rule = EVERY_DAY
) -> Iterator[Compacted]:
    """Yields each joining once it is done. Segments that no manifest names yet are left alone.

    What cannot be read does not keep the rest: it is raised at the end. Raises TableBusy where another
    compaction runs, LakeFull, LakeUnwritable and Unreadable.
    """
    folder = root / table.name
    if not folder.is_dir():
        return
    left_out: dict[str, Unreadable] = {}
    lock = FolderLock(folder, COMPACT_LOCK)
    while True:
        try:
            is_done = yield from _joined_for_a_while(table, folder, now_ns, rule, left_out)
        finally:
            lock.release()
        if is_done:
            break
        # A sync or a check waits for the same lock, and looks for it now and then.
        time.sleep(_LET_OTHERS_S)
        lock = waited_for(folder, COMPACT_LOCK, _PATIENCE_S)
    for error in left_out.values():
        raise error


def _joined_for_a_while(
    table: Table,
    folder: Path,
    now_ns: Callable[[], int],
    rule: Rule,
    left_out: dict[str, Unreadable],
) -> Generator[Compacted, None, bool]:
    """Whether nothing is left to do."""
    until = time.monotonic() + _HOLD_S
    known, replaced = told(folder)
    drop(folder, replaced)
    _drop_unfinished(folder, known)
    is_done = False
    while not is_done:
        is_done = True
        for partition, files, newest_ns in list(by_partition(read_manifests(folder))):
            there = [one for one in files if partition not in left_out and (folder / one.path).exists()]
            wanted = due(rule, partition, there, newest_ns, now_ns())
            if not wanted:
                continue
            is_done = False
            try:
                yield _merge(table, folder, partition, [folder / one.path for one in wanted], now_ns)
            except Unreadable as error:
                left_out[partition] = error
            if time.monotonic() >= until:
                return False
    prune(folder)
    return True


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


def _begin(folder: Path, relative: str) -> None:
    """Raises LakeFull or LakeUnwritable."""
    try:
        _begun(folder).write_text(relative)
    except OSError as error:
        raise write_error(_begun(folder), len(relative), error) from error


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
    _begin(folder, f"{partition}/{name}.parquet")
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
