"""A torn manifest is made anew: the table is compacted and synced again, and no row is lost or comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_nodes import store, written
from lake_rows import TickingClock
from typer.testing import CliRunner

from collectors.sync.merging import merge
from collectors.sync.publishing import publish
from console.tools.app import app
from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.errors import Unreadable
from engine.lake.findings import FindingKind
from engine.lake.layout import segments
from engine.lake.manifest import manifest_files, read_manifest
from engine.lake.mending import Mended, mend
from engine.lake.tables import TRADES


def tear(path: Path) -> str:
    """Returns what stood there."""
    text = path.read_text()
    path.write_text(text[: len(text) // 2])
    return text


def joined(root: Path) -> None:
    list(compact(root, TRADES, now_ns=TickingClock()))


def a_joining(root: Path) -> Path:
    return min((root / "trades" / "_manifest").glob("compact-*.json"))


def mended(root: Path) -> Mended:
    (found,) = mend(root, TRADES)
    return found


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return written(tmp_path / "lake", 0, (0, 10), (10, 20), (20, 30))


def test_a_nodes_manifest_comes_back_as_it_was(lake: Path) -> None:
    path = manifest_files(lake / "trades")[1]
    before, rows = read_manifest(path), digest(lake, TRADES)
    torn = tear(path)
    with pytest.raises(Unreadable):
        joined(lake)
    made = mended(lake)
    assert (made.is_done, made.path) == (True, f"trades/_manifest/{path.name}")
    after = read_manifest(path)
    assert (after.segments, after.schema, after.replaces) == (before.segments, before.schema, ())
    assert path.with_name(f".{path.name}.torn").read_text() == torn[: len(torn) // 2]
    assert check(lake, [TRADES]) == []
    joined(lake)
    assert digest(lake, TRADES) == rows
    assert list(mend(lake, TRADES)) == []


def test_a_lake_elsewhere_takes_a_mended_one_for_the_one_it_knew(lake: Path, tmp_path: Path) -> None:
    hub = tmp_path / "hub"
    assert merge(hub, store(lake)).is_whole
    tear(manifest_files(lake / "trades")[1])
    mended(lake)
    written(lake, 0, (30, 40))
    merged = merge(hub, store(lake))
    assert (merged.problems, merged.rows) == ([], 10)
    joined(lake)
    assert merge(hub, store(lake)).is_whole
    assert digest(hub, TRADES) == digest(lake, TRADES)


def test_a_torn_manifest_of_joined_files_is_taken_from_where_another_lake_said_it(
    lake: Path, tmp_path: Path
) -> None:
    bucket = tmp_path / "bucket"
    joined(lake)
    for _ in range(2):
        assert publish(lake, store(bucket)).is_whole
    path = a_joining(lake)
    before, rows = read_manifest(path), digest(lake, TRADES)
    tear(path)
    assert "as another lake knows it" in mended(lake).detail
    assert read_manifest(path) == before
    assert (digest(lake, TRADES), check(lake, [TRADES])) == (rows, [])


def test_a_torn_manifest_of_joined_files_alone_keeps_the_rows_and_says_what_it_cannot_know(
    lake: Path, tmp_path: Path
) -> None:
    hub = tmp_path / "hub"
    merge(hub, store(lake))
    joined(lake)
    path = a_joining(lake)
    rows = digest(lake, TRADES)
    tear(path)
    assert "what was joined into it is not known" in mended(lake).detail
    assert read_manifest(path).replaces == ()
    assert digest(lake, TRADES) == rows
    assert {one.kind for one in check(lake, [TRADES])} <= {FindingKind.MISSING_SEGMENT}
    assert all("cannot tell" in one.detail for one in check(lake, [TRADES]))
    # Whoever has the old files keeps them, and shows each row once.
    merge(hub, store(lake))
    assert digest(hub, TRADES) == rows
    joined(hub)
    assert digest(hub, TRADES) == rows


def test_beside_a_torn_segment_nothing_is_made_up(lake: Path) -> None:
    path = manifest_files(lake / "trades")[1]
    torn = tear(path)
    (segment, *_) = [one for one in segments(lake / "trades") if one.stem == path.stem]
    segment.write_bytes(segment.read_bytes()[:100])
    made = mended(lake)
    assert not made.is_done
    assert segment.name in made.detail
    assert path.read_text() == torn[: len(torn) // 2]


def test_a_manifest_of_which_nothing_is_left_keeps_its_number_used(lake: Path) -> None:
    path = manifest_files(lake / "trades")[-1]
    joined(lake)
    tear(path)
    assert mended(lake).is_done
    assert read_manifest(path).segments == ()
    written(lake, 0, (30, 40))
    joined(lake)
    assert digest(lake, TRADES)[0] == 40


def test_by_hand(lake: Path) -> None:
    path = manifest_files(lake / "trades")[0]
    tear(path)
    asked = CliRunner().invoke(app, ["lake", "check", "trades", "--lake", str(lake)])
    assert asked.exit_code == 1
    assert "--mend" in asked.output
    done = CliRunner().invoke(app, ["lake", "check", "trades", "--mend", "--lake", str(lake)])
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[0].startswith(
        f"mended trades/_manifest/{path.name}: made anew from what is"
    )
    assert done.output.splitlines()[-1] == f"{lake}: sound"
