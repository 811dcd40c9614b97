"""The keys of a ticket in one table, for the key row and the help."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from console.tui.ticket.entry import Stage


class TicketKey(NamedTuple):
    keys: tuple[str, ...]
    label: str
    help: str


TICKET_KEYS: tuple[TicketKey, ...] = (
    TicketKey(("1", "2", "3", "4", "5"), "size", "1, 2, 5, 10 contracts, or the most that the limits allow"),
    TicketKey(("s",), "type size", "Type a size in contracts"),
    TicketKey(("%",), "part", "A quarter, half, three quarters or all of what is held"),
    TicketKey(("tab", "shift+tab"), "field", "Preset, price in cents, size in contracts, TP, SL"),
    TicketKey(("+", "-"), "price", "One price step up or down"),
    TicketKey(("]", "["), "price x10", "Ten price steps up or down"),
    TicketKey(("j",), "join", "Join the best price of your own side"),
    TicketKey(("a",), "take", "Take the other side's price"),
    TicketKey(("o",), "life", "Rests until canceled, immediate or cancel, fill or kill"),
    TicketKey(("p",), "post-only", "Never trade at once"),
    TicketKey(("f",), "far", "Send although the price is near 0 or a dollar"),
    TicketKey(("g",), "again", "Send although it repeats an order of the last seconds"),
    TicketKey(("v",), "flip", "Let it turn the position to the other leg"),
    TicketKey(("t",), "TP", "Type the take profit: +20 from the entry, or a level"),
    TicketKey(("l",), "SL", "Type the stop loss: -10 from the entry, or a level"),
    TicketKey(("e",), "no plan", "Leave out take profit and stop loss"),
    TicketKey(("i",), "if", "On REVIEW: send it later, when a condition is true"),
    TicketKey(("L",), "load", "On REVIEW: keep it in a slot, to be sent by one key"),
    TicketKey(("A",), "arm", "Arm the keys after Enter, or disarm at once"),
    TicketKey(("K",), "kill", "Cancel everything that works and lock the keys, at once"),
    TicketKey(("enter",), "review", "Review; on REVIEW: send"),
    TicketKey(("escape",), "back", "One step back"),
)
NOT_ARMED = "NOT_ARMED"
_ROWS = {
    Stage.TICKET: (
        ("Enter", "review"),
        ("Esc", "leave"),
        ("1-5", "size"),
        ("+-", "price"),
        ("j a", "join or take"),
        ("t l", "TP SL"),
    ),
    Stage.REVIEW: (("Enter", "SEND"), ("Esc", "back"), ("i", "if"), ("L", "load")),
    Stage.SENT: (),
    Stage.UNKNOWN: (("c", "close"), ("x", "cancel")),
    Stage.ACK: (("Esc", "done"),),
    Stage.REJECT: (("Enter", "edit"), ("Esc", "leave")),
    Stage.CLOSED: (),
}


def key_row(
    stage: Stage, *, rests: bool = False, blocks: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Keys and what they do, for the foot of the surface. ``rests``: of the order something works. ``blocks``
    are the codes of what forbids sending: Enter is told as sending only where it does."""
    if stage is Stage.REVIEW and blocks:
        return ((("A", "arm"),) if NOT_ARMED in blocks else ()) + _ROWS[stage][1:]
    more = (("x", "cancel the rest"),) if rests and stage is Stage.ACK else ()
    return (*_ROWS[stage], *more)
