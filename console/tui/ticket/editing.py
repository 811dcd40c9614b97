"""Keys in a ticket: sizes, prices, how long it lives, what it may do. A pure function from key to draft."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from console.tui.ticket.scene import Scene, reach_bp
from console.tui.ticket.sizes import PRESETS, most_c, next_part_c
from console.tui.ticket.ticket import Ticket, Verb
from console.tui.ticket.typed import count_of, may_continue, price_of
from engine.domain.order import TimeInForce
from engine.domain.units import PriceBp, cents, contracts

TEN = 10
_LIVES = (
    TimeInForce.GOOD_TILL_CANCELED,
    TimeInForce.IMMEDIATE_OR_CANCEL,
    TimeInForce.FILL_OR_KILL,
)
_STEPS = {
    "+": 1,
    "=": 1,
    "up": 1,
    "-": -1,
    "down": -1,
    "]": TEN,
    "shift+up": TEN,
    "[": -TEN,
    "shift+down": -TEN,
}


class Field(StrEnum):
    """What digits mean: a preset of the size, the price in cents, the size in contracts, or the cents of a
    take profit or a stop loss, where + and - are written too."""

    PRESET = "preset"
    PRICE = "price"
    SIZE = "size"
    TAKE_PROFIT = "take_profit"
    STOP_LOSS = "stop_loss"


HELP = (
    "1-5 size, s types it, % part of what is held; tab price, + - ] [ steps, j joins, a takes; o life,"
    " p post-only, f far, g again, v flip; t take profit, l stop loss, e neither"
)
_AFTER = {
    Field.PRESET: Field.PRICE,
    Field.PRICE: Field.SIZE,
    Field.SIZE: Field.TAKE_PROFIT,
    Field.TAKE_PROFIT: Field.STOP_LOSS,
    Field.STOP_LOSS: Field.PRESET,
}
_PLAN = (Field.TAKE_PROFIT, Field.STOP_LOSS)
_OF_PLAN = re.compile(r"[+-]?\d{0,3}(\.\d{0,2})?c?", re.ASCII)
_BEFORE = {after: before for before, after in _AFTER.items()}


@dataclass(frozen=True, slots=True)
class Draft:
    """``typed`` is what was typed into the field so far; ``note`` answers the last key in words."""

    ticket: Ticket
    field: Field = Field.PRESET
    typed: str = ""
    note: str = ""


def press(draft: Draft, key: str, scene: Scene) -> Draft:
    """The draft after a key; a key that means nothing here says so and changes nothing else.

    Keys are single characters, or Textual's names for what has none.
    """
    draft = replace(draft, note="")
    if draft.field in _PLAN and (key.isdigit() or key in ("+", "-", ".", "c", "backspace")):
        return _plan_typed(draft, key)
    if key in _STEPS:
        return _stepped(draft, _STEPS[key], scene)
    if key in ("tab", "shift+tab"):
        following = _AFTER if key == "tab" else _BEFORE
        return _field(draft, following[draft.field])
    if key.isdigit() or key in (".", "backspace"):
        return _digit(draft, key, scene)
    if key == "?":
        return replace(draft, note=HELP)
    act = _ACTS.get(key)
    return (
        replace(draft, note=f"{key} does nothing here; ? shows the keys")
        if act is None
        else act(draft, scene)
    )


def _field(draft: Draft, field: Field) -> Draft:
    """Goes to a field; a close has no plan, so it has none of its fields."""
    if field in _PLAN and draft.ticket.verb is Verb.CLOSE:
        field = Field.PRESET if draft.field is Field.SIZE else Field.SIZE
    typed = {Field.TAKE_PROFIT: draft.ticket.take_profit, Field.STOP_LOSS: draft.ticket.stop_loss}
    return replace(draft, field=field, typed=typed.get(field, ""))


def _digit(draft: Draft, key: str, scene: Scene) -> Draft:
    if draft.field is Field.PRESET:
        return _preset(draft, key, scene)
    typed = draft.typed[:-1] if key == "backspace" else draft.typed + key
    if not may_continue(typed):
        return replace(draft, note=f"{typed}: wanted a number with at most two decimals")
    if draft.field is Field.PRICE:
        ticket = replace(draft.ticket, price_bp=price_of(typed))
        is_bad = bool(typed) and ticket.price_bp is None and typed.strip("0.")
        note = "price: wanted cents above 0 and below 100" if is_bad else ""
    else:
        ticket, note = replace(draft.ticket, count_c=count_of(typed) or 0), ""
    return replace(draft, ticket=ticket, typed=typed, note=note)


def _plan_typed(draft: Draft, key: str) -> Draft:
    """``+20`` and ``-10`` are distances from the entry, a bare number is a level; nothing is none."""
    typed = draft.typed[:-1] if key == "backspace" else draft.typed + key
    if _OF_PLAN.fullmatch(typed) is None:
        return replace(draft, note=f"{typed}: wanted +20, -10, or a level such as 72 or 0.6c")
    ticket = draft.ticket
    is_gain = draft.field is Field.TAKE_PROFIT
    ticket = replace(ticket, take_profit=typed) if is_gain else replace(ticket, stop_loss=typed)
    return replace(draft, ticket=ticket, typed=typed)


def _preset(draft: Draft, key: str, scene: Scene) -> Draft:
    if not key.isdigit() or not 1 <= int(key) <= len(PRESETS) + 1:
        return replace(draft, note="1 to 5 are sizes; tab goes to the price, s types a size")
    number = int(key)
    if number <= len(PRESETS):
        return _sized(draft, PRESETS[number - 1])
    count_c = most_c(draft.ticket, scene)
    if count_c is None:
        wanted = "a price" if draft.ticket.price_bp is None else "the engine's limits, which are not known"
        return replace(draft, note=f"max needs {wanted}")
    if not count_c:
        return replace(draft, note="max: not even one contract is within the limits at this price")
    return _sized(draft, count_c)


def _sized(draft: Draft, count_c: int) -> Draft:
    return replace(draft, ticket=replace(draft.ticket, count_c=count_c), typed="")


def _priced(draft: Draft, price_bp: PriceBp | None, missing: str) -> Draft:
    if price_bp is None:
        return replace(draft, note=missing)
    return replace(draft, ticket=replace(draft.ticket, price_bp=price_bp), typed="")


def _stepped(draft: Draft, steps: int, scene: Scene) -> Draft:
    """Along the grid of the leg; stops at its ends."""
    grid = scene.leg_grid(draft.ticket.leg)
    if grid is None:
        return replace(draft, note="the market's price steps are not known yet; type the price")
    price_bp = draft.ticket.price_bp
    if price_bp is None:
        return _join(draft, scene)
    for _ in range(abs(steps)):
        following = grid.up(price_bp) if steps > 0 else grid.down(price_bp)
        if following is None:
            ended = _priced(draft, price_bp, "")
            return replace(ended, note=f"{cents(price_bp)} is the last price on this side")
        price_bp = following
    return _priced(draft, price_bp, "")


def _join(draft: Draft, scene: Scene) -> Draft:
    """To the best price of its own side: the bid for what is bought, the ask for what is sold."""
    ticket = draft.ticket
    levels = scene.selling(ticket.leg) if ticket.buys else scene.buying(ticket.leg)
    word = "bids" if ticket.buys else "offers"
    return _priced(draft, levels[0][0] if levels else None, f"nobody {word}: type a price")


def _take(draft: Draft, scene: Scene) -> Draft:
    """To the other side: the ask for what is bought; for what is sold as far as its size needs."""
    ticket = draft.ticket
    if ticket.buys:
        levels = scene.buying(ticket.leg)
        return _priced(draft, levels[0][0] if levels else None, "nobody offers: type a price")
    return _priced(draft, reach_bp(scene.selling(ticket.leg), ticket.count_c), "nobody bids: type a price")


def _part(draft: Draft, scene: Scene) -> Draft:
    if not scene.free_c:
        return replace(draft, note="% takes a part of what is held, and nothing is free to close")
    return _sized(draft, next_part_c(draft.ticket, scene))


def _life(draft: Draft, _: Scene) -> Draft:
    ticket = draft.ticket
    following = _LIVES[(_LIVES.index(ticket.time_in_force) + 1) % len(_LIVES)]
    rests = following is TimeInForce.GOOD_TILL_CANCELED
    ticket = replace(ticket, time_in_force=following, post_only=ticket.post_only and rests)
    return replace(draft, ticket=ticket)


def _post_only(draft: Draft, _: Scene) -> Draft:
    if draft.ticket.time_in_force is not TimeInForce.GOOD_TILL_CANCELED:
        return replace(draft, note="post-only needs an order that rests; o goes there")
    return replace(draft, ticket=replace(draft.ticket, post_only=not draft.ticket.post_only))


def _far(draft: Draft, _: Scene) -> Draft:
    return replace(draft, ticket=replace(draft.ticket, far=not draft.ticket.far))


def _again(draft: Draft, _: Scene) -> Draft:
    return replace(draft, ticket=replace(draft.ticket, again=not draft.ticket.again))


def _flip(draft: Draft, _: Scene) -> Draft:
    return replace(draft, ticket=replace(draft.ticket, flip=not draft.ticket.flip))


def _no_plan(draft: Draft, _: Scene) -> Draft:
    ticket = replace(draft.ticket, take_profit="", stop_loss="")
    note = "TP and SL left out: the position is yours to watch"
    return replace(draft, ticket=ticket, field=Field.PRESET, typed="", note=note)


def _take_profit(draft: Draft, _: Scene) -> Draft:
    return _to_plan(draft, Field.TAKE_PROFIT, draft.ticket.take_profit)


def _stop_loss(draft: Draft, _: Scene) -> Draft:
    return _to_plan(draft, Field.STOP_LOSS, draft.ticket.stop_loss)


def _to_plan(draft: Draft, field: Field, typed: str) -> Draft:
    if draft.ticket.verb is Verb.CLOSE:
        return replace(draft, note="a close has no TP and no SL")
    name = "TP" if field is Field.TAKE_PROFIT else "SL"
    note = f"{name}: type +20 or -10 for cents from the entry, or a level"
    return replace(draft, field=field, typed=typed, note=note)


def _type_size(draft: Draft, _: Scene) -> Draft:
    return replace(draft, field=Field.SIZE, typed="", note=f"size: {contracts(draft.ticket.count_c)}; type")


_ACTS: dict[str, Callable[[Draft, Scene], Draft]] = {
    "j": _join,
    "a": _take,
    "%": _part,
    "o": _life,
    "p": _post_only,
    "f": _far,
    "g": _again,
    "v": _flip,
    "e": _no_plan,
    "t": _take_profit,
    "l": _stop_loss,
    "s": _type_size,
}
KEYS = frozenset(_ACTS) | frozenset(_STEPS)
