"""Lakes of trades as nodes write them, and the places that they are published to."""

from __future__ import annotations

from pathlib import Path

from lake_rows import NOON_NS, TickingClock, trades

from collectors.sync.places import StorePlace, place_of
from engine.lake.tables import TRADES
from engine.lake.writer import LakeWriter


def written(root: Path, node_id: int, *parts: tuple[int, int]) -> Path:
    """A home's lake that one collector wrote; each part is a segment or more."""
    writer = LakeWriter(root, TRADES, node_id, now_ns=TickingClock())
    for first, last in parts:
        writer.append(trades(first, last, received_ns=NOON_NS + node_id))
        writer.roll()
    writer.close()
    return root


def store(root: Path) -> StorePlace:
    """A folder as an object store."""
    found = place_of(f"file://{root}")
    assert isinstance(found, StorePlace)
    return found
