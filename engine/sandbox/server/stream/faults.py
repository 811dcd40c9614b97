"""What a stream fault does to the frames of one subscription."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class StreamEffect(StrEnum):
    DROP = "ws_drop"
    """The connection is cut."""
    GAP = "ws_gap"
    """A message is lost; its ``seq`` is used up."""
    DUPLICATE = "ws_duplicate"
    """A message comes twice, with the same ``seq``."""
    REORDER = "ws_reorder"
    """A message comes after the next one."""
    STALE_SNAPSHOT = "ws_stale_snapshot"
    """After a delta comes a snapshot of the book before it, with the next ``seq`` and the older clock."""


class StreamFaults(Protocol):
    """Where the stream learns that it is to misbehave."""

    def take_stream(self, channel: str) -> str | None:
        """The effect on the next message of a channel, or None; takes one of the rule's times."""
        ...


def transmitted(frame: bytes, held: bytes | None, effect: str | None) -> tuple[list[bytes], bytes | None]:
    """The frames to send now, and the one to hold back, when ``frame`` is due and ``held`` still waits."""
    if effect == StreamEffect.GAP:
        return [], held
    if effect == StreamEffect.REORDER and held is None:
        return [], frame
    sent = [frame, frame] if effect == StreamEffect.DUPLICATE else [frame]
    if held is not None:
        sent.append(held)
    return sent, None
