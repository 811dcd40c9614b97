"""Whether an account can pay for what it asks, checked before anything changes."""

from __future__ import annotations

from engine.domain.order import BookSide
from engine.domain.units import CENT_UD, CONTRACT_BP, CountC, MicroDollars, PriceBp, dollars
from engine.sandbox.core.accounts import Account, RestingTotals
from engine.sandbox.core.collateral import exempt_short_c, reserve_ud
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.matching import Plan
from engine.sandbox.core.orders import Order
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.resting import add_to_totals
from engine.sandbox.core.state import State


def require_funds(
    state: State,
    account: Account,
    record: MarketRecord,
    side: BookSide,
    price_bp: PriceBp,
    plan: Plan,
    resting_c: CountC,
    replaced: Order | None = None,
    earlier_exact: int = 0,
) -> None:
    """Raises Refusal (insufficient balance) unless the matched part, at its prices, and ``resting_c`` more at
    the limit can be covered, with their fees.

    The matched part is weighed as if it rested at the makers' prices, so what closes a position is free.
    An order that does nothing but close is never refused for its fees. ``replaced`` is the resting order
    that an amendment takes away first.
    """
    if replaced is None and _is_plainly_covered(account, record, side, price_bp, plan, resting_c):
        return
    totals = _copy(account.resting_totals.get(record.ticker))
    reserved_ud = totals.reserved_ud
    leaving = plan.own if replaced is None else [*plan.own, replaced]
    for order in leaving:
        add_to_totals(totals, record, order, -order.remaining_c, order.remaining_c)
    for maker, count_c in plan.matches:
        totals.add(side, maker.price_bp, count_c)
    totals.add(side, price_bp, resting_c)
    long_c = max(0, account.position_c(record.ticker))
    exempt_c = exempt_short_c(state, account, record)
    closing = totals.bid_count_c <= exempt_c if side is BookSide.BID else totals.ask_count_c <= long_c
    if closing:
        return
    needed_ud = reserve_ud(totals, exempt_c, long_c) - reserved_ud
    needed_ud += _fees_ud(record, price_bp, plan, resting_c, earlier_exact)
    available_ud = account.available_ud(record.exchange_index)
    if needed_ud > max(0, available_ud):
        raise Refusal(
            Reason.INSUFFICIENT_BALANCE,
            f"exchange_index {record.exchange_index}:"
            f" needed {dollars(needed_ud)}, had {dollars(available_ud)}",
        )


def _is_plainly_covered(
    account: Account,
    record: MarketRecord,
    side: BookSide,
    price_bp: PriceBp,
    plan: Plan,
    resting_c: CountC,
) -> bool:
    """Whether there is cash for all of it at the limit with the highest fees there can be: the usual case,
    decided without looking closer."""
    leg_bp = price_bp if side is BookSide.BID else CONTRACT_BP - price_bp
    count_c = plan.matched_c + resting_c
    most_ud = count_c * (leg_bp + record.highest_fee_bp) + (len(plan.matches) + 1) * CENT_UD
    return most_ud <= account.available_ud(record.exchange_index)


def _fees_ud(
    record: MarketRecord, price_bp: PriceBp, plan: Plan, resting_c: CountC, earlier_exact: int
) -> MicroDollars:
    fees = record.market.fees
    total_ud = 0
    for maker, count_c in plan.matches:
        total_ud += fees.fee_ud(maker.price_bp, count_c, is_taker=True, earlier_exact=earlier_exact)
        earlier_exact += fees.exact(maker.price_bp, count_c, is_taker=True)
    if resting_c and record.has_maker_fees:
        total_ud += fees.fee_ud(price_bp, resting_c, is_taker=False)
    return total_ud


def _copy(totals: RestingTotals | None) -> RestingTotals:
    copy = RestingTotals()
    if totals is not None:
        for name in RestingTotals.__slots__:
            setattr(copy, name, getattr(totals, name))
    return copy
