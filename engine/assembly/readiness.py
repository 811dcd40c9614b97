"""The wait of a start: until the exchange has shown the account and its books."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from engine.core.money import MoneyState
from engine.runtime import Runtime

PATIENCE_S = 60.0


class NotReady(Exception):
    """The first reconciliation does not come to an end. One line."""


async def until_ready(
    runtime: Runtime,
    work: Sequence[asyncio.Task[None]],
    on_delay: Callable[[str], None],
    *,
    patience_s: float = PATIENCE_S,
) -> None:
    """Returns after the first reconciliation and the first books, or when a part of ``work`` has ended.

    An engine that has nothing to guard gives up after ``patience_s``: NotReady. One that has goes on asking
    for as long as it takes, and calls ``on_delay`` once with what it waits for.
    """
    stepped = asyncio.Event()
    end = runtime.subscribe(lambda _: stepped.set())
    try:
        waiting = asyncio.ensure_future(_stepping(runtime, stepped))
        try:
            done, _ = await asyncio.wait(
                [*work, waiting], timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
            )
            if done:
                return
            text = f"the exchange did not show account and books within {patience_s:g} s"
            if not has_stakes(runtime.engine.money):
                raise NotReady(text)
            on_delay(f"{text}; something is held or works there, so the engine goes on asking")
            await asyncio.wait([*work, waiting], return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
    finally:
        end()


def has_stakes(money: MoneyState) -> bool:
    """Whether contracts are held, or orders work or are in doubt: what nobody looks after once it ends."""
    return bool(money.working) or any(record.position.count_c for record in money.positions.values())


async def _stepping(runtime: Runtime, stepped: asyncio.Event) -> None:
    while not runtime.engine.is_ready:
        stepped.clear()
        await stepped.wait()
