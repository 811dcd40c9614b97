"""A mirror linked over real sockets to a running sandbox, in this process and ticked here.

The sandbox's time stands still, a minute ahead: its books move only when somebody of ours trades there, and
what trades there counts as later than any order here.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from kalshi_clients import QUICK
from running_sandbox import RunningSandbox, start_sandbox

from engine.assembly.paper_link import LinkSettings, PaperLink
from engine.domain.order import BookSide, OrderRequest, TimeInForce
from engine.domain.units import DOLLAR_UD, SECOND_NS
from engine.kalshi.client import KalshiClient, KalshiReader
from engine.kalshi.credentials import load_credentials, load_credentials_file
from engine.kalshi.hosts import Venue, endpoint_of
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.orders import Order
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.sources.upstream.source import Mirror
from engine.sandbox.sources.upstream.words import MirrorOptions, Mode

QUICKLY = LinkSettings(
    poll_s=0.1, choose_s=0.1, status_s=0.2, decide_s=0.2, refresh_s=1.0, least_refresh_s=0.1
)
PATIENCE_S = 20.0
AHEAD_S = 60


class Upstream:
    """A sandbox process to be mirrored, with somebody who trades there."""

    def __init__(self, folder: Path, *, port: int = 0, is_frozen: bool = True) -> None:
        self.folder = folder
        self._process: subprocess.Popen[str] | None = None
        self.port = port
        self.start()
        if is_frozen:
            self.sandbox.side_door("POST", "clock", pause=True, step_s=AHEAD_S)

    def start(self) -> None:
        words = (
            "--series",
            "KXHIGHNY,KXHIGHCHI",
            "--tier",
            "prestige",
            "--state",
            str(self.folder / "state"),
        )
        port = () if not self.port else ("--port", str(self.port))
        self._process, self.sandbox = start_sandbox(self.folder, *words, *port)
        self.port = int(self.sandbox.root.rpartition(":")[2])

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def trader(self) -> KalshiClient:
        found: RunningSandbox = self.sandbox
        credentials = load_credentials_file(found.key_id, Path(found.private_key_path), Venue.SANDBOX)
        return KalshiClient(endpoint_of(found.rest, found.ws), credentials, settings=QUICK)

    def reader(self, mode: Mode, transport: httpx.AsyncBaseTransport | None = None) -> KalshiReader:
        """One that may only read; without a key where prices are polled."""
        key = None
        if mode is Mode.STREAMED:
            made = self.sandbox.side_door("POST", "keys", scopes=["read"], tier="prestige")
            key = load_credentials(str(made["key_id"]), str(made["private_key"]), Venue.SANDBOX)
        endpoint = endpoint_of(self.sandbox.rest, self.sandbox.ws)
        return KalshiReader(endpoint, key, settings=QUICK, http_transport=transport)


class PaperRig:
    """Use it as an async context manager; :meth:`until` waits for what ticks bring."""

    def __init__(
        self,
        upstream: Upstream,
        mode: Mode,
        *,
        gap_s: int = 60,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.upstream = upstream
        options = MirrorOptions(
            upstream.sandbox.rest,
            mode,
            ("KXHIGHNY",),
            gap_ns=gap_s * SECOND_NS,
            blind_ns=min(gap_s, 3) * SECOND_NS,
        )
        rules = ExchangeRules(keeps_maintenance=False, settles_by_timer=False)
        self.exchange = Exchange(world_id="paper", now_ns=time.time_ns(), rules=rules)
        self.exchange.open_account("ann", {0: 1_000 * DOLLAR_UD})
        self.mirror = Mirror(options)
        self.mirror.open(self.exchange)
        self.link = PaperLink(upstream.reader(mode, transport), self.mirror, self.exchange, QUICKLY)
        self._tasks: list[asyncio.Task[None]] = []
        self._stepped = asyncio.Event()

    async def __aenter__(self) -> PaperRig:
        await self.link.begin()
        self.tick()
        self._tasks = [asyncio.create_task(self.link.run()), asyncio.create_task(self._ticking())]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def tick(self) -> None:
        now_ns = time.time_ns()
        self.mirror.advance(self.exchange, now_ns)
        self.exchange.advance(now_ns)
        self._stepped.set()

    async def _ticking(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(0.02)

    async def until(self, holds: Callable[[], bool], what: str = "") -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                self._stepped.clear()
                await self._stepped.wait()
        assert holds(), what

    async def until_mirrored(self) -> str:
        """Waits for a market with a two-sided book of some depth that is shown whole; returns its ticker."""
        await self.until(lambda: self._mirrored() is not None, "no market is mirrored")
        found = self._mirrored()
        assert found is not None
        return found

    def _mirrored(self) -> str | None:
        for ticker, record in self.exchange.markets.items():
            there = self.mirror.books.book(ticker)
            if there is not None and len(there.bids) > 2 and len(there.asks) > 2 and record.levels == there:
                return ticker
        return None

    def order(
        self, ticker: str, side: BookSide, price_bp: int, count_c: int, *, rests: bool = False
    ) -> Order:
        force = TimeInForce.GOOD_TILL_CANCELED if rests else TimeInForce.IMMEDIATE_OR_CANCEL
        request = OrderRequest(ticker, side, price_bp, count_c, time_in_force=force)
        return self.exchange.create_order("ann", request).order
