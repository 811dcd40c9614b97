"""Another lake that changes while it is copied: nothing that is here goes before its rows are here anew."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from lake_rows import TickingClock, trades

from collectors.sync.merging import merge
from collectors.sync.places import PlaceFailed, StorePlace, place_of
from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.errors import LakeBusy, LakeFull
from engine.lake.layout import MANIFESTS
from engine.lake.node_lock import FolderLock
from engine.lake.tables import TRADES
from engine.lake.writer import LakeWriter


def written(root: Path, first: int, last: int) -> None:
    writer = LakeWriter(root, TRADES, 0, now_ns=TickingClock())
    writer.append(trades(first, last))
    writer.close()


def joined(root: Path) -> None:
    list(compact(root, TRADES, now_ns=TickingClock()))


def rows(root: Path) -> int:
    return digest(root, TRADES)[0]


class Changing:
    """A lake in a folder; ``between`` happens after its manifests were read, each time one look goes on."""

    def __init__(self, root: Path, *between: Callable[[], object]) -> None:
        self.name = str(root)
        self.looks = 0
        self._place = place_of(str(root))
        self._between = list(between)

    def pull_manifests(self, into: Path) -> None:
        self.looks += 1
        self._place.pull_manifests(into)
        if self._between:
            self._between.pop(0)()

    def pull(self, paths: Sequence[str], into: Path) -> None:
        self._place.pull(paths, into)


def test_what_is_joined_while_it_is_copied_is_looked_for_again_at_once(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, 0, 10)
    written(home, 10, 20)
    place = Changing(home, lambda: joined(home))
    merged = merge(hub, place)
    assert (merged.is_whole, place.looks) == (True, 2)
    assert digest(hub, TRADES) == digest(home, TRADES)
    assert check(hub, [TRADES]) == []


def test_a_lake_that_is_joined_faster_than_it_is_copied_is_left_for_the_next_look(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, 0, 10)

    def more() -> None:
        written(home, 10 * place.looks, 10 * place.looks + 10)
        joined(home)

    place = Changing(home, more, more, more, more, more, more)
    merged = merge(hub, place)
    assert not merged.is_whole
    assert all("is not there; asked for again at the next look" in line for line in merged.problems)
    assert check(hub, [TRADES]) == []
    assert merge(hub, place_of(str(home))).is_whole
    assert digest(hub, TRADES) == digest(home, TRADES)


def test_rows_that_are_here_stay_until_the_file_that_has_them_too_has_come(tmp_path: Path) -> None:
    """Two joinings: the manifest of the first is read before it goes, the second file after it went."""
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, 0, 10)
    written(home, 10, 20)
    assert merge(hub, place_of(str(home))).is_whole
    joined(home)
    kept = tmp_path / "kept"
    shutil.copytree(home / "trades" / MANIFESTS, kept)
    written(home, 20, 30)
    joined(home)
    shutil.copytree(kept, home / "trades" / MANIFESTS, dirs_exist_ok=True)
    whole = tmp_path / "whole"
    shutil.copytree(home, whole)
    for path in home.rglob("compact-*.parquet"):
        path.unlink()
    assert not merge(hub, place_of(str(home))).is_whole
    assert rows(hub) == 20
    joined(hub)
    assert rows(hub) == 20, "what is here is joined, and nothing of it goes"
    assert not [one for one in check(hub, [TRADES]) if not one.is_note]
    assert merge(hub, place_of(str(whole))).is_whole
    assert digest(hub, TRADES) == digest(whole, TRADES)
    assert check(hub, [TRADES]) == []


def test_what_an_earlier_look_could_not_take_away_goes_with_a_later_one(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, 0, 10)
    written(home, 10, 20)
    assert merge(hub, place_of(str(home))).is_whole
    copies = [(path, path.read_bytes()) for path in hub.rglob("node-*.parquet")]
    joined(home)
    assert merge(hub, place_of(str(home))).is_whole
    for path, data in copies:  # as after a death before they were taken away
        path.write_bytes(data)
    assert {one.is_note for one in check(hub, [TRADES])} == {True}
    written(home, 20, 30)
    assert merge(hub, place_of(str(home))).is_whole
    assert check(hub, [TRADES]) == []
    assert rows(hub) == 30


def test_a_place_that_goes_in_the_middle_leaves_a_lake_that_is_whole(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    for first in range(0, 100, 10):
        written(home, first, first + 10)
    place = place_of(str(home))
    pull = place.pull

    def broken(paths: Sequence[str], into: Path) -> None:
        pull(paths[:7], into)
        raise PlaceFailed(place.name, "Connection reset by peer")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, "pull", broken)
        assert merge(hub, place).failure == "Connection reset by peer"
    assert check(hub, [TRADES]) == []
    assert list((hub / "_sync").rglob("*.parquet")), "what came is kept for the next look"
    joined(home)
    assert merge(hub, place).is_whole
    assert digest(hub, TRADES) == digest(home, TRADES)
    assert not list((hub / "_sync").rglob("*.parquet")), "and no longer"


def test_a_full_disk_of_ours_is_not_the_other_lakes_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, 0, 10)

    def full(place: object, paths: object, into: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(StorePlace, "_fetch", full)
        with pytest.raises(LakeFull, match=rf"^lake {hub}: no room left; free some and start again$"):
            merge(hub, place_of(str(home)))
    assert merge(hub, place_of(str(home))).is_whole


def test_a_sync_in_a_loop_goes_on_after_a_full_disk_or_another_sync(tmp_path: Path) -> None:
    written(tmp_path / "home", 0, 10)
    lock = FolderLock(tmp_path / "hub", "sync")
    words = [sys.executable, "-m", "console.tools.app", "sync", "--loop", "--every", "1"]
    words += ["--from", str(tmp_path / "home"), "--lake", str(tmp_path / "hub")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert "another sync is at it: process" in process.stderr.readline()
            lock.release()
            said = [process.stdout.readline().split(), process.stdout.readline().split()]
        finally:
            process.terminate()
    assert said[0] == ["PLACE", "FILES", "ROWS", "MB", "STATE"]
    assert said[1][-2:] == ["all", "here"]


def test_a_table_of_ours_that_cannot_be_read_keeps_no_other_from_coming(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, 0, 10)
    (home / "candles" / MANIFESTS).mkdir(parents=True)
    (hub / "candles" / MANIFESTS).mkdir(parents=True)
    torn = hub / "candles" / MANIFESTS / "node-0-00000001.json"
    torn.write_text("garbage")
    merged = merge(hub, place_of(str(home)))
    [problem] = merged.problems
    assert problem.startswith(f"lake {torn}: cannot be read: ")
    assert digest(hub, TRADES) == digest(home, TRADES)


def test_two_syncs_of_one_lake_at_once_refuse_naming_the_lake(tmp_path: Path) -> None:
    written(tmp_path / "home", 0, 10)
    lock = FolderLock(tmp_path / "hub", "sync")
    with pytest.raises(LakeBusy, match=rf"^lake {tmp_path / 'hub'}: another sync is at it: process \d+$"):
        merge(tmp_path / "hub", place_of(str(tmp_path / "home")))
    lock.release()
