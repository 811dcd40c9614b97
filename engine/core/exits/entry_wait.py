"""A strategy's entry works for a while; what is left of it is canceled, and what it got keeps its plan."""

from __future__ import annotations

from engine.core.cancels import Cancels
from engine.core.desk import Desk
from engine.core.facts.orders import EXTERNAL, MANUAL, CancelState
from engine.core.timers import Due
from engine.domain.units import Nanoseconds


class EntryWait:
    def __init__(self, desk: Desk, cancels: Cancels) -> None:
        self._desk = desk
        self._cancels = cancels

    def sent(self, client_order_id: str, wait_ns: Nanoseconds | None = None) -> None:
        """``wait_ns`` is monotonic; None: as long as all strategies' entries."""
        wait_ns = self._desk.settings.exits.entry_wait_ns if wait_ns is None else wait_ns
        self._desk.timers.after_mono(self._desk.mono + wait_ns, Due.ENTRY_WAIT, client_order_id)

    def start(self) -> None:
        """Entries of an earlier run have what is left of their time."""
        desk = self._desk
        for record in desk.working():
            terms = record.terms
            if terms.opens and terms.owner not in (MANUAL, EXTERNAL):
                wait_ns = desk.settings.exits.entry_wait_ns if terms.wait_ns is None else terms.wait_ns
                self.sent(terms.client_order_id, max(0, wait_ns - desk.passed_since(record.intended_at)))

    def due(self, client_order_id: str) -> None:
        record = self._desk.money.orders.get(client_order_id)
        if record is None or client_order_id not in self._desk.money.working:
            return
        if record.cancel is CancelState.NONE:
            self._cancels.want(record)
