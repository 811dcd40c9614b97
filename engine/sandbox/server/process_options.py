"""What every process of an embedded exchange is started with, whatever its prices come from."""

from __future__ import annotations

import msgspec


class ProcessOptions(msgspec.Struct, frozen=True):
    """``folder`` keeps the world, its key and its endpoint; ``port`` 0 takes a free one."""

    folder: str
    port: int = 0
    idle_exit_s: float = 600.0
