"""A decoder that tells known frames from frames with something new in them, at no cost to the known ones.

Every frame type of the wire gets a twin that refuses unknown fields, in the frame and in its message. A frame
that the twins refuse is decoded again without that rule, and what is new in it is counted.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from engine.wire.stream import AnyFrame, Frame

_FRAMES: tuple[type[Frame], ...] = get_args(AnyFrame)


def _strict_type(kind: Any) -> Any:
    """The same annotation with every Struct in it replaced by its strict twin."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return strict_twin(kind)
    if get_origin(kind) in (Union, UnionType):
        return Union[tuple(_strict_type(part) for part in get_args(kind))]  # noqa: UP007
    return kind


def strict_twin(shape: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A subclass of ``shape`` that refuses unknown fields; instances are instances of ``shape`` too."""
    changed = []
    for field in msgspec.structs.fields(shape):
        kind = _strict_type(field.type)
        if kind != field.type:
            changed.append((field.name, kind) if field.required else (field.name, kind, field.default))
    config = shape.__struct_config__
    return msgspec.defstruct(
        shape.__name__,
        changed,
        bases=(shape,),
        module=__name__,
        frozen=True,
        gc=config.gc,
        kw_only=True,
        forbid_unknown_fields=True,
        tag_field=config.tag_field,
        tag=config.tag,
    )


TWINS: dict[type[Frame], type[Any]] = {frame: strict_twin(frame) for frame in _FRAMES}
"""The strict twin of each frame type of the wire."""

strict_decoder: msgspec.json.Decoder[AnyFrame] = msgspec.json.Decoder(Union[tuple(TWINS.values())])  # noqa: UP007


def unknown_fields(frame: Frame, raw: dict[str, Any]) -> list[tuple[str, object]]:
    """Name and value of what ``raw`` holds and its type does not know; message fields begin with ``msg.``."""
    return list(_unknown(type(frame), raw, ""))


def _unknown(shape: type[msgspec.Struct], raw: dict[str, Any], prefix: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    known = {field.encode_name: field.type for field in msgspec.structs.fields(shape)}
    tag_field = shape.__struct_config__.tag_field
    for name, value in raw.items():
        if name == tag_field:
            continue
        if name not in known:
            found.append((prefix + name, value))
            continue
        inner = next((part for part in (known[name], *get_args(known[name])) if _is_struct(part)), None)
        if inner is not None and isinstance(value, dict):
            found += _unknown(inner, value, f"{prefix}{name}.")
    return found


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
