"""The ticket being written, as rows; and the head that it shares with REVIEW and the outcome."""

from __future__ import annotations

from collections.abc import Collection

from console.tui import roles
from console.tui.cells import Row, Span
from console.tui.numbers import cents, contracts
from console.tui.ticket.editing import Draft, Field
from console.tui.ticket.entry import Stage
from console.tui.ticket.keys import key_row
from console.tui.ticket.scene import Scene
from console.tui.ticket.sizes import PRESETS, most_c
from console.tui.ticket.ticket import Ticket, Verb
from engine.control.rows.markets import Levels
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import dollars

_VENUES = {
    "sandbox": ("SIM", roles.SIM),
    "paper": ("PAPER", roles.PAPER),
    "demo": ("DEMO", roles.DEMO),
    "live": ("LIVE", roles.LIVE),
}
LIVES = {
    TimeInForce.GOOD_TILL_CANCELED: "rests till canceled",
    TimeInForce.IMMEDIATE_OR_CANCEL: "immediate or cancel",
    TimeInForce.FILL_OR_KILL: "fill or kill",
}
SHORT_LIVES = {
    TimeInForce.GOOD_TILL_CANCELED: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
}
_WIDTH = 8


def venue_word(venue: str) -> tuple[str, str]:
    """As the banner calls it, and its role."""
    return _VENUES.get(venue, (venue.upper() or "-", roles.WARNING))


def mode_row(word: str, scene: Scene) -> Row:
    """Whose money, and whether keys may spend it."""
    name, role = venue_word(scene.venue)
    keys = ("KEYS armed", roles.URGENT) if scene.is_armed else ("KEYS locked", roles.LABEL)
    return ((f" {name} ", role), (f" {word}  ", roles.TITLE), keys)


def headline(ticket: Ticket, scene: Scene) -> list[Row]:
    """What, of what, at which price, for how long."""
    verb = "BUY" if ticket.verb is Verb.OPEN else "CLOSE"
    tone = roles.YES if ticket.leg is Leg.YES else roles.NO
    size = contracts(ticket.count_c) if ticket.count_c else "-"
    name = f" {scene.label}" if scene.label else ""
    flags = (
        ("post-only", ticket.post_only),
        ("far", ticket.far),
        ("again", ticket.again),
        ("flip", ticket.flip),
    )
    words = " ".join(word for word, is_on in flags if is_on)
    return [
        (
            (f"{verb} {size} {ticket.leg.upper()}", tone),
            (f" at {cents(ticket.price_bp)}", roles.TEXT),
            (f"  {SHORT_LIVES[ticket.time_in_force]}", roles.LABEL),
        ),
        *([((f"with {words}", roles.WARNING),)] if words else []),
        ((f"{ticket.ticker}{name}", roles.LABEL),),
    ]


def draft_rows(draft: Draft, scene: Scene) -> list[Row]:
    ticket = draft.ticket
    is_priced, is_sized = draft.field is Field.PRICE, draft.field is Field.SIZE
    price = f"{draft.typed}_" if is_priced else cents(ticket.price_bp)
    size = f"{draft.typed}_" if is_sized else contracts(ticket.count_c) if ticket.count_c else "-"
    return [
        mode_row("TICKET", scene),
        *headline(ticket, scene),
        (
            _label("size", draft.field in (Field.PRESET, Field.SIZE)),
            (size, roles.SELECTED if is_sized else roles.TEXT),
        ),
        *_presets(draft, scene),
        (
            _label("price", is_priced),
            (price, roles.SELECTED if is_priced else roles.TEXT),
            *_best(ticket, scene),
        ),
        (_label("life", False), (LIVES[ticket.time_in_force], roles.TEXT)),
        *_plan(draft),
        _held(scene),
    ]


def _label(name: str, is_here: bool) -> Span:
    return f"{'>' if is_here else ' '}{name:<{_WIDTH}}", roles.ACCENT if is_here else roles.LABEL


def _presets(draft: Draft, scene: Scene) -> list[Row]:
    """Keys 1 to 5 with what each costs, or brings, at the price of the ticket."""
    counts = [*PRESETS, most_c(draft.ticket, scene)]
    role = roles.TEXT if draft.field is Field.PRESET else roles.LABEL
    spans: list[Span] = [(" ", role)]
    for number, count_c in enumerate(counts, start=1):
        word = "max" if number == len(counts) else ""
        size = "-" if count_c is None else contracts(count_c)
        spans.append((f"{number}:", roles.LABEL))
        spans.append((f"{word}{' ' if word else ''}{size} {_worth(draft.ticket, count_c)}  ", role))
    return [tuple(spans[:7]), ((" ", role), *spans[7:])]


def _worth(ticket: Ticket, count_c: int | None) -> str:
    if ticket.price_bp is None or count_c is None:
        return "$-"
    return f"${dollars(ticket.price_bp * count_c)}"


def _best(ticket: Ticket, scene: Scene) -> tuple[Span, ...]:
    """The bid and the ask of the leg."""
    bid, ask = _first(scene.selling(ticket.leg)), _first(scene.buying(ticket.leg))
    role = roles.LABEL if scene.is_book_fresh else roles.STALE
    old = "" if scene.is_book_fresh else "~"
    return ((f"  {old}bid {cents(bid)} ask {cents(ask)}", role),)


def _first(levels: Levels) -> int | None:
    return levels[0][0] if levels else None


def _plan(draft: Draft) -> list[Row]:
    """Take profit and stop loss, as typed; a close has none."""
    ticket = draft.ticket
    if ticket.verb is Verb.CLOSE:
        return []
    spans: list[Span] = [_label("plan", draft.field in (Field.TAKE_PROFIT, Field.STOP_LOSS))]
    for name, said, field in (
        ("TP", ticket.take_profit, Field.TAKE_PROFIT),
        ("SL", ticket.stop_loss, Field.STOP_LOSS),
    ):
        is_here = draft.field is field
        spans.append((f"{name} ", roles.LABEL))
        text = f"{draft.typed}_" if is_here else said or "-"
        spans += [(text, roles.SELECTED if is_here else roles.TEXT), ("  ", roles.TEXT)]
    return [tuple(spans)]


def _held(scene: Scene) -> Row:
    if scene.held_leg is None:
        return (_label("held", False), ("nothing", roles.LABEL))
    tone = roles.YES if scene.held_leg is Leg.YES else roles.NO
    return (_label("held", False), (f"{contracts(scene.held_c)} {scene.held_leg.upper()}", tone))


def key_line(stage: Stage, *, rests: bool = False, blocks: Collection[str] = ()) -> Row:
    spans: list[Span] = []
    for key, does in key_row(stage, rests=rests, blocks=blocks):
        spans += [(f"{key} ", roles.TITLE), (f"{does}  ", roles.LABEL)]
    return tuple(spans)
