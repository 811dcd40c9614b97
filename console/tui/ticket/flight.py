"""An order under way: sent, and not known what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from console.tui.ticket.review import Review
from console.tui.ticket.scene import NEVER_ANSWERED
from engine.domain.command import PlaceOrder
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds


@dataclass(frozen=True, slots=True)
class Flight:
    """``is_lost``: the connection ended since it was sent. ``is_unknown``: the engine does not know either.

    Times are monotonic; ``looked_ns`` is when the engine was last asked about it.
    """

    body: PlaceOrder
    command_id: str
    sent_ns: Nanoseconds
    review: Review
    is_lost: bool = False
    is_unknown: bool = False
    looked_ns: Nanoseconds | None = None
    misses: int = 0
    """Look-ups in a row that found no such order."""
    text: str = ""

    @property
    def client_order_id(self) -> str:
        return self.body.client_order_id


def is_settled(state: OrderState) -> bool:
    """Whether the exchange said what it did with an order."""
    return state not in NEVER_ANSWERED
