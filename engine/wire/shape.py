"""How the wire's Structs are made, so that decoding and encoding lose nothing.

A field that the exchange may leave out defaults to ABSENT; one that it may send as null says ``| None``.
Absent and null stay apart. Money, prices and counts stay text here; :mod:`engine.wire.fixed_point` reads
them.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

MaybeText: TypeAlias = str | UnsetType | None
MaybeInt: TypeAlias = int | UnsetType | None
MaybeNumber: TypeAlias = int | float | UnsetType | None
MaybeBool: TypeAlias = bool | UnsetType | None

ABSENT = UNSET


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A JSON object of the exchange. Fields without a default are required: missing is a decoding error."""


UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a decoder raises for bytes that are no message of its shape: msgspec lets text that is not UTF-8, and
what is nested too deep, through as Python's own errors."""
