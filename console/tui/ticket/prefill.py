"""Codes of the command line that open a ticket: ``BY 10@57``, ``BN 10@43 ioc``, ``CLOSE 5``. None sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from console.tui.ticket.ticket import Verb
from console.tui.ticket.typed import count_of, price_of
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import CountC, PriceBp


class BadCode(ValueError):
    """One line: what was typed, and what would be right."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """What was typed of a ticket; ``leg`` None is the one that is held, the rest None or 0 is not said."""

    verb: Verb
    leg: Leg | None = None
    count_c: CountC = 0
    price_bp: PriceBp | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    far: bool = False
    again: bool = False
    flip: bool = False
    take_profit: str = ""
    stop_loss: str = ""


CODES = ("BY", "BN", "CLOSE")
_STARTS = {
    "BY": Prefill(Verb.OPEN, Leg.YES),
    "BN": Prefill(Verb.OPEN, Leg.NO),
    "CLOSE": Prefill(Verb.CLOSE),
}
_LIVES = {
    "GTC": TimeInForce.GOOD_TILL_CANCELED,
    "IOC": TimeInForce.IMMEDIATE_OR_CANCEL,
    "FOK": TimeInForce.FILL_OR_KILL,
}
_WANTED = "such as BY 10@57, BN 2.5@43.5 ioc, CLOSE or CLOSE 5"


def prefill(code: str, words: Sequence[str]) -> Prefill:
    """Reads a code with its words. Raises BadCode."""
    code = code.upper()
    made = _STARTS.get(code)
    if made is None:
        raise BadCode(f"{code}: no order code, wanted one {_WANTED}")
    left = list(words)
    while left:
        word = left.pop(0)
        if word.upper() in ("TP", "SL"):
            if not left:
                raise BadCode(f"{word}: wanted a level in cents or a distance, such as {word.upper()} +20")
            level = left.pop(0)
            is_gain = word.upper() == "TP"
            made = replace(made, take_profit=level) if is_gain else replace(made, stop_loss=level)
        else:
            made = _with_word(made, code, word)
    return made


def _with_word(made: Prefill, code: str, word: str) -> Prefill:
    match word.lower().removeprefix("--"):
        case "far":
            return replace(made, far=True)
        case "again":
            return replace(made, again=True)
        case "flip":
            return replace(made, flip=True)
        case "post-only":
            return replace(made, post_only=True)
    if word.upper() in _LIVES:
        return replace(made, time_in_force=_LIVES[word.upper()])
    return _with_size(made, code, word)


def _with_size(made: Prefill, code: str, word: str) -> Prefill:
    count, at, price = word.partition("@")
    count_c = count_of(count) if count else 0
    if count_c is None or (not count and not at):
        raise BadCode(f"{code} {word}: got {count or word!r} for the size, wanted contracts, {_WANTED}")
    price_bp = price_of(price) if at else None
    if at and price_bp is None:
        raise BadCode(f"{code} {word}: got {price!r} for the price, wanted cents above 0 and below 100")
    return replace(made, count_c=count_c, price_bp=price_bp)
