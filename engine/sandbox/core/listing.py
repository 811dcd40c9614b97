"""What is listed: a market with its queue of orders and its running figures."""

from __future__ import annotations

from collections import deque
from functools import lru_cache

from engine.domain.market import Market, MarketStatus
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CountC, MicroDollars, PriceBp
from engine.sandbox.core.clock import Clock
from engine.sandbox.core.day_window import DayWindow, Quote
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.past import NO_PAST
from engine.sandbox.core.queue import OrderQueue


class ListingError(ValueError):
    """Something that cannot be listed, or not changed in that way."""


@lru_cache(maxsize=64)
def valid_prices(grid: PriceGrid) -> frozenset[PriceBp]:
    """Every price an order may have on a grid."""
    prices = set()
    price: PriceBp | None = grid.lowest_bp
    while price is not None:
        prices.add(price)
        price = grid.up(price)
    return frozenset(prices)


class MarketRecord:
    """One listed market. ``market`` is a frozen value, replaced when something of it changes."""

    __slots__ = (
        "clock",
        "day",
        "dollar_volume_ud",
        "event_ticker",
        "exchange_index",
        "has_maker_fees",
        "highest_fee_bp",
        "is_exclusive",
        "last_trade_bp",
        "last_trade_c",
        "levels",
        "market",
        "market_id",
        "open_interest_c",
        "past",
        "queue",
        "ticker",
        "trade_count",
        "trades",
        "trades_saved",
        "trades_unsaved",
        "valid_prices",
        "volume_c",
    )

    def __init__(
        self, market: Market, *, market_id: str, is_exclusive: bool, clock: Clock, trades_kept: int
    ) -> None:
        self.market = market
        self.ticker = market.ticker
        self.event_ticker = market.event_ticker
        self.exchange_index = market.exchange_index
        self.market_id = market_id
        self.is_exclusive = is_exclusive
        """Its event shares collateral (MECNET)."""
        self.has_maker_fees = False
        self.highest_fee_bp: PriceBp = 0
        """No contract costs a higher fee at any price, but for rounding."""
        self.read_fees()
        self.valid_prices = valid_prices(market.grid)
        self.queue = OrderQueue()
        self.levels = self.queue.levels
        """The YES book; read only."""
        self.clock = 0
        """How often the book changed."""
        self.past = NO_PAST
        """What its source told of it; the running figures go on from there."""
        self.last_trade_bp: PriceBp | None = None
        self.last_trade_c: CountC = 0
        self.volume_c: CountC = 0
        self.dollar_volume_ud: MicroDollars = 0
        self.open_interest_c: CountC = 0
        self.trades: deque[Traded] = deque(maxlen=trades_kept)
        self.trade_count = 0
        self.trades_saved = 0
        self.trades_unsaved: list[Traded] = []
        """Prints that had to make room before they were saved."""
        self.day = DayWindow(clock)

    def read_fees(self) -> None:
        """Looks anew at what the market charges."""
        fees = self.market.fees
        self.has_maker_fees = fees.exact(5_000, 100, is_taker=False) > 0
        self.highest_fee_bp = fees.highest_bp

    def add_trade(self, trade: Traded) -> None:
        """Puts a print after the others; the oldest makes room, but is not lost before it was saved."""
        trades = self.trades
        first = self.trade_count - len(trades)
        if len(trades) == trades.maxlen and first >= self.trades_saved:
            self.trades_unsaved.append(trades[0])
        trades.append(trade)
        self.trade_count += 1

    @property
    def told_open_interest_c(self) -> CountC:
        """The part of the open interest that was told; what accounts hold here is the rest."""
        return 0 if self.market.status is MarketStatus.FINALIZED else self.past.open_interest_c

    @property
    def volume_24h_c(self) -> CountC:
        return self.day.volume_c

    @property
    def quote(self) -> Quote:
        """Best bid, best ask and last trade now."""
        return self.levels.best_bid_bp, self.levels.best_ask_bp, self.last_trade_bp

    @property
    def previous_yes_bid_bp(self) -> PriceBp | None:
        """The best bid a day ago; None if that is not known."""
        return self.day.previous(self.quote)[0]

    @property
    def previous_yes_ask_bp(self) -> PriceBp | None:
        return self.day.previous(self.quote)[1]

    @property
    def previous_price_bp(self) -> PriceBp | None:
        return self.day.previous(self.quote)[2]
