"""What to write down so that the exchange can be restored: of each kind and key the latest row counts."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from itertools import islice

import msgspec

from engine.sandbox.core.accounts import Account
from engine.sandbox.core.day_window import STEPS_A_DAY
from engine.sandbox.core.dirty import Dirty
from engine.sandbox.core.listing import MarketRecord
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
    Kind,
    MarketRow,
    MetaRow,
    PastRow,
    Row,
    SeriesRow,
    SettlementRow,
    StatusRow,
    TallyRow,
    TradeRow,
    trade_key,
)
from engine.sandbox.core.state import State


class Changes(msgspec.Struct, frozen=True):
    """What changed since the last call. Values are copies: they stay as they are."""

    rows: list[Row]


def collect(state: State) -> Changes:
    """Makes the rows of everything marked, and marks nothing any more."""
    dirty, state.dirty = state.dirty, Dirty()
    rows = [Row(Kind.META, "", _meta(state))]
    rows += _listed(state, dirty)
    for number, change in dirty.fee_changes.items():
        rows.append(Row(Kind.FEE_CHANGE, str(number), FeeChangeRow(number, change)))
    rows += [Row(Kind.PAST, ticker, PastRow(ticker, past)) for ticker, past in dirty.pasts.items()]
    for record in dirty.tallies.values():
        rows += _tally(record, state.rules.trades_stored)
    for shard in dirty.statuses:
        status = StatusRow(state.statuses[shard], shard in state.in_maintenance)
        rows.append(Row(Kind.STATUS, str(shard), status))
    if dirty.accounts:
        numbers = {account_id: number for number, account_id in enumerate(state.accounts)}
        for account in dirty.accounts.values():
            rows += _account(numbers[account.account_id], account)
    for account_id, client_order_id in dirty.burnt:
        key = f"{account_id}|{client_order_id}"
        rows.append(Row(Kind.CLIENT_ID, key, ClientIdRow(account_id, client_order_id)))
    for order_group_id in dirty.groups:
        rows.append(Row(Kind.GROUP, order_group_id, _group(state, order_group_id)))
    for order in dirty.orders.values():
        rows.append(Row(Kind.ORDER, order.order_id, copy(order)))
    return Changes(rows)


def _meta(state: State) -> MetaRow:
    return MetaRow(
        state.world_id, state.clock.now_ns, state.next_id, state.next_priority, dict(state.fees_ud)
    )


def _listed(state: State, dirty: Dirty) -> Iterator[Row]:
    if dirty.series:
        numbers = {ticker: number for number, ticker in enumerate(state.series)}
        for ticker in dirty.series:
            yield Row(Kind.SERIES, ticker, SeriesRow(numbers[ticker], state.series[ticker]))
    if dirty.events:
        numbers = {ticker: number for number, ticker in enumerate(state.events)}
        for ticker in dirty.events:
            yield Row(Kind.EVENT, ticker, EventRow(numbers[ticker], state.events[ticker]))
    if dirty.markets:
        numbers = {ticker: number for number, ticker in enumerate(state.markets)}
        for ticker in dirty.markets:
            yield Row(Kind.MARKET, ticker, MarketRow(numbers[ticker], state.markets[ticker].market))


def _tally(record: MarketRecord, stored: int) -> Iterator[Row]:
    yield Row(
        Kind.TALLY,
        record.ticker,
        TallyRow(
            record.ticker,
            record.clock,
            record.last_trade_bp,
            record.last_trade_c,
            record.volume_c,
            record.dollar_volume_ud,
            record.open_interest_c,
            record.trade_count,
        ),
    )
    for number, step in record.day.changed.items():
        key = f"{record.ticker}|{number % STEPS_A_DAY}"
        yield Row(Kind.DAY_STEP, key, DayStepRow(record.ticker, copy(step)))
    record.day.changed.clear()
    unsaved, record.trades_unsaved = record.trades_unsaved, []
    at_hand = record.trade_count - record.trades_saved - len(unsaved)
    unsaved += islice(record.trades, len(record.trades) - at_hand, None)
    for number, trade in enumerate(unsaved, record.trades_saved):
        yield Row(Kind.TRADE, trade_key(record.ticker, number), TradeRow(number, trade))
        if number >= stored:
            yield Row(Kind.TRADE, trade_key(record.ticker, number - stored), None)
    record.trades_saved = record.trade_count


def _account(number: int, account: Account) -> Iterator[Row]:
    account_id = account.account_id
    row = AccountRow(number, account_id, account.is_house, dict(account.cash_ud))
    yield Row(Kind.ACCOUNT, account_id, row)
    for ticker, holding in account.changed_holdings.items():
        yield Row(Kind.HOLDING, f"{account_id}|{ticker}", HoldingRow(account_id, copy(holding)))
    account.changed_holdings.clear()
    for place in range(account.fills_saved, len(account.fills)):
        yield Row(Kind.FILL, f"{account_id}|{place}", FillRow(place, account_id, account.fills[place]))
    account.fills_saved = len(account.fills)
    for place in range(account.settlements_saved, len(account.settlements)):
        settlement = SettlementRow(place, account_id, account.settlements[place])
        yield Row(Kind.SETTLEMENT, f"{account_id}|{place}", settlement)
    account.settlements_saved = len(account.settlements)
    for place in range(account.deposits_saved, len(account.deposits)):
        deposit = DepositRow(place, account_id, account.deposits[place])
        yield Row(Kind.DEPOSIT, f"{account_id}|{place}", deposit)
    account.deposits_saved = len(account.deposits)


def _group(state: State, order_group_id: str) -> GroupRow | None:
    group = state.groups.get(order_group_id)
    if group is None:
        return None
    return GroupRow(
        group.number,
        order_group_id,
        group.account_id,
        group.contracts_limit_c,
        group.exchange_index,
        group.is_triggered,
        list(group.matches),
    )
