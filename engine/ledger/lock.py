"""One writer per ledger: a lock that the kernel gives back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from engine.ledger.errors import LedgerInUse


class WriterLock:
    """Held on a file beside the ledger, which names the holder's process."""

    def __init__(self, ledger: Path) -> None:
        """Takes the lock; raises LedgerInUse with the holder's process number."""
        self._file = os.open(_beside(ledger), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _holder(self._file)
            os.close(self._file)
            raise LedgerInUse(ledger, holder) from error
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """The file stays: to remove it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _beside(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".lock")


def _holder(file: int) -> int | None:
    text = os.pread(file, 20, 0).decode("ascii", "replace")
    return int(text) if text.isdigit() else None
