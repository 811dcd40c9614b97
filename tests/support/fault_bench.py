"""A whole engine over real sockets at a sandbox whose faults are set by hand, with short time-outs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from fault_points import Points
from ground_truth import disagreements, truth_by_side_door
from live_engine import LiveEngine
from running_sandbox import RunningSandbox
from wide_limits import WIDE_LIMITS

from engine.core.engine import Engine
from engine.core.exits.timings import ExitTimings
from engine.core.money import MoneyState
from engine.core.settings import EngineSettings, Timings
from engine.domain.feed import ReconcileNeeded
from engine.domain.order import OrderState
from engine.domain.units import DOLLAR_UD, MILLISECOND_NS, SECOND_NS
from engine.kalshi.settings import ClientSettings

DEPOSITS_UD = 20_000 * DOLLAR_UD
TIME_OUT_S = 0.4
PATIENCE_S = 12.0
DOUBTFUL = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)
_OFTEN = 1_000_000

CLIENT = ClientSettings(
    post_timeout_ns=round(TIME_OUT_S * SECOND_NS),
    read_timeout_ns=SECOND_NS // 2,
    read_deadline_ns=3 * SECOND_NS,
    backoff_ns=50 * MILLISECOND_NS,
    longest_backoff_ns=200 * MILLISECOND_NS,
)
SETTINGS = EngineSettings(
    series=("KXHIGHNY", "KXHIGHCHI"),
    limits=WIDE_LIMITS,
    rejects_open=_OFTEN,
    unknowns_open=_OFTEN,
    timings=Timings(
        lookup_spacing_ns=100 * MILLISECOND_NS,
        freshness_margin_ns=300 * MILLISECOND_NS,
        reconcile_period_ns=2 * SECOND_NS,
        confirm_ns=200 * MILLISECOND_NS,
        read_retry_ns=100 * MILLISECOND_NS,
        read_patience_ns=4 * SECOND_NS,
        balance_spacing_ns=100 * MILLISECOND_NS,
        catch_up_ns=200 * MILLISECOND_NS,
        cancel_retry_ns=100 * MILLISECOND_NS,
        resting_life_ns=20 * SECOND_NS,
        extend_before_ns=20 * SECOND_NS - SECOND_NS // 2,
        extend_retry_ns=SECOND_NS // 2,
        stale_book_ns=10 * SECOND_NS,
        settle_down_ns=SECOND_NS,
    ),
    exits=ExitTimings(
        grace_ns=SECOND_NS // 5,
        confirm_ns=SECOND_NS // 5,
        look_ns=SECOND_NS // 10,
        step_ns=SECOND_NS // 5,
        hold_ns=SECOND_NS,
        poll_ns=SECOND_NS // 2,
        resize_ns=SECOND_NS // 5,
        retry_longest_ns=SECOND_NS,
    ),
)
"""What rests is extended about twice a second, so that there is always an amendment to go wrong."""
OPTIONS = (
    "--seed",
    "7",
    "--tier",
    "prestige",
    "--start",
    "2026-11-20T15:00:00Z",
    "--series",
    "KXHIGHNY,KXHIGHCHI",
)


class FaultBench:
    """One engine on ``home``; :meth:`rules` is the sandbox's side door."""

    def __init__(self, sandbox: RunningSandbox, home: Path, points: Points | None = None) -> None:
        self.sandbox = sandbox
        self.ledger = home / "ledger.sqlite"
        self.live = LiveEngine(sandbox, self.ledger, SETTINGS, CLIENT, points)

    @property
    def engine(self) -> Engine:
        assert self.live.runtime is not None
        return self.live.runtime.engine

    @property
    def money(self) -> MoneyState:
        return self.engine.money

    async def rules(self, *rules: dict[str, object]) -> None:
        """Replaces the rules that hold; none lifts them, and a pause with them."""
        if rules:
            await asyncio.to_thread(self.sandbox.side_door, "POST", "faults", rules=list(rules))
        else:
            await asyncio.to_thread(self.sandbox.side_door, "DELETE", "faults")

    async def left(self) -> list[int]:
        """How often each rule may still be used."""
        found = await asyncio.to_thread(self.sandbox.side_door, "GET", "faults")
        rules = found["rules"]
        assert isinstance(rules, list)
        return [rule["times"] for rule in rules]

    async def until_used(self, count: int, seconds: float) -> None:
        """Until the first ``count`` rules are used up, or so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not any((await self.left())[:count]):
                return
            await asyncio.sleep(0.02)

    async def until_met(self, times: list[int], seconds: float) -> None:
        """Until one of the rules, which may be used so often, was used: the stream has seconds without any
        message. Or so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if await self.left() != times:
                return
            await asyncio.sleep(0.02)

    def look_again(self) -> None:
        assert self.live.runtime is not None
        self.live.runtime.post(ReconcileNeeded((), "asked for by a test"))

    async def markets(self, count: int) -> list[str]:
        """Open markets with fresh books of two sides, nearest the middle first; waits for so many."""
        await self.live.until(lambda: len(self._lively()) >= count)
        return self._lively()[:count]

    def _lively(self) -> list[str]:
        books = {
            ticker: view.book
            for ticker, view in self.engine.books.items()
            if view.is_fresh and view.book.best_bid_bp and view.book.best_ask_bp
        }
        return sorted(books, key=lambda ticker: (abs((books[ticker].best_ask_bp or 0) - 5_000), ticker))

    async def settled(self) -> float:
        """Until nothing is in doubt and the ledger says what the exchange says; after how many seconds."""
        began = time.monotonic()
        while wrong := await self._wrong():
            assert time.monotonic() - began < PATIENCE_S, wrong
            await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def _wrong(self) -> Sequence[str]:
        doubts = [
            f"{name}: {record.state} ({record.cause}), cancel {record.cancel}"
            for name, record in self.money.orders.items()
            if record.state in DOUBTFUL
        ]
        if doubts:
            return doubts
        exclusive = [name for name, event in self.engine.events.items() if event.mutually_exclusive]
        truth = await asyncio.to_thread(truth_by_side_door, self._see, exclusive)
        return disagreements(self.money, truth, DEPOSITS_UD)

    def _see(self, path: str) -> dict[str, object]:
        return self.sandbox.side_door("GET", path)
