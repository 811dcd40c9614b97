"""How far a number is from a strike, as a person reads it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from engine.domain.market import Strike

INSIDE = "inside"


def index_number(text: str) -> Decimal | None:
    """None for what is no finite number."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def distance_text(strike: Strike, value: Decimal) -> str:
    """What the number must still move to reach the strike, with its sign: ``+486.58`` is above it. A range
    that holds the number says so; a kind without ends is blank."""
    floor, cap = strike.floor, strike.cap
    if floor is not None and cap is not None:
        if floor <= value <= cap:
            return INSIDE
        return signed(floor - value if value < floor else cap - value, _decimals(value))
    end = floor if floor is not None else cap
    return "" if end is None else signed(end - value, _decimals(value))


def signed(number: Decimal, decimals: int) -> str:
    """With ``decimals`` places."""
    return f"{number:+,.{decimals}f}"


def plain(number: Decimal) -> str:
    return f"{number:,f}"


def _decimals(value: Decimal) -> int:
    """By the size of the number itself, so that a column of distances has its decimals under each other."""
    size = abs(value)
    return 4 if size < 10 else 2 if size < 1_000_000 else 0
