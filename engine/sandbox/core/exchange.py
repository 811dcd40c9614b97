"""The exchange: one object over the modules that do the work. No input, no output, no clock, no chance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.domain.fee import FeeType
from engine.domain.fill import Fill
from engine.domain.market import Event, Market, Series, Strike
from engine.domain.order import BookSide, OrderRequest
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp
from engine.sandbox.core import (
    catalog,
    changing,
    event_fees,
    grouping,
    house,
    lifecycle,
    money,
    pauses,
    placing,
    remembering,
    timeline,
)
from engine.sandbox.core.access import require_exchange, resting_order
from engine.sandbox.core.accounts import Account, Settlement
from engine.sandbox.core.changes import Changes, collect
from engine.sandbox.core.changing import KEEP, Expiry
from engine.sandbox.core.feed import EventFeesChanged, FeedEvent, IndexValue, Traded
from engine.sandbox.core.groups import OrderGroup
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order, Placement
from engine.sandbox.core.past import Past
from engine.sandbox.core.restoring import restore_state
from engine.sandbox.core.rows import Row
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.core.shards import ShardStatus
from engine.sandbox.core.state import State


class Exchange:
    """An exchange of its own. Equal commands at equal times give equal ids, trades and feeds.

    The dictionaries are for reading; everything changes through the methods. Methods that carry out a
    request of an account raise Refusal and then have changed nothing; methods of the operator and of market
    sources raise ListingError, LifecycleError or InvalidQuote.
    """

    def __init__(self, *, world_id: str, now_ns: Nanoseconds, rules: ExchangeRules | None = None) -> None:
        state = State(world_id, now_ns, rules if rules is not None else ExchangeRules())
        pauses.schedule_maintenance(state)
        timeline.advance(state, now_ns)
        self._adopt(state)

    def _adopt(self, state: State) -> None:
        self._state = state
        self.world_id = state.world_id
        self.rules = state.rules
        self.series: Mapping[str, Series] = state.series
        self.events: Mapping[str, Event] = state.events
        self.markets: Mapping[str, MarketRecord] = state.markets
        self.accounts: Mapping[str, Account] = state.accounts
        self.orders: Mapping[str, Order] = state.orders
        """Every order of customers, ever; orders of the house are not kept here."""
        self.groups: Mapping[str, OrderGroup] = state.groups
        self.statuses: Mapping[int, ShardStatus] = state.statuses
        self.index_values: Mapping[str, IndexValue] = state.index_values
        """The latest value of every index."""
        self.fees_ud: Mapping[int, MicroDollars] = state.fees_ud
        """Fees collected on each shard."""

    @classmethod
    def restore(cls, rows: Iterable[Row], rules: ExchangeRules | None = None) -> Exchange:
        """The exchange that wrote these rows, without the orders of the house: sources quote anew.

        Raises RestoreError if the rows do not fit together.
        """
        exchange = cls.__new__(cls)
        exchange._adopt(restore_state(rows, rules if rules is not None else ExchangeRules()))
        return exchange

    # What is listed.

    def list_series(self, series: Series) -> None:
        catalog.list_series(self._state, series)

    def list_event(self, event: Event) -> None:
        catalog.list_event(self._state, event)

    def list_market(self, market: Market) -> MarketRecord:
        return catalog.list_market(self._state, market)

    def remember(self, ticker: str, past: Past) -> None:
        """Lets a market's figures go on from a past that nobody lived here; before its first quote."""
        remembering.remember(self._state, ticker, past)

    def markets_of(self, event_ticker: str) -> list[MarketRecord]:
        return list(self._state.markets_by_event.get(event_ticker, ()))

    def events_of(self, series_ticker: str) -> list[Event]:
        return list(self._state.events_by_series.get(series_ticker, ()))

    def update_strike(
        self,
        ticker: str,
        strike: Strike,
        *,
        yes_sub_title: str | None = None,
        no_sub_title: str | None = None,
    ) -> None:
        catalog.update_strike(self._state, ticker, strike, yes_sub_title, no_sub_title)

    def update_event_fees(
        self, event_ticker: str, fee_type: FeeType | None, multiplier_millionths: int | None
    ) -> None:
        """Overrides the fees of an event's series for the fills that follow; None overrides nothing."""
        event_fees.update_event_fees(self._state, event_ticker, fee_type, multiplier_millionths)

    def update_close(self, ticker: str, close_ns: Nanoseconds) -> None:
        lifecycle.update_close(self._state, ticker, close_ns)

    def update_grid(self, ticker: str, structure: str, grid: PriceGrid | None = None) -> None:
        catalog.update_grid(self._state, ticker, structure, grid)

    def deactivate(self, ticker: str) -> None:
        lifecycle.deactivate(self._state, ticker)

    def activate(self, ticker: str) -> None:
        lifecycle.activate(self._state, ticker)

    def close_now(self, ticker: str) -> None:
        lifecycle.close_now(self._state, ticker)

    # Results.

    def determine(self, ticker: str, settlement_bp: PriceBp, expiration_value: str = "") -> None:
        lifecycle.determine(self._state, ticker, settlement_bp, expiration_value)

    def check_result(self, ticker: str, settlement_bp: PriceBp) -> None:
        """Raises LifecycleError or InvalidSettlement if a market, once closed, could not have this result."""
        lifecycle.check_result(self._state, ticker, settlement_bp)

    def dispute(self, ticker: str) -> None:
        lifecycle.dispute(self._state, ticker)

    def amend_result(self, ticker: str, settlement_bp: PriceBp, expiration_value: str = "") -> None:
        lifecycle.amend_result(self._state, ticker, settlement_bp, expiration_value)

    def settle_now(self, ticker: str) -> None:
        lifecycle.settle_now(self._state, ticker)

    # Time and pauses.

    @property
    def now_ns(self) -> Nanoseconds:
        return self._state.clock.now_ns

    def advance(self, to_ns: Nanoseconds) -> None:
        """Everything due up to ``to_ns`` happens, each at its own time."""
        timeline.advance(self._state, to_ns)

    def next_due_ns(self) -> Nanoseconds | None:
        return timeline.next_due_ns(self._state)

    def set_active(
        self,
        *,
        exchange_active: bool | None = None,
        trading_active: bool | None = None,
        exchange_index: int | None = None,
    ) -> None:
        pauses.set_active(self._state, exchange_active, trading_active, exchange_index)

    # Accounts.

    def open_account(
        self, account_id: str, cash_ud: Mapping[int, MicroDollars], *, is_house: bool = False
    ) -> Account:
        return money.open_account(self._state, account_id, cash_ud, is_house=is_house)

    def deposit(self, account_id: str, exchange_index: int, amount_ud: MicroDollars) -> None:
        money.deposit(self._state, account_id, exchange_index, amount_ud)

    def transfer(self, account_id: str, from_index: int, to_index: int, amount_ud: MicroDollars) -> None:
        money.transfer(self._state, account_id, from_index, to_index, amount_ud)

    def available_ud(self, account_id: str, exchange_index: int) -> MicroDollars:
        """Cash less what resting orders reserve."""
        return self._state.account(account_id).available_ud(exchange_index)

    # Orders.

    def create_order(self, account_id: str, request: OrderRequest) -> Placement:
        return placing.create(self._state, account_id, request)

    def amend_order(
        self,
        account_id: str,
        order_id: str,
        *,
        price_bp: PriceBp,
        count_c: CountC,
        ticker: str | None = None,
        side: BookSide | None = None,
        client_order_id: str | None = None,
        updated_client_order_id: str | None = None,
        expires_ns: Expiry = KEEP,
    ) -> Placement:
        return changing.amend(
            self._state,
            account_id,
            order_id,
            price_bp=price_bp,
            count_c=count_c,
            ticker=ticker,
            side=side,
            client_order_id=client_order_id,
            updated_client_order_id=updated_client_order_id,
            expires_ns=expires_ns,
        )

    def decrease_order(
        self,
        account_id: str,
        order_id: str,
        *,
        reduce_by_c: CountC | None = None,
        reduce_to_c: CountC | None = None,
    ) -> Order:
        return changing.decrease(self._state, account_id, order_id, reduce_by_c, reduce_to_c)

    def cancel_order(self, account_id: str, order_id: str, *, reason: str = "") -> tuple[Order, CountC]:
        return changing.cancel(self._state, account_id, order_id, reason)

    def cancel_all(self, account_id: str) -> list[str]:
        return changing.cancel_all(self._state, account_id)

    def queue_position_c(self, account_id: str, order_id: str) -> CountC:
        """Contracts that match before the order's first. Raises Refusal (not found) if it does not rest."""
        order = resting_order(self._state, account_id, order_id)
        return self._state.markets[order.ticker].queue.ahead_c(order)

    def stand_behind(self, order_id: str, ahead_c: CountC) -> None:
        """Says how much of the world outside matches before a resting order at its own price, from now on."""
        house.stand_behind(self._state, order_id, ahead_c)

    # Order groups.

    def create_group(self, account_id: str, contracts_limit_c: CountC, exchange_index: int = 0) -> OrderGroup:
        return grouping.create(self._state, account_id, contracts_limit_c, exchange_index)

    def reset_group(self, account_id: str, order_group_id: str) -> None:
        grouping.reset(self._state, grouping.find(self._state, account_id, order_group_id))

    def trigger_group(self, account_id: str, order_group_id: str) -> None:
        grouping.trigger(self._state, grouping.find(self._state, account_id, order_group_id))

    def limit_group(self, account_id: str, order_group_id: str, contracts_limit_c: CountC) -> None:
        group = grouping.find(self._state, account_id, order_group_id)
        grouping.limit(self._state, group, contracts_limit_c)

    def delete_group(self, account_id: str, order_group_id: str) -> None:
        grouping.delete(self._state, grouping.find(self._state, account_id, order_group_id))

    # The house.

    def quote(
        self,
        account_id: str,
        ticker: str,
        bids: Sequence[tuple[PriceBp, CountC]],
        asks: Sequence[tuple[PriceBp, CountC]],
    ) -> None:
        house.quote(self._state, account_id, ticker, bids, asks)

    def requote(self, account_id: str, ticker: str, levels: Sequence[tuple[bool, PriceBp, CountC]]) -> None:
        """Some levels of a quote: (is a bid, price, count), 0 for none any more."""
        house.requote(self._state, account_id, ticker, levels)

    def take(
        self, account_id: str, ticker: str, side: BookSide, limit_bp: PriceBp, count_c: CountC
    ) -> CountC:
        return house.take(self._state, account_id, ticker, side, limit_bp, count_c)

    def print_trade(self, ticker: str, price_bp: PriceBp, count_c: CountC, taker_side: BookSide) -> None:
        house.print_trade(self._state, ticker, price_bp, count_c, taker_side)

    def print_shared(
        self,
        ticker: str,
        price_bp: PriceBp,
        count_c: CountC,
        taker_side: BookSide,
        shares: Mapping[str, CountC],
    ) -> None:
        """``shares``: what each resting order, by its id, has of it at its own price."""
        house.print_shared(self._state, ticker, price_bp, count_c, taker_side, shares)

    def publish_index(self, value: IndexValue) -> None:
        self._state.index_values[value.index_id] = value
        self._state.feed.append(value)

    # Reading.

    def fills_of(self, account_id: str) -> list[Fill]:
        """Oldest first. Not a copy."""
        return self._state.account(account_id).fills

    def settlements_of(self, account_id: str) -> list[Settlement]:
        """Oldest first. Not a copy."""
        return self._state.account(account_id).settlements

    @property
    def fee_changes(self) -> list[EventFeesChanged]:
        """Every change of an event's fees, oldest first. Not a copy."""
        return self._state.fee_changes

    def trades_of(self, ticker: str) -> list[Traded]:
        """The recent public prints of a market, oldest first."""
        return list(self._state.market(ticker).trades)

    def drain(self) -> list[FeedEvent]:
        """Everything that happened since the last call, in order."""
        feed, self._state.feed = self._state.feed, []
        return feed

    def take_changes(self) -> Changes:
        """What to write down: everything that changed since the last call."""
        return collect(self._state)

    def require_exchange(self, exchange_index: int) -> None:
        """Raises Refusal for an unknown shard or one that is paused entirely."""
        require_exchange(self._state, exchange_index)
