"""Orders as the exchange keeps them."""

from __future__ import annotations

import msgspec

from engine.domain.fill import Fill
from engine.domain.order import BookSide, SelfTradePrevention, TimeInForce, VenueOrderStatus
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class UpdateReason:
    """The exchange's words for why an order changed last."""

    NONE = ""
    TRADE = "Trade"
    AMEND = "Amend"
    DECREASE = "Decrease"
    SELF_TRADE = "SelfTradeCancel"
    EXPIRY = "ExpiryCancel"
    CLOSE = "CloseCancel"
    HALT = "HaltCancel"
    MARGIN = "MarginCancel"
    REDUCE_ONLY = "ReduceOnlyCancel"
    FEED_GAP = "FeedGapCancel"
    """A paper exchange's own: it saw no prices for too long, so it cannot tell what would have filled."""


class Order(msgspec.Struct, eq=False, gc=False):
    """One order on the YES leg; the exchange alone changes it.

    ``initial_c`` is what was asked for (after an amendment: filled and wanted), ``remaining_c`` what still
    rests: 0 once the order ended. Costs are in prices of the leg bought (NO for an ask).
    """

    order_id: str
    account_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    initial_c: CountC
    created_ns: Nanoseconds
    updated_ns: Nanoseconds
    time_in_force: TimeInForce
    self_trade_prevention: SelfTradePrevention
    exchange_index: int
    number: int = 0
    """Its place among all ids that were drawn; 0 for orders of the house, which have no id."""
    expires_ns: Nanoseconds | None = None
    order_group_id: str | None = None
    cancel_on_pause: bool = False
    post_only: bool = False
    reduce_only: bool = False
    is_house: bool = False
    status: VenueOrderStatus = VenueOrderStatus.RESTING
    priority: int = 0
    """The place in time among all resting orders of the exchange; lower is earlier. 0 if it never rested."""
    ahead_c: CountC | None = None
    """What must trade at its price on the exchange that is mirrored before it does; None if nobody said."""
    remaining_c: CountC = 0
    filled_c: CountC = 0
    taker_cost_ud: MicroDollars = 0
    maker_cost_ud: MicroDollars = 0
    taker_fees_ud: MicroDollars = 0
    maker_fees_ud: MicroDollars = 0
    fees_exact: int = 0
    """The unrounded fees so far, where the market rounds an order's total."""
    last_update_reason: str = UpdateReason.NONE


class Placement(msgspec.Struct):
    """What a create or an amend did: the order now, and the fills it made at once."""

    order: Order
    fills: list[Fill]
