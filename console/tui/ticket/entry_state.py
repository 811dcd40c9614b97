"""From a ticket to an order and its answer, as one pure function: :func:`step`.

CLOSED -> TICKET -> REVIEW -> SENT -> ACK | REJECT | UNKNOWN. There is one way to SENT: REVIEW was on the
screen for 150 ms, nothing forbids it, the book is where it was, and Enter comes after a pause. What was sent
is sent once; what is not known stays on the screen until the engine knows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.tui.ticket.editing import Draft, Field, press
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.events import (
    Answered,
    AskAgain,
    ConnectionLost,
    Effect,
    Event,
    Key,
    LookUp,
    NeverArrived,
    NoAnswer,
    Opened,
    OrderSeen,
    Painted,
    SceneMoved,
    Send,
    Tick,
)
from console.tui.ticket.flight import Flight, is_settled
from console.tui.ticket.review import Review, review
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket, Verb, place_order
from engine.control.protocol import AnswerState, CommandAnswer
from engine.control.rows import OrderRow
from engine.domain.order import OrderState
from engine.domain.units import MILLISECOND_NS, SECOND_NS, Nanoseconds

DEAD_NS: Nanoseconds = 150 * MILLISECOND_NS
"""How long a surface must have been seen before a key counts, and how long Enter must have been quiet."""
ASK_AGAIN_WITHIN_NS: Nanoseconds = 10 * SECOND_NS
"""After this long a command that got no answer is not given again: its review is old. It is looked up."""
LOOK_EACH_NS: Nanoseconds = 5 * SECOND_NS
MISSES = 2
"""Look-ups in a row that must find nothing before an order counts as never arrived."""


@dataclass(frozen=True, slots=True)
class Step:
    entry: Entry
    effects: tuple[Effect, ...] = ()


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
            return Step(_order_seen(entry, order))
        case Answered(answer=answer):
            return Step(_answered(entry, answer))
        case ConnectionLost() | NoAnswer() | NeverArrived():
            return Step(_unanswered(entry, event))
        case Tick():
            return _tick(entry, event)


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
        return _closed(entry)
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
    return _closed(entry)


def _closed(entry: Entry) -> Entry:
    """Nothing on the surface, or what another ticket covered."""
    if not entry.parked:
        return Entry()
    flight, *others = entry.parked
    return _of_flight(flight, tuple(others))


def _of_flight(flight: Flight, parked: tuple[Flight, ...]) -> Entry:
    stage = Stage.UNKNOWN if flight.is_unknown else Stage.SENT
    return Entry(
        stage,
        Draft(flight.review.ticket),
        flight.review,
        client_order_id=flight.client_order_id,
        flight=flight,
        parked=parked,
        note=flight.text,
    )


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


def _flight_of(entry: Entry, command_id: str) -> Flight | None:
    return next((flight for flight in entry.flights if flight.command_id == command_id), None)


def _with_flight(entry: Entry, flight: Flight) -> Entry:
    """The same flight with another word about it."""
    if entry.flight is not None and entry.flight.command_id == flight.command_id:
        changed = _of_flight(flight, entry.parked)
        shown_ns = entry.shown_ns if changed.stage is entry.stage else None
        return replace(changed, shown_ns=shown_ns)
    parked = tuple(flight if other.command_id == flight.command_id else other for other in entry.parked)
    return replace(entry, parked=parked)


def _landed(
    entry: Entry, flight: Flight, stage: Stage, order: OrderRow | None, answer: CommandAnswer | None
) -> Entry:
    """The outcome is known. Of what another ticket covers only a note is left."""
    if entry.flight is None or entry.flight.command_id != flight.command_id:
        parked = tuple(other for other in entry.parked if other.command_id != flight.command_id)
        said = order.state if order is not None else stage
        return replace(entry, parked=parked, note=f"the order in {flight.body.ticker} before this: {said}")
    return Entry(
        stage,
        Draft(flight.review.ticket),
        flight.review,
        client_order_id=flight.client_order_id,
        parked=entry.parked,
        order=order,
        answer=answer,
    )


def _order_seen(entry: Entry, order: OrderRow) -> Entry:
    if entry.flight is None and entry.stage is Stage.ACK and entry.client_order_id == order.client_order_id:
        return entry if entry.order == order else replace(entry, order=order)
    if not is_settled(order.state):
        return entry
    for flight in entry.flights:
        if flight.client_order_id == order.client_order_id:
            return _landed(entry, flight, _outcome(order.state), order, None)
    return entry


def _outcome(state: OrderState) -> Stage:
    return Stage.REJECT if state in (OrderState.REJECTED, OrderState.ABSENT) else Stage.ACK


def _answered(entry: Entry, answer: CommandAnswer) -> Entry:
    flight = _flight_of(entry, answer.command_id)
    if flight is None:
        return entry
    order = answer.order
    if answer.state is AnswerState.DENIED:
        return _landed(entry, flight, Stage.REJECT, order, answer)
    if order is not None and is_settled(order.state):
        return _landed(entry, flight, _outcome(order.state), order, answer)
    return _with_flight(entry, replace(flight, is_unknown=True, is_lost=False, text=answer.text))


def _unanswered(entry: Entry, event: ConnectionLost | NoAnswer | NeverArrived) -> Entry:
    flight = _flight_of(entry, event.command_id)
    if flight is None:
        return entry
    if isinstance(event, ConnectionLost):
        text = f"{event.text}; asked again, under the same id, when the engine is back"
        return _with_flight(entry, replace(flight, is_lost=True, text=text))
    if isinstance(event, NoAnswer):
        return _with_flight(entry, replace(flight, is_unknown=True, text=event.text))
    if flight.misses + 1 < MISSES:
        return _with_flight(entry, replace(flight, misses=flight.misses + 1))
    answer = CommandAnswer(
        event.command_id,
        AnswerState.DENIED,
        flight.client_order_id,
        "NEVER_ARRIVED",
        "the engine never got this order; nothing was sent",
    )
    return _landed(entry, flight, Stage.REJECT, None, answer)


def _tick(entry: Entry, event: Tick) -> Step:
    """Asks again what was lost, and looks up what nobody told of."""
    if not event.is_attached:
        return Step(entry)
    effects: list[Effect] = []
    for flight in entry.flights:
        due = _due(flight, event.mono_ns)
        if due is None:
            continue
        changed = replace(flight, is_lost=False, looked_ns=event.mono_ns)
        if isinstance(due, LookUp):
            changed = replace(changed, is_unknown=True)
        entry = _with_flight(entry, changed)
        effects.append(due)
    return Step(entry, tuple(effects))


def _due(flight: Flight, mono_ns: Nanoseconds) -> AskAgain | LookUp | None:
    if flight.is_lost:
        is_recent = mono_ns - flight.sent_ns <= ASK_AGAIN_WITHIN_NS
        return AskAgain(flight) if is_recent else LookUp(flight)
    looked_ns = flight.sent_ns if flight.looked_ns is None else flight.looked_ns
    if flight.is_unknown and mono_ns - looked_ns >= LOOK_EACH_NS:
        return LookUp(flight)
    return None
