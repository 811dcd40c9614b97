"""Paying the holders of a market, and giving back the collateral that its result frees."""

from __future__ import annotations

from engine.domain.market import outcome_of
from engine.domain.units import CONTRACT_BP, MicroDollars, PriceBp
from engine.sandbox.core.accounts import Account, Holding, Settlement
from engine.sandbox.core.collateral import event_collateral_ud, refresh_reserve
from engine.sandbox.core.feed import PositionChanged
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.resting import withdraw
from engine.sandbox.core.state import State


def pay(state: State, record: MarketRecord) -> None:
    """Cash moves by the value of the contracts (negative for shorts) and by the collateral released.

    In an exclusive event the result also changes what the other markets' shorts need; an account whose
    resting orders counted on that collateral, and that cannot cover them now, has them canceled.
    """
    settlement_bp = record.market.settlement_bp or 0
    paid_bp = state.settled_bp.get(record.event_ticker, 0)
    if record.is_exclusive:
        state.settled_bp[record.event_ticker] = paid_bp + settlement_bp
    for account in state.accounts.values():
        holding = account.holdings.get(record.ticker)
        if record.is_exclusive:
            released_ud = _release_shared(state, account, record, paid_bp, paid_bp + settlement_bp)
        else:
            released_ud = 0 if holding is None else CONTRACT_BP * max(0, -holding.count_c)
        moved_ud = released_ud
        if holding is not None:
            moved_ud += holding.count_c * settlement_bp
            _settle_holding(state, account, record, holding, settlement_bp)
        if moved_ud:
            account.cash_ud[record.exchange_index] += moved_ud
            state.dirty.accounts[account.account_id] = account
        if record.is_exclusive and not account.is_house:
            cover_resting(state, account, record.event_ticker, record.exchange_index)
    record.open_interest_c = 0
    state.dirty.tallies[record.ticker] = record


def left_to_pay_bp(state: State, event_ticker: str, ticker: str) -> PriceBp:
    """What the other results of an exclusive event leave for one market of it: the shorts of all its markets
    are covered by one dollar together."""
    return CONTRACT_BP - sum(
        other.market.settlement_bp or 0
        for other in state.markets_by_event[event_ticker]
        if other.ticker != ticker
    )


def _release_shared(
    state: State, account: Account, record: MarketRecord, paid_bp: PriceBp, now_paid_bp: PriceBp
) -> MicroDollars:
    shorts = account.shorts.get(record.event_ticker)
    if not shorts:
        return 0
    before_ud = event_collateral_ud(shorts, paid_bp)
    shorts.pop(record.ticker, None)
    return before_ud - event_collateral_ud(shorts, now_paid_bp)


def _settle_holding(
    state: State, account: Account, record: MarketRecord, holding: Holding, settlement_bp: PriceBp
) -> None:
    now_ns = state.clock.now_ns
    value_bp = settlement_bp if holding.count_c > 0 else CONTRACT_BP - settlement_bp
    settlement = Settlement(
        ticker=record.ticker,
        event_ticker=record.event_ticker,
        exchange_index=record.exchange_index,
        outcome=outcome_of(settlement_bp),
        settlement_bp=settlement_bp,
        yes_count_c=holding.yes_count_c,
        yes_cost_ud=holding.yes_cost_ud,
        no_count_c=holding.no_count_c,
        no_cost_ud=holding.no_cost_ud,
        revenue_ud=abs(holding.count_c) * value_bp,
        fee_ud=holding.fees_ud,
        at_ns=now_ns,
    )
    holding.settle(settlement_bp, now_ns)
    account.changed_holdings[record.ticker] = holding
    state.dirty.accounts[account.account_id] = account
    if not account.is_house:
        account.settlements.append(settlement)
        state.feed.append(PositionChanged(account.account_id, record.ticker))


def cover_resting(state: State, account: Account, event_ticker: str, exchange_index: int) -> None:
    """Sets the reserves of an event's markets anew; cancels orders there that are not covered any more."""
    siblings = [
        other for other in state.markets_by_event[event_ticker] if other.ticker in account.resting_totals
    ]
    for other in siblings:
        refresh_reserve(state, account, other)
    if account.available_ud(exchange_index) >= 0:
        return
    tickers = {other.ticker for other in siblings}
    uncovered = [order for order in account.resting.values() if order.ticker in tickers]
    for order in sorted(uncovered, key=lambda order: order.priority):
        withdraw(state, state.markets[order.ticker], order, UpdateReason.MARGIN)
