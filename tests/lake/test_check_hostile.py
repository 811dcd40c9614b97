"""Lakes that somebody has been at: each damage is one clear finding, and none is taken for another."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_rows import NOON_NS, TickingClock, trades

from engine.lake.check import check
from engine.lake.compact import COMPACT_LOCK
from engine.lake.errors import Unreadable
from engine.lake.findings import FindingKind
from engine.lake.layout import segments
from engine.lake.manifest import manifest_files, read_manifest, write_manifest
from engine.lake.node_lock import FolderLock
from engine.lake.read import LakeReader
from engine.lake.segment import write_segment
from engine.lake.table import Table, fingerprint
from engine.lake.tables import TABLES, TRADES
from engine.lake.writer import LakeWriter


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    writer = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    writer.append(trades(0, 300))
    writer.close()
    return tmp_path


def first(lake: Path) -> Path:
    return segments(lake / "trades")[0]


def kinds(lake: Path) -> list[FindingKind]:
    return [one.kind for one in check(lake, [TRADES])]


def test_pages_that_are_torn_behind_a_whole_footer_are_one_files_trouble(lake: Path) -> None:
    path = first(lake)
    data = bytearray(path.read_bytes())
    for at in range(50, 900):
        data[at] ^= 0x5A
    path.write_bytes(data)
    mismatch, torn = check(lake, [TRADES])
    assert (mismatch.kind, torn.kind) == (FindingKind.MANIFEST_MISMATCH, FindingKind.TORN_SEGMENT)
    assert mismatch.path == torn.path == path.relative_to(lake).as_posix()


def test_rows_of_another_day_are_found_whether_or_not_a_manifest_tells_of_them(lake: Path) -> None:
    path = first(lake)
    other = path.parent.parent / "date=2026-01-01" / "node-7-00000001.parquet"
    other.parent.mkdir()
    shutil.copy(path, other)
    unlisted, misplaced = check(lake, [TRADES])
    assert (unlisted.kind, misplaced.kind) == (FindingKind.UNLISTED_SEGMENT, FindingKind.WRONG_PARTITION)
    assert misplaced.detail == f"it has rows of {path.parent.relative_to(lake / 'trades')}"
    other.unlink()
    [manifest] = manifest_files(lake / "trades")
    told = read_manifest(manifest)
    rows = pq.ParquetFile(path).read()
    segment = write_segment(
        TRADES, lake / "trades", "series=KXETH/date=2026-09-21/node-7-00000001.parquet", rows
    )
    write_manifest(
        lake / "trades", "node-7-00000001.json", msgspec.structs.replace(told, segments=(segment,))
    )
    [found] = check(lake, [TRADES])
    assert (found.kind, found.detail) == (
        FindingKind.WRONG_PARTITION,
        f"it has rows of {path.parent.relative_to(lake / 'trades')}",
    )


@pytest.mark.parametrize("text", ["", "garbage", '{"table": "trades"}', "\x00\x00"])
def test_a_manifest_that_is_none_is_one_finding_and_not_one_for_each_of_its_files(
    lake: Path, text: str
) -> None:
    [manifest] = manifest_files(lake / "trades")
    manifest.write_text(text)
    [found] = check(lake, [TRADES])
    assert (found.kind, found.path) == (FindingKind.TORN_MANIFEST, "trades/_manifest/node-0-00000001.json")


def test_what_the_system_does_not_let_us_read_is_no_torn_file(lake: Path) -> None:
    path = first(lake)
    path.unlink()
    path.symlink_to("/nowhere/at/all")
    [found] = check(lake, [TRADES])
    assert (found.kind, found.detail) == (FindingKind.UNREADABLE, "No such file or directory")
    path.unlink()
    path.mkdir()
    [found] = check(lake, [TRADES])
    assert (found.kind, found.detail) == (FindingKind.UNREADABLE, "Is a directory")


def test_a_folder_that_may_not_be_read_hides_no_rows(lake: Path) -> None:
    folder = first(lake).parent
    folder.chmod(0)
    try:
        if os.access(folder, os.R_OK):
            pytest.skip("this user may read everything")
        assert set(kinds(lake)) == {FindingKind.UNREADABLE}
        with LakeReader(lake) as reader, pytest.raises(Unreadable, match="Permission denied"):
            reader.arrow(TRADES)
    finally:
        folder.chmod(0o700)


def test_a_file_of_before_a_column_was_added_is_a_note_unless_it_was_changed_since(lake: Path) -> None:
    path = first(lake)
    [manifest] = manifest_files(lake / "trades")
    told = read_manifest(manifest)
    old = pa.schema([field for field in TRADES.schema if field.name != "taker_side"])
    rows = pq.ParquetFile(path).read(old.names).cast(old)
    pq.write_table(rows, path)
    assert kinds(lake) == [FindingKind.SCHEMA_CHANGE, FindingKind.MANIFEST_MISMATCH]
    before = msgspec.structs.replace(told, schema=fingerprint(old))
    write_manifest(lake / "trades", manifest.name, before)
    found = check(lake, [TRADES])
    assert [one.kind for one in found if one.path.endswith(path.name) and one.is_note] == [
        FindingKind.OLDER_SCHEMA
    ]
    assert found[0].detail == "taker_side: got nothing, wanted string"


def test_rows_that_wait_for_a_node_that_is_gone_are_a_note(lake: Path) -> None:
    writer = LakeWriter(lake, TRADES, 3, now_ns=TickingClock())
    writer.append(trades(300, 310))
    assert check(lake, [TRADES]) == [], "it lives"
    writer._lock.release()
    [found] = check(lake, [TRADES])
    assert (found.kind, found.count, found.is_note) == (FindingKind.WAITING_ROWS, 10, True)


def test_a_sync_or_compaction_under_way_is_waited_for_before_anything_is_said(
    lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync puts a segment here before its manifest."""
    path = first(lake)
    planted = path.with_name("node-7-00000001.parquet")
    shutil.copy(path, planted)
    lock = FolderLock(lake / "trades", COMPACT_LOCK)

    def end(seconds: float) -> None:
        planted.unlink()
        lock.release()

    monkeypatch.setattr("engine.lake.node_lock.time.sleep", end)
    assert check(lake, [TRADES]) == []


def test_a_day_received_on_another_lies_where_it_belongs(tmp_path: Path) -> None:
    """A table whose days are those of its values, whenever they came."""
    writer = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    writer.append(trades(0, 2_000, received_ns=NOON_NS + 400 * 86_400 * 10**9))
    writer.close()
    assert check(tmp_path, [TRADES]) == []


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_rows_of_every_table_lie_where_the_check_looks_for_them(table: Table, tmp_path: Path) -> None:
    values: dict[object, object] = {
        pa.string(): "KXBTC-26SEP21-B1",
        pa.bool_(): True,
        pa.float64(): 1.5,
        pa.binary(): b"{}",
    }
    row = {
        field.name: values.get(field.type, [] if pa.types.is_list(field.type) else 1_790_000)
        for field in table.schema
        if not field.nullable
    }
    writer = LakeWriter(tmp_path, table, 0, now_ns=TickingClock())
    writer.append([row])
    writer.roll()
    writer.append([{**row, table.time: 1_790_001}])
    writer.close()
    found = {one.kind for one in check(tmp_path, [table])}
    assert found <= {FindingKind.DUPLICATE_KEY, FindingKind.CONFLICTING_ROWS}
