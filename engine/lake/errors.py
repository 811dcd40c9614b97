"""What can go wrong with the lake, as types that carry the numbers."""

from __future__ import annotations

import errno
from pathlib import Path

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LakeError(Exception):
    """Anything that the lake could not do. One line."""


class RowRefused(LakeError):
    """A row that does not fit its table. Nothing of the rows it came with was written."""

    def __init__(self, table: str, column: str, got: object, wanted: str) -> None:
        super().__init__(f"lake table {table}: {column}: got {str(got)[:80]!r}, wanted {wanted}")
        self.table = table
        self.column = column
        self.got = str(got)[:80]
        self.wanted = wanted


class NodeTaken(LakeError):
    """Another process writes this table under the same node id. ``holder`` is its process number."""

    def __init__(self, table: str, node_id: int, holder: int | None) -> None:
        by = "another process" if holder is None else f"process {holder}"
        super().__init__(
            f"lake table {table}: node {node_id} is written by {by}; give each collector its own --node-id"
        )
        self.table = table
        self.node_id = node_id
        self.holder = holder


class TableBusy(LakeError):
    """Another process does the same to this table. ``holder`` is its process number."""

    def __init__(self, table: str, what: str, holder: int | None) -> None:
        by = "another process" if holder is None else f"process {holder}"
        super().__init__(f"lake table {table}: {what}: {by} is at it")
        self.table = table
        self.what = what
        self.holder = holder


class LakeBusy(LakeError):
    """Another sync is at this lake. ``holder`` is its process number."""

    def __init__(self, path: Path, holder: int | None) -> None:
        by = "another process" if holder is None else f"process {holder}"
        super().__init__(f"lake {path}: another sync is at it: {by}")
        self.path = path
        self.holder = holder


class LakeFull(LakeError):
    """No room left for a write. What was in the lake before is whole."""

    def __init__(self, path: Path, wanted_bytes: int) -> None:
        wanted = f" for {wanted_bytes} bytes" if wanted_bytes else ""
        super().__init__(f"lake {path}: no room left{wanted}; free some and start again")
        self.path = path
        self.wanted_bytes = wanted_bytes


class LakeUnwritable(LakeError):
    """The system refused a write for another reason."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"lake {path}: cannot be written: {reason}")
        self.path = path
        self.reason = reason


class Unreadable(LakeError):
    """A file of the lake that is torn or is none of the lake's."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"lake {path}: cannot be read: {reason}")
        self.path = path
        self.reason = reason


class UnknownTable(LakeError):
    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"lake table: got {name!r}, wanted one of {', '.join(known)}")
        self.name = name


def is_full(error: OSError) -> bool:
    """Whether it says that there is no room left."""
    return error.errno in _FULL


def write_error(path: Path, wanted_bytes: int, error: OSError) -> LakeError:
    """The lake's own word for what the system said."""
    if is_full(error):
        return LakeFull(path, wanted_bytes)
    return LakeUnwritable(path, error.strerror or type(error).__name__)
