"""What another lake has and ours has not, taken over: each segment whole and as its manifest says, each row
of it once however often it is asked for."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from collectors.sync.places import Place, PlaceFailed
from engine.lake.compact import COMPACT_LOCK, drop, told
from engine.lake.errors import LakeBusy, TableBusy, Unreadable, write_error
from engine.lake.layout import MANIFESTS, make_folder, of_node, sync_folder
from engine.lake.manifest import Manifest, Segment, manifest_files, read_manifest, read_manifests
from engine.lake.node_lock import FolderLock, waited_for
from engine.lake.pruning import prune, sums_of
from engine.lake.segment import file_sha256
from engine.lake.tables import TABLES

_STAGING = "_sync"
_DRAFT = ".sync-"
_EMPTY = "nothing is there: not mounted, another folder, or no collector has closed a file yet"
_LOOKS = 3
"""At a lake whose files are joined while they are copied."""
_PATIENCE_S = 60.0
"""How long a compaction of the same table is waited for."""
_SEGMENT_PATH = re.compile(r"(?:[A-Za-z0-9_]+=[A-Za-z0-9_.%~-]*/)*[A-Za-z0-9][A-Za-z0-9_.-]*\.parquet")
"""What a path in a manifest may be: folders of partitions and a name, nothing that leads elsewhere."""


class Merged(msgspec.Struct):
    """What one look at another lake brought. ``failure`` is why it brought nothing more."""

    place: str
    manifests: int = 0
    segments: int = 0
    rows: int = 0
    bytes: int = 0
    problems: list[str] = []
    failure: str = ""

    @property
    def is_whole(self) -> bool:
        return not self.failure and not self.problems


def merge(lake: Path, place: Place) -> Merged:
    """Raises LakeBusy where another sync is at this lake, TableBusy where a compaction takes very long,
    LakeFull and LakeUnwritable; a place that is down is told in the result."""
    merged = Merged(place.name)
    staging = staging_of(lake, place)
    with alone_at(lake):
        try:
            _look(lake, place, staging, merged)
        except PlaceFailed as error:
            merged.failure = error.reason
        except OSError as error:
            raise write_error(lake, 0, error) from error
    return merged


def staging_of(lake: Path, place: Place) -> Path:
    """Where what comes from a place waits until it is whole, and what the place has said is kept."""
    return lake / _STAGING / hashlib.sha256(place.name.encode()).hexdigest()[:16]


@contextmanager
def alone_at(lake: Path) -> Iterator[None]:
    """One sync at a lake. Raises LakeBusy."""
    make_folder(lake)
    try:
        lock = FolderLock(lake, "sync")
    except TableBusy as busy:
        raise LakeBusy(lake, busy.holder) from None
    try:
        yield
    finally:
        lock.release()


def _look(lake: Path, place: Place, staging: Path, merged: Merged) -> None:
    """Files that were joined into others since their manifests were read are looked for again at once."""
    for looks_left in reversed(range(_LOOKS)):
        merged.problems.clear()
        place.pull_manifests(staging)
        if not any(staging.glob(f"*/{MANIFESTS}/*.json")):
            raise PlaceFailed(place.name, _EMPTY)
        moved = [_merge_table(lake / name, staging / name, name, place, staging, merged) for name in TABLES]
        if not looks_left or not any(moved):
            break
    # What an earlier look fetched and could not finish with: nobody asks for it any more.
    for path in staging.rglob("*.parquet"):
        path.unlink(missing_ok=True)


def _merge_table(folder: Path, staged: Path, table: str, place: Place, staging: Path, merged: Merged) -> bool:
    """Whether a file that was wanted was there no more. A table of ours that is torn keeps no other."""
    try:
        return _merged_table(folder, staged, table, place, staging, merged)
    except Unreadable as error:
        merged.problems.append(str(error))
        return False


def _merged_table(
    folder: Path, staged: Path, table: str, place: Place, staging: Path, merged: Merged
) -> bool:
    new = _new_manifests(folder, staged, table, merged)
    if not new:
        return False
    wanted = _wanted(folder, new)
    if wanted:
        place.pull([f"{table}/{segment.path}" for segment in wanted], staging)
    moved = any(not (staged / segment.path).exists() for segment in wanted)
    lock = waited_for(folder, COMPACT_LOCK, _PATIENCE_S)
    try:
        _take(folder, staged, table, new, wanted, merged)
    finally:
        lock.release()
    return moved


def _wanted(folder: Path, new: Sequence[Manifest]) -> list[Segment]:
    """What is neither here nor joined into another, here or there."""
    _, replaced_here = told(folder)
    replaced = replaced_here | {path for manifest in new for path in manifest.replaces}
    return [
        segment
        for manifest in new
        for segment in manifest.segments
        if segment.path not in replaced and not _is_there(folder / segment.path, segment)
    ]


def _take(
    folder: Path, staged: Path, table: str, new: Sequence[Manifest], wanted: Sequence[Segment], merged: Merged
) -> None:
    """Segments first, then what names them, then what they replace goes."""
    for draft in (folder / MANIFESTS).glob(f"{_DRAFT}*"):
        draft.unlink(missing_ok=True)
    for segment in wanted:
        _taken(folder, staged, segment, table, merged)
    for manifest in _whole(folder, new):
        _install(staged / MANIFESTS / manifest.name, folder / MANIFESTS / manifest.name)
        merged.manifests += 1
    drop(folder, told(folder)[1])
    prune(folder)


def _whole(folder: Path, new: Sequence[Manifest]) -> list[Manifest]:
    """Those of which every segment is here, or joined into one that is: what they replace may go then."""
    _, replaced_here = told(folder)
    whole = list(new)
    while True:
        replaced = replaced_here | {path for manifest in whole for path in manifest.replaces}
        left = [
            manifest
            for manifest in whole
            if all(one.path in replaced or _is_there(folder / one.path, one) for one in manifest.segments)
        ]
        if len(left) == len(whole):
            return left
        whole = left


def _new_manifests(folder: Path, staged: Path, table: str, merged: Merged) -> list[Manifest]:
    """Those that tell of rows that are not here. A file of ours by the name of one of theirs that is another
    means two collectors of one node id: nothing of either may be lost, so nothing is taken."""
    found = []
    _, replaced = told(folder)
    sums = sums_of(read_manifests(folder))
    for path in manifest_files(staged):
        own = folder / MANIFESTS / path.name
        try:
            manifest = read_manifest(path)
        except Unreadable as error:
            merged.problems.append(str(error))
            continue
        if any(sums.get(name, one) != one for name, one in sums_of([manifest]).items()):
            merged.problems.append(same_name(table, path.name))
            return []
        if own.exists():
            if not says_the_same(own, path):
                merged.problems.append(same_name(table, path.name))
                return []
            continue
        odd = [one.path for one in manifest.segments if not _SEGMENT_PATH.fullmatch(one.path)]
        odd += [path for path in manifest.replaces if not _SEGMENT_PATH.fullmatch(path)]
        if odd or manifest.table != table:
            merged.problems.append(f"{table}/{path.name}: names {odd[:1] or manifest.table}, not taken")
            continue
        if not _is_held(manifest, replaced):
            found.append(manifest)
    return found


def _is_held(manifest: Manifest, replaced: Container[str]) -> bool:
    """Whether all that it tells of was joined here: itself, or whatever nodes wrote that it was joined of."""
    written = [path for path in manifest.replaces if of_node(path.rpartition("/")[2]) is not None]
    return all(path in replaced for path in written or [one.path for one in manifest.segments])


def _taken(folder: Path, staged: Path, segment: Segment, table: str, merged: Merged) -> None:
    """If it came as its manifest says, it is ours."""
    source = staged / segment.path
    if not source.exists():
        merged.problems.append(f"{table}/{segment.path}: is not there; asked for again at the next look")
        return
    if not _is_there(source, segment) or file_sha256(source) != segment.sha256:
        merged.problems.append(f"{table}/{segment.path}: came torn; asked for again at the next look")
        source.unlink()
        return
    _install(source, folder / segment.path)
    merged.segments += 1
    merged.rows += segment.rows
    merged.bytes += segment.bytes


def _is_there(path: Path, segment: Segment) -> bool:
    return path.exists() and path.stat().st_size == segment.bytes


def _install(source: Path, path: Path) -> None:
    """On disk before it has its name here."""
    make_folder(path.parent)
    with source.open("rb") as file:
        os.fsync(file.fileno())
    if path.suffix != ".json":
        source.replace(path)
    else:
        # What a place has said stays staged: rsync need not fetch all of it again at the next look.
        draft = path.with_name(f"{_DRAFT}{path.name}.tmp")
        shutil.copyfile(source, draft)
        draft.replace(path)
    sync_folder(path.parent)


def says_the_same(one: Path, other: Path) -> bool:
    """Two lakes that joined the same files did so at two times, and have the same rows; and one may have made
    a torn manifest anew, of what was there of it by then."""
    if one.read_bytes() == other.read_bytes():
        return True
    first, second = read_manifest(one), read_manifest(other)
    if first.replaces and second.replaces and _paths(first) == _paths(second):
        return True
    some, others = _files(first), _files(second)
    return some <= others or others <= some


def _paths(manifest: Manifest) -> list[str]:
    return [segment.path for segment in manifest.segments]


def _files(manifest: Manifest) -> set[tuple[str, str]]:
    return {(segment.path, segment.sha256) for segment in manifest.segments}


def same_name(table: str, name: str) -> str:
    owner = of_node(name)
    who = "a compaction" if owner is None else f"node {owner[0]}"
    return (
        f"{table}/{name}: {who} wrote something else under this name in the other lake; give each collector "
        "its own --node-id"
    )


def merge_all(lake: Path, places: Sequence[Place]) -> list[Merged]:
    """Each in turn; one that is down does not keep the others. Raises LakeError."""
    return [merge(lake, place) for place in places]
