"""Finds the keys of a body that our Structs do not know. Lists are looked at in their first item alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

_object_decoder: msgspec.json.Decoder[dict[str, msgspec.Raw]] = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list_decoder: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


def unknown_fields(body: bytes | msgspec.Raw, shape: type[msgspec.Struct]) -> Iterator[tuple[str, bytes]]:
    """Dotted names of unknown keys, with their values' text. The body must decode into ``shape``."""
    known = _fields(shape)
    for key, value in _object_decoder.decode(body).items():
        if key not in known:
            yield key, bytes(value)
            continue
        inner, is_list = known[key]
        if inner is None:
            continue
        if is_list:
            items = _list_decoder.decode(value) if _starts(value, b"[") else []
            yield from _named(key, items[0], inner) if items else ()
        elif _starts(value, b"{"):
            yield from _named(key, value, inner)


def _named(key: str, value: msgspec.Raw, inner: type[msgspec.Struct]) -> Iterator[tuple[str, bytes]]:
    if _starts(value, b"{"):
        for name, text in unknown_fields(value, inner):
            yield f"{key}.{name}", text


@cache
def _fields(shape: type[msgspec.Struct]) -> dict[str, tuple[type[msgspec.Struct] | None, bool]]:
    """Each key with the Struct inside it, if any, and whether that comes in a list."""
    info = inspect.type_info(shape)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: _inside(field.type) for field in info.fields}


def _inside(found: Any) -> tuple[type[msgspec.Struct] | None, bool]:
    if isinstance(found, inspect.StructType):
        return found.cls, False
    if isinstance(found, inspect.ListType) and isinstance(found.item_type, inspect.StructType):
        return found.item_type.cls, True
    if isinstance(found, inspect.UnionType):
        return next((inner for part in found.types if (inner := _inside(part))[0] is not None), (None, False))
    return None, False


def _starts(value: msgspec.Raw, sign: bytes) -> bool:
    return bytes(memoryview(value)[:1]) == sign
