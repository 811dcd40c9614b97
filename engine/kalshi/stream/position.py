"""The place of a frame in its subscription's sequence."""

from __future__ import annotations

from engine.wire.stream import Frame


def position_of(frame: Frame) -> int | None:
    """``seq``, or None where the frame's type or the exchange has none."""
    seq = getattr(frame, "seq", None)
    return seq if isinstance(seq, int) else None
