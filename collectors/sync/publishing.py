"""Our lake put into another place, for others to take it from there."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from collectors.sync.merging import Merged, alone_at, same_name, says_the_same, staging_of
from collectors.sync.places import PlaceFailed, StorePlace
from engine.lake.errors import Unreadable
from engine.lake.layout import MANIFESTS
from engine.lake.manifest import Manifest, Segment, manifest_files, read_manifest
from engine.lake.pruning import sums_of
from engine.lake.tables import TABLES


def publish(lake: Path, place: StorePlace) -> Merged:
    """Puts there what it does not have: segments first, then what names them; then what these replace goes
    there, as it went here. Raises LakeBusy."""
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
    there = _readable(manifest_files(staging / table))
    own = _readable(manifest_files(lake / table))
    if (name := _other_files(own.values(), there.values())) is not None:
        merged.problems.append(same_name(table, name))
        return
    replaced: dict[str, None] = {}
    for path in manifest_files(lake / table):
        if path.name not in there:
            replaced.update(dict.fromkeys(_published(lake, table, path, place, merged)))
        elif path.name not in own:
            merged.problems.append(f"{table}/{path.name}: cannot be read; sparko lake check tells why")
        elif not says_the_same(path, staging / table / MANIFESTS / path.name):
            merged.problems.append(same_name(table, path.name))
        else:
            replaced.update(dict.fromkeys(own[path.name].replaces))
    if replaced:
        place.remove(f"{table}/{one}" for one in replaced)


def _published(lake: Path, table: str, path: Path, place: StorePlace, merged: Merged) -> tuple[str, ...]:
    """Puts one manifest there after its segments; returns what it replaces, once it is there. One that cannot
    be read keeps no other."""
    folder = lake / table
    own: list[Segment] = []
    try:
        manifest = read_manifest(path)
        own = [one for one in manifest.segments if (folder / one.path).exists()]
        place.push(lake, [f"{table}/{one.path}" for one in own])
        place.push(lake, [f"{table}/{MANIFESTS}/{path.name}"])
    except (PlaceFailed, Unreadable) as error:
        is_still = path.exists() and all((folder / one.path).exists() for one in own)
        if is_still and isinstance(error, PlaceFailed):
            raise
        if is_still:
            merged.problems.append(str(error))
            return ()
        merged.problems.append(f"{table}/{path.name}: was joined meanwhile; put there at the next look")
        return ()
    merged.manifests += 1
    merged.segments += len(own)
    merged.rows += sum(one.rows for one in own)
    merged.bytes += sum(one.bytes for one in own)
    return manifest.replaces


def _other_files(own: Iterable[Manifest], there: Iterable[Manifest]) -> str | None:
    """The name of a file of which a node of one number wrote another one there, if there is any: then nothing
    of that table is put there or taken away."""
    ours, theirs = sums_of(own), sums_of(there)
    found = (path for path, digits in theirs.items() if ours.get(path, digits) != digits)
    return next((path.rpartition("/")[2] for path in found), None)


def _readable(paths: Iterable[Path]) -> dict[str, Manifest]:
    """By their names. One that came torn from there is put there again."""
    found = {}
    for path in paths:
        with suppress(Unreadable):
            found[path.name] = read_manifest(path)
    return found
