"""The core's rows as bytes: MessagePack under (kind, key)."""

from __future__ import annotations

import msgspec

from engine.sandbox.core.changes import Changes
from engine.sandbox.core.rows import VALUE_TYPES, Kind, Row
from engine.sandbox.server.store import ChangedRow

_encoder = msgspec.msgpack.Encoder()
_decoders = {kind: msgspec.msgpack.Decoder(shape) for kind, shape in VALUE_TYPES.items()}


def changed_rows(changes: Changes) -> list[ChangedRow]:
    """What to write for a set of changes; of one key the last row counts."""
    encode = _encoder.encode
    return [
        (row.kind.value, row.key, None if row.value is None else encode(row.value)) for row in changes.rows
    ]


def read_row(kind: str, key: str, value: bytes) -> Row:
    """The inverse. Raises ValueError for an unknown kind, msgspec.MsgspecError for another shape."""
    known = Kind(kind)
    return Row(known, key, _decoders[known].decode(value))
