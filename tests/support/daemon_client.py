"""A client of a running engine that knows when orders are taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from engine.control.client import ControlClient
from engine.control.protocol import WATCH
from engine.control.replica import Replica
from engine.control.rows.markets import QuoteRow

LIVELY_NS = 500_000_000


@asynccontextmanager
async def client_of(home: Path) -> AsyncIterator[ControlClient]:
    """Connected, with the whole list of markets."""
    async with await ControlClient.connect(home / "engine.sock", name="test") as client:
        await client.subscribe(WATCH)
        await client.until(lambda replica: replica.watch.is_whole)
        yield client


async def lively_quotes(client: ControlClient, count: int) -> list[QuoteRow]:
    """Two-sided ones of fresh books between 10 and 90 cents, the nearest to 50 first, just after news came:
    an order is not refused for a silent feed."""

    def found(replica: Replica) -> list[QuoteRow]:
        status = replica.desk.status
        if status is None or any(feed.age_ns is None or feed.age_ns > LIVELY_NS for feed in status.feeds):
            return []
        return sorted(
            (quote for quote in replica.watch.quotes.values() if is_tradable(quote)),
            key=lambda quote: abs((quote.ask_bp or 0) - 5_000),
        )

    await client.until(lambda replica: len(found(replica)) >= count)
    return found(client.replica)


def is_tradable(quote: QuoteRow) -> bool:
    return quote.is_fresh and (quote.bid_bp or 0) > 1_000 and 0 < (quote.ask_bp or 0) < 9_000
