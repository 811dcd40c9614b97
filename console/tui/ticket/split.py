"""What of an order fills now and what rests, read from the book as it is shown.

The exchange matches price by price, and an order that would meet one of its owner's stops there: what is
left of it is canceled. Where in the queue of its price our own order stands is not known, so nothing of
that price counts as a fill.
"""

from __future__ import annotations

import msgspec

from console.tui.ticket.scene import WORKING, Scene
from console.tui.ticket.ticket import Ticket
from engine.control.rows.markets import Levels
from engine.domain.order import Leg, TimeInForce, book_order
from engine.domain.units import CountC, MicroDollars, PriceBp, complement


class Split(msgspec.Struct, frozen=True):
    """``fills`` are counts by price of the ticket's leg, best first; the rest rests or is canceled.

    ``own_bp`` is the price of an order of ours that is in the way.
    """

    fills: Levels
    filled_c: CountC
    rests_c: CountC
    canceled_c: CountC
    own_bp: PriceBp | None = None

    @property
    def value_ud(self) -> MicroDollars:
        """Price times count of what fills now."""
        return sum(price_bp * count_c for price_bp, count_c in self.fills)

    def is_like(self, other: Split) -> bool:
        """Whether the same counts fill, rest and are canceled, whatever the prices."""
        return (self.filled_c, self.rests_c, self.canceled_c) == (
            other.filled_c,
            other.rests_c,
            other.canceled_c,
        )


def opposite_levels(ticket: Ticket, scene: Scene) -> Levels:
    """What the order could trade with, best first, in prices of its leg."""
    return scene.buying(ticket.leg) if ticket.buys else scene.selling(ticket.leg)


def crosses(ticket: Ticket, price_bp: PriceBp) -> bool:
    """Whether the ticket's limit reaches a price of the other side."""
    limit_bp = ticket.price_bp
    if limit_bp is None:
        return False
    return price_bp <= limit_bp if ticket.buys else price_bp >= limit_bp


def split_of(ticket: Ticket, scene: Scene) -> Split:
    own_bp = _own_in_the_way_bp(ticket, scene)
    fills: list[tuple[PriceBp, CountC]] = []
    left_c = ticket.count_c
    for price_bp, available_c in opposite_levels(ticket, scene):
        is_past_own = own_bp is not None and not _is_better(ticket, price_bp, own_bp)
        if left_c <= 0 or not crosses(ticket, price_bp) or is_past_own:
            break
        taken_c = min(left_c, available_c)
        fills.append((price_bp, taken_c))
        left_c -= taken_c
    if left_c > 0 and ticket.time_in_force is TimeInForce.FILL_OR_KILL:
        return Split((), 0, 0, ticket.count_c, own_bp)
    own_bp = own_bp if left_c > 0 else None
    rests = ticket.time_in_force is TimeInForce.GOOD_TILL_CANCELED and own_bp is None
    filled_c = ticket.count_c - left_c
    return Split(tuple(fills), filled_c, left_c if rests else 0, 0 if rests else left_c, own_bp)


def _own_in_the_way_bp(ticket: Ticket, scene: Scene) -> PriceBp | None:
    """The best price, in the ticket's leg, at which an order of ours stands on the other side."""
    found: list[PriceBp] = []
    for order in scene.orders:
        if order.state not in WORKING or order.ticker != ticket.ticker or order.remaining_c <= 0:
            continue
        side, yes_bp = book_order(order.leg, buys=order.buys, price_bp=order.price_bp)
        if side is not ticket.side.opposite:
            continue
        price_bp = yes_bp if ticket.leg is Leg.YES else complement(yes_bp)
        if crosses(ticket, price_bp):
            found.append(price_bp)
    if not found:
        return None
    return min(found) if ticket.buys else max(found)


def _is_better(ticket: Ticket, price_bp: PriceBp, than_bp: PriceBp) -> bool:
    return price_bp < than_bp if ticket.buys else price_bp > than_bp
