"""Airport throughput."""

from __future__ import annotations

from collectors.assembled import Collector, Room
from collectors.running import Part
from collectors.tsa.throughput import NAME, Throughput

_TABLES = ("tsa",)
_MIRROR_FILE = "tsa_data.csv"


def tsa_collector() -> Collector:
    async def parts(room: Room) -> list[Part]:
        if not room.owned((NAME,)):
            return []
        places = room.places
        mirror = f"{places['tsa_mirror']}/{_MIRROR_FILE}"
        return [room.poller(NAME, Throughput(places["tsa"], mirror, places["tsa_archive"]))]

    return Collector(NAME, _TABLES, parts)
