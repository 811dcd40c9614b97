"""An engine as a process that trades by itself: ``python engine_process.py HOME SEED SERIES,SERIES``.

``HOME/sandbox.json`` says where the exchange is. Each answered order is a line of JSON on standard output, so
that nobody can say later that it was not promised. A line ``check`` on standard input stops the trading; when
nothing is in doubt, the ledger is compared with the exchange's truth, the result is a line, and it goes on.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from pathlib import Path
from random import Random
from typing import Any

import httpx
import msgspec
from ground_truth import disagreements, truth_by_side_door
from live_engine import LiveEngine
from running_sandbox import RunningSandbox

from engine.core.settings import EngineSettings, Timings
from engine.domain.command import CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.units import DOLLAR_UD, MILLISECOND_NS, SECOND_NS
from engine.kalshi.errors import KalshiError
from engine.kalshi.settings import ClientSettings

DEPOSITS_UD = 20_000 * DOLLAR_UD
TRADERS = 4
PAUSE_S = 0.05
"""About what a trader waits between two orders."""
AGREE_WITHIN_S = 25.0
DOUBTFUL = (OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN)


class Trading:
    """Traders who choose at random, and the person who checks the books."""

    def __init__(self, live: LiveEngine, sandbox: RunningSandbox, chance: Random) -> None:
        self._live = live
        self._sandbox = sandbox
        self._chance = chance
        self._may_trade = asyncio.Event()
        self._may_trade.set()

    async def trade(self) -> None:
        while True:
            await self._may_trade.wait()
            try:
                answer = await self._live.ask(self._choose())
            except TimeoutError:
                continue
            if answer.client_order_id and not answer.deny_code:
                say(answered=answer.client_order_id)
            await asyncio.sleep(self._chance.expovariate(1 / PAUSE_S))

    async def check(self) -> None:
        """Says what is wrong once everything had time to settle; nothing, if nothing is."""
        self._may_trade.clear()
        wrong, waited = await self._wrong(), 0.0
        while wrong and waited < AGREE_WITHIN_S:
            await asyncio.sleep(0.25)
            waited += 0.25
            wrong = await self._wrong()
        money = self._live.runtime.engine.money  # type: ignore[union-attr]
        say(wrong=wrong, orders=len(money.orders), fills=len(money.fills), known=sorted(money.orders))
        self._may_trade.set()

    async def _wrong(self) -> list[str]:
        engine = self._live.runtime.engine  # type: ignore[union-attr]
        doubts = [name for name, record in engine.money.orders.items() if record.state in DOUBTFUL]
        if doubts or not engine.is_ready:
            return [f"in doubt: {', '.join(doubts)}; ready: {engine.is_ready}"]
        exclusive = frozenset(name for name, event in engine.events.items() if event.mutually_exclusive)
        try:
            truth = await asyncio.to_thread(truth_by_side_door, self._see, exclusive)
        except httpx.TransportError as error:
            return [f"the exchange does not answer: {error}"]
        return disagreements(engine.money, truth, DEPOSITS_UD)

    def _see(self, path: str) -> dict[str, Any]:
        return self._sandbox.side_door("GET", path)

    def _choose(self) -> CommandBody:
        chance = self._chance
        money = self._live.runtime.engine.money  # type: ignore[union-attr]
        kind = chance.random()
        if kind < 0.2 and money.working:
            return CancelOrder(chance.choice(list(money.working)))
        if kind < 0.3 and money.positions:
            return ClosePosition(str(uuid.uuid4()), chance.choice(list(money.positions)))
        return self._order()

    def _order(self) -> PlaceOrder:
        chance = self._chance
        books = self._live.runtime.engine.books  # type: ignore[union-attr]
        ticker = chance.choice(sorted(books) or ["NONE"])
        view, leg = books.get(ticker), chance.choice((Leg.YES, Leg.NO))
        price_bp = 100 * chance.randint(2, 20)
        if view is not None and view.book.best_bid_bp and view.book.best_ask_bp:
            touch_bp = view.book.best_ask_bp if leg is Leg.YES else 10_000 - view.book.best_bid_bp
            price_bp = min(9_900, max(100, touch_bp + 100 * chance.randint(-2, 2)))
        return PlaceOrder(
            str(uuid.uuid4()),
            ticker,
            leg,
            buys=True,
            price_bp=price_bp,
            count_c=100 * chance.randint(1, 5),
            time_in_force=chance.choice((TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL)),
            again=True,
            far=True,
        )


def say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


async def live_and_trade(home: Path, seed: str, series: tuple[str, ...]) -> None:
    sandbox = msgspec.json.decode((home / "sandbox.json").read_bytes(), type=RunningSandbox)
    live = await started(home, sandbox, series)
    trading = Trading(live, sandbox, Random(seed))
    say(ready=True, books=len(live.runtime.engine.books))  # type: ignore[union-attr]
    traders = [asyncio.create_task(trading.trade()) for _ in range(TRADERS)]
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: lines.put_nowait(sys.stdin.readline()))
    while (await lines.get()).strip() == "check":
        await trading.check()
    for trader in traders:
        trader.cancel()
    await live.stop()


async def started(home: Path, sandbox: RunningSandbox, series: tuple[str, ...]) -> LiveEngine:
    """Again after a moment, while the exchange cannot be reached."""
    settings = EngineSettings(series=series, timings=Timings(reconcile_period_ns=10 * SECOND_NS))
    client = ClientSettings(post_timeout_ns=500 * MILLISECOND_NS)
    while True:
        live = LiveEngine(sandbox, home / "ledger.sqlite", settings, client)
        try:
            await live.start()
            return live
        except (KalshiError, httpx.TransportError):
            await live.ledger.close()
            await asyncio.sleep(0.3)


if __name__ == "__main__":
    asyncio.run(live_and_trade(Path(sys.argv[1]), sys.argv[2], tuple(sys.argv[3].split(","))))
