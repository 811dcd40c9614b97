"""What a home tells from outside: whether an engine has it, and where that engine trades."""

from __future__ import annotations

from pathlib import Path

_LOCKS = Path("/proc/locks")
_LOCK_OF_LEDGER = "ledger.sqlite.lock"


def is_taken(home: Path) -> bool:
    """Whether a process holds the home's ledger: an engine that runs, starts or ends.

    Asked of the kernel's list and not by trying the lock, which could be in a starting engine's way.
    """
    try:
        inode = (home / _LOCK_OF_LEDGER).stat().st_ino
        lines = _LOCKS.read_text(encoding="ascii").splitlines()
    except OSError:
        return False
    return any(" FLOCK " in line and f":{inode} " in line for line in lines)
