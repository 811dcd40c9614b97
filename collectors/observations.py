"""What a collector tells the daemon, over its standard output: frames of four bytes of length, most
significant first, and a message in msgpack.

A frame is short, so that text which is no frame shows by its first four bytes, and nothing that a child says
can make the daemon keep more than :data:`MOST_BYTES` of it.

A collector writes nothing else to its standard output, tells its :class:`Health` at least every
:data:`HEALTH_EACH_S` seconds even while nothing comes, and ends on SIGTERM or when its standard output is
closed: the daemon is gone. One that says nothing for long is taken for hung and started anew.
"""

from __future__ import annotations

import struct
from typing import Annotated, TypeAlias

import msgspec

MOST_BYTES = 16_384
"""Of one message."""
HEALTH_EACH_S = 5.0

_LENGTH = struct.Struct(">I")
_SHOWN = 24
"""Bytes of what is no frame that an error shows."""

Name: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Number: TypeAlias = Annotated[
    str, msgspec.Meta(pattern=r"^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?\Z", max_length=40)
]
"""A decimal number as text, exact."""
Moment: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
"""Nanoseconds since the Unix epoch."""


class FrameError(Exception):
    """What came is no frame, or no message. One line."""


class Observation(msgspec.Struct, frozen=True, tag="observation"):
    """One value of the outside world; :mod:`collectors.kinds` says what its ``key`` and its unit are.

    ``about`` names what a market can be found by that it says something of: events (KXHIGHNY-26NOV21), series
    (KXTSAW), or an index by which markets settle (BRTI); empty: nothing but itself. ``source_ts_ns`` is the
    source's time of it, ``received_ts_ns`` when it arrived here. ``source`` is the name under which its
    source tells its :class:`Health`; empty: each source of this collector stands for it.
    """

    kind: Name
    key: Name
    value: Number
    source_ts_ns: Moment
    received_ts_ns: Moment
    about: Annotated[tuple[Name, ...], msgspec.Meta(max_length=32)] = ()
    source: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Headline(msgspec.Struct, frozen=True, tag="headline"):
    """One piece of news, told once however many sources had it.

    ``series`` are the series of markets that it may move, by its classification ``category``;
    ``published_ts_ns`` is None where the source does not say when.
    """

    headline_id: Name
    title: Annotated[str, msgspec.Meta(min_length=1, max_length=400)]
    source: Name
    received_ts_ns: Moment
    published_ts_ns: Moment | None = None
    url: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    category: Annotated[str, msgspec.Meta(max_length=64)] = ""
    series: Annotated[tuple[Name, ...], msgspec.Meta(max_length=32)] = ()


class Health(msgspec.Struct, frozen=True, tag="health"):
    """How one source of a collector does; sent at each change and at least every five seconds.

    ``age_s`` is the time since the source last said anything that counts, None before it ever did; ``rate``
    is values a second over the last minute; ``note`` one line for a person: why it is not connected, what it
    refuses. ``stale_s`` is the age up to which it counts as live, where it is asked so seldom that this is
    more than its collector's.
    """

    name: Name
    connected: bool
    age_s: Annotated[float, msgspec.Meta(ge=0)] | None = None
    rate: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    note: Annotated[str, msgspec.Meta(max_length=300)] = ""
    stale_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


Message: TypeAlias = Observation | Headline | Health
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


def encode(message: Message) -> bytes:
    """A frame, ready to be written in one piece. Raises FrameError for a message that a reader would
    refuse."""
    try:
        body = _encoder.encode(message)
    except (OverflowError, ValueError) as error:
        raise FrameError(f"message: {error}") from None
    if len(body) > MOST_BYTES:
        raise FrameError(f"message: got {len(body)} bytes, wanted at most {MOST_BYTES}")
    _decoded(body)
    return _LENGTH.pack(len(body)) + body


class FrameReader:
    """Puts frames together from what a pipe gives."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def take(self, data: bytes) -> list[Message]:
        """The messages that are whole by now. Raises FrameError; after that the pipe cannot be read on."""
        kept = self._kept
        kept += data
        messages: list[Message] = []
        start = 0
        while len(kept) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(kept, start)
            if not 0 < length <= MOST_BYTES:
                raise FrameError(f"frame: got {bytes(kept[start : start + _SHOWN])!r}, wanted a length")
            end = start + _LENGTH.size + length
            if end > len(kept):
                break
            messages.append(_decoded(bytes(kept[start + _LENGTH.size : end])))
            start = end
        del kept[:start]
        return messages

    @property
    def is_torn(self) -> bool:
        """Whether the pipe would end in the middle of a frame."""
        return bool(self._kept)


def _decoded(body: bytes) -> Message:
    try:
        return _decoder.decode(body)
    except msgspec.MsgspecError as error:
        raise FrameError(f"message: {error}") from None
