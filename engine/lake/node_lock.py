"""One writer for each table and node id: a lock that the kernel gives back when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from engine.lake.errors import NodeTaken
from engine.lake.layout import LOCKS, make_folder


class NodeLock:
    def __init__(self, table_folder: Path, node_id: int) -> None:
        """Takes the lock; raises NodeTaken with the holder's process number."""
        folder = table_folder / LOCKS
        make_folder(folder)
        self._file = os.open(folder / f"node-{node_id}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = os.pread(self._file, 20, 0).decode("ascii", "replace")
            os.close(self._file)
            raise NodeTaken(table_folder.name, node_id, int(text) if text.isdigit() else None) from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """The file stays: to remove it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
