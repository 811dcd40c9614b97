"""The file ``HALT`` in a home: while it is there, nothing that adds risk leaves the machine.

It is written by whoever kills, the engine or not, and is on disk before that says so. That it exists is what
counts; one that cannot be read halts just as well.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from engine.domain.halt import Halt
from engine.ops.home import write_whole

FILE_NAME = "HALT"
UNREADABLE = "unreadable"
"""The name of a kill whose file does not say it."""


class HaltFile:
    """Implements :class:`engine.ports.HaltSwitch`."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE_NAME

    def is_there(self) -> bool:
        """Whether nothing may be sent that adds risk. Not knowing is a yes."""
        try:
            self.path.lstat()
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def read(self) -> Halt | None:
        """None where there is none."""
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=Halt)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as error:
            return Halt(UNREADABLE, 0, why=f"{self.path} cannot be read: {error}")

    def write(self, halt: Halt) -> None:
        """On disk, folder and all, when it returns. Raises OSError."""
        write_whole(self.path, msgspec.json.format(msgspec.json.encode(halt)))
        _sync(self.path.parent)

    def lift(self, halt_id: str) -> str:
        """Takes the kill of this name away; returns what keeps it, empty if it is gone."""
        found = self.read()
        if found is None:
            return ""
        if found.halt_id != halt_id:
            return (
                f"another kill came meanwhile, by {found.who or 'nobody named'}: {found.why or 'no reason'}"
            )
        try:
            self.path.unlink(missing_ok=True)
            _sync(self.path.parent)
        except OSError as error:
            return f"{self.path}: {error.strerror}"
        return ""


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
