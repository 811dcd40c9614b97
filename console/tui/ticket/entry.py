"""What is on the ticket's surface: nothing, a draft, a review, an order under way, or its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from console.tui.ticket.checks import Notice
from console.tui.ticket.editing import Draft
from console.tui.ticket.flight import Flight
from console.tui.ticket.review import Review
from engine.control.protocol import CommandAnswer
from engine.control.rows.orders import OrderRow
from engine.domain.order import OrderState
from engine.domain.units import Nanoseconds


class Stage(StrEnum):
    CLOSED = "closed"
    TICKET = "ticket"
    REVIEW = "review"
    SENT = "sent"
    ACK = "ack"
    REJECT = "reject"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is on the ticket's surface. ``blocks`` are what forbids sending now, which may differ from what
    ``review`` found; ``parked`` are orders under way that another ticket covers."""

    stage: Stage = Stage.CLOSED
    draft: Draft | None = None
    review: Review | None = None
    blocks: tuple[Notice, ...] = ()
    client_order_id: str = ""
    """Minted when REVIEW begins."""
    shown_ns: Nanoseconds | None = None
    """When the surface of this stage was painted; monotonic."""
    dropped_ns: Nanoseconds | None = None
    """When an Enter was last passed over."""
    flight: Flight | None = None
    parked: tuple[Flight, ...] = ()
    order: OrderRow | None = None
    answer: CommandAnswer | None = None
    note: str = ""

    @property
    def rests(self) -> bool:
        """Whether of the order whose outcome is shown something still works."""
        return self.order is not None and self.order.state in (OrderState.RESTING, OrderState.PARTIAL)

    @property
    def flights(self) -> tuple[Flight, ...]:
        """Orders of which it is not known what became of them."""
        return self.parked if self.flight is None else (self.flight, *self.parked)
