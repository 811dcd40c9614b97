"""The one ticket: events go into its state machine, effects out to the engine, lines to the message row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.tui.desk import Desk
from console.tui.ticket import events
from console.tui.ticket.asking import Asking
from console.tui.ticket.audit import Audit
from console.tui.ticket.audit_lines import audit_transition
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.entry_state import step
from console.tui.ticket.looking import known_order
from console.tui.ticket.messages import Message
from console.tui.ticket.telling import landed, word_of
from console.tui.ticket.ticket import Verb
from engine.domain.units import ONE_CONTRACT_C, CountC


class Entering:
    """``entry`` changes here alone; ``usual_c`` is the size that was sent last, by which a large one is
    told. ``changed`` is called when the ticket is another."""

    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        audit: Audit,
        say: Callable[[Message], None],
        settle: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self.entry = Entry()
        self.usual_c: CountC = ONE_CONTRACT_C
        self._desk = desk
        self._asking = asking
        self._audit = audit
        self._say = say
        self._settle = settle
        self._changed = changed

    def happened(self, event: events.Event) -> None:
        """Takes an event: does what it asks for, notes it, says what came of it."""
        before = self.entry
        done = step(before, event)
        self.entry = done.entry
        for effect in done.effects:
            if isinstance(effect, events.LookUp):
                self._asking.look_up(effect.flight)
            else:
                self._asking.order(effect.flight)
        if isinstance(event, events.Opened) and self._is_refused(event, before):
            self._say(Message(self.entry.note, is_error=True))
        audit_transition(self._audit, before, self.entry, event, self._desk.now_ns)
        if self.entry != before:
            self._tell(before)
            self._changed()

    def quietly(self, event: events.Painted | events.SceneMoved) -> None:
        """Takes an event of the drawing itself, which must not ask to be drawn again."""
        self.entry = step(self.entry, event).entry

    def look(self) -> None:
        """Takes what the engine's picture has of orders under way."""
        for flight in self.entry.flights:
            self._see(flight.client_order_id)
        if self.entry.stage is Stage.ACK:
            self._see(self.entry.client_order_id)

    def drop_draft(self) -> None:
        """What was not sent is gone; orders under way stay."""
        if self.entry.stage in (Stage.TICKET, Stage.REVIEW):
            self.entry = Entry(parked=self.entry.parked)

    def unseen(self) -> None:
        """Something covered the ticket: it must be looked at again before a key counts in it."""
        self.entry = replace(self.entry, shown_ns=None)

    def _is_refused(self, opened: events.Opened, before: Entry) -> bool:
        return self.entry.draft is not opened.draft and before is not self.entry

    def _see(self, client_order_id: str) -> None:
        order = known_order(self._desk.replica, client_order_id)
        if order is not None:
            self.happened(events.OrderSeen(order))

    def _tell(self, before: Entry) -> None:
        entry = self.entry
        for client_order_id in landed(before, entry):
            self._settle(client_order_id)
        if entry.stage is Stage.SENT and before.stage is Stage.REVIEW and entry.draft is not None:
            ticket = entry.draft.ticket
            self.usual_c = self.usual_c if ticket.verb is Verb.CLOSE else ticket.count_c
        word = word_of(before, entry)
        if word is not None:
            self._say(word)
