"""An order as the money state keeps it, and what its facts make of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from engine.core.facts.orders import CancelState, OrderTerms
from engine.core.row import Row
from engine.domain.fill import Fill
from engine.domain.order import TERMINAL_STATES, OrderState
from engine.domain.units import CountC, MicroDollars, Nanoseconds

if TYPE_CHECKING:
    from engine.core.facts.orders import (
        CancelMoved,
        NotFound,
        OrderAdopted,
        OrderAmended,
        OrderIntended,
        OrderMoved,
        OrderResent,
    )
    from engine.core.money import MoneyState

_INTENT, _ABSENT = OrderState.INTENT, OrderState.ABSENT
"""Members are bound once: reading one off its class costs as much as a call."""


class OrderRecord(msgspec.Struct, frozen=True, gc=False):
    """One order as we know it. ``filled_c`` is the sum of booked fills; the exchange's may be ahead."""

    terms: OrderTerms
    state: OrderState
    intended_at: Nanoseconds
    updated_at: Nanoseconds
    order_id: str = ""
    filled_c: CountC = 0
    venue_filled_c: CountC = 0
    filled_value_ud: MicroDollars = 0
    """Sum of YES price times count of the booked fills."""
    fees_ud: MicroDollars = 0
    sends: int = 1
    last_sent_at: Nanoseconds = 0
    not_found: int = 0
    last_not_found_at: Nanoseconds = 0
    cancel: CancelState = CancelState.NONE
    cause: str = ""

    @property
    def remaining_c(self) -> CountC:
        """What may still trade, by whichever count is ahead; 0 once the order ended."""
        if self.state in TERMINAL_STATES or self.state is _ABSENT:
            return 0
        return max(0, self.terms.count_c - max(self.filled_c, self.venue_filled_c))


def put_order(state: MoneyState, record: OrderRecord) -> list[Row]:
    """Fills may have been booked before it was known by which name the exchange has the order, or before the
    order itself was seen: they are its own from now on."""
    if state.unclaimed and record.order_id in state.unclaimed:
        record = _with_unclaimed(record, state.unclaimed.pop(record.order_id))
    client_order_id = record.terms.client_order_id
    state.orders[client_order_id] = record
    if record.order_id:
        state.client_id_of[record.order_id] = client_order_id
    if record.terms.key:
        state.by_key[record.terms.key] = client_order_id
    if record.state in TERMINAL_STATES or record.state is _ABSENT:
        state.working.pop(client_order_id, None)
    else:
        state.working.setdefault(client_order_id, None)
    return [Row("order", client_order_id, record)]


def order_intended(state: MoneyState, change: OrderIntended) -> Row:
    """The one row that a new order makes: it works, and has no name at the exchange."""
    terms, at = change.terms, change.at
    client_order_id = terms.client_order_id
    record = OrderRecord(terms, _INTENT, at, at, last_sent_at=at)
    state.orders[client_order_id] = record
    state.working[client_order_id] = None
    if terms.key:
        state.by_key[terms.key] = client_order_id
    return Row("order", client_order_id, record)


def _with_unclaimed(record: OrderRecord, fills: Iterable[Fill]) -> OrderRecord:
    for fill in fills:
        record = msgspec.structs.replace(
            record,
            filled_c=record.filled_c + fill.count_c,
            filled_value_ud=record.filled_value_ud + fill.count_c * fill.price_bp,
            fees_ud=record.fees_ud + fill.fee_ud,
        )
    return record


def order_adopted(state: MoneyState, change: OrderAdopted) -> list[Row]:
    return put_order(
        state,
        OrderRecord(
            change.terms,
            change.state,
            change.at,
            change.at,
            order_id=change.order_id,
            venue_filled_c=change.filled_c,
        ),
    )


def order_moved(state: MoneyState, change: OrderMoved) -> list[Row]:
    record = state.orders[change.client_order_id]
    filled_c = record.venue_filled_c if change.venue_filled_c is None else change.venue_filled_c
    return put_order(
        state,
        msgspec.structs.replace(
            record,
            state=change.state,
            updated_at=change.at,
            order_id=change.order_id or record.order_id,
            venue_filled_c=max(record.venue_filled_c, filled_c),
            cause=change.cause,
        ),
    )


def order_resent(state: MoneyState, change: OrderResent) -> list[Row]:
    record = state.orders[change.client_order_id]
    return put_order(
        state,
        msgspec.structs.replace(
            record,
            state=OrderState.SENT,
            sends=record.sends + 1,
            last_sent_at=change.at,
            not_found=0,
            updated_at=change.at,
        ),
    )


def not_found(state: MoneyState, change: NotFound) -> list[Row]:
    record = state.orders[change.client_order_id]
    return put_order(
        state, msgspec.structs.replace(record, not_found=change.times, last_not_found_at=change.at)
    )


def cancel_moved(state: MoneyState, change: CancelMoved) -> list[Row]:
    record = state.orders[change.client_order_id]
    return put_order(state, msgspec.structs.replace(record, cancel=change.cancel, updated_at=change.at))


def order_amended(state: MoneyState, change: OrderAmended) -> list[Row]:
    record = state.orders[change.client_order_id]
    terms = msgspec.structs.replace(
        record.terms, price_bp=change.price_bp, count_c=change.count_c, expires_ns=change.expires_ns
    )
    return put_order(state, msgspec.structs.replace(record, terms=terms, updated_at=change.at))


def with_order_fill(record: OrderRecord, fill: Fill) -> OrderRecord:
    filled_c = record.filled_c + fill.count_c
    state = record.state
    if filled_c >= record.terms.count_c:
        state = OrderState.FILLED
    elif state in (OrderState.INTENT, OrderState.SENT, OrderState.RESTING):
        state = OrderState.PARTIAL
    return msgspec.structs.replace(
        record,
        state=state,
        order_id=record.order_id or fill.order_id,
        filled_c=filled_c,
        filled_value_ud=record.filled_value_ud + fill.count_c * fill.price_bp,
        fees_ud=record.fees_ud + fill.fee_ud,
        updated_at=max(record.updated_at, fill.at_ns),
    )
