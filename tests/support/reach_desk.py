"""A real daemon and its exchange, reached as a person reaches them: by ``sparko`` and by a console's client.

``sparko`` runs inside of this process: see ``sparko_here``.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import threading
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from daemon_client import client_of, lively_quotes
from running_daemon import LOOK_EACH_S, PATIENCE_S, ROOT, RunningDaemon
from sparko_here import Ran, done, ran

from console.tools.tickers import exchange_now_ns
from engine.control.protocol import CommandAnswer
from engine.control.rows.markets import QuoteRow
from engine.domain.command import CommandBody

WORLD = """
[sandbox]
series = ["KXHIGHNY", "KXBTCD", "KXBTC15M"]
start = "2026-11-20T15:00:00Z"
"""
"""The last one's prices are tenths of a cent at the edges."""
WIDE = """
[limits]
order_contracts = 1000000
order_loss_dollars = 1000000
market_loss_dollars = 1000000
event_loss_dollars = 1000000
total_loss_dollars = 1000000
total_percent = 100
day_loss_dollars = 1000000
day_loss_percent = 100
bot_wager_dollars = 1000000
bot_entries_per_scan = 1000000
bot_entries_per_hour = 1000000
bot_entries_per_day = 1000000
bot_close_seconds = 0
entries_per_minute = 1000000
collar_cents = 99
loss_pause_seconds = 0
losses_in_a_row = 1000000
"""
"""No limit is met that a test does not set."""
SHORT = """
[breakers]
rejects_in_a_row = 3
unknowns_in_a_row = 2
feed_seconds = 2
clock_seconds = 5
commit_seconds = 1
wait_seconds = 3
"""


class ReachDesk(RunningDaemon):
    bent: Path
    """The folder of :meth:`bend`."""

    def __init__(self, home: Path, config: str = "", **environment: str) -> None:
        super().__init__(home, f"post_timeout_s = 3\n{config or WIDE}{WORLD}", **environment)

    def bend(self, **said: str) -> None:
        """Tells the machine of ``bent_daemon`` something, and has the next start be one."""
        folder = self.home.with_name(f"{self.home.name}.bent")
        folder.mkdir(exist_ok=True)
        for name, text in said.items():
            (folder / f"{name}.new").write_text(text)
            (folder / f"{name}.new").rename(folder / name)
        self.bent = folder
        self.program = (str(Path(__file__).with_name("bent_daemon.py")),)
        self._environment = self._environment | {"SPARKO_BENT": str(folder), "PYTHONPATH": str(ROOT)}

    def again(self) -> None:
        """Killed, and started."""
        self.kill()
        self.start()

    def held(self, count: str = "5", least: int = 1) -> list[str]:
        """Buys at the ask, in that many of the liveliest markets."""
        tickers = [quote.ticker for quote in self.lively(least)[:least]]
        for ticker in tickers:
            bought = ("--side", "yes", "--count", count, "--price", "95", "--tif", "ioc", "--again")
            self.until(lambda bought=bought, ticker=ticker: self._buys(ticker, bought), "nothing is sold")
        return tickers

    def _buys(self, ticker: str, words: tuple[str, ...]) -> bool:
        return bool(self.patient("order", ticker, *words).document["filled"])

    @contextlib.contextmanager
    def without_exchange(self) -> Iterator[None]:
        """Nobody listens there: each one that the engine begins anew is killed, until the end."""
        over = threading.Event()

        def keep_down() -> None:
            while not over.wait(LOOK_EACH_S):
                for pid in self.exchanges():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)

        keeping = threading.Thread(target=keep_down)
        keeping.start()
        try:
            self.until(lambda: not self.status()["exchange"]["connected"], "still connected")
            yield
        finally:
            over.set()
            keeping.join()
        self.until(lambda: self.status()["exchange"]["connected"], "not connected")

    def flat(self) -> None:
        """Closes until nothing is held: a book may move away from a close."""

        def is_flat() -> bool:
            rows = self.done("positions")
            for row in rows:
                self.run("close", row["ticker"])
            return not rows

        self.until(is_flat, "a position stays")

    def run(self, *words: str) -> Ran:
        """``sparko`` with these words, on this home."""
        return ran(self.home, *words)

    def done(self, *words: str) -> Any:
        """The document of a command that does what it is told."""
        return done(self.home, *words)

    def taken(self, *words: str) -> Any:
        """The same of an entry; where the feed is silent for a moment, it is asked for again."""
        ran = self.patient(*words)
        assert ran.code == 0, (words, ran)
        return ran.document

    def patient(self, *words: str, wanted: str = "") -> Ran:
        """What a command came to, once the feed is not silent, unless that is wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            ran = self.run(*words)
            if ran.deny_code != "STALE_BOOK" or wanted == "STALE_BOOK":
                return ran
            assert time.monotonic() < deadline, ran
            self.lively()

    def lively(self, count: int = 1) -> list[QuoteRow]:
        """Markets that trade now, the nearest to 50 cents first."""

        async def found() -> list[QuoteRow]:
            async with client_of(self.home) as client:
                return await lively_quotes(client, count)

        return asyncio.run(_soon(found()))

    def ask(self, *bodies: CommandBody, interactive: bool = False) -> CommandAnswer:
        """The answer to the last of these commands of one console."""

        async def asked() -> CommandAnswer:
            async with client_of(self.home) as client:
                for body in bodies:
                    answer = await client.command(body, is_interactive=interactive)
                return answer

        return asyncio.run(_soon(asked()))

    def rules(self, *rules: dict[str, object]) -> None:
        """Faults of the exchange, in place of those before; none lifts them."""
        if rules:
            self.side_door("POST", "faults", rules=list(rules))
        else:
            self.side_door("DELETE", "faults")

    @contextlib.contextmanager
    def exchange_stopped(self) -> Iterator[None]:
        """It hangs meanwhile: connections stay, and nothing comes."""
        pid = self.endpoint.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def feed_s(self) -> float:
        """Since when the feed is silent."""
        ages = [feed["age_s"] for feed in self.status()["feeds"]]
        return min((age for age in ages if age is not None), default=math.inf)

    def now_ns(self) -> int:
        """Exchange time, as the engine tells it."""

        async def found() -> int:
            async with client_of(self.home) as client:
                return exchange_now_ns(client)

        return int(asyncio.run(_soon(found())))

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self.done("status")
        return found

    def breakers(self) -> dict[str, Any]:
        """By cause."""
        return {row["cause"]: row for row in self.status()["breakers"]}


async def _soon(work: Coroutine[Any, Any, Any]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        return await work
