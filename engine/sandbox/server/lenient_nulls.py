"""Requests decoded as the exchange decodes them: a field that is null is as if it were not there."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

_NULL = "got `null`"


@cache
def _decoder(kind: type[Any]) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def decoded(text: bytes, kind: type[T]) -> T:
    """``text`` as ``kind``. Raises msgspec.DecodeError, UnicodeDecodeError, and RecursionError for what is
    nested too deep."""
    try:
        found: T = _decoder(kind).decode(text)
    except msgspec.ValidationError as error:
        if _NULL not in str(error) or text.strip() == b"null":
            raise
        found = msgspec.convert(_without_nulls(msgspec.json.decode(text)), kind)
    return found


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nulls(part) for name, part in value.items() if part is not None}
    return [_without_nulls(part) for part in value] if isinstance(value, list) else value
