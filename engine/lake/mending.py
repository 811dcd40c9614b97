"""A torn manifest made anew: as a copy of it says that a sync kept, else from the segments of its name.

Rows are in segments and stay as they are. What a manifest of joined segments replaced stands nowhere else:
made from its segment alone it replaces nothing, so that no copy of those rows goes anywhere by mistake.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from engine.lake.compact import COMPACT_LOCK
from engine.lake.errors import Unreadable
from engine.lake.layout import MANIFESTS, SEGMENT_SUFFIX, of_node, segments
from engine.lake.manifest import Manifest, Segment, manifest_files, read_manifest, write_manifest
from engine.lake.node_lock import waited_for
from engine.lake.segment import file_sha256, segment_there
from engine.lake.table import Table, fingerprint

_COPIES = "_sync/*"
"""Where a sync keeps what other lakes have said."""
_PATIENCE_S = 60.0


class Mended(msgspec.Struct, frozen=True):
    """``path`` is relative to the lake; ``detail`` says of what it was made, or why it was not."""

    table: str
    path: str
    is_done: bool
    detail: str


def mend(root: Path, table: Table) -> Iterator[Mended]:
    """Makes each torn manifest of a table anew, and keeps the torn one beside it as ``.<name>.torn``.

    Raises TableBusy where a compaction goes on for very long, LakeFull and LakeUnwritable.
    """
    folder = root / table.name
    if not folder.is_dir():
        return
    lock = waited_for(folder, COMPACT_LOCK, _PATIENCE_S)
    try:
        for path in _torn(folder):
            yield _mended(root, table, folder, path)
    finally:
        lock.release()


def _torn(folder: Path) -> list[Path]:
    """Those whose bytes can be read and tell nothing: what the system refuses to read may be whole."""
    found = []
    for path in manifest_files(folder):
        try:
            read_manifest(path)
        except Unreadable:
            with suppress(OSError):
                path.read_bytes()
                found.append(path)
    return found


def _mended(root: Path, table: Table, folder: Path, path: Path) -> Mended:
    relative = path.relative_to(root).as_posix()
    known = _copy(root, table, folder, path.name)
    try:
        manifest = known or _from_segments(table, folder, path)
    except Unreadable as error:
        return Mended(table.name, relative, False, f"not made anew: {error}")
    with suppress(OSError):
        shutil.copyfile(path, path.with_name(f".{path.name}.torn"))
    write_manifest(folder, path.name, msgspec.structs.replace(manifest, name=""))
    return Mended(table.name, relative, True, _words(path.name, manifest, is_copy=known is not None))


def _copy(root: Path, table: Table, folder: Path, name: str) -> Manifest | None:
    """What another lake says under this name, if whatever is here of that name is what it tells of."""
    here = {file.relative_to(folder).as_posix(): file for file in _of_name(folder, name)}
    for path in sorted(root.glob(f"{_COPIES}/{table.name}/{MANIFESTS}/{name}")):
        with suppress(Unreadable):
            manifest = read_manifest(path)
            told = {one.path: one.sha256 for one in manifest.segments}
            if all(told.get(relative) == file_sha256(file) for relative, file in here.items()):
                return manifest
    return None


def _of_name(folder: Path, manifest_name: str) -> list[Path]:
    """A step gives its manifest's name to all its segments."""
    name = f"{manifest_name.removesuffix('.json')}{SEGMENT_SUFFIX}"
    return [path for path in segments(folder) if path.name == name]


def _from_segments(table: Table, folder: Path, path: Path) -> Manifest:
    """Raises Unreadable for a segment that is torn."""
    found: list[Segment] = []
    schemas: dict[str, None] = {}
    for one in _of_name(folder, path.name):
        segment, schema = segment_there(table, folder, one.relative_to(folder).as_posix())
        found.append(segment)
        schemas[fingerprint(schema)] = None
    if len(schemas) > 1:
        raise Unreadable(path, f"its {len(found)} files are of several schemas")
    written_ns = path.stat().st_mtime_ns
    return Manifest(table.name, next(iter(schemas), table.fingerprint), written_ns, tuple(found))


def _words(name: str, manifest: Manifest, *, is_copy: bool) -> str:
    rows = sum(one.rows for one in manifest.segments)
    what = f"{len(manifest.segments)} files, {rows:,} rows"
    if is_copy:
        return f"made anew as another lake knows it: {what}"
    words = f"made anew from what is there of it: {what}"
    if of_node(name) is None:
        words += "; what was joined into it is not known, rows of old copies come twice until they are joined"
    return words
