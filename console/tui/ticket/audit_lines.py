"""Which steps of a ticket are kept, and with which of the numbers that were shown."""

from __future__ import annotations

from console.tui.ticket.audit import Audit, of_answer, of_review
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.events import Answered, Event
from engine.domain.units import Nanoseconds


def audit_transition(audit: Audit, before: Entry, after: Entry, event: Event, at_ns: Nanoseconds) -> None:
    """Writes a line where a ticket was opened, reviewed, sent, answered or left; edits are in the review."""
    if isinstance(event, Answered):
        audit.write("answer", at_ns, of_answer(event.answer))
    is_other_review = after.review is not before.review and after.review is not None
    if after.stage is Stage.REVIEW and is_other_review and after.review is not None:
        fields = {"client_order_id": after.client_order_id, **of_review(after.review)}
        audit.write("review", at_ns, fields)
    if after.stage is before.stage:
        return
    if after.stage is Stage.TICKET and after.draft is not None:
        audit.write("draft", at_ns, {"ticket": after.draft.ticket})
    elif after.stage is Stage.SENT and after.flight is not None:
        flight = after.flight
        audit.write("send", at_ns, {"command_id": flight.command_id, "body": flight.body})
    elif after.stage in (Stage.ACK, Stage.REJECT, Stage.UNKNOWN):
        fields = {"client_order_id": after.client_order_id, "order": after.order}
        audit.write(after.stage.value, at_ns, fields)
    elif after.stage is Stage.CLOSED:
        audit.write("left", at_ns, {"client_order_id": before.client_order_id, "stage": before.stage})
