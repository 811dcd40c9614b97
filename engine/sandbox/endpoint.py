"""Where a sandbox listens, as it says itself, and the file in which an embedded one leaves it."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

FILE_NAME = "endpoint.json"


class SandboxEndpoint(msgspec.Struct, frozen=True):
    """``private_key_path`` is the key of its first account."""

    rest: str
    ws: str
    key_id: str
    private_key_path: str
    pid: int = 0
    world_id: str = ""

    @property
    def line(self) -> str:
        """One line of JSON, for people and programs: {"rest","ws","key_id","private_key_path"}."""
        shown = {name: getattr(self, name) for name in ("rest", "ws", "key_id", "private_key_path")}
        return msgspec.json.encode(shown).decode()


def read_endpoint(folder: Path) -> SandboxEndpoint | None:
    """What a sandbox of this folder left there; None if nothing usable is there."""
    try:
        return msgspec.json.decode((folder / FILE_NAME).read_bytes(), type=SandboxEndpoint)
    except (OSError, msgspec.MsgspecError):
        return None


def leave_endpoint(folder: Path, endpoint: SandboxEndpoint) -> None:
    """Writes the endpoint whole, for its user alone."""
    draft = folder / f".{FILE_NAME}.{os.getpid()}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(endpoint))
    draft.replace(folder / FILE_NAME)
