"""A loaded ticket as the money state keeps it, and what its facts make of it."""

from __future__ import annotations

import msgspec

from engine.core.facts.prepared import LoadFired, LoadSet
from engine.core.row import Row
from engine.domain.trigger import Ticket
from engine.domain.units import Nanoseconds


class LoadRecord(msgspec.Struct, frozen=True, gc=False):
    """``expires_ns`` is exchange time; None: it stays until it is fired or taken out."""

    slot: int
    ticket: Ticket
    set_at: Nanoseconds
    expires_ns: Nanoseconds | None = None


def load_set(loads: dict[int, LoadRecord], change: LoadSet) -> list[Row]:
    if change.ticket is None:
        return _emptied(loads, change.slot)
    record = loads[change.slot] = LoadRecord(change.slot, change.ticket, change.at, change.expires_ns)
    return [Row("load", str(change.slot), record)]


def load_fired(loads: dict[int, LoadRecord], change: LoadFired) -> list[Row]:
    return _emptied(loads, change.slot)


def _emptied(loads: dict[int, LoadRecord], slot: int) -> list[Row]:
    loads.pop(slot, None)
    return [Row("load", str(slot), None)]
