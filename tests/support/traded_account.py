"""An account with a past: months of orders, partial fills, both legs, settlements and deposits, from a seed.

It trades at the sandbox's own exchange against one other customer, by the exchange's own rules. The clock
stands between the steps, so that the same seed makes the same account.
"""

from __future__ import annotations

import contextlib
import random
from decimal import Decimal

from small_world import QuietSource, small_world

from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.market import Event, Market, Series, Strike, StrikeType
from engine.domain.order import BookSide, OrderRequest, TimeInForce
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DAY_NS, DOLLAR_UD, HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.refusal import Refusal
from engine.sandbox.server.store import Store
from engine.sandbox.server.wall import SystemWall
from engine.sandbox.server.world import World

ANN, MOB = "ann", "mob"
WEATHER, COIN = "KXHIGHNY", "KXBTCD"
COIN_FEES = FeeSchedule(fee_type=FeeType.QUADRATIC_WITH_MAKER_FEES, multiplier_millionths=500_000)
START_NS = 1_795_176_000 * SECOND_NS
"""Noon of 20 November 2026 in Greenwich: six weeks before a new year, whatever the day of the test."""
_LEGS = 3


class NothingListed(QuietSource):
    """Whoever makes the past lists its markets."""

    def open(self, exchange: Exchange) -> None:
        if WEATHER not in exchange.series:
            exchange.list_series(Series(WEATHER, "High in NYC", "Climate", "daily", FeeSchedule()))
            exchange.list_series(Series(COIN, "Bitcoin", "Crypto", "hourly", COIN_FEES, exchange_index=2))


class TradedAccount:
    """``events`` of them, one each three days; the last two are not settled."""

    def __init__(self, seed: int, *, events: int = 40, orders: int = 12) -> None:
        self.random = random.Random(seed)
        self.world: World = small_world(
            SystemWall(),
            Store.in_memory(),
            kind="past",
            make_source=lambda options: NothingListed(),
            start_ns=lambda source: START_NS,
        )
        self.world.clock.set_paused(True)
        cash_ud = {0: 100_000 * DOLLAR_UD, 2: 100_000 * DOLLAR_UD}
        self.exchange.open_account(ANN, cash_ud)
        self.exchange.open_account(MOB, {shard: 100 * amount for shard, amount in cash_ud.items()})
        for number in range(events):
            self.live_through(number, orders, settles=number < events - 2)

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    @property
    def account(self) -> Account:
        return self.exchange.accounts[ANN]

    def pass_time(self, length_ns: Nanoseconds) -> None:
        self.world.clock.step(length_ns)
        self.world.tick()

    def cancel_all(self) -> None:
        """Nothing of Ann's rests any more, so that all her cash is told."""
        for order in list(self.account.resting.values()):
            self.exchange.cancel_order(ANN, order.order_id)

    def live_through(self, number: int, orders: int, *, settles: bool) -> None:
        """One event: listed, traded, and perhaps settled."""
        tickers = self._list(number)
        if number % 9 == 4:
            self.exchange.deposit(ANN, 0, self.random.randrange(1, 90_000) * 10_000)
        for _ in range(orders):
            self._trade(self.random.choice(tickers))
            self.pass_time(self.random.randrange(1, 40) * MINUTE_NS)
        if settles:
            self._settle(tickers, exclusive=number % 2 == 0)
        self.pass_time(3 * DAY_NS)

    def _list(self, number: int) -> list[str]:
        series = WEATHER if number % 2 == 0 else COIN
        event = f"{series}-E{number:03d}"
        shard = 0 if series == WEATHER else 2
        self.exchange.list_event(
            Event(event, series, event, "", mutually_exclusive=series == WEATHER, exchange_index=shard)
        )
        tickers = [f"{event}-T{leg}" for leg in range(_LEGS)]
        for ticker in tickers:
            self.exchange.list_market(_market(ticker, event, series, self.exchange.now_ns))
        self.pass_time(MINUTE_NS)
        return tickers

    def _trade(self, ticker: str) -> None:
        """Ann takes from the mob, or the mob from her; more than is there, or less."""
        price = self.random.randrange(4, 96) * 100
        side = self.random.choice((BookSide.BID, BookSide.ASK))
        other = BookSide.ASK if side is BookSide.BID else BookSide.BID
        resting, taking = (MOB, ANN) if self.random.random() < 0.6 else (ANN, MOB)
        offered, wanted = self._count(), self._count()
        self._order(resting, ticker, side, price, offered, TimeInForce.GOOD_TILL_CANCELED)
        if self.random.random() < 0.9:
            self._order(taking, ticker, other, price, wanted, TimeInForce.IMMEDIATE_OR_CANCEL)
        for order in list(self.exchange.accounts[resting].resting.values()):
            if resting == MOB or self.random.random() < 0.7:
                self.exchange.cancel_order(resting, order.order_id)

    def _count(self) -> int:
        """Whole contracts as a rule, at times a part of one."""
        count = self.random.randrange(1, 20) * 100
        return count + self.random.randrange(1, 100) if self.random.random() < 0.3 else count

    def _order(
        self, account: str, ticker: str, side: BookSide, price_bp: int, count_c: int, tif: TimeInForce
    ) -> None:
        name = f"{account}-{len(self.exchange.orders)}-{self.random.randrange(10**9)}"
        # There may be no cash left for it, or it may meet an order of its own.
        with contextlib.suppress(Refusal):
            self.exchange.create_order(
                account, OrderRequest(ticker, side, price_bp, count_c, name, time_in_force=tif)
            )

    def _settle(self, tickers: list[str], *, exclusive: bool) -> None:
        winner = self.random.randrange(len(tickers))
        for number, ticker in enumerate(tickers):
            if exclusive:
                value_bp = 10_000 if number == winner else 0
            else:
                value_bp = self.random.choice((0, 10_000, 10_000, 3_721))
            self.exchange.close_now(ticker)
            self.exchange.determine(ticker, value_bp)
            self.exchange.settle_now(ticker)


def _market(ticker: str, event: str, series: str, now_ns: Nanoseconds) -> Market:
    structure = "linear_cent" if series == WEATHER else "tapered_deci_cent"
    return Market(
        ticker=ticker,
        event_ticker=event,
        series_ticker=series,
        title=ticker,
        yes_sub_title="yes",
        no_sub_title="no",
        rules_primary="If it is so, then Yes.",
        open_ns=now_ns,
        close_ns=now_ns + 30 * DAY_NS,
        expected_expiration_ns=now_ns + 30 * DAY_NS + HOUR_NS,
        latest_expiration_ns=now_ns + 40 * DAY_NS,
        strike=Strike(StrikeType.GREATER, Decimal(50)),
        price_level_structure=structure,
        grid=STRUCTURES[structure],
        fees=FeeSchedule() if series == WEATHER else COIN_FEES,
        exchange_index=0 if series == WEATHER else 2,
    )
