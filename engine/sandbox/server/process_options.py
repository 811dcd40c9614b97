"""What the processes of embedded exchanges are started with. Who starts one loads no more of it than this."""

from __future__ import annotations

import msgspec


class ProcessOptions(msgspec.Struct, frozen=True):
    """``folder`` keeps the world, its key and its endpoint; ``port`` 0 takes a free one."""

    folder: str
    port: int = 0
    idle_exit_s: float = 600.0


class EmbeddedOptions(ProcessOptions, frozen=True):
    """What a generated world is made from."""

    seed: int | None = None
    speed: float | None = None
    scenario: str | None = None
    ladders: str | None = None
    series: tuple[str, ...] = ()
    start: str | None = None
    tier: str = "prestige"
