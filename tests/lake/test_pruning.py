"""Manifests of what was joined go, and nothing that anybody needs goes with them."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from lake_rows import TickingClock, trades

from collectors.sync.merging import merge
from collectors.sync.places import StorePlace, place_of
from collectors.sync.publishing import publish
from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.errors import TableBusy
from engine.lake.findings import FindingKind
from engine.lake.layout import segments
from engine.lake.manifest import manifest_files, read_manifests
from engine.lake.tables import TRADES
from engine.lake.writer import LakeWriter


def written(root: Path, *parts: tuple[int, int], node_id: int = 0, is_closed: bool = True) -> LakeWriter:
    """Each part becomes segments and a manifest of its own."""
    writer = LakeWriter(root, TRADES, node_id, now_ns=TickingClock())
    for first, last in parts:
        writer.append(trades(first, last))
        writer.roll()
    if is_closed:
        writer.close()
    return writer


def joined(root: Path) -> None:
    list(compact(root, TRADES, now_ns=TickingClock()))


def names(root: Path) -> list[str]:
    return [path.name for path in manifest_files(root / "trades")]


def store(root: Path) -> StorePlace:
    found = place_of(str(root))
    assert isinstance(found, StorePlace)
    return found


def rows(root: Path) -> int:
    return digest(root, TRADES)[0]


def test_the_manifests_of_a_lake_that_is_joined_again_and_again_stay_few(tmp_path: Path) -> None:
    for turn in range(6):
        written(tmp_path, *((10 * turn + one, 10 * turn + one + 1) for one in range(10)))
        joined(tmp_path)
        # One of each series' day, and the newest of the node.
        assert len(names(tmp_path)) == 3
    assert rows(tmp_path) == 60
    assert check(tmp_path, [TRADES]) == []
    living = [one for one in read_manifests(tmp_path / "trades") if one.replaces]
    assert sum(len(one.sums) for one in living) == 60, "what an older copy elsewhere learns from"


def test_numbers_are_not_used_again(tmp_path: Path) -> None:
    written(tmp_path, *((one, one + 2) for one in range(0, 10, 2)))
    joined(tmp_path)
    writer = written(tmp_path, (10, 12), is_closed=False)
    assert "node-0-00000007.json" in names(tmp_path)
    writer.close()


def test_a_journal_whose_rows_were_written_and_joined_is_not_gone_on_with(tmp_path: Path) -> None:
    """Its writer died before it took the journal away: its manifest alone tells that nothing of it waits."""
    writer = written(tmp_path, is_closed=False)
    journal = next((tmp_path / "trades" / "_journal").iterdir())
    writer.append(trades(0, 10))
    kept = journal.read_bytes()
    writer.close()
    journal.write_bytes(kept)
    written(tmp_path, (10, 20), node_id=1)
    written(tmp_path, (20, 30), node_id=1)
    joined(tmp_path)
    after = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    assert after.recovered_rows == 0
    after.append(trades(30, 40))
    after.close()
    joined(tmp_path)
    assert rows(tmp_path) == 40
    assert check(tmp_path, [TRADES]) == []


def test_a_hub_that_slept_through_two_joinings_has_each_row_once(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, (0, 10), (10, 20))
    merge(hub, store(home))
    joined(home)
    written(home, (20, 30))
    joined(home)
    assert merge(hub, store(home)).is_whole
    assert check(hub, [TRADES]) == []
    assert digest(hub, TRADES) == digest(home, TRADES)
    assert names(hub) == names(home)
    assert merge(hub, store(home)).segments == 0


def test_what_was_joined_and_pruned_at_the_hub_is_not_taken_again(tmp_path: Path) -> None:
    home, hub = tmp_path / "home", tmp_path / "hub"
    written(home, (0, 10), (10, 20), (20, 30))
    merge(hub, store(home))
    joined(hub)
    before = names(hub)
    again = merge(hub, store(home))
    assert (again.segments, again.manifests) == (0, 0)
    joined(home)
    again = merge(hub, store(home))
    assert (again.segments, names(hub)) == (0, before)
    assert (rows(hub), check(hub, [TRADES])) == (30, [])
    assert len(list((hub / "_sync").rglob("*.json"))) == len(names(home)), (
        "what is staged goes with the place"
    )


@pytest.mark.parametrize("is_joined", [False, True])
def test_two_homes_of_one_node_id_are_refused_after_joining_too(is_joined: bool, tmp_path: Path) -> None:
    hub, first, second = tmp_path / "hub", tmp_path / "a", tmp_path / "b"
    written(first, (0, 10), (10, 20))
    written(second, (100, 110), (110, 120))
    merge(hub, store(first))
    joined(hub)
    if is_joined:
        joined(second)
    merged = merge(hub, store(second))
    assert "--node-id" in merged.problems[0]
    assert (rows(hub), rows(second)) == (20, 20)


def test_a_store_has_all_of_a_lake_that_was_joined_in_between(tmp_path: Path) -> None:
    home, bucket, hub = tmp_path / "home", tmp_path / "bucket", tmp_path / "hub"
    written(home, (0, 10), (10, 20))
    publish(home, store(bucket))
    joined(home)
    written(home, (20, 30))
    joined(home)
    publish(home, store(bucket))
    assert merge(hub, store(bucket)).is_whole
    assert digest(hub, TRADES) == digest(home, TRADES)
    assert check(hub, [TRADES]) == []


def test_what_a_dead_compaction_left_goes_and_what_a_person_copied_stays(tmp_path: Path) -> None:
    written(tmp_path, (0, 10), (10, 20))
    folder = segments(tmp_path / "trades")[0].parent
    relative = folder.relative_to(tmp_path / "trades").as_posix()
    left, copied = folder / f"compact-{'0' * 16}.parquet", folder / f"compact-{'1' * 16}.parquet"
    for path in (left, copied):
        path.write_bytes(segments(folder)[0].read_bytes())
    (folder / f".compact-{'2' * 16}.parquet.tmp").write_bytes(b"PAR1")
    (tmp_path / "trades" / "_lock" / "compact.begun").write_text(f"{relative}/{left.name}")
    joined(tmp_path)
    assert not left.exists()
    assert copied.exists()
    assert {finding.kind for finding in check(tmp_path, [TRADES])} == {
        FindingKind.UNLISTED_SEGMENT,
        FindingKind.DUPLICATE_KEY,
    }
    assert rows(tmp_path) == 20


_TURNS = int(os.environ.get("SPARKO_KILLS", "4"))
_READER = """
import sys
from pathlib import Path
from engine.lake.check import check
from engine.lake.digest import digest
from engine.lake.open_rows import current_rows
from engine.lake.tables import TRADES
root, looks = Path(sys.argv[1]), 0
wanted = sys.argv[2]
print("begun", flush=True)
while not (root / "over").exists() or looks < 3:
    rows, found = digest(root, TRADES)
    assert (rows, found) == (400, wanted), rows
    assert current_rows(root, TRADES).num_rows == 400
    kinds = {one.kind for one in check(root, [TRADES])}
    assert kinds <= {"duplicate_key", "left_over", "unlisted_segment", "draft_left"}, kinds
    looks += 1
print(looks)
"""


def test_a_reader_beside_compactions_always_sees_every_row_once(tmp_path: Path) -> None:
    for node_id in range(4):
        first = 100 * node_id
        written(tmp_path, *((first + one, first + one + 20) for one in range(0, 100, 20)), node_id=node_id)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    words = [sys.executable, "-c", _READER, str(tmp_path), digest(tmp_path, TRADES)[1]]
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        for turn in range(_TURNS):
            # A check that never met files at rest holds it up for once.
            with suppress(TableBusy):
                joined(tmp_path)
            # The same rows come again, from a node that asks anew.
            written(tmp_path, (0, 400), (0, 400), node_id=10 + turn)
        (tmp_path / "over").touch()
        assert int(reader.stdout.read()) >= 3
        assert reader.wait() == 0
