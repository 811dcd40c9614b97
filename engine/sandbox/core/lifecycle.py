"""The life of a market after it is listed: open, inactive, closed, determined, disputed, finalized."""

from __future__ import annotations

from msgspec.structs import replace

from engine.domain.market import NEXT_STATUSES, MarketStatus, outcome_of
from engine.domain.units import Nanoseconds, PriceBp
from engine.sandbox.core.catalog import change_market, listed, schedule, settles_ns, tell
from engine.sandbox.core.feed import LifecycleEvent, MarketChanged
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import UpdateReason
from engine.sandbox.core.resting import withdraw
from engine.sandbox.core.settlement import left_to_pay_bp, pay
from engine.sandbox.core.state import State


class LifecycleError(ValueError):
    """A step that a market cannot take from where it is."""


def open_market(state: State, record: MarketRecord) -> None:
    """By the clock; makes no message."""
    _move(state, record, MarketStatus.ACTIVE)


def close_market(state: State, record: MarketRecord) -> None:
    """By the clock; makes no message. Resting orders are canceled a moment later."""
    _move(state, record, MarketStatus.CLOSED)
    schedule(state, record.market)


def cancel_resting(state: State, record: MarketRecord) -> None:
    """Cancels everything that rests in a closed market."""
    for order in record.queue.orders():
        withdraw(state, record, order, UpdateReason.CLOSE)


def deactivate(state: State, ticker: str) -> None:
    """Stops trading in one market; what rests stays until it is active again."""
    record = listed(state, ticker)
    _move(state, record, MarketStatus.INACTIVE)
    tell(state, record, LifecycleEvent.DEACTIVATED)


def activate(state: State, ticker: str) -> None:
    """Trading again; what rested is canceled. Raises LifecycleError unless the market is inactive."""
    record = listed(state, ticker)
    if record.market.status is not MarketStatus.INACTIVE:
        raise LifecycleError(f"market {ticker}: got {record.market.status.value}, wanted inactive")
    for order in record.queue.orders():
        withdraw(state, record, order, UpdateReason.HALT)
    _move(state, record, MarketStatus.ACTIVE)
    tell(state, record, LifecycleEvent.ACTIVATED)


def update_close(state: State, ticker: str, close_ns: Nanoseconds) -> None:
    """Moves the close of a market that is not closed yet; one in the past closes it at the next advance."""
    record = listed(state, ticker)
    if MarketStatus.CLOSED not in NEXT_STATUSES[record.market.status]:
        raise LifecycleError(f"market {ticker}: got {record.market.status.value}, wanted not closed yet")
    change_market(state, record, replace(record.market, close_ns=close_ns))
    schedule(state, record.market)
    tell(state, record, LifecycleEvent.CLOSE_DATE_UPDATED)


def close_now(state: State, ticker: str) -> None:
    """Closes a market early."""
    update_close(state, ticker, state.clock.now_ns)
    close_market(state, listed(state, ticker))


def determine(state: State, ticker: str, settlement_bp: PriceBp, expiration_value: str) -> None:
    """The result is known; the market pays when its settlement timer has run.

    Raises LifecycleError unless it is closed, or if an exclusive event would pay more than a dollar in all;
    InvalidSettlement outside [0, $1].
    """
    record = listed(state, ticker)
    _decide(state, record, MarketStatus.DETERMINED, settlement_bp, expiration_value)


def check_result(state: State, ticker: str, settlement_bp: PriceBp) -> None:
    """Raises LifecycleError or InvalidSettlement if a market, once closed, could not have this result."""
    outcome_of(settlement_bp)
    _require_one_dollar(state, listed(state, ticker), settlement_bp)


def dispute(state: State, ticker: str) -> None:
    """Stops the settlement timer until the result is amended or settled by hand."""
    _move(state, listed(state, ticker), MarketStatus.DISPUTED)


def amend_result(state: State, ticker: str, settlement_bp: PriceBp, expiration_value: str) -> None:
    """Another result in place of the one that was determined; the timer runs anew."""
    record = listed(state, ticker)
    _decide(state, record, MarketStatus.AMENDED, settlement_bp, expiration_value)


def settle_now(state: State, ticker: str) -> None:
    """Pays a determined, disputed or amended market without waiting for its timer."""
    finalize(state, listed(state, ticker))


def finalize(state: State, record: MarketRecord) -> None:
    """Pays every holder; nothing of the market moves afterwards."""
    _require_step(record, MarketStatus.FINALIZED)
    pay(state, record)
    market = replace(record.market, status=MarketStatus.FINALIZED, settled_ns=state.clock.now_ns)
    change_market(state, record, market)
    _tell_result(state, record, LifecycleEvent.SETTLED)


def is_settlement_due(record: MarketRecord, at_ns: Nanoseconds) -> bool:
    """Whether the timer that ends at ``at_ns`` still counts."""
    market = record.market
    return market.status in (MarketStatus.DETERMINED, MarketStatus.AMENDED) and settles_ns(market) == at_ns


def _decide(
    state: State, record: MarketRecord, status: MarketStatus, settlement_bp: PriceBp, expiration_value: str
) -> None:
    outcome_of(settlement_bp)
    _require_step(record, status)
    _require_one_dollar(state, record, settlement_bp)
    cancel_resting(state, record)
    market = replace(
        record.market,
        status=status,
        settlement_bp=settlement_bp,
        expiration_value=expiration_value,
        determined_ns=state.clock.now_ns,
    )
    change_market(state, record, market)
    schedule(state, record.market)
    _tell_result(state, record, LifecycleEvent.DETERMINED)


def _require_one_dollar(state: State, record: MarketRecord, settlement_bp: PriceBp) -> None:
    if not record.is_exclusive:
        return
    left_bp = left_to_pay_bp(state, record.event_ticker, record.ticker)
    if settlement_bp > left_bp:
        raise LifecycleError(
            f"market {record.ticker}: got {settlement_bp} bp,"
            f" the exclusive event {record.event_ticker} has {left_bp} bp left to pay"
        )


def _require_step(record: MarketRecord, status: MarketStatus) -> None:
    if status not in NEXT_STATUSES[record.market.status]:
        raise LifecycleError(
            f"market {record.ticker}: cannot go from {record.market.status.value} to {status.value}"
        )


def _move(state: State, record: MarketRecord, status: MarketStatus) -> None:
    _require_step(record, status)
    change_market(state, record, replace(record.market, status=status))


def _tell_result(state: State, record: MarketRecord, event: LifecycleEvent) -> None:
    settlement_bp = record.market.settlement_bp or 0
    state.feed.append(
        MarketChanged(record.ticker, event, state.clock.now_ns, outcome_of(settlement_bp), settlement_bp)
    )
