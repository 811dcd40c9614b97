"""Where an engine's socket lies.

In its home, as ``engine.sock``. The kernel takes paths of at most 108 bytes, so a home with a longer path has
its socket in the user's runtime folder, under a name made of the home's path, and beside where it would lie a
small file that says where it is.
"""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from hashlib import sha256
from pathlib import Path

LONGEST_PATH = 100
"""In bytes; leaves room for the second name under which a socket is made first."""

_NAME_BYTES = 32


class RuntimeFolderUnsafe(OSError):
    """The folder for sockets belongs to somebody else, or others may write in it."""


def pointer_of(path: Path) -> Path:
    """The file that says where the socket of a long path lies."""
    return path.with_name(path.name + ".path")


def is_too_long(path: Path) -> bool:
    return len(os.fsencode(path.absolute())) > LONGEST_PATH


def socket_to_listen(path: Path) -> Path:
    """The path to listen on for ``path``; makes the runtime folder and the pointer file where needed.

    Raises RuntimeFolderUnsafe, OSError.
    """
    pointer = pointer_of(path)
    if not is_too_long(path):
        pointer.unlink(missing_ok=True)
        return path
    name = sha256(os.fsencode(path.absolute())).hexdigest()[:24]
    found = runtime_folder() / f"{name}.sock"
    fresh = pointer.with_name(pointer.name + ".new")
    fresh.write_text(f"{found}\n", encoding="utf-8")
    fresh.replace(pointer)
    return found


def socket_to_reach(path: Path) -> Path:
    """The path to connect to for ``path``: itself, or what its pointer file says."""
    if not is_too_long(path):
        return path
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return Path(pointer_of(path).read_text(encoding="utf-8").strip())
    return path


def runtime_folder() -> Path:
    """The user's own folder for sockets, short and closed to others. Raises RuntimeFolderUnsafe, OSError."""
    base = os.environ.get("XDG_RUNTIME_DIR", "")
    own = f"sparko-{os.getuid()}"
    folder = Path(base) / "sparko" if base and Path(base).is_dir() else Path(tempfile.gettempdir()) / own
    if len(os.fsencode(folder)) > LONGEST_PATH - _NAME_BYTES:
        folder = Path("/tmp") / own
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    mode = stat.S_IMODE(found.st_mode)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or mode & 0o077:
        raise RuntimeFolderUnsafe(f"folder {folder}: uid {found.st_uid}, mode {mode:o}; wanted our own, 700")
    return folder
