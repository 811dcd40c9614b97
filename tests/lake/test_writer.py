"""Rows are in the journal when append returns and in sound segments once rolled, whatever happens between."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import BinaryIO

import pytest
from lake_rows import NOON_NS, TickingClock, trade, trades

from engine.lake.check import check
from engine.lake.digest import digest
from engine.lake.errors import LakeFull, LakeUnwritable, NodeTaken, RowRefused
from engine.lake.open_rows import current_rows
from engine.lake.read import LakeReader
from engine.lake.tables import BOOK_SNAPSHOTS, CANDLE_LISTINGS, TRADES
from engine.lake.writer import SECOND_NS, LakeWriter


def opened(root: Path, clock: TickingClock | None = None, **options: int) -> LakeWriter:
    return LakeWriter(root, TRADES, 0, now_ns=clock or TickingClock(), **options)


def died(writer: LakeWriter) -> None:
    """What a kill leaves: nothing is closed, and the kernel takes the lock and the file back."""
    writer._lock.release()
    writer._journal.close()


def count(root: Path) -> int:
    return digest(root, TRADES)[0]


def test_a_death_after_append_loses_nothing(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    writer.append(trades(0, 100))
    writer.append(trades(100, 150))
    died(writer)
    after = opened(tmp_path)
    assert (after.recovered_rows, after.cut_bytes, after.open_rows) == (150, 0, 150)
    after.append(trades(150, 160))
    after.close()
    assert count(tmp_path) == 160


def test_half_a_frame_is_cut_off_and_said(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    writer.append(trades(0, 10))
    writer.append(trades(10, 20))
    died(writer)
    [journal] = (tmp_path / "trades" / "_journal").iterdir()
    whole = journal.stat().st_size
    os.truncate(journal, whole - 7)
    waiting, finding = check(tmp_path, [TRADES])
    assert (waiting.kind, waiting.count, waiting.is_note) == ("waiting_rows", 10, True)
    assert (finding.kind, finding.table, finding.is_note) == ("half_frame", "trades", True)
    after = opened(tmp_path)
    assert after.recovered_rows == 10
    assert 0 < after.cut_bytes < whole
    after.append(trades(10, 20))
    after.close()
    assert count(tmp_path) == 20
    assert check(tmp_path, [TRADES]) == []


@pytest.mark.parametrize("damage", ["flip", "zeros"])
def test_a_frame_with_a_wrong_sum_ends_the_journal(tmp_path: Path, damage: str) -> None:
    writer = opened(tmp_path)
    writer.append(trades(0, 10))
    end = writer._journal.bytes
    writer.append(trades(10, 20))
    died(writer)
    [journal] = (tmp_path / "trades" / "_journal").iterdir()
    data = bytearray(journal.read_bytes())
    if damage == "flip":
        data[end + 40] ^= 1
    else:
        data[end:] = bytes(len(data) - end)
    journal.write_bytes(data)
    after = opened(tmp_path)
    assert after.recovered_rows == 10
    after.close()
    assert count(tmp_path) == 10


def test_rows_go_to_the_partition_of_their_series_and_day(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    writer.append(trades(0, 1_000))
    manifest = writer.roll()
    assert manifest is not None
    assert manifest.name == "node-0-00000001.json"
    folders = {
        path.parent.relative_to(tmp_path / "trades").as_posix() for path in tmp_path.rglob("*.parquet")
    }
    assert folders == {f"series={s}/date=2026-09-2{d}" for s in ("KXBTC", "KXETH") for d in (1, 2)}
    writer.close()
    with LakeReader(tmp_path) as reader:
        rows = reader.arrow(TRADES, in_order=True)
    assert rows.num_rows == 1_000
    assert rows["price_bp"].to_pylist()[:2] == [101, 103]


def test_a_segment_is_made_by_rows_and_by_age(tmp_path: Path) -> None:
    clock = TickingClock()
    writer = opened(tmp_path, clock, rows_per_segment=50, seconds_per_segment=60)
    writer.append(trades(0, 49))
    assert writer.open_rows == 49
    writer.append(trades(49, 51))
    assert writer.open_rows == 0
    writer.append(trades(51, 52))
    clock.at_ns += 61 * SECOND_NS
    writer.tick()
    assert writer.open_rows == 0
    assert count(tmp_path) == 52
    writer.close()


def test_two_writers_of_one_node_refuse(tmp_path: Path) -> None:
    writer = opened(tmp_path)
    with pytest.raises(NodeTaken, match=rf"node 0 is written by process {os.getpid()}.*--node-id"):
        opened(tmp_path)
    other = LakeWriter(tmp_path, TRADES, 1, now_ns=TickingClock())
    writer.append(trades(0, 10))
    other.append(trades(10, 20))
    writer.close()
    other.close()
    assert count(tmp_path) == 20
    opened(tmp_path).close()


@pytest.mark.parametrize(
    ("bad", "column"),
    [
        ({"price_bp": 57.5}, "price_bp"),
        ({"price_bp": 57.0}, "price_bp"),
        ({"price_bp": True}, "price_bp"),
        ({"price_bp": 2**40}, "price_bp"),
        ({"count_c": None}, "count_c"),
        ({"ticker": 7}, "ticker"),
        ({"ticker": "\ud800"}, "ticker"),
        ({"bid": 1}, "columns"),
    ],
)
def test_a_row_that_does_not_fit_is_refused_with_all_it_came_with(
    tmp_path: Path, bad: dict[str, object], column: str
) -> None:
    writer = opened(tmp_path)
    with pytest.raises(RowRefused) as refused:
        writer.append([trade(1), trade(2, **bad)])
    assert refused.value.column == column
    assert writer.open_rows == 0
    writer.append([trade(3)])
    writer.close()
    assert count(tmp_path) == 1


def test_a_full_disk_leaves_the_journal_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = opened(tmp_path)
    writer.append(trades(0, 10))
    room = [40]

    def short_pwrite(descriptor: int, data: bytes, at: int) -> int:
        """Room for a few bytes more, then none."""
        if not room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real_pwrite(descriptor, data[: room.pop()], at)

    real_pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", short_pwrite)
    with pytest.raises(LakeFull, match="no room left"):
        writer.append(trades(10, 20))
    monkeypatch.undo()
    writer.append(trades(20, 30))
    died(writer)
    after = opened(tmp_path)
    assert (after.recovered_rows, after.cut_bytes) == (20, 0)
    after.close()
    assert count(tmp_path) == 20


def test_a_disk_that_is_full_for_segments_keeps_rows_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TickingClock()
    writer = opened(tmp_path, clock, rows_per_segment=10)

    def no_room(rows: object, file: BinaryIO, **options: object) -> None:
        file.write(b"PAR1 and a little")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.lake.segment.pq.write_table", no_room)
    writer.append(trades(0, 20))
    assert "no room left" in writer.trouble
    with pytest.raises(LakeFull):
        writer.roll()
    assert list(tmp_path.rglob("*.parquet")) == []
    assert list(tmp_path.rglob(".*.tmp")) == []
    monkeypatch.undo()
    writer.append(trades(20, 30))
    clock.at_ns += 31 * SECOND_NS
    writer.append(trades(30, 31))
    assert (writer.trouble, writer.open_rows) == ("", 0)
    writer.close()
    assert count(tmp_path) == 31
    assert check(tmp_path, [TRADES]) == []


def test_lists_and_nulls_come_back_as_they_went(tmp_path: Path) -> None:
    row: dict[str, object] = {
        "ticker": "KXBTC-1-B2",
        "session_ns": 5,
        "number": 1,
        "clock": None,
        "bid_price_bp": [4_000, 3_900],
        "bid_count_c": [100, 250],
        "ask_price_bp": [],
        "ask_count_c": [],
        "received_ns": NOON_NS,
    }
    stale = {**row, "number": 2, "stale_reason": "gap", "bid_price_bp": None}
    writer = LakeWriter(tmp_path, BOOK_SNAPSHOTS, 3, now_ns=TickingClock())
    writer.append([row, stale])
    writer.close()
    with LakeReader(tmp_path) as reader:
        first, second = reader.arrow(BOOK_SNAPSHOTS, in_order=True).to_pylist()
        frame = reader.frame(BOOK_SNAPSHOTS, columns=["number", "clock"])
    assert first == {"stale_reason": None, **row}
    assert second["bid_price_bp"] is None
    assert str(frame["number"].dtype) == "int64[pyarrow]"
    assert frame["clock"].isna().all()
    assert check(tmp_path, [BOOK_SNAPSHOTS]) == []


def test_open_rows_are_read_while_their_writer_lives(tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path, CANDLE_LISTINGS, 0, now_ns=TickingClock())

    def listing(through_s: int, received_ns: int) -> dict[str, object]:
        names = {"series_ticker": "KXBTC", "period_min": 60, "tier": "live", "node_id": 0, "total_nodes": 1}
        return {**names, "settled_through_s": through_s, "unreadable": 0, "received_ns": received_ns}

    writer.append([listing(1, 10)])
    writer.roll()
    writer.append([listing(2, 11)])
    assert current_rows(tmp_path, CANDLE_LISTINGS)["settled_through_s"].to_pylist() == [2]
    writer.close()
    assert current_rows(tmp_path, CANDLE_LISTINGS)["settled_through_s"].to_pylist() == [2]


def test_rows_that_may_not_outlive_a_power_cut_are_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TickingClock()
    writer = opened(tmp_path, clock)

    def broken(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", broken)
    clock.at_ns += 2 * SECOND_NS
    writer.append(trades(0, 10))
    assert "Input/output error" in writer.trouble
    monkeypatch.undo()
    writer.close()
    assert (writer.trouble, count(tmp_path)) == ("", 10)


def test_a_disk_without_room_for_the_place_itself_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(descriptor: int, data: bytes, at: int) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", no_room)
    with pytest.raises(LakeFull):
        opened(tmp_path)
    monkeypatch.undo()
    (tmp_path / "file").touch()
    with pytest.raises(LakeUnwritable, match="Not a directory"):
        opened(tmp_path / "file")
    opened(tmp_path).close()


def test_a_clock_that_is_set_back_puts_off_no_segment(tmp_path: Path) -> None:
    clock = TickingClock()
    writer = opened(tmp_path, clock, seconds_per_segment=900)
    writer.append(trades(0, 3))
    clock.at_ns -= 3_600 * SECOND_NS
    writer.tick()
    assert writer.open_rows == 0, "when they were written is not known any more"
    writer.append(trades(3, 5))
    clock.at_ns += 60 * SECOND_NS
    writer.tick()
    assert writer.open_rows == 2
    writer.close()
    assert count(tmp_path) == 5
    assert check(tmp_path, [TRADES]) == []


def test_a_clock_that_is_set_back_puts_off_no_second_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = TickingClock()
    writer = opened(tmp_path, clock, rows_per_segment=2)

    def no_room(rows: object, file: BinaryIO, **options: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.lake.segment.pq.write_table", no_room)
    writer.append(trades(0, 3))
    assert "no room left" in writer.trouble
    monkeypatch.undo()
    clock.at_ns -= 3_600 * SECOND_NS
    writer.tick()
    assert (writer.trouble, writer.open_rows) == ("", 0)
    writer.close()
    assert count(tmp_path) == 3
