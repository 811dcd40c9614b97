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
        self.noted_seq = _noted(self._file)
        """The last record that a holder who died is known to have had on disk; 0 if it ended in order."""
        os.ftruncate(self._file, 0)
        self.note(self.noted_seq)

    def note(self, seq: int) -> None:
        """Says that records up to ``seq`` are on disk: at least these must be there at the next start. It
        goes to the system and not to the disk, so that it outlives this process and costs no sync."""
        os.pwrite(self._file, f"{os.getpid()} {seq}".encode(), 0)

    def ended(self) -> None:
        """Its holder ends in order: what the next one finds is no matter of this one."""
        os.ftruncate(self._file, 0)
        self.note(0)

    def release(self) -> None:
        """The file stays: to remove it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _beside(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".lock")


def _holder(file: int) -> int | None:
    return _words(file)[0]


def _noted(file: int) -> int:
    return _words(file)[1] or 0


def _words(file: int) -> tuple[int | None, int | None]:
    """Process and record, each None where it cannot be read."""
    words = os.pread(file, 64, 0).decode("ascii", "replace").split(" ")
    first, second = (int(word) if word.isdigit() else None for word in (*words, "")[:2])
    return first, second
