"""How much cash contracts and resting orders tie up.

A short contract is covered by a dollar. The markets of an exclusive event (MECNET) pay a dollar between them,
so an account's shorts there are covered together: the largest short, times what the event has still to pay.

A resting order is covered by its cost, except the part that only closes a position: closing a short releases
a dollar, which no price exceeds; closing a long costs nothing. In an exclusive event closing a short releases
a dollar only as far as that short stands out over all others, so only that part is exempt. With these rules
no sequence of fills of resting orders can bring an account below zero, but for fees.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, PriceBp
from engine.sandbox.core.accounts import Account, RestingTotals
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.state import State


def event_collateral_ud(shorts: Mapping[str, CountC], settled_bp: PriceBp) -> MicroDollars:
    """The cover of an account's shorts in an exclusive event that has paid ``settled_bp`` a contract."""
    return max(shorts.values(), default=0) * (CONTRACT_BP - settled_bp)


def standing_out(shorts: Mapping[str, CountC]) -> tuple[str, CountC]:
    """The ticker of the largest short, and by how much it exceeds the next; ("", 0) if there is none."""
    ticker, largest, second = "", 0, 0
    for candidate, count_c in shorts.items():
        if count_c > largest:
            ticker, largest, second = candidate, count_c, largest
        elif count_c > second:
            second = count_c
    return ticker, largest - second


def exempt_short_c(state: State, account: Account, record: MarketRecord) -> CountC:
    """How many contracts bids may close here for which the released collateral surely pays."""
    if not record.is_exclusive:
        return max(0, -account.position_c(record.ticker))
    shorts = account.shorts.get(record.event_ticker)
    if not shorts or state.settled_bp.get(record.event_ticker, 0):
        return 0
    ticker, excess_c = standing_out(shorts)
    return excess_c if ticker == record.ticker else 0


def reserve_ud(totals: RestingTotals, exempt_short_c: CountC, long_c: CountC) -> MicroDollars:
    """What resting totals need, given the contracts that bids and asks may close for nothing."""
    bids_ud, asks_ud = totals.bid_value_ud, totals.ask_value_ud
    if exempt_short_c > 0:
        bids_ud = max(0, bids_ud - min(totals.bid_count_c, exempt_short_c) * CONTRACT_BP)
    if long_c > 0:
        asks_ud = max(0, asks_ud - min(totals.ask_count_c, long_c) * CONTRACT_BP)
    return bids_ud + asks_ud + totals.fee_ud


def refresh_reserve(state: State, account: Account, record: MarketRecord) -> None:
    """Sets the reserve of one market anew after its resting orders or the position changed."""
    totals = account.resting_totals.get(record.ticker)
    if totals is None:
        return
    position_c = account.position_c(record.ticker)
    exempt_c = exempt_short_c(state, account, record) if position_c < 0 and totals.bid_count_c else 0
    needed_ud = reserve_ud(totals, exempt_c, position_c)
    if needed_ud != totals.reserved_ud:
        account.reserved_ud[record.exchange_index] += needed_ud - totals.reserved_ud
        totals.reserved_ud = needed_ud
    if totals.bid_count_c == 0 and totals.ask_count_c == 0:
        del account.resting_totals[record.ticker]


def move_position(
    state: State, account: Account, record: MarketRecord, before_c: CountC, after_c: CountC
) -> MicroDollars:
    """What a changed position gives back of its collateral (or takes, if negative).

    Sets the reserves of every market anew that the change touches.
    """
    if record.is_exclusive:
        return _move_shared(state, account, record, after_c)
    if record.ticker in account.resting_totals:
        refresh_reserve(state, account, record)
    if before_c >= 0 and after_c >= 0:
        return 0
    return CONTRACT_BP * (max(0, -before_c) - max(0, -after_c))


def _move_shared(state: State, account: Account, record: MarketRecord, after_c: CountC) -> MicroDollars:
    shorts = account.shorts.setdefault(record.event_ticker, {})
    settled_bp = state.settled_bp.get(record.event_ticker, 0)
    covered_ud = event_collateral_ud(shorts, settled_bp)
    touched = {record.ticker, standing_out(shorts)[0]}
    if after_c < 0:
        shorts[record.ticker] = -after_c
    else:
        shorts.pop(record.ticker, None)
    released_ud = covered_ud - event_collateral_ud(shorts, settled_bp)
    touched.add(standing_out(shorts)[0])
    for ticker in touched & account.resting_totals.keys():
        refresh_reserve(state, account, state.markets[ticker])
    return released_ud
