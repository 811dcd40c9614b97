"""What becomes of an order that was sent: its answer, what the engine's picture shows, or that nothing came.

What was sent is sent once; what is not known stays until the engine knows, and is asked for meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.tui.ticket.editing import Draft
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.events import (
    AskAgain,
    ConnectionLost,
    Effect,
    LookUp,
    NeverArrived,
    NoAnswer,
    Tick,
)
from console.tui.ticket.flight import Flight, is_settled
from engine.control.protocol import AnswerState, CommandAnswer
from engine.control.rows.orders import OrderRow
from engine.domain.order import OrderState
from engine.domain.units import SECOND_NS, Nanoseconds

ASK_AGAIN_WITHIN_NS: Nanoseconds = 10 * SECOND_NS
"""After this long a command that got no answer is not given again: its review is old. It is looked up."""
LOOK_EACH_NS: Nanoseconds = 5 * SECOND_NS
MISSES = 2
"""Look-ups in a row that must find nothing before an order counts as never arrived."""


@dataclass(frozen=True, slots=True)
class Step:
    entry: Entry
    effects: tuple[Effect, ...] = ()


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


def order_seen(entry: Entry, order: OrderRow) -> Entry:
    """The engine's picture has this order."""
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


def answered(entry: Entry, answer: CommandAnswer) -> Entry:
    """The command of an order was answered."""
    flight = _flight_of(entry, answer.command_id)
    if flight is None:
        return entry
    order = answer.order
    if answer.state is AnswerState.DENIED:
        return _landed(entry, flight, Stage.REJECT, order, answer)
    if order is not None and is_settled(order.state):
        return _landed(entry, flight, _outcome(order.state), order, answer)
    return _with_flight(entry, replace(flight, is_unknown=True, is_lost=False, text=answer.text))


def unanswered(entry: Entry, event: ConnectionLost | NoAnswer | NeverArrived) -> Entry:
    """The command of an order got no answer, or the engine never got the command."""
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


def ticked(entry: Entry, event: Tick) -> Step:
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


def closed(entry: Entry) -> Entry:
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
