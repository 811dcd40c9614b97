"""Text to frame, and what to make of a text that is none."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from engine.kalshi.drift import DriftCounter, DriftKind
from engine.kalshi.stream.strict_frames import TWINS, strict_decoder, unknown_fields
from engine.wire.stream import AnyFrame, Frame, frame_decoder

_NEW_FIELDS_BEFORE_LENIENT = 256
_SID = re.compile(r'"sid"\s*:\s*(\d+)\s*[,}]')


class Unreadable(msgspec.Struct, frozen=True):
    """A text that is no frame we know: what can be said of it. ``seq`` is None where it cannot be trusted."""

    type: str
    sid: int | None
    seq: int | None
    detail: str


class _Envelope(msgspec.Struct, frozen=True):
    type: object = None
    sid: object = None
    seq: object = None


_envelope = msgspec.json.Decoder(_Envelope)
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What a text is no frame by; the last: nested deeper than anybody means."""
_known_types = {frame.__struct_config__.tag: frame for frame in TWINS}


class FrameReader:
    """``decode`` raises msgspec's errors; give the text to :meth:`reread` then.

    New fields make ``decode`` fail once more per frame, so after 256 of them it stops looking for new ones.
    """

    def __init__(self, drift: DriftCounter) -> None:
        self.decode: Callable[[str | bytes], Any] = strict_decoder.decode
        self._drift = drift
        self._with_new_fields = 0

    def reread(self, text: str | bytes, error: Exception) -> AnyFrame | Unreadable:
        """The frame of a text whose only fault is a new field, which is counted; else what is known of it."""
        try:
            frame = frame_decoder.decode(text)
        except UNREADABLE as worse:
            return self._unreadable(text, worse)
        self._count_new_fields(frame, text)
        self._with_new_fields += 1
        if self._with_new_fields == _NEW_FIELDS_BEFORE_LENIENT:
            self.decode = frame_decoder.decode
        return frame

    def _count_new_fields(self, frame: Frame, text: str | bytes) -> None:
        where = str(frame.__struct_config__.tag)
        try:
            raw: dict[str, Any] = msgspec.json.decode(text)
        except UNREADABLE as error:
            # What we do not know of it cannot be read; what we know was.
            self._drift.count(where, DriftKind.UNDECODABLE, "", str(error))
            return
        for name, value in unknown_fields(frame, raw):
            self._drift.count(where, DriftKind.UNKNOWN_FIELD, name, value)

    def _unreadable(self, text: str | bytes, error: Exception) -> Unreadable:
        try:
            envelope = _envelope.decode(text)
        except UNREADABLE:
            self._drift.count("stream", DriftKind.UNDECODABLE, "frame", text[:80])
            return Unreadable("", _sid_in(text), None, str(error))
        kind = envelope.type if isinstance(envelope.type, str) else ""
        if kind in _known_types:
            self._drift.count(kind, DriftKind.UNDECODABLE, _path(error), str(error))
        else:
            self._drift.count("stream", DriftKind.UNKNOWN_TYPE, "type", kind)
        return Unreadable(kind, _number(envelope.sid), _number(envelope.seq), str(error))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _sid_in(text: str | bytes) -> int | None:
    """The sid of a text that is not even JSON, if it can be made out."""
    found = _SID.search(text if isinstance(text, str) else text.decode(errors="replace"))
    return int(found[1]) if found else None


def _path(error: Exception) -> str:
    """The field that msgspec names in its message, without numbers of list places."""
    named = re.search(r"`\$\.?([^`]*)`$", str(error)) or re.search(r"field `([^`]*)`", str(error))
    return re.sub(r"\[[^]]*]", "[]", named[1]) if named else "frame"
