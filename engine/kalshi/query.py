"""Paths and query strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from urllib.parse import quote, urlencode

Parameter: TypeAlias = str | int | bool | Sequence[str] | None
Query: TypeAlias = Mapping[str, Parameter]


def path_of(*parts: str) -> str:
    """``("markets", "A-B")`` -> ``/markets/A-B``; each part is one segment, whatever is in it."""
    for part in parts:
        if part in ("", ".", ".."):
            raise ValueError(f"path: got a segment {part!r}, wanted an id or a ticker")
    return "/" + "/".join(quote(part, safe="") for part in parts)


def query_text(query: Query) -> str:
    """The encoded query without what is None; a sequence becomes a repeated key."""
    pairs: list[tuple[str, str]] = []
    for key, value in query.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append((key, "true" if value else "false"))
        elif isinstance(value, str | int):
            pairs.append((key, str(value)))
        else:
            pairs.extend((key, item) for item in value)
    return urlencode(pairs)


def csv(values: Iterable[str] | None) -> str | None:
    """Several values in one parameter, or None without any."""
    text = ",".join(values) if values is not None else ""
    return text or None
