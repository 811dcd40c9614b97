"""Loaded tickets: nine slots, each fired at most once."""

from __future__ import annotations

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.facts.prepared import LoadFired, LoadSet
from engine.core.placing import Placing
from engine.core.timers import Due
from engine.core.triggers.firing import send
from engine.core.triggers.load_record import LoadRecord
from engine.core.triggers.validity import expired, unfit_ticket
from engine.domain.command import FireLoad, SetLoad
from engine.domain.trigger import LOAD_SLOTS
from engine.domain.trigger_text import text_of_ticket


class Loads:
    def __init__(self, desk: Desk, placing: Placing) -> None:
        self._desk = desk
        self._placing = placing

    def start(self) -> None:
        for record in self._desk.money.loads.values():
            self._time(record)

    def markets(self) -> list[str]:
        return [record.ticket.ticker for record in self._desk.money.loads.values()]

    def set(self, body: SetLoad) -> Denial | None:
        """Puts a ticket in place of what the slot held, until its time, at the latest its market's close."""
        desk = self._desk
        refused = _unfit_slot(body.slot)
        if refused is not None:
            return refused
        if body.ticket is None:
            self._empty(body.slot, "taken out")
            return None
        refused = unfit_ticket(desk, body.ticket) or expired(desk, body.expires_ns)
        if refused is not None:
            return refused
        closes_ns = desk.markets[body.ticket.ticker].close_ns
        expires_ns = closes_ns if body.expires_ns is None else min(closes_ns, body.expires_ns)
        desk.record(LoadSet(body.slot, body.ticket, desk.at, expires_ns))
        self._time(desk.money.loads[body.slot])
        return None

    def fire(self, body: FireLoad, who: str, is_interactive: bool) -> Denial | None:
        """Sends the slot's ticket through the gate. Refused, it stays where it is."""
        desk, slot = self._desk, body.slot
        refused = _unfit_slot(slot)
        if refused is not None:
            return refused
        record = desk.money.loads.get(slot)
        if record is None or self._is_expired(record):
            text = f"load {slot}: is empty; put a ticket in first"
            return Denial(DenyCode.LOAD_EMPTY, text, {"slot": slot})
        refused = send(
            self._placing, record.ticket, body.client_order_id, {"load": slot}, who, is_interactive
        )
        if refused is None:
            desk.record(LoadFired(slot, body.client_order_id, desk.at))
            desk.timers.drop(Due.LOAD, str(slot))
        return refused

    def due(self, slot: str) -> None:
        record = self._desk.money.loads.get(int(slot))
        if record is None or not self._is_expired(record):
            return
        self._empty(record.slot, "expired")
        text = f"load {record.slot} expired: {record.ticket.ticker}: {text_of_ticket(record.ticket)}"
        self._desk.alert(AlertLevel.NOTE, "LOAD_EXPIRED", text, f"load {record.slot}")

    def _empty(self, slot: int, cause: str) -> None:
        desk = self._desk
        if slot in desk.money.loads:
            desk.record(LoadSet(slot, None, desk.at, cause=cause))
            desk.timers.drop(Due.LOAD, str(slot))

    def _time(self, record: LoadRecord) -> None:
        if record.expires_ns is not None:
            self._desk.timers.after_at(record.expires_ns, Due.LOAD, str(record.slot))

    def _is_expired(self, record: LoadRecord) -> bool:
        return record.expires_ns is not None and record.expires_ns <= self._desk.at


def _unfit_slot(slot: int) -> Denial | None:
    if 1 <= slot <= LOAD_SLOTS:
        return None
    text = f"slot: got {slot}, wanted 1 to {LOAD_SLOTS}"
    return Denial(DenyCode.BAD_SLOT, text, {"slot": slot, "most": LOAD_SLOTS})
