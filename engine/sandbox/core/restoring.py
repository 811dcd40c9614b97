"""The exchange out of the rows it wrote."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import TypeVar

from engine.sandbox.core.accounts import Account
from engine.sandbox.core.catalog import add_event, add_market
from engine.sandbox.core.dirty import Dirty
from engine.sandbox.core.groups import OrderGroup
from engine.sandbox.core.orders import Order
from engine.sandbox.core.pauses import resume_schedule
from engine.sandbox.core.remembering import take_over
from engine.sandbox.core.resting import put_back
from engine.sandbox.core.rows import (
    AccountRow,
    ClientIdRow,
    DayStepRow,
    DepositRow,
    EventRow,
    FeeChangeRow,
    FillRow,
    GroupRow,
    HoldingRow,
    MarketRow,
    MetaRow,
    PastRow,
    Row,
    RowValue,
    SeriesRow,
    SettlementRow,
    StatusRow,
    TallyRow,
    TradeRow,
)
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.core.state import State

_T = TypeVar("_T", bound=RowValue)


class RestoreError(ValueError):
    """Rows that do not make an exchange: without a meta row, or naming what is not there."""


def restore_state(rows: Iterable[Row], rules: ExchangeRules) -> State:
    """The state, with the orders of customers in their queues. Rows may come in any order, but of one key
    the last counts."""
    latest = {(row.kind, row.key): row.value for row in rows}
    values = [value for value in latest.values() if value is not None]
    meta = next((value for value in values if isinstance(value, MetaRow)), None)
    if meta is None:
        raise RestoreError("rows: got no meta row, wanted one")
    state = State(meta.world_id, meta.now_ns, rules)
    state.next_id = meta.next_id
    state.next_priority = meta.next_priority
    state.fees_ud.update(meta.fees_ud)
    try:
        _restore_listed(state, values)
        _restore_accounts(state, values)
        _restore_orders(state, values)
    except KeyError as missing:
        raise RestoreError(f"rows: something refers to {missing}, which is not there") from missing
    for status in _of(values, StatusRow):
        state.statuses[status.status.exchange_index] = status.status
        if status.in_maintenance:
            state.in_maintenance.add(status.status.exchange_index)
    state.dirty = Dirty()
    resume_schedule(state)
    return state


def _of(values: list[RowValue], kind: type[_T]) -> list[_T]:
    return [value for value in values if isinstance(value, kind)]


def _restore_listed(state: State, values: list[RowValue]) -> None:
    for series in sorted(_of(values, SeriesRow), key=lambda row: row.number):
        state.series[series.series.ticker] = series.series
        state.events_by_series[series.series.ticker] = []
    for event in sorted(_of(values, EventRow), key=lambda row: row.number):
        add_event(state, event.event)
    changes = sorted(_of(values, FeeChangeRow), key=lambda row: row.number)
    state.fee_changes.extend(row.change for row in changes)
    for market in sorted(_of(values, MarketRow), key=lambda row: row.number):
        add_market(state, market.market)
    for told in _of(values, PastRow):
        take_over(state.markets[told.ticker], told.past)
    for tally in _of(values, TallyRow):
        record = state.markets[tally.ticker]
        record.clock = tally.clock
        record.last_trade_bp = tally.last_trade_bp
        record.last_trade_c = tally.last_trade_c
        record.volume_c = tally.volume_c
        record.dollar_volume_ud = tally.dollar_volume_ud
        record.open_interest_c = tally.open_interest_c
        record.trade_count = record.trades_saved = tally.trade_count
    for trade in sorted(_of(values, TradeRow), key=lambda row: row.number):
        state.markets[trade.trade.ticker].trades.append(trade.trade)
    for row in sorted(_of(values, DayStepRow), key=lambda row: row.step.step):
        state.markets[row.ticker].day.load(copy(row.step))


def _restore_accounts(state: State, values: list[RowValue]) -> None:
    for row in sorted(_of(values, AccountRow), key=lambda row: row.number):
        cash_ud = dict.fromkeys(state.rules.shards, 0) | row.cash_ud
        state.accounts[row.account_id] = Account(row.account_id, cash_ud, is_house=row.is_house)
    for held in sorted(_of(values, HoldingRow), key=lambda row: row.holding.number):
        account = state.accounts[held.account_id]
        holding = copy(held.holding)
        account.holdings[holding.ticker] = holding
        record = state.markets[holding.ticker]
        if record.is_exclusive and holding.count_c < 0:
            account.shorts.setdefault(record.event_ticker, {})[holding.ticker] = -holding.count_c
    for burnt in _of(values, ClientIdRow):
        state.accounts[burnt.account_id].client_order_ids.add(burnt.client_order_id)
    for fill in sorted(_of(values, FillRow), key=lambda row: row.number):
        state.accounts[fill.account_id].fills.append(fill.fill)
    for paid in sorted(_of(values, SettlementRow), key=lambda row: row.number):
        state.accounts[paid.account_id].settlements.append(paid.settlement)
    for brought in sorted(_of(values, DepositRow), key=lambda row: row.number):
        state.accounts[brought.account_id].deposits.append(brought.deposit)
    for account in state.accounts.values():
        account.deposits_saved = len(account.deposits)
        account.fills_saved = len(account.fills)
        account.settlements_saved = len(account.settlements)


def _restore_orders(state: State, values: list[RowValue]) -> None:
    for row in sorted(_of(values, GroupRow), key=lambda row: row.number):
        group = OrderGroup(
            row.order_group_id, row.account_id, row.contracts_limit_c, row.exchange_index, row.number
        )
        group.is_triggered = row.is_triggered
        group.matches.extend(row.matches)
        group.matched_c = sum(count_c for _, count_c in row.matches)
        state.groups[row.order_group_id] = group
    for saved in sorted(_of(values, Order), key=lambda order: order.number):
        order = copy(saved)
        state.orders[order.order_id] = order
        if order.client_order_id:
            state.accounts[order.account_id].client_order_ids.add(order.client_order_id)
    resting = [order for order in state.orders.values() if order.remaining_c]
    for order in sorted(resting, key=lambda order: order.priority):
        put_back(state, state.markets[order.ticker], order)
