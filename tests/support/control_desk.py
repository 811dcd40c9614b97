"""A whole engine with its control socket, over an exchange where nothing happens unless a test says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from core_bench import SERIES, START, TICKER, balance, event_of, listed_order, market
from live_engine import Heard, LiveClock, Uuids
from wide_limits import WIDE_LIMITS

from engine.control.client import ControlClient
from engine.control.limits import ControlLimits
from engine.control.server import ControlServer
from engine.core import effects, inputs
from engine.core.engine import Engine
from engine.core.money import MoneyState
from engine.core.settings import EngineSettings
from engine.domain.command import PlaceOrder
from engine.domain.feed import BookFresh, BookUpdated, FeedConnected
from engine.domain.market import Market
from engine.domain.order import BookSide, Leg
from engine.domain.units import CONTRACT_BP
from engine.domain.venue import VenueOrder
from engine.ledger.queries import LedgerQueries
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.runtime import Runtime

WIDE = EngineSettings(series=(SERIES,), limits=WIDE_LIMITS)


class StillVenue:
    """Orders rest as they come; ``answers`` may say otherwise of the next ones, by client order id."""

    def __init__(self, markets: Sequence[Market]) -> None:
        self.markets = markets
        self.orders: dict[str, VenueOrder] = {}
        self.answers: dict[str, inputs.CoreEvent | None] = {}
        self.sent: list[str] = []

    async def start(self, sink: Callable[[inputs.CoreEvent], None]) -> None:
        self.sink = sink
        sink(FeedConnected(1))

    async def stop(self) -> None:
        pass

    async def carry_out(self, effect: effects.Effect) -> inputs.CoreEvent | None:
        match effect:
            case effects.SubmitOrder():
                return self._submit(effect)
            case effects.CancelOrder():
                gone = self.orders.pop(effect.client_order_id, None)
                return inputs.CancelAcked(effect.client_order_id, 0 if gone is None else gone.remaining_c)
            case effects.WatchBooks():
                for ticker in effect.tickers:
                    self.sink(BookFresh(ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))
                return None
            case effects.ReadOrders():
                found = tuple(self.orders.values())
                return inputs.OrdersRead(effect.ticker, effect.since_ns, found, START, True)
        return self._read(effect)

    def _submit(self, effect: effects.SubmitOrder) -> inputs.CoreEvent | None:
        name = effect.request.client_order_id
        self.sent.append(name)
        if name in self.answers:
            return self.answers.pop(name)
        self.orders[name] = listed_order(name, count_c=effect.request.count_c)
        return inputs.Acked(name, f"v-{name}", 0, effect.request.count_c)

    def _read(self, effect: effects.Effect) -> inputs.CoreEvent | None:
        match effect:
            case effects.ReadStatus():
                return inputs.StatusRead(True, True, {})
            case effects.ReadBalance():
                return inputs.BalanceRead(balance())
            case effects.ReadPositions():
                return inputs.PositionsRead((), START, True)
            case effects.ReadFills():
                return inputs.FillsRead(effect.since_ns, (), START, True)
            case effects.ReadSettlements():
                return inputs.SettlementsRead(effect.since_ns, (), True)
            case effects.ReadMarkets():
                events = {listed.event_ticker: event_of(listed) for listed in self.markets}
                return inputs.MarketsRead(
                    effect.series_ticker, tuple(events.values()), tuple(self.markets), True
                )
        return None


class ControlDesk:
    """``path`` is the socket's; times and limits are real, and small where a test waits for them."""

    def __init__(
        self,
        folder: Path,
        markets: Sequence[Market] = (),
        limits: ControlLimits | None = None,
        settings: EngineSettings = WIDE,
        money: MoneyState | None = None,
        **server: Any,
    ) -> None:
        self.path = folder / "engine.sock"
        self.venue = StillVenue(markets or (market(),))
        ledger_path = folder / "ledger.sqlite"
        self.ledger = SqliteLedger.open(ledger_path, loop=asyncio.get_running_loop())
        self.queries = LedgerQueries(ledger_path)
        self.engine = Engine(settings, money or MoneyState())
        clock = LiveClock(START - time.time_ns())
        self.runtime = Runtime(self.engine, self.venue, self.ledger, clock, Uuids(), Heard())
        self.server = ControlServer(self.runtime, self.queries, self.path, clock, limits=limits, **server)
        self._orders = count(1)

    async def __aenter__(self) -> ControlDesk:
        self.running = asyncio.create_task(self.runtime.run())
        await self.until(lambda: self.engine.is_ready)
        await self.server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.server.stop()
        await self.runtime.stop(graceful=False)
        await self.running
        await self.queries.close()

    async def until(self, holds: Callable[[], bool], within_s: float = 10) -> None:
        """Waits for steps of the engine until something is so."""
        stepped = asyncio.Event()
        end = self.runtime.subscribe(lambda _: stepped.set())
        try:
            async with asyncio.timeout(within_s):
                while not holds():
                    await stepped.wait()
                    stepped.clear()
        finally:
            end()

    async def connect(self, **options: Any) -> ControlClient:
        return await ControlClient.connect(self.path, **options)

    def order(self, **changes: Any) -> PlaceOrder:
        """A bid that rests; each at a price of its own count, so that none looks like a repetition."""
        number = next(self._orders)
        order = PlaceOrder(f"o{number}", TICKER, Leg.YES, True, 4_800, 100 + number)
        return msgspec.structs.replace(order, **changes)

    def tick(self, ticker: str = TICKER, delta_c: int = 100, price_bp: int = 4_900) -> None:
        """One level of the bids changes."""
        assert 0 < price_bp < CONTRACT_BP
        self.runtime.post(BookUpdated(ticker, BookSide.BID, price_bp, delta_c, None, None))
