"""Our lake put into another place, for others to take it from there."""

from __future__ import annotations

from pathlib import Path

from collectors.sync.merging import Merged, alone_at, same_name, says_the_same, staging_of
from collectors.sync.places import PlaceFailed, StorePlace
from engine.lake.errors import Unreadable
from engine.lake.layout import MANIFESTS
from engine.lake.manifest import Segment, manifest_files, read_manifest
from engine.lake.tables import TABLES


def publish(lake: Path, place: StorePlace) -> Merged:
    """Puts there what it does not have: segments first, then what names them. Raises LakeBusy."""
    merged = Merged(place.name)
    staging = staging_of(lake, place)
    with alone_at(lake):
        try:
            place.pull_manifests(staging)
            for table in TABLES:
                _publish_table(lake, table, staging, place, merged)
        except PlaceFailed as error:
            merged.failure = error.reason
    return merged


def _publish_table(lake: Path, table: str, staging: Path, place: StorePlace, merged: Merged) -> None:
    folder = lake / table
    there = {path.name: path for path in manifest_files(staging / table)}
    for path in manifest_files(folder):
        if path.name in there:
            if not says_the_same(path, there[path.name]):
                merged.problems.append(same_name(table, path.name))
            continue
        own: list[Segment] = []
        try:
            manifest = read_manifest(path)
            own = [one for one in manifest.segments if (folder / one.path).exists()]
            place.push(lake, [f"{table}/{one.path}" for one in own])
            place.push(lake, [f"{table}/{MANIFESTS}/{path.name}"])
        except (PlaceFailed, Unreadable):
            if path.exists() and all((folder / one.path).exists() for one in own):
                raise
            merged.problems.append(f"{table}/{path.name}: was joined meanwhile; put there at the next look")
            continue
        merged.manifests += 1
        merged.segments += len(own)
        merged.rows += sum(one.rows for one in own)
        merged.bytes += sum(one.bytes for one in own)
