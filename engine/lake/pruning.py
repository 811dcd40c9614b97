"""Which manifests still tell something. Those whose every segment lies joined elsewhere go, so that their
folder does not grow for ever.

A manifest goes last: what took its segments' place is on disk under its own manifest, which names all that it
stands for, the segments themselves are gone, and no journal waits to be told that it was written. Each node
keeps its newest: by that a writer knows which numbers are used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engine.lake.layout import JOURNALS, MANIFESTS, of_node, sync_folder
from engine.lake.manifest import Manifest, read_manifests

_SUM_DIGITS = 16


def prune(folder: Path) -> int:
    """Takes away manifests of a table that tell nothing any more; returns how many. The caller has the
    table's ``compact`` lock. Raises Unreadable."""
    manifests = read_manifests(folder)
    stale = _stale(folder, manifests)
    for manifest in stale:
        (folder / MANIFESTS / manifest.name).unlink(missing_ok=True)
    if stale:
        sync_folder(folder / MANIFESTS)
    return len(stale)


def stands_for(sources: Sequence[str], manifests: Iterable[Manifest]) -> tuple[str, ...]:
    """The segments themselves and all that were joined into them, however often: whoever has an older copy
    of any of them learns from the last manifest alone that it may go."""
    joined: Mapping[str, tuple[str, ...]] = {
        segment.path: manifest.replaces
        for manifest in manifests
        if manifest.replaces
        for segment in manifest.segments
    }
    found: dict[str, None] = {}
    waiting = list(sources)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found[path] = None
            waiting += joined.get(path, ())
    return tuple(sorted(found))


def sums_of(manifests: Iterable[Manifest]) -> dict[str, str]:
    """By the path of each segment that a node wrote, here or joined into another since, the beginning of its
    sha256."""
    found: dict[str, str] = {}
    for manifest in manifests:
        found.update(manifest.sums)
        for segment in manifest.segments:
            if of_node(segment.path.rpartition("/")[2]) is not None:
                found[segment.path] = segment.sha256[:_SUM_DIGITS]
    return found


def _stale(folder: Path, manifests: Sequence[Manifest]) -> list[Manifest]:
    replaced = {path for manifest in manifests for path in manifest.replaces}
    living = [one for one in manifests if any(segment.path not in replaced for segment in one.segments)]
    covered = {path for manifest in living for path in manifest.replaces}
    kept = {manifest.name for manifest in living} | _newest([manifest.name for manifest in manifests])
    return [
        manifest
        for manifest in manifests
        if manifest.name not in kept
        and (named := _named(manifest)) <= covered
        and not any((folder / path).exists() for path in named)
        and not _has_journal(folder, manifest.name)
    ]


def _named(manifest: Manifest) -> set[str]:
    return {segment.path for segment in manifest.segments} | set(manifest.replaces)


def _newest(names: Iterable[str]) -> set[str]:
    """The last manifest of each node."""
    last: dict[int, tuple[int, str]] = {}
    for name in names:
        owner = of_node(name)
        if owner is not None:
            last[owner[0]] = max(last.get(owner[0], (0, "")), (owner[1], name))
    return {name for _, name in last.values()}


def _has_journal(folder: Path, name: str) -> bool:
    return (folder / JOURNALS / name).with_suffix(".journal").exists()
