"""Files that a reader, and a crash, see whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from engine.lake.errors import write_error
from engine.lake.layout import draft_of, make_folder, sync_folder


def write_durably(path: Path, fill: Callable[[BinaryIO], None], wanted_bytes: int) -> None:
    """Draft, fsync, rename, fsync of the folder. Raises LakeFull or LakeUnwritable, and leaves neither."""
    draft, is_named = draft_of(path), False
    try:
        make_folder(path.parent)
        with draft.open("wb") as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        is_named = True
        sync_folder(path.parent)
    except OSError as error:
        (path if is_named else draft).unlink(missing_ok=True)
        raise write_error(path, wanted_bytes, error) from error
