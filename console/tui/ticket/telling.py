"""The line on the message row for what came of an order that was sent."""

from __future__ import annotations

from collections.abc import Iterator

from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.messages import TICKET, Message, denial, outcome

_UNKNOWN = "UNKNOWN: the engine is finding out and will not send it twice; c closes, x cancels meanwhile"


def landed(before: Entry, entry: Entry) -> Iterator[str]:
    """The client order ids whose outcome is known now: what was said of them holds no longer."""
    flying = {flight.client_order_id for flight in entry.flights}
    yield from (flight.client_order_id for flight in before.flights if flight.client_order_id not in flying)


def word_of(before: Entry, entry: Entry) -> Message | None:
    """What is to be said of the change from one to the other; None: nothing."""
    if entry.stage is before.stage and entry.order == before.order:
        return None
    order = entry.order
    if entry.stage is Stage.ACK and order is not None:
        return Message(outcome(order), about=TICKET)
    if entry.stage is Stage.REJECT and entry.answer is not None:
        return Message(denial(entry.answer), is_error=True, about=TICKET)
    if entry.stage is Stage.REJECT and order is not None:
        return Message(outcome(order), is_error=True, about=TICKET)
    if entry.stage is Stage.UNKNOWN:
        return Message(_UNKNOWN, is_error=True, about=entry.client_order_id)
    return None
