"""Rows of the server itself, beside the core's: keys, tiers, the clock, pauses, what the world is made of."""

from __future__ import annotations

import msgspec

from engine.sandbox.server.auth import KeyRecord
from engine.sandbox.server.clock import ClockState
from engine.sandbox.server.faults import Effect
from engine.sandbox.server.limits import TierRecord
from engine.sandbox.server.store import ChangedRow

ORIGIN, KEY, TIER, CLOCK, PAUSES = (
    "server.origin",
    "server.key",
    "server.tier",
    "server.clock",
    "server.pauses",
)
OWN_KINDS = frozenset({ORIGIN, KEY, TIER, CLOCK, PAUSES})
_ONLY = "only"


class Origin(msgspec.Struct, frozen=True):
    """What a world was made from; it goes on with the same. ``options`` are as a person gives them."""

    world_id: str
    kind: str
    options: dict[str, str]
    catches_up: bool
    """Whether its time kept running while no server was there."""


class Saved(msgspec.Struct):
    """The server's part of a stored world."""

    origin: Origin | None = None
    clock: ClockState | None = None
    keys: list[KeyRecord] = []
    tiers: list[TierRecord] = []
    pauses: list[Effect] = []


def origin_row(origin: Origin) -> ChangedRow:
    return (ORIGIN, _ONLY, msgspec.msgpack.encode(origin))


def clock_row(state: ClockState) -> ChangedRow:
    return (CLOCK, _ONLY, msgspec.msgpack.encode(state))


def pauses_row(pauses: frozenset[Effect]) -> ChangedRow:
    return (PAUSES, _ONLY, msgspec.msgpack.encode(sorted(pauses)))


def key_row(record: KeyRecord) -> ChangedRow:
    return (KEY, record.key_id, msgspec.msgpack.encode(record))


def tier_row(record: TierRecord) -> ChangedRow:
    return (TIER, record.account_id, msgspec.msgpack.encode(record))


def take(saved: Saved, kind: str, value: bytes) -> None:
    """Puts one stored row into its place. Raises msgspec.MsgspecError for a row of another shape."""
    match kind:
        case "server.origin":
            saved.origin = msgspec.msgpack.decode(value, type=Origin)
        case "server.clock":
            saved.clock = msgspec.msgpack.decode(value, type=ClockState)
        case "server.key":
            saved.keys.append(msgspec.msgpack.decode(value, type=KeyRecord))
        case "server.tier":
            saved.tiers.append(msgspec.msgpack.decode(value, type=TierRecord))
        case "server.pauses":
            saved.pauses = msgspec.msgpack.decode(value, type=list[Effect])
