"""From a ticket to an order and its answer, as one pure function: :func:`step`.

CLOSED -> TICKET -> REVIEW -> SENT -> ACK | REJECT | UNKNOWN. There is one way to SENT: REVIEW was on the
screen for 150 ms, nothing forbids it, the book is where it was, and Enter comes after a pause. What was sent
is sent once; what is not known stays on the screen until the engine knows.
"""

from __future__ import annotations

from dataclasses import replace

from console.tui.ticket.editing import Draft, Field, press
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.events import (
    Answered,
    ConnectionLost,
    Event,
    Key,
    NeverArrived,
    NoAnswer,
    Opened,
    OrderSeen,
    Painted,
    SceneMoved,
    Send,
    Tick,
)
from console.tui.ticket.flight import Flight
from console.tui.ticket.review import Review, review
from console.tui.ticket.scene import Scene
from console.tui.ticket.sent import Step, answered, closed, order_seen, ticked, unanswered
from console.tui.ticket.ticket import Ticket, Verb, place_order
from engine.domain.units import MILLISECOND_NS, Nanoseconds

DEAD_NS: Nanoseconds = 150 * MILLISECOND_NS
"""How long a surface must have been seen before a key counts, and how long Enter must have been quiet."""


def step(entry: Entry, event: Event) -> Step:
    """The next entry and what is to be done; the same arguments always give the same."""
    match event:
        case Opened():
            return Step(_opened(entry, event))
        case Key():
            return _key(entry, event)
        case Painted(mono_ns=mono_ns):
            return Step(entry if entry.shown_ns is not None else replace(entry, shown_ns=mono_ns))
        case SceneMoved(scene=scene):
            return Step(_scene_moved(entry, scene))
        case OrderSeen(order=order):
            return Step(order_seen(entry, order))
        case Answered(answer=answer):
            return Step(answered(entry, answer))
        case ConnectionLost() | NoAnswer() | NeverArrived():
            return Step(unanswered(entry, event))
        case Tick():
            return ticked(entry, event)


def may_open(entry: Entry, verb: Verb) -> str:
    """Why a ticket cannot be opened now; empty if it can. A close always can."""
    if verb is Verb.CLOSE or not entry.flights:
        return ""
    flight = entry.flights[0]
    return (
        f"an order in {flight.body.ticker} is under way; wait for its answer."
        " Close (c) and cancel (x) work meanwhile"
    )


def _opened(entry: Entry, event: Opened) -> Entry:
    refused = may_open(entry, event.draft.ticket.verb)
    if refused:
        return replace(entry, note=refused)
    parked = entry.flights
    if event.reviews and _is_whole(event.draft.ticket):
        begun = _reviewing(event.draft, event.scene, event.fresh_id)
    else:
        begun = Entry(Stage.TICKET, event.draft)
    return replace(begun, parked=parked)


def _reviewing(draft: Draft, scene: Scene, client_order_id: str, note: str = "") -> Entry:
    found = review(draft.ticket, scene)
    return Entry(Stage.REVIEW, draft, found, found.blocks, client_order_id, note=note)


def _is_whole(ticket: Ticket) -> bool:
    return ticket.price_bp is not None and ticket.count_c > 0


def _key(entry: Entry, event: Key) -> Step:
    match entry.stage:
        case Stage.TICKET:
            return Step(_key_in_ticket(entry, event))
        case Stage.REVIEW:
            return _key_in_review(entry, event)
        case Stage.ACK | Stage.REJECT:
            return Step(_key_in_outcome(entry, event))
        case Stage.SENT | Stage.UNKNOWN:
            return Step(replace(entry, note="nothing more is sent; it stays here until its outcome is known"))
        case Stage.CLOSED:
            return Step(entry)


def _key_in_ticket(entry: Entry, event: Key) -> Entry:
    draft = entry.draft
    assert draft is not None
    if event.key == "escape":
        return closed(entry)
    if event.key != "enter":
        return replace(entry, draft=press(draft, event.key, event.scene), note="")
    if not _is_whole(draft.ticket):
        missing = "a size: 1 to 5" if draft.ticket.count_c <= 0 else "a price: tab, then cents"
        return replace(entry, draft=replace(draft, note=f"wanted {missing}"))
    begun = _reviewing(replace(draft, note="", typed=""), event.scene, event.fresh_id)
    return replace(begun, parked=entry.parked)


def _is_dead(entry: Entry, mono_ns: Nanoseconds) -> bool:
    """Whether keys do not count yet."""
    return entry.shown_ns is None or mono_ns - entry.shown_ns < DEAD_NS


def _key_in_review(entry: Entry, event: Key) -> Step:
    draft, shown = entry.draft, entry.review
    assert draft is not None
    assert shown is not None
    is_enter = event.key == "enter"
    was_just_dropped = entry.dropped_ns is not None and event.mono_ns - entry.dropped_ns < DEAD_NS
    if _is_dead(entry, event.mono_ns) or (is_enter and was_just_dropped):
        return Step(replace(entry, dropped_ns=event.mono_ns) if is_enter else entry)
    if event.key == "escape":
        return Step(Entry(Stage.TICKET, draft, parked=entry.parked))
    if not is_enter:
        return Step(replace(entry, note="Enter sends, Esc goes back to the ticket"))
    now = review(draft.ticket, event.scene)
    if now.has_moved(shown):
        again = _reviewing(
            draft, event.scene, entry.client_order_id, "the book moved: look again, then Enter"
        )
        return Step(replace(again, parked=entry.parked))
    if now.blocks:
        return Step(replace(entry, blocks=now.blocks, note=now.blocks[0].text))
    return _sent(entry, now, event.mono_ns)


def _sent(entry: Entry, reviewed: Review, mono_ns: Nanoseconds) -> Step:
    body = place_order(reviewed.ticket, entry.client_order_id, opens=reviewed.opens)
    flight = Flight(body, f"ticket-{entry.client_order_id}", mono_ns, reviewed)
    sent = Entry(
        Stage.SENT,
        entry.draft,
        reviewed,
        client_order_id=entry.client_order_id,
        flight=flight,
        parked=entry.parked,
    )
    return Step(sent, (Send(flight),))


def _key_in_outcome(entry: Entry, event: Key) -> Entry:
    """A held Enter closes nothing and opens nothing before the outcome was seen."""
    if event.key not in ("enter", "escape"):
        return replace(
            entry, note="Esc closes this" if entry.stage is Stage.ACK else "Enter edits, Esc closes"
        )
    was_just_dropped = entry.dropped_ns is not None and event.mono_ns - entry.dropped_ns < DEAD_NS
    if _is_dead(entry, event.mono_ns) or was_just_dropped:
        return replace(entry, dropped_ns=event.mono_ns)
    if entry.stage is Stage.REJECT and event.key == "enter" and entry.draft is not None:
        return Entry(Stage.TICKET, entry.draft, parked=entry.parked)
    return closed(entry)


def _scene_moved(entry: Entry, scene: Scene) -> Entry:
    """REVIEW keeps its numbers; what forbids sending is always that of now. A ticket that waited for its book
    gets the other side's price."""
    if entry.stage is Stage.TICKET and entry.draft is not None:
        return replace(entry, draft=_priced(entry.draft, scene))
    if entry.stage is not Stage.REVIEW or entry.review is None:
        return entry
    now = review(entry.review.ticket, scene)
    note = "the book moved: Enter reviews again" if now.has_moved(entry.review) else ""
    if now.blocks == entry.blocks and (not note or note == entry.note):
        return entry
    return replace(entry, blocks=now.blocks, note=note or _still_so(entry, now))


def _still_so(entry: Entry, now: Review) -> str:
    """The note, unless it said what forbade sending and does not any more."""
    was = {block.text for block in entry.blocks} - {block.text for block in now.blocks}
    return "" if entry.note in was else entry.note


def _priced(draft: Draft, scene: Scene) -> Draft:
    if draft.ticket.price_bp is not None or draft.field is not Field.PRESET:
        return draft
    priced = press(draft, "a", scene)
    return draft if priced.ticket.price_bp is None else replace(priced, note=draft.note)
