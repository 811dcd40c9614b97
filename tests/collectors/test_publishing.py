"""What is put elsewhere is there once: what was joined here goes there too, and what is another's stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_nodes import store, written
from lake_rows import TickingClock

from collectors.sync.merging import merge
from collectors.sync.places import PlaceFailed, StorePlace
from collectors.sync.publishing import publish
from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.layout import segments
from engine.lake.manifest import manifest_files
from engine.lake.summary import summary
from engine.lake.tables import TRADES


def joined(root: Path) -> None:
    list(compact(root, TRADES, now_ns=TickingClock()))


def test_joined_files_go_at_the_target_and_it_counts_no_row_twice(tmp_path: Path) -> None:
    home, bucket = written(tmp_path / "home", 0, (0, 10), (10, 20)), tmp_path / "bucket"
    publish(home, store(bucket))
    assert summary(bucket, TRADES).rows == 20
    joined(home)
    assert publish(home, store(bucket)).is_whole
    assert summary(bucket, TRADES).rows == 20
    assert {path.name for path in segments(bucket / "trades")} == {
        path.name for path in segments(home / "trades")
    }
    assert check(bucket, [TRADES]) == []
    hub = tmp_path / "hub"
    assert merge(hub, store(bucket)).rows == 20
    assert digest(hub, TRADES) == digest(home, TRADES)


def test_an_end_before_the_old_files_went_is_made_up_for_at_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, bucket = written(tmp_path / "home", 0, (0, 10), (10, 20)), tmp_path / "bucket"
    publish(home, store(bucket))
    joined(home)

    def cut(self: StorePlace, paths: object) -> int:
        raise PlaceFailed(self.name, "cut")

    with monkeypatch.context() as patch:
        patch.setattr(StorePlace, "remove", cut)
        assert publish(home, store(bucket)).failure == "cut"
    assert summary(bucket, TRADES).rows == 40
    assert publish(home, store(bucket)).is_whole
    assert summary(bucket, TRADES).rows == 20


def test_two_nodes_at_one_target_leave_each_others_files(tmp_path: Path) -> None:
    bucket = tmp_path / "bucket"
    homes = [
        written(tmp_path / f"n{i}", i, (20 * i, 20 * i + 10), (20 * i + 10, 20 * i + 20)) for i in range(2)
    ]
    for _ in range(2):
        for home in homes:
            assert publish(home, store(bucket)).is_whole
            joined(home)
    assert publish(homes[1], store(bucket)).is_whole
    assert (digest(bucket, TRADES)[0], summary(bucket, TRADES).rows) == (40, 40)
    assert check(bucket, [TRADES]) == []


def test_files_of_another_node_of_the_same_number_are_neither_replaced_nor_removed(tmp_path: Path) -> None:
    one, other = written(tmp_path / "a", 0, (0, 10), (10, 20)), written(tmp_path / "b", 0, (50, 60), (60, 70))
    bucket = tmp_path / "bucket"
    publish(one, store(bucket))
    before = digest(bucket, TRADES)
    joined(other)
    published = publish(other, store(bucket))
    assert "--node-id" in published.problems[0]
    assert digest(bucket, TRADES) == before


def test_a_manifest_that_is_torn_here_keeps_no_other_from_going_there(tmp_path: Path) -> None:
    home, bucket = written(tmp_path / "home", 0, (0, 10), (10, 20)), tmp_path / "bucket"
    manifest_files(home / "trades")[0].write_text("{")
    published = publish(home, store(bucket))
    assert (len(published.problems), published.rows, published.failure) == (1, 10, "")


def test_a_manifest_that_is_torn_there_is_put_there_again(tmp_path: Path) -> None:
    home, bucket = written(tmp_path / "home", 0, (0, 10), (10, 20)), tmp_path / "bucket"
    publish(home, store(bucket))
    manifest_files(bucket / "trades")[0].write_text("{")
    assert publish(home, store(bucket)).is_whole
    assert check(bucket, [TRADES]) == []
