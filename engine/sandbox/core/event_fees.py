"""What one event charges instead of its series: changed by the operator, for the fills that follow."""

from __future__ import annotations

from msgspec.structs import replace

from engine.domain.fee import FeeType
from engine.domain.market import MarketStatus
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.catalog import change_event, change_market
from engine.sandbox.core.feed import EventFeesChanged
from engine.sandbox.core.listing import ListingError, MarketRecord
from engine.sandbox.core.resting import maker_fee_ud
from engine.sandbox.core.settlement import cover_resting
from engine.sandbox.core.state import State


def update_event_fees(
    state: State, event_ticker: str, fee_type: FeeType | None, multiplier_millionths: int | None
) -> None:
    """Sets what an event overrides of its series' fees; None is the series' own again.

    Fills from now on are charged by it. Resting orders set aside what they need for maker fees now; those of
    an account that cannot cover that are canceled. Raises ListingError for an event that is not listed or a
    multiplier below 0. What is so already is no change.
    """
    event = state.events.get(event_ticker)
    if event is None:
        raise ListingError(f"event {event_ticker}: not listed")
    if multiplier_millionths is not None and multiplier_millionths < 0:
        raise ListingError(
            f"fee multiplier of {event_ticker}: got {multiplier_millionths} millionths, wanted 0 or more"
        )
    changed = replace(
        event, fee_type_override=fee_type, fee_multiplier_override_millionths=multiplier_millionths
    )
    if changed == event:
        return
    change_event(state, changed)
    fees = changed.fees(state.series[event.series_ticker].fees)
    records = [
        record
        for record in state.markets_by_event[event_ticker]
        if record.market.status is not MarketStatus.FINALIZED
    ]
    for record in records:
        own = replace(fees, rounding=record.market.fees.rounding)
        change_market(state, record, replace(record.market, fees=own))
        record.read_fees()
    for account in state.accounts.values():
        if not account.is_house:
            _set_aside(account, records)
            cover_resting(state, account, event_ticker, event.exchange_index)
    change = EventFeesChanged(
        state.draw_id(), event_ticker, fee_type, multiplier_millionths, state.clock.now_ns
    )
    state.dirty.fee_changes[len(state.fee_changes)] = change
    state.fee_changes.append(change)
    state.feed.append(change)


def _set_aside(account: Account, records: list[MarketRecord]) -> None:
    """Counts the maker fees of an account's resting orders anew."""
    for record in records:
        totals = account.resting_totals.get(record.ticker)
        if totals is not None:
            own = [order for order in account.resting.values() if order.ticker == record.ticker]
            totals.fee_ud = sum(maker_fee_ud(record, order, order.remaining_c) for order in own)
