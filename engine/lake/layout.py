"""Where the files of a table lie, and what their names say.

``<root>/<table>/series=KXBTC/date=2026-01-02/node-0-00000012.parquet`` is a segment; beside the partitions
lie ``_journal`` (rows that are in no segment yet), ``_manifest`` (one small file for each step that made
segments) and ``_lock`` (who writes).
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, unquote

from engine.lake.errors import Unreadable

JOURNALS, MANIFESTS, LOCKS = "_journal", "_manifest", "_lock"
SEGMENT_SUFFIX = ".parquet"
_OF_NODE = re.compile(r"node-(\d+)-(\d{8,})\.(parquet|journal|json)")
_FOLDER_MODE = 0o700


def node_file(node_id: int, sequence: int, suffix: str) -> str:
    return f"node-{node_id}-{sequence:08d}.{suffix}"


def of_node(name: str) -> tuple[int, int] | None:
    """Node id and sequence number that a file name tells; None for any other name."""
    found = _OF_NODE.fullmatch(name)
    return None if found is None else (int(found[1]), int(found[2]))


def draft_of(path: Path) -> Path:
    """Where a file is written before it gets its name; no reader looks at names that begin with a dot."""
    return path.with_name(f".{path.name}.tmp")


def is_draft(path: Path) -> bool:
    return path.name.startswith(".") and path.name.endswith(".tmp")


def partition_folder(name: str, value: str) -> str:
    return f"{name}={quote(value, safe='')}"


def partition_values(relative: str) -> dict[str, str]:
    """The partitions that a path inside a table lies in."""
    pairs = (part.partition("=") for part in relative.split("/")[:-1])
    return {name: unquote(value) for name, sign, value in pairs if sign}


def segments(folder: Path, failed: Callable[[OSError], None] | None = None) -> list[Path]:
    """Every segment of a table's folder, in the order of their paths.

    A folder that may not be read is given to ``failed``; without that, raises Unreadable: its rows would be
    missing, and nobody would know.
    """
    found: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=failed or _unreadable):
        if place == str(folder):
            folders[:] = [name for name in folders if not name.startswith("_")]
        every = (*names, *folders)
        found += [
            Path(place, name) for name in every if name.endswith(SEGMENT_SUFFIX) and not name.startswith(".")
        ]
    return sorted(found)


def make_folder(path: Path) -> None:
    path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)


def sync_folder(path: Path) -> None:
    """Makes names that were given or taken away in a folder last."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unreadable(error: OSError) -> None:
    """What is gone since it was listed is no trouble."""
    if error.errno not in (errno.ENOENT, errno.ENOTDIR):
        raise Unreadable(Path(error.filename), error.strerror or type(error).__name__)
