"""One writer per ledger: a lock that the kernel gives back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from engine.ledger.errors import LedgerInUse

_OPEN = b" open"


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
        self.left_open = os.pread(self._file, 40, 0).endswith(_OPEN)
        """Whether its last holder died with the ledger open. It stays so until :meth:`mark_closed`."""
        self._write(_OPEN if self.left_open else b"")

    def mark_open(self) -> None:
        """From here on the ledger has a log that must not be missing at the next start."""
        self._write(_OPEN)

    def mark_closed(self) -> None:
        """The log may go, as it does with the last connection."""
        self._write(b"")

    def _write(self, mark: bytes) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, str(os.getpid()).encode() + mark, 0)

    def release(self) -> None:
        """The file stays: to remove it would let two processes lock two files of one name."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def _beside(ledger: Path) -> Path:
    return ledger.with_name(ledger.name + ".lock")


def _holder(file: int) -> int | None:
    text = os.pread(file, 40, 0).decode("ascii", "replace").partition(" ")[0]
    return int(text) if text.isdigit() else None
