"""Bytes of frames: a message is encoded once, and each subscriber's sid and seq are spliced in."""

from __future__ import annotations

import msgspec

from engine.wire.stream import Frame

_encode = msgspec.json.Encoder().encode


def control(frame: Frame) -> bytes:
    """A frame that goes to one subscriber only."""
    return _encode(frame)


def body(message: msgspec.Struct, sending_ms: int) -> bytes:
    """The part of a frame that all its subscribers share: everything after ``seq``."""
    return b',"sending_ts_ms":%d,"msg":%b}' % (sending_ms, _encode(message))


def answer_body(message: msgspec.Struct, sending_ms: int, command_id: int) -> bytes:
    """As :func:`body`, of a message that answers a command; id 0 is no id."""
    if command_id == 0:
        return body(message, sending_ms)
    return b',"id":%d%b' % (command_id, body(message, sending_ms))


def head(frame_type: str, sid: int, *, is_sequenced: bool) -> bytes:
    """What comes before ``seq``, or before the body where there is none."""
    return b'{"type":"%b","sid":%d' % (frame_type.encode(), sid) + (b',"seq":' if is_sequenced else b"")
