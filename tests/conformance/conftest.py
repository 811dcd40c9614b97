"""One sandbox for each module of tests, and the production adapter at it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from adapter_desk import client_of
from running_sandbox import RunningSandbox, sandbox_in

from engine.domain.venue import MarketSheet
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiClient, Reads

OPEN_HOURS = "2026-11-20T15:00:00Z"
"""A Friday morning in New York: indexes trade, and there is no maintenance."""


@pytest.fixture(scope="module")
def sandbox_options() -> tuple[str, ...]:
    """What a module may add to the command."""
    return ()


@pytest.fixture(scope="module")
def sandbox(
    tmp_path_factory: pytest.TempPathFactory, sandbox_options: tuple[str, ...]
) -> Iterator[RunningSandbox]:
    folder = tmp_path_factory.mktemp("sandbox")
    options = ("--seed", "7", "--tier", "prestige", "--start", OPEN_HOURS)
    with sandbox_in(folder, *options, *sandbox_options) as running:
        yield running


@pytest.fixture
async def client(sandbox: RunningSandbox) -> AsyncIterator[KalshiClient]:
    """Fails the test on anything in the exchange's answers that the adapter does not know."""
    async with client_of(sandbox) as client:
        await client.reads(Lane.RECONCILE).account.seed_budget()
        yield client
        assert client.drift.total == 0, dict(client.drift.counts)


@pytest.fixture
def reads(client: KalshiClient) -> Reads:
    return client.reads(Lane.RECONCILE)


@pytest.fixture
async def market(sandbox: RunningSandbox, reads: Reads) -> AsyncIterator[MarketSheet]:
    """A two-sided market while the exchange's clock stands, so that only we change its book."""
    sandbox.side_door("POST", "clock", pause=True)
    async for sheet in reads.markets.list(series_ticker="KXBTCD", status="open"):
        bid_bp, ask_bp = sheet.quote.bid_bp, sheet.quote.ask_bp
        if bid_bp is not None and ask_bp is not None and 2_000 < bid_bp < ask_bp < 8_000:
            yield sheet
            break
    else:
        pytest.fail("no two-sided market near the middle")
    sandbox.side_door("DELETE", "faults")
    sandbox.side_door("POST", "clock", pause=False)
