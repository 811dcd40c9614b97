"""Who works on a table: locks that the kernel gives back when their holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from engine.lake.errors import NodeTaken, TableBusy, write_error
from engine.lake.layout import LOCKS, make_folder

_LOOK_S = 0.05


class FolderLock:
    """One holder for each name inside a table's folder."""

    def __init__(self, table_folder: Path, name: str) -> None:
        """Takes the lock; raises TableBusy with the holder's process number, LakeFull and LakeUnwritable."""
        self._file = -1
        path = table_folder / LOCKS / f"{name}.lock"
        try:
            self._take(path)
        except BlockingIOError:
            text = os.pread(self._file, 20, 0).decode("ascii", "replace")
            self._close()
            raise TableBusy(table_folder.name, name, int(text) if text.isdigit() else None) from None
        except OSError as error:
            self._close()
            raise write_error(path, 0, error) from error

    def _take(self, path: Path) -> None:
        make_folder(path.parent)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """The file stays: to remove it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.ftruncate(self._file, 0)
            self._close()

    def _close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def waited_for(table_folder: Path, name: str, patience_s: float) -> FolderLock:
    """The lock once its holder is done. Raises TableBusy if that takes longer."""
    until = time.monotonic() + patience_s
    while True:
        try:
            return FolderLock(table_folder, name)
        except TableBusy:
            if time.monotonic() >= until:
                raise
        time.sleep(_LOOK_S)


def is_held(table_folder: Path, name: str) -> bool:
    """Whether a live process has that lock, as its file says; takes no lock."""
    holder = _holder(table_folder / LOCKS / f"{name}.lock")
    return holder is not None and _is_alive(holder)


def lock_node(table_folder: Path, node_id: int) -> FolderLock:
    """The place of one writer. Raises NodeTaken with the holder's process number."""
    try:
        return FolderLock(table_folder, f"node-{node_id}")
    except TableBusy as busy:
        raise NodeTaken(table_folder.name, node_id, busy.holder) from None


def nodes_at_work(table_folder: Path) -> frozenset[int]:
    """Nodes whose writers live now, as their lock files say; takes no lock, so that no writer meets it."""
    found = set()
    for path in (table_folder / LOCKS).glob("node-*.lock"):
        number, holder = path.stem.removeprefix("node-"), _holder(path)
        if number.isdigit() and holder is not None and _is_alive(holder):
            found.add(int(number))
    return frozenset(found)


def _holder(path: Path) -> int | None:
    try:
        text = path.read_text("ascii")
    except (OSError, UnicodeError):
        return None
    return int(text) if text.isdigit() else None


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
