"""An order while it is being written: what a person wants, in prices of the leg that they name."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.domain.command import PlaceOrder
from engine.domain.order import BookSide, Leg, TimeInForce, book_order
from engine.domain.plan import PlanTerms
from engine.domain.plan_text import parse_target
from engine.domain.units import CountC, PriceBp


class Verb(StrEnum):
    """OPEN buys the leg; CLOSE sells what is held of it, and never more."""

    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Ticket:
    """``count_c`` 0 and ``price_bp`` None are not chosen yet.

    ``far`` sends although the price is near 0 or $1, ``again`` although it repeats a recent order, ``flip``
    although it turns the position to the other leg. ``take_profit`` and ``stop_loss`` are kept as typed.
    """

    ticker: str
    leg: Leg
    verb: Verb = Verb.OPEN
    count_c: CountC = 0
    price_bp: PriceBp | None = None
    time_in_force: TimeInForce = TimeInForce.GOOD_TILL_CANCELED
    post_only: bool = False
    far: bool = False
    again: bool = False
    flip: bool = False
    take_profit: str = ""
    stop_loss: str = ""

    def plan(self) -> PlanTerms | None:
        """What shall guard the position that this opens; None if nothing. Raises BadText."""
        if self.verb is Verb.CLOSE or not (self.take_profit or self.stop_loss):
            return None
        return PlanTerms(
            take_profit=parse_target(self.take_profit, "TP") if self.take_profit else None,
            stop_loss=parse_target(self.stop_loss, "SL") if self.stop_loss else None,
        )

    @property
    def buys(self) -> bool:
        return self.verb is Verb.OPEN

    @property
    def side(self) -> BookSide:
        """Where it goes on the YES book: buying NO sells YES."""
        return book_order(self.leg, buys=self.buys, price_bp=0)[0]

    @property
    def yes_price_bp(self) -> PriceBp | None:
        """The price on the YES book: of NO at q it is 10,000 - q."""
        if self.price_bp is None:
            return None
        return book_order(self.leg, buys=self.buys, price_bp=self.price_bp)[1]


def place_order(ticket: Ticket, client_order_id: str, *, opens: bool) -> PlaceOrder:
    """The command that asks for it. Raises ValueError for a ticket without a price or a count, BadText for a
    plan that cannot be read.

    ``opens`` false lets the engine take it for reducing only, whatever the ticket calls itself.
    """
    if ticket.price_bp is None or ticket.count_c <= 0:
        raise ValueError(f"ticket of {ticket.ticker}: got {ticket.count_c} at {ticket.price_bp}, wanted both")
    return PlaceOrder(
        client_order_id=client_order_id,
        ticker=ticket.ticker,
        leg=ticket.leg,
        buys=ticket.buys,
        price_bp=ticket.price_bp,
        count_c=ticket.count_c,
        time_in_force=ticket.time_in_force,
        opens=opens,
        post_only=ticket.post_only,
        again=ticket.again,
        far=ticket.far,
        plan=ticket.plan() if opens else None,
        flip=ticket.flip,
    )
