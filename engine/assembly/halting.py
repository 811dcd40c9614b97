"""Tells a running engine of a kill that somebody else wrote into its home."""

from __future__ import annotations

import asyncio

from engine.runtime import Runtime

LOOK_EACH_S = 0.5
"""The sender looks before each request; this is how soon the engine itself is halted."""


async def watch_halt(runtime: Runtime) -> None:
    while True:
        await asyncio.sleep(LOOK_EACH_S)
        runtime.look_for_halt()
