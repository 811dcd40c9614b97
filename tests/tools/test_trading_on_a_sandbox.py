"""The command line on a whole engine that trades on a running sandbox, each command a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from live_engine import LiveClock, LiveEngine
from running_sandbox import RunningSandbox, start_sandbox
from wide_limits import ORDER_LIMITS

from engine.control.server import ControlServer
from engine.core.settings import EngineSettings
from engine.ledger.queries import LedgerQueries

pytestmark = pytest.mark.slow
SANDBOX = (
    "--series",
    "KXHIGHNY,KXBTCD",
    "--seed",
    "7",
    "--tier",
    "prestige",
    "--start",
    "2026-11-20T15:00:00Z",
)
"""Bitcoin is there for its noise: a feed that is silent for two seconds counts as stale."""


class Ran(NamedTuple):
    code: int
    document: Any
    line: str


class Desk:
    """A home with a running engine."""

    def __init__(self, home: Path, sandbox: RunningSandbox) -> None:
        self.sandbox = sandbox
        self._environment = {**os.environ, "SPARKO_HOME": str(home)}

    async def sparko(self, *words: str) -> Ran:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "console.tools.app", *words, "--json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        assert process.returncode is not None
        assert len(err.decode().splitlines()) == (1 if process.returncode else 0), err
        return Ran(process.returncode, json.loads(out), err.decode().strip())

    async def tradable(self) -> dict[str, Any]:
        """A market in the middle, with both sides."""
        for _ in range(50):
            for market in (await self.sparko("markets", "--series", "KXHIGHNY")).document:
                bid, ask = market["yes_bid_cents"], market["yes_ask_cents"]
                if bid and ask and bid > 15 and ask < 60:
                    found: dict[str, Any] = market
                    return found
        raise AssertionError("no market with both sides")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    process, sandbox = await asyncio.to_thread(start_sandbox, tmp_path / "keys", *SANDBOX)
    settings = EngineSettings(series=("KXHIGHNY", "KXBTCD"), limits=ORDER_LIMITS)
    live = LiveEngine(sandbox, tmp_path / "ledger.sqlite", settings)
    runtime = await live.start()
    queries = LedgerQueries(tmp_path / "ledger.sqlite")
    server = ControlServer(runtime, queries, tmp_path / "engine.sock", LiveClock(0))
    await server.start()
    yield Desk(tmp_path, sandbox)
    await server.stop()
    await live.stop()
    await queries.close()
    process.terminate()
    process.wait(timeout=20)
    assert process.stdout is not None
    process.stdout.close()


async def test_a_day_at_the_desk(desk: Desk) -> None:
    before = await desk.sparko("status")
    assert (before.document["positions"], before.document["exchange"]["connected"]) == (0, True)
    market = await desk.tradable()
    ticker = market["ticker"]

    bought = await desk.sparko(
        *("order", ticker, "--side", "yes", "--count", "5", "--tif", "ioc"),
        *("--price", str(market["yes_ask_cents"] + 1)),
    )
    assert (bought.code, bought.document["status"], bought.document["filled"]) == (0, "filled", 5)
    assert bought.document["average_price_cents"] <= market["yes_ask_cents"] + 1
    assert float(bought.document["fee_dollars"]) > 0

    (held,) = (await desk.sparko("positions")).document
    assert (held["ticker"], held["side"], held["count"], held["owner"]) == (ticker, "yes", 5, "manual")
    assert held["entry_cents"] == bought.document["average_price_cents"]
    assert held["fees_dollars"] == bought.document["fee_dollars"]
    fills = (await desk.sparko("fills", "--ticker", ticker)).document
    assert sum(fill["count"] for fill in fills) == 5
    assert {fill["order_id"] for fill in fills} == {bought.document["order_id"]}

    rests = await desk.sparko("order", ticker, "--side", "no", "--count", "2.5", "--price", "10")
    assert (rests.code, rests.document["status"], rests.document["remaining"]) == (0, "resting", 2.5)
    listed = (await desk.sparko("orders")).document
    assert [(row["side"], row["price_cents"], row["count"]) for row in listed] == [("no", 10, 2.5)]
    canceled = await desk.sparko("cancel", rests.document["client_order_id"][:8])
    assert (canceled.code, canceled.document["status"]) == (0, "canceled")
    assert (await desk.sparko("orders")).document == []

    part = await desk.sparko("close", ticker, "--count", "2")
    assert (part.code, part.document["status"], part.document["filled"]) == (0, "filled", 2)
    rest = await desk.sparko("close", ticker)
    assert (rest.code, rest.document["filled"]) == (0, 3)
    assert (await desk.sparko("positions")).document == []
    nothing = await desk.sparko("close", ticker)
    assert (nothing.code, nothing.document["deny_code"]) == (1, "NO_POSITION")
    event = (await desk.sparko("event", market["event_ticker"])).document
    assert ticker in [leg["ticker"] for leg in event["markets"]]


async def test_bad_input_sends_nothing(desk: Desk) -> None:
    ticker = (await desk.tradable())["ticker"]
    buy = ("order", ticker, "--side", "yes", "--count", "1", "--price", "20")
    bad = {
        "UNKNOWN_MARKET": (1, ("order", "KXNONE-1", *buy[2:]), "KXNONE-1"),
        "OFF_GRID": (1, (*buy, "--price", "20.05"), "got 20.05, wanted 20 or 21"),
        "COUNT_TOO_FINE": (2, (*buy, "--count", "1.001"), "got 1.001, wanted at most two decimals"),
        "COUNT_NOT_POSITIVE": (2, (*buy, "--count", "0"), "got 0, wanted more than 0"),
        "ORDER_COUNT": (1, (*buy, "--count", "999999999999999"), "the limit is 10"),
        "FAR_PRICE": (1, (*buy, "--price", "2"), "--far"),
        "ORDER_NOT_FOUND": (1, ("cancel", "no-such-order"), "no-such-order"),
    }
    for code, (ends, words, text) in bad.items():
        ran = await desk.sparko(*words)
        assert (ran.code, ran.document["status"], ran.document["deny_code"]) == (ends, "denied", code)
        assert text in ran.line
    assert (await desk.sparko("orders", "--all")).document == []
    assert (await desk.sparko("cash")).document["balance_dollars"] == "20000.00"


async def test_the_same_order_twice_is_a_slip_and_a_key_makes_it_one(desk: Desk) -> None:
    ticker = (await desk.tradable())["ticker"]
    buy = ("order", ticker, "--side", "yes", "--count", "1", "--price", "5")
    first = await desk.sparko(*buy, "--key", "morning")
    repeated = await desk.sparko(*buy, "--key", "morning")
    assert (first.code, repeated.code) == (0, 0)
    assert repeated.document["client_order_id"] == first.document["client_order_id"]
    slip = await desk.sparko(*buy)
    assert (slip.code, slip.document["deny_code"]) == (1, "LOOKS_DUPLICATE")
    assert "--again" in slip.line
    meant = await desk.sparko(*buy, "--again")
    assert meant.document["status"] == "resting"
    ended = await desk.sparko("cancel", "--all", "--ticker", ticker)
    assert (ended.code, [row["status"] for row in ended.document]) == (0, ["canceled", "canceled"])
    assert {row["client_order_id"] for row in ended.document} == {
        first.document["client_order_id"],
        meant.document["client_order_id"],
    }


async def test_an_unknown_outcome_is_told_as_such_and_found_out(desk: Desk) -> None:
    ticker = (await desk.tradable())["ticker"]
    rule = {"effect": "reset_before_accept", "method": "POST", "path": "/portfolio/events/orders"}
    await asyncio.to_thread(lambda: desk.sandbox.side_door("POST", "faults", rules=[rule]))
    unknown = await desk.sparko("order", ticker, "--side", "yes", "--count", "1", "--price", "5")
    assert (unknown.code, unknown.document["status"]) == (3, "unknown")
    assert (unknown.document["order_id"], unknown.document["remaining"]) == (None, 1)
    async with asyncio.timeout(20):
        while (await desk.sparko("status")).document["unknown_orders"]:
            pass
    (row,) = (await desk.sparko("orders", "--all")).document
    assert row["client_order_id"] == unknown.document["client_order_id"]
    assert row["status"] == "resting"
