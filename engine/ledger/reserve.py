"""Disk space kept back, so that what must be written can be written once the disk is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Protocol

RESERVE_BYTES = 8 * 1024 * 1024
_ROOM_FACTOR = 4
"""The reserve is taken back only where this many times its size is free."""


class SpareRoom(Protocol):
    """What the writer asks for room when the disk is full."""

    def free(self) -> bool: ...

    def take_back(self) -> bool: ...


class Reserve:
    """A preallocated file beside the ledger."""

    def __init__(self, ledger: Path, size: int = RESERVE_BYTES) -> None:
        self.path = ledger.with_name(ledger.name + ".reserve")
        self.size = size

    @property
    def is_held(self) -> bool:
        return self.path.exists() and self.path.stat().st_size == self.size

    def take(self) -> bool:
        """Allocates the file; False if the disk has no room for it, which leaves nothing behind."""
        if self.is_held:
            return True
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(file, 0, self.size)
            os.fsync(file)
        except OSError as error:
            self.path.unlink()
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            return False
        finally:
            os.close(file)
        return True

    def free(self) -> bool:
        """Gives the space to whoever needs it now; False if it was given before."""
        if not self.path.exists():
            return False
        self.path.unlink()
        return True

    def take_back(self) -> bool:
        """Allocates it again where there is room to spare; False if not yet."""
        if self.is_held:
            return True
        disk = os.statvfs(self.path.parent)
        if disk.f_bavail * disk.f_frsize < _ROOM_FACTOR * self.size:
            return False
        return self.take()


class NoReserve:
    """Of a ledger in memory or of a simulation: there is nothing to free."""

    def free(self) -> bool:
        return False

    def take_back(self) -> bool:
        return True
