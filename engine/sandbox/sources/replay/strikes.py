"""Strikes, and the words for them, where a recording leaves them out."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise

from engine.domain.market import Strike, StrikeType
from engine.sandbox.sources.replay.ticker import strike_label

_HALF = Decimal("0.5")
_CENT = Decimal("0.01")


def derived_strikes(tickers: Iterable[str], unit: str) -> dict[str, Strike]:
    """The strikes that an event's tickers spell out; ``custom`` for a market whose ticker does not.

    A band's label is its middle: two whole degrees in weather, the step of the ladder less a cent in crypto.
    Beside bands the lower tail is ``less`` and the upper one ``greater``; without bands every label is a
    threshold to exceed.
    """
    labels = {ticker: label for ticker in tickers if (label := strike_label(ticker)) is not None}
    bands = sorted(value for kind, value in labels.values() if kind == "B")
    width = min((high - low for low, high in pairwise(bands)), default=None)
    custom = Strike(StrikeType.CUSTOM)
    return {
        ticker: _strike(labels[ticker], bands, width, unit) if ticker in labels else custom
        for ticker in tickers
    }


def strike_text(strike: Strike, unit: str) -> str:
    """``43° to 44°``, ``$86,750 or above``, ``36° or below``: as the exchange subtitles a market."""
    floor, cap = strike.floor, strike.cap
    match strike.kind:
        case StrikeType.BETWEEN if floor is not None and cap is not None:
            return f"{_number(floor, unit)} to {_number(cap, unit)}"
        case StrikeType.GREATER if floor is not None:
            return f"{_number(floor + _step(floor, unit), unit)} or above"
        case StrikeType.GREATER_OR_EQUAL if floor is not None:
            return f"{_number(floor, unit)} or above"
        case StrikeType.LESS if cap is not None:
            return f"{_number(cap - _step(cap, unit), unit)} or below"
        case StrikeType.LESS_OR_EQUAL if cap is not None:
            return f"{_number(cap, unit)} or below"
        case StrikeType.GREATER_OR_EQUAL:
            return "Target price: TBD"
    return ""


def _strike(label: tuple[str, Decimal], bands: list[Decimal], width: Decimal | None, unit: str) -> Strike:
    kind, value = label
    if kind == "B":
        return _band(value, width, unit)
    if bands and value < bands[0]:
        return Strike(StrikeType.LESS, cap=value)
    return Strike(StrikeType.GREATER, floor=value)


def _band(middle: Decimal, width: Decimal | None, unit: str) -> Strike:
    if unit == "°":
        return Strike(StrikeType.BETWEEN, middle - _HALF, middle + _HALF)
    if unit == "$" and width is not None:
        floor = middle - width / 2
        return Strike(StrikeType.BETWEEN, floor, floor + width - _CENT)
    return Strike(StrikeType.CUSTOM)


def _step(value: Decimal, unit: str) -> Decimal:
    """The distance to the next value that the underlying can take."""
    return Decimal(1) if unit == "°" and value == value.to_integral_value() else _CENT


def _number(value: Decimal, unit: str) -> str:
    text = f"{value:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"${text}" if unit == "$" else f"{text}{unit}"
