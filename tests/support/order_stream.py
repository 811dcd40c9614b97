"""Orders without end through the control socket of a running engine, however often that goes away."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from pathlib import Path
from random import Random

from engine.control.client import ControlClient
from engine.control.errors import ControlError
from engine.control.protocol import WATCH, AnswerState, CommandAnswer
from engine.control.rows.markets import QuoteRow
from engine.domain.command import CancelOrder, ClosePosition, CommandBody, PlaceOrder
from engine.domain.order import Leg, TimeInForce

TRADERS = 4
PAUSE_S = 0.05
"""About what a trader waits between two orders."""
AGAIN_S = 0.05
PATIENCE_S = 90.0


class OrderStream:
    """Traders who choose at random. ``promised`` are the orders that the engine said it has; ``asked`` all
    that were ever named to it, answered or not."""

    def __init__(self, socket: Path, chance: Random) -> None:
        self.promised: set[str] = set()
        self.asked: set[str] = set()
        self.answers = 0
        self._socket = socket
        self._chance = chance
        self._may_trade = asyncio.Event()
        self._may_trade.set()
        self._answered = asyncio.Event()
        self._busy = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> OrderStream:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._task is not None
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def answered(self, count: int) -> None:
        """Waits for so many more orders that the engine has."""
        assert self._task is not None
        goal = self.answers + count
        async with asyncio.timeout(PATIENCE_S):
            while self.answers < goal:
                if self._task.done():
                    self._task.result()
                self._answered.clear()
                await self._answered.wait()

    async def pause(self) -> None:
        """No new order from here on; returns when none is unanswered."""
        self._may_trade.clear()
        async with asyncio.timeout(PATIENCE_S):
            while self._busy:
                self._answered.clear()
                await self._answered.wait()

    def go_on(self) -> None:
        self._may_trade.set()

    async def _run(self) -> None:
        while True:
            try:
                async with await ControlClient.connect(self._socket, name="stream") as client:
                    await client.subscribe(WATCH)
                    await client.until(lambda replica: replica.watch.is_whole)
                    await asyncio.gather(*(self._trade(client) for _ in range(TRADERS)))
            except ControlError:
                await asyncio.sleep(AGAIN_S)

    async def _trade(self, client: ControlClient) -> None:
        """Until the connection is lost."""
        while True:
            await self._may_trade.wait()
            body = self._choose(client)
            self.asked.add(getattr(body, "client_order_id", ""))
            self._busy += 1
            try:
                self._take(await client.command(body))
            finally:
                self._busy -= 1
                self._answered.set()
            await asyncio.sleep(self._chance.expovariate(1 / PAUSE_S))

    def _take(self, answer: CommandAnswer) -> None:
        if answer.state is not AnswerState.DENIED and answer.order is not None:
            self.promised.add(answer.client_order_id)
            self.answers += 1

    def _choose(self, client: ControlClient) -> CommandBody:
        chance, desk = self._chance, client.replica.desk
        kind = chance.random()
        if kind < 0.2 and desk.orders:
            return CancelOrder(chance.choice(list(desk.orders)))
        if kind < 0.3 and desk.positions:
            return ClosePosition(str(uuid.uuid4()), chance.choice(list(desk.positions)))
        return self.order(chance.choice(list(client.replica.watch.quotes.values())))

    def order(self, quote: QuoteRow) -> PlaceOrder:
        """Around the touch, or far below it where there is none."""
        chance, leg = self._chance, self._chance.choice((Leg.YES, Leg.NO))
        price_bp = 100 * chance.randint(2, 20)
        if quote.bid_bp and quote.ask_bp:
            touch_bp = quote.ask_bp if leg is Leg.YES else 10_000 - quote.bid_bp
            price_bp = min(9_900, max(100, touch_bp + 100 * chance.randint(-2, 2)))
        return PlaceOrder(
            str(uuid.uuid4()),
            quote.ticker,
            leg,
            buys=True,
            price_bp=price_bp,
            count_c=100 * chance.randint(1, 5),
            time_in_force=chance.choice((TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL)),
            again=True,
            far=True,
        )
