"""The pad of loaded tickets: nine slots, each sent by its digit while the keys are armed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from console.tui.ticket.entry_state import DEAD_NS
from engine.control.rows.orders import LoadRow
from engine.domain.trigger import LOAD_SLOTS
from engine.domain.units import Nanoseconds


@dataclass(frozen=True, slots=True)
class Pad:
    """``is_emptying``: the next digit empties its slot instead of sending it."""

    is_emptying: bool = False
    note: str = ""
    shown_ns: Nanoseconds | None = None


@dataclass(frozen=True, slots=True)
class PadReply:
    """``pad`` None: the surface closes. One of ``fire`` and ``empty`` is a slot, or neither."""

    pad: Pad | None
    fire: int = 0
    empty: int = 0


def painted(pad: Pad, mono_ns: Nanoseconds) -> Pad:
    return pad if pad.shown_ns is not None else replace(pad, shown_ns=mono_ns)


def press(
    pad: Pad, key: str, mono_ns: Nanoseconds, loads: Mapping[int, LoadRow], *, is_armed: bool
) -> PadReply:
    """A slot is sent once, and only with armed keys: the pad closes with it, so that a held digit sends
    nothing more."""
    if key == "escape":
        return PadReply(replace(pad, is_emptying=False, note="") if pad.is_emptying else None)
    if pad.shown_ns is None or mono_ns - pad.shown_ns < DEAD_NS:
        return PadReply(pad)
    if key == "d":
        return PadReply(replace(pad, is_emptying=True, note="a digit empties its slot; Esc keeps all"))
    if not key.isdigit() or not 1 <= int(key) <= LOAD_SLOTS:
        return PadReply(replace(pad, note="1 to 9 send, d and a digit empty a slot, Esc leaves"))
    slot = int(key)
    if slot not in loads:
        return PadReply(replace(pad, note=f"slot {slot} is empty; L on a REVIEW loads it", is_emptying=False))
    if pad.is_emptying:
        return PadReply(replace(pad, is_emptying=False, note=""), empty=slot)
    if not is_armed:
        return PadReply(replace(pad, note="keys are locked: A arms, then the digit sends"))
    return PadReply(None, fire=slot)


def free_slot(loads: Mapping[int, LoadRow]) -> int | None:
    """The lowest empty one; None if all are taken."""
    return next((slot for slot in range(1, LOAD_SLOTS + 1) if slot not in loads), None)
