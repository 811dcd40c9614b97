"""The exchange behind one object. Two types: one reads, the other one also acts.

:class:`KalshiReader` has no method that changes anything at the exchange: give it to whatever must not trade
(the source of a paper exchange, a collector). :class:`KalshiClient` has those methods too.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import httpx

from engine.kalshi.budget_queue import Lane
from engine.kalshi.clock import Clock, SystemClock
from engine.kalshi.clock_offset import ClockOffset
from engine.kalshi.credentials import Credentials
from engine.kalshi.drift import DriftCounter
from engine.kalshi.hosts import Endpoint
from engine.kalshi.rate_budget import RateBudget
from engine.kalshi.reader import Reader
from engine.kalshi.rest.account import AccountReads, AccountWrites
from engine.kalshi.rest.both_tiers import BothTiers
from engine.kalshi.rest.candles import CandleReads
from engine.kalshi.rest.events import EventReads
from engine.kalshi.rest.exchange import ExchangeReads
from engine.kalshi.rest.historical import HistoricalReads
from engine.kalshi.rest.indexes import IndexReads
from engine.kalshi.rest.markets import MarketReads
from engine.kalshi.rest.order_batches import OrderBatches
from engine.kalshi.rest.order_groups import OrderGroupReads, OrderGroupWrites
from engine.kalshi.rest.orders import OrderWrites
from engine.kalshi.rest.portfolio import PortfolioReads
from engine.kalshi.rest.series import SeriesReads
from engine.kalshi.rest.trades import TradeReads
from engine.kalshi.rest.transfers import TransferWrites
from engine.kalshi.sender import OrphanListener, Sender
from engine.kalshi.settings import ClientSettings
from engine.kalshi.signer import Signer
from engine.kalshi.transport import Transport


class Reads:
    """Every read, in one lane of the rate budget."""

    def __init__(
        self, reader: Reader, budget: RateBudget, settings: ClientSettings, clock: Clock, lane: Lane
    ) -> None:
        self.exchange = ExchangeReads(reader, settings, lane)
        self.account = AccountReads(reader, settings, lane, budget)
        self.series = SeriesReads(reader, settings, lane)
        self.events = EventReads(reader, settings, lane)
        self.markets = MarketReads(reader, settings, lane)
        self.trades = TradeReads(reader, settings, lane)
        self.candles = CandleReads(reader, settings, lane)
        self.historical = HistoricalReads(reader, settings, lane)
        self.both_tiers = BothTiers(reader, settings, lane, clock)
        self.portfolio = PortfolioReads(reader, settings, lane)
        self.order_groups = OrderGroupReads(reader, settings, lane)
        self.indexes = IndexReads(reader, settings, lane)


class Writes:
    """Every request that changes something: sent once, its outcome a value."""

    def __init__(self, sender: Sender, subaccount: int | None) -> None:
        self.orders = OrderWrites(sender, subaccount=subaccount)
        self.batches = OrderBatches(sender, subaccount=subaccount)
        self.order_groups = OrderGroupWrites(sender)
        self.transfers = TransferWrites(sender)
        self.account = AccountWrites(sender)


class KalshiReader:
    """A client that can only read.

    Without ``credentials`` it reads what is public. Raises VenueMismatch for a key of another venue than the
    endpoint's. Use it as an async context manager, or call :meth:`aclose`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | None = None,
        *,
        settings: ClientSettings | None = None,
        clock: Clock | None = None,
        drift: DriftCounter | None = None,
        jitter: Callable[[], float] = random.random,
        http_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.settings = settings if settings is not None else ClientSettings()
        self.clock = clock if clock is not None else SystemClock()
        self.drift = drift if drift is not None else DriftCounter()
        self.offset = ClockOffset(self.clock)
        self.budget = RateBudget(self.clock)
        self.signer = None if credentials is None else Signer(credentials, self.offset.exchange_now_ms)
        self._transport = Transport(
            endpoint, self.signer, self.offset, self.clock, self.settings, http_transport
        )
        self._reader = Reader(self._transport, self.budget, self.clock, self.settings, self.drift, jitter)
        self._lanes: dict[Lane, Reads] = {}

    def reads(self, lane: Lane) -> Reads:
        """The reads in a lane: ``Lane.EXIT`` for what a stop waits for, RECONCILE for the account's state,
        COLLECT for what can wait."""
        if lane not in self._lanes:
            self._lanes[lane] = Reads(self._reader, self.budget, self.settings, self.clock, lane)
        return self._lanes[lane]

    @property
    def health(self) -> str:
        """``ok`` or ``failing``, as the last request went; empty before the first."""
        return self._transport.health

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def __aenter__(self) -> KalshiReader:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.endpoint.venue}, {self.endpoint.rest_url})"


class KalshiClient(KalshiReader):
    """A client that reads and acts.

    ``on_orphan`` hears the outcome of a request whose caller was cancelled. While ``is_halted`` nothing that
    may add risk is sent.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        *,
        settings: ClientSettings | None = None,
        clock: Clock | None = None,
        drift: DriftCounter | None = None,
        jitter: Callable[[], float] = random.random,
        http_transport: httpx.AsyncBaseTransport | None = None,
        on_orphan: OrphanListener | None = None,
        is_halted: Callable[[], bool] | None = None,
        subaccount: int | None = None,
    ) -> None:
        super().__init__(
            endpoint,
            credentials,
            settings=settings,
            clock=clock,
            drift=drift,
            jitter=jitter,
            http_transport=http_transport,
        )
        self._sender = Sender(
            self._transport, self.budget, self.clock, self.settings, self.drift, on_orphan, is_halted
        )
        self.writes = Writes(self._sender, subaccount)

    async def aclose(self) -> None:
        """Waits for requests in flight (each ends by its time-out), then closes the connections."""
        await self._sender.aclose()
        await super().aclose()

    async def __aenter__(self) -> KalshiClient:
        return self
