"""Orders: how they are asked for, and the states one may be in."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from engine.domain.units import CONTRACT_BP, CountC, Nanoseconds, PriceBp


class BookSide(StrEnum):
    """The side of the YES book: BID buys YES; ASK sells YES, which is buying NO at the complement."""

    BID = "bid"
    ASK = "ask"

    @property
    def sign(self) -> int:
        """+1 for what adds YES, -1 for what takes it away."""
        return 1 if self is _BID else -1

    @property
    def opposite(self) -> BookSide:
        return BookSide.ASK if self is BookSide.BID else BookSide.BID


_BID = BookSide.BID
_ASK = BookSide.ASK


class Leg(StrEnum):
    """The contract a person holds or buys."""

    YES = "yes"
    NO = "no"


_YES = Leg.YES


class TimeInForce(StrEnum):
    GOOD_TILL_CANCELED = "good_till_canceled"
    IMMEDIATE_OR_CANCEL = "immediate_or_cancel"
    FILL_OR_KILL = "fill_or_kill"


class SelfTradePrevention(StrEnum):
    TAKER_AT_CROSS = "taker_at_cross"
    """The arriving order stops where it would meet its owner's."""
    MAKER = "maker"
    """The resting order is canceled and matching goes on."""


class OrderState(StrEnum):
    """What we know of one of our orders. UNKNOWN is a state, never an error that forgets."""

    INTENT = "intent"
    SENT = "sent"
    UNKNOWN = "unknown"
    RESTING = "resting"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    ABSENT = "absent"


_AT_VENUE = frozenset(
    {OrderState.RESTING, OrderState.PARTIAL, OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED}
)

NEXT_STATES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.INTENT: frozenset({OrderState.SENT, OrderState.REJECTED, OrderState.CANCELED}),
    OrderState.SENT: _AT_VENUE | {OrderState.UNKNOWN, OrderState.REJECTED, OrderState.INTENT},
    OrderState.UNKNOWN: _AT_VENUE | {OrderState.SENT, OrderState.REJECTED, OrderState.ABSENT},
    OrderState.RESTING: frozenset(
        {OrderState.PARTIAL, OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED}
    ),
    OrderState.PARTIAL: frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.EXPIRED}),
    OrderState.FILLED: frozenset(),
    OrderState.CANCELED: frozenset(),
    OrderState.REJECTED: frozenset(),
    OrderState.EXPIRED: frozenset(),
    OrderState.ABSENT: _AT_VENUE,
}
"""Where an order may go. Fills apply in any state; status absorbs, quantities do not. SENT -> INTENT is a
request that never left; ABSENT is reopened by any later evidence."""

TERMINAL_STATES = frozenset(state for state, following in NEXT_STATES.items() if not following)
WORKING_STATES = frozenset(
    {OrderState.INTENT, OrderState.SENT, OrderState.UNKNOWN, OrderState.RESTING, OrderState.PARTIAL}
)
"""States whose remaining size counts as exposure."""


class VenueOrderStatus(StrEnum):
    """The exchange's own words. A partly filled order is ``resting`` with a fill count."""

    RESTING = "resting"
    CANCELED = "canceled"
    EXECUTED = "executed"


class OrderRequest(msgspec.Struct, frozen=True, gc=False):
    """One order as it is asked for, on the YES leg."""

    ticker: str
    side: BookSide
    price_bp: PriceBp
    count_c: CountC
    client_order_id: str = ""
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.TAKER_AT_CROSS
    post_only: bool = False
    reduce_only: bool = False
    cancel_on_pause: bool = False
    expires_ns: Nanoseconds | None = None
    order_group_id: str | None = None
    exchange_index: int | None = None


def book_order(leg: Leg, buys: bool, price_bp: PriceBp) -> tuple[BookSide, PriceBp]:
    """Where an order in prices of ``leg`` stands on the YES book.

    Buying NO at ``q`` and selling YES at ``10,000 - q`` are the same order.
    """
    if leg is _YES:
        return (_BID if buys else _ASK), price_bp
    return (_ASK if buys else _BID), CONTRACT_BP - price_bp
