"""What forbids sending a ticket, and what a person should know before they do.

The engine decides; these say beforehand, in words and with what to do next, what it would say. Codes are the
engine's where it has one. An order that only reduces is held up by what would make it another order alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from console.tui.ticket import entry_limits
from console.tui.ticket.bounds import CLOSING_SOON_NS
from console.tui.ticket.exit_plan import plan_blocks
from console.tui.ticket.figures import Effect
from console.tui.ticket.scene import Scene
from console.tui.ticket.split import Split, crosses, opposite_levels
from console.tui.ticket.ticket import Ticket, Verb
from engine.domain.order import TimeInForce
from engine.domain.units import SECOND_NS, cents, contracts

TIMES_USUAL = 5


@dataclass(frozen=True, slots=True)
class Notice:
    """``text`` names the field, what is there, and what to do about it."""

    code: str
    text: str


def blocks_of(
    ticket: Ticket, scene: Scene, split: Split, effect: Effect, *, opens: bool
) -> tuple[Notice, ...]:
    """In the order of what is to be put right first."""
    found = [*_ticket_blocks(ticket, scene), *_desk_blocks(scene)]
    if opens:
        found += plan_blocks(ticket, split)
        found += _position_blocks(ticket, scene, effect)
        found += entry_limits.blocks(ticket, scene)
    else:
        found += _reducing_blocks(ticket, scene)
    if ticket.post_only and split.filled_c:
        found.append(_post_only(ticket, scene))
    return tuple(Notice(code, text) for code, text in found)


def _ticket_blocks(ticket: Ticket, scene: Scene) -> Iterator[tuple[str, str]]:
    if ticket.count_c <= 0:
        yield "COUNT_NOT_POSITIVE", "size: none yet; 1 to 5 choose a preset, s types one"
    if ticket.price_bp is None:
        side = "offers it" if ticket.buys else "bids for it"
        said = f"price: none yet, nobody {side}" if not opposite_levels(ticket, scene) else "price: none yet"
        yield "NO_PRICE", f"{said}; type a limit in cents"
    elif (grid := scene.leg_grid(ticket.leg)) is not None and not grid.accepts(ticket.price_bp):
        yield "OFF_GRID", f"price: {grid.explain(ticket.price_bp)}; + and - go to valid ones"
    if ticket.verb is Verb.CLOSE and (ticket.take_profit or ticket.stop_loss):
        yield "BAD_PLAN", "a close has no TP and no SL; e leaves them out"


def _desk_blocks(scene: Scene) -> Iterator[tuple[str, str]]:
    if not scene.is_attached:
        yield "OFFLINE", "the engine is not there; wait until the banner shows it again"
    if scene.is_observing:
        yield "NOT_ALLOWED", "this console only observes; start one without --observe to trade"


def _position_blocks(ticket: Ticket, scene: Scene, effect: Effect) -> Iterator[tuple[str, str]]:
    """Buying the other leg of what is held may not turn the position by itself."""
    held = scene.held_leg
    if held is None or held is ticket.leg or ticket.flip or not ticket.count_c:
        return
    free, asked = contracts(scene.free_c), contracts(ticket.count_c)
    if scene.free_c < scene.held_c:
        text = f"{contracts(scene.held_c)} {held.upper()} held, {free} of it not in working orders"
    else:
        text = f"{free} {held.upper()} held"
    yield "WOULD_FLIP", f"{text}; {asked} {ticket.leg.upper()} would turn it: at most {free}, or v to flip"


def _reducing_blocks(ticket: Ticket, scene: Scene) -> Iterator[tuple[str, str]]:
    if ticket.verb is Verb.CLOSE and scene.held_leg is not ticket.leg:
        yield "NO_POSITION", f"no {ticket.leg.upper()} is held in {ticket.ticker}; esc leaves"
    elif ticket.count_c > scene.free_c:
        said = f"{contracts(scene.held_c)} held, {contracts(scene.free_c)} of it not in working orders"
        yield "NOT_REDUCING", f"size: {contracts(ticket.count_c)}, but {said}; % takes what is free"


def _post_only(ticket: Ticket, scene: Scene) -> tuple[str, str]:
    best = cents(opposite_levels(ticket, scene)[0][0])
    return "POST_ONLY_CROSSES", f"post-only: would trade at once at {best}; j joins, p takes post-only off"


def warnings_of(
    ticket: Ticket, scene: Scene, split: Split, effect: Effect, *, opens: bool
) -> tuple[Notice, ...]:
    found = [*_book_warnings(ticket, scene, split)]
    if opens:
        found += _size_warnings(ticket, scene)
        found += entry_limits.warnings(ticket, scene)
    if scene.close_ns is not None and 0 < scene.close_ns - scene.now_ns <= CLOSING_SOON_NS:
        left_s = (scene.close_ns - scene.now_ns) // SECOND_NS
        found.append(("CLOSING_SOON", f"the market closes in {left_s} s"))
    if effect.closes_c and scene.resting_profit is not None:
        level = cents(scene.resting_profit.price_bp)
        found.append(("TAKES_BACK", f"the take profit that rests at {level} is taken back first"))
    if effect.closes_c and effect.opens_c and ticket.flip:
        found.append(("FLIPS", f"turns the position: closes {contracts(effect.closes_c)} first"))
    return tuple(Notice(code, text) for code, text in found)


def _book_warnings(ticket: Ticket, scene: Scene, split: Split) -> Iterator[tuple[str, str]]:
    if split.own_bp is not None:
        yield (
            "OWN_ORDER",
            f"your own order at {cents(split.own_bp)} is in the way: up to {contracts(split.canceled_c)}"
            " would be canceled; x cancels that one first",
        )
    elif split.canceled_c and ticket.time_in_force is TimeInForce.FILL_OR_KILL:
        there_c = sum(c for p, c in opposite_levels(ticket, scene) if crosses(ticket, p))
        yield "KILLED", f"fill or kill: only {contracts(there_c)} of {contracts(ticket.count_c)} are there"
    elif split.canceled_c:
        yield "PART_CANCELED", f"{contracts(split.canceled_c)} would not fill and be canceled"
    if not scene.is_book_fresh:
        yield "STALE_BOOK", f"the book is stale ({scene.stale_reason or 'not current'}): fills are a guess"


def _size_warnings(ticket: Ticket, scene: Scene) -> Iterator[tuple[str, str]]:
    if ticket.count_c >= TIMES_USUAL * scene.usual_c:
        times = ticket.count_c // scene.usual_c
        yield "LARGE", f"{contracts(ticket.count_c)} is {times} times your usual {contracts(scene.usual_c)}"
