"""What each step wrote: one small file, put down after its segments and before anything they replace goes.

A segment that no manifest tells of is not yet written: its rows are still in the journal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from engine.lake.durable import write_durably
from engine.lake.errors import Unreadable
from engine.lake.layout import MANIFESTS, is_draft


class Segment(msgspec.Struct, frozen=True):
    """One Parquet file. ``path`` is relative to the table's folder; ``first`` and ``last`` are the keys of
    its first and last row in the file's order; ``sha256`` is of the file."""

    path: str
    rows: int
    bytes: int
    sha256: str
    first: tuple[str | int, ...]
    last: tuple[str | int, ...]


class Manifest(msgspec.Struct, frozen=True, omit_defaults=True):
    """``replaces`` are segments whose rows are all in these: they go, here and wherever they were copied.
    ``sums`` are the beginnings of the sha256 of those of them that a node wrote: a file of the same name that
    is another one tells of two nodes of one number."""

    table: str
    schema: str
    written_ns: int
    segments: tuple[Segment, ...]
    replaces: tuple[str, ...] = ()
    sums: dict[str, str] = {}
    name: str = ""
    """The file's own name; not written."""


def write_manifest(table_folder: Path, name: str, manifest: Manifest) -> Path:
    """Raises LakeFull or LakeUnwritable."""
    path = table_folder / MANIFESTS / name
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    write_durably(path, lambda file: _put(file, data), len(data))
    return path


def read_manifest(path: Path) -> Manifest:
    """Raises Unreadable."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError) as error:
        raise Unreadable(path, str(error)) from None
    return msgspec.structs.replace(found, name=path.name)


def read_manifests(table_folder: Path) -> list[Manifest]:
    """All of a table as they stood at one moment, whoever joins segments meanwhile. Raises Unreadable."""
    while True:
        paths = manifest_files(table_folder)
        try:
            return [read_manifest(path) for path in paths]
        except Unreadable:
            if all(path.exists() for path in paths):
                raise


def manifest_files(table_folder: Path) -> list[Path]:
    found = (table_folder / MANIFESTS).glob("*.json")
    return sorted(path for path in found if not is_draft(path) and not path.name.startswith("."))


def _put(file: Any, data: bytes) -> None:
    file.write(data)
