"""Reads single fields of a message; whatever does not fit is a DecodeError that names message and field."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from msgspec import UnsetType

from engine.domain.units import CENT_UD, CONTRACT_BP, CountC, MicroDollars, Nanoseconds, PriceBp
from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.errors import DecodeError
from engine.kalshi.iso_time import is_zero_time
from engine.wire.fixed_point import COUNTS, PRICES, FixedPointError, money_ud
from engine.wire.iso_time import TimeError, iso_ns

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


class Fields:
    """The fields of one kind of message, ``where``; words that are not known go to ``drift``."""

    __slots__ = ("drift", "where")

    def __init__(self, where: str, drift: DriftCounter) -> None:
        self.where = where
        self.drift = drift

    def price(self, field: str, text: str) -> PriceBp:
        """A price of a leg, 0 to $1."""
        try:
            found = PRICES[text]
        except FixedPointError:
            raise self.wrong(field, text, "a price of at most four places") from None
        if not 0 <= found <= CONTRACT_BP:
            raise self.wrong(field, text, "0 to 1 dollar")
        return found

    def maybe_price(self, field: str, text: str | UnsetType | None) -> PriceBp | None:
        """None for an absent key and for null alike: the message has no price there."""
        found = present(text)
        return None if found is None else self.price(field, found)

    def signed_count(self, field: str, text: str) -> CountC:
        try:
            return COUNTS[text]
        except FixedPointError:
            raise self.wrong(field, text, "a count of at most two places") from None

    def count(self, field: str, text: str) -> CountC:
        found = self.signed_count(field, text)
        if found < 0:
            raise self.wrong(field, text, "a count of at least 0")
        return found

    def money(self, field: str, text: str) -> MicroDollars:
        try:
            return money_ud(text)
        except FixedPointError:
            raise self.wrong(field, text, "an amount of at most six places") from None

    def cents(self, field: str, whole_cents: int) -> MicroDollars:
        """One of the few amounts that still travel as whole cents."""
        return whole_cents * CENT_UD

    def time(self, field: str, text: str) -> Nanoseconds:
        try:
            return iso_ns(text)
        except TimeError:
            raise self.wrong(field, text, "an ISO 8601 time with a zone") from None

    def maybe_time(self, field: str, text: str | UnsetType | None) -> Nanoseconds | None:
        found = present(text)
        return None if found is None or is_zero_time(found) else self.time(field, found)

    def decimal(self, field: str, number: int | float) -> Decimal:
        """A JSON number as the decimal that was written; infinities and NaN are errors."""
        found = Decimal(repr(number))
        if not found.is_finite():
            raise self.wrong(field, number, "a finite number")
        return found

    def millionths(self, field: str, number: int | float) -> int:
        scaled = self.decimal(field, number) * 1_000_000
        if scaled != int(scaled) or scaled < 0:
            raise self.wrong(field, number, "a number of at most six places, at least 0")
        return int(scaled)

    def word(self, field: str, text: str, words: type[E]) -> E:
        """A word of a closed set."""
        try:
            return words(text)
        except ValueError:
            raise self.wrong(field, text, " or ".join(words)) from None

    def open_word(self, field: str, text: str | UnsetType | None, words: type[E]) -> E | None:
        """A word of a set that may grow: None, and counted as drift, where it is new."""
        found = present(text)
        if found is None:
            return None
        try:
            return words(found)
        except ValueError:
            self.drift.count(self.where, DriftKind.UNKNOWN_VALUE, field, found)
            return None

    def wrong(self, field: str, got: object, wanted: str) -> DecodeError:
        """Counts the field as undecodable and makes the error to raise."""
        self.drift.count(self.where, DriftKind.UNDECODABLE, field, got)
        return DecodeError(self.where, field, got, wanted)


def present(value: T | UnsetType | None) -> T | None:
    """The value, or None for an absent key and for null."""
    return None if isinstance(value, UnsetType) else value
