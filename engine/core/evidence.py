"""What somebody says of an order, in one form, and the state that follows from it.

An answer, a line of the stream and a row of a listing differ in words only. The state is a function of what
was seen, not of the order it was seen in: quantities only grow, an end stays an end, and an order whose whole
count traded is filled whatever else was said.
"""

from __future__ import annotations

import msgspec

from engine.core.order_record import OrderRecord
from engine.domain.feed import OrderSeen
from engine.domain.order import TERMINAL_STATES, BookSide, OrderState, VenueOrderStatus
from engine.domain.units import CountC, Nanoseconds, PriceBp
from engine.domain.venue import VenueOrder

_EXPIRED = "ExpiryCancel"


class Evidence(msgspec.Struct, frozen=True):
    """``end`` is how the order ended, if it did; ``is_live`` that it was seen resting.

    ``is_refusal`` says that the exchange never took it: it counts only while nothing else was seen.
    """

    cause: str
    order_id: str = ""
    filled_c: CountC = 0
    end: OrderState | None = None
    is_live: bool = False
    is_refusal: bool = False


class Sighting(msgspec.Struct, frozen=True):
    """An order as the exchange has it, from the stream or from a listing."""

    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    filled_c: CountC
    remaining_c: CountC
    status: VenueOrderStatus | None
    reason: str
    expires_ns: Nanoseconds | None
    created_ns: Nanoseconds | None
    updated_ns: Nanoseconds | None
    exchange_index: int

    def evidence(self) -> Evidence:
        return Evidence(
            cause=self.reason or (self.status.value if self.status else "status not known"),
            order_id=self.order_id,
            filled_c=self.filled_c,
            end=self._end,
            is_live=self.status is VenueOrderStatus.RESTING,
        )

    @property
    def _end(self) -> OrderState | None:
        if self.status is VenueOrderStatus.EXECUTED:
            return OrderState.FILLED
        if self.status is VenueOrderStatus.CANCELED:
            return OrderState.EXPIRED if self.reason == _EXPIRED else OrderState.CANCELED
        return None


def sighting(seen: OrderSeen | VenueOrder) -> Sighting:
    """The common part of the stream's word and the listing's."""
    return Sighting(
        order_id=seen.order_id,
        client_order_id=seen.client_order_id,
        ticker=seen.ticker,
        side=seen.side,
        price_bp=seen.price_bp,
        filled_c=seen.filled_c,
        remaining_c=seen.remaining_c,
        status=seen.status,
        reason=seen.reason if isinstance(seen, OrderSeen) else seen.last_update_reason,
        expires_ns=seen.expires_ns,
        created_ns=seen.created_ns,
        updated_ns=seen.updated_ns,
        exchange_index=seen.exchange_index,
    )


def state_after(record: OrderRecord, evidence: Evidence) -> OrderState:
    """The order's state once the evidence is believed."""
    filled_c = max(record.filled_c, record.venue_filled_c, evidence.filled_c)
    if filled_c >= record.terms.count_c:
        return OrderState.FILLED
    if record.state in TERMINAL_STATES:
        return record.state
    if evidence.is_refusal:
        return record.state if record.order_id or filled_c else OrderState.REJECTED
    if evidence.end is not None:
        return evidence.end
    if evidence.is_live or record.state in (OrderState.RESTING, OrderState.PARTIAL):
        return OrderState.PARTIAL if filled_c else OrderState.RESTING
    return record.state
