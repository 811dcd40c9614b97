"""What the check finds, what compaction makes of many files, and that readers never see a row twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from lake_rows import NOON_NS, TickingClock, trade, trades

from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.errors import TableBusy, Unreadable
from engine.lake.findings import FindingKind
from engine.lake.layout import segments
from engine.lake.node_lock import FolderLock
from engine.lake.read import LakeReader
from engine.lake.selection import Selection
from engine.lake.tables import CANDLE_LISTINGS, NEWS, QUOTES, TRADES
from engine.lake.writer import LakeWriter


def written(root: Path, *parts: tuple[int, int], node_id: int = 0, received_ns: int = NOON_NS) -> None:
    """Each part becomes segments of its own."""
    writer = LakeWriter(root, TRADES, node_id, now_ns=TickingClock())
    for first, last in parts:
        writer.append(trades(first, last, received_ns=received_ns))
        writer.roll()
    writer.close()


def kinds(root: Path) -> list[FindingKind]:
    return [finding.kind for finding in check(root, [TRADES])]


def one_segment(root: Path) -> Path:
    return segments(root / "trades")[0]


def test_a_sound_lake_has_no_findings(tmp_path: Path) -> None:
    written(tmp_path, (0, 300), (300, 600))
    assert check(tmp_path, [TRADES]) == []


def test_a_torn_file_is_found_and_no_reader_takes_it_for_whole(tmp_path: Path) -> None:
    written(tmp_path, (0, 300))
    path = one_segment(tmp_path)
    path.write_bytes(path.read_bytes()[:-30])
    [finding] = check(tmp_path, [TRADES])
    assert finding.kind is FindingKind.TORN_SEGMENT
    assert finding.path == path.relative_to(tmp_path).as_posix()
    with LakeReader(tmp_path) as reader, pytest.raises(Unreadable):
        reader.arrow(TRADES)


def test_a_file_that_is_not_what_its_manifest_says_is_found(tmp_path: Path) -> None:
    written(tmp_path, (0, 10))
    path = one_segment(tmp_path)
    rows = pq.read_table(path)
    pq.write_table(rows.slice(1), path)
    assert kinds(tmp_path) == [FindingKind.MANIFEST_MISMATCH]


def test_a_file_that_is_gone_is_found_with_its_rows(tmp_path: Path) -> None:
    written(tmp_path, (0, 10))
    one_segment(tmp_path).unlink()
    [finding] = check(tmp_path, [TRADES])
    assert (finding.kind, finding.count) == (FindingKind.MISSING_SEGMENT, 5)


def test_a_planted_copy_is_found_as_unlisted_and_as_rows_that_come_twice(tmp_path: Path) -> None:
    written(tmp_path, (0, 10))
    path = one_segment(tmp_path)
    shutil.copy(path, path.with_name("node-7-00000001.parquet"))
    assert kinds(tmp_path) == [FindingKind.UNLISTED_SEGMENT, FindingKind.DUPLICATE_KEY]
    assert digest(tmp_path, TRADES)[0] == 10


def test_rows_of_one_key_that_disagree_are_found_and_the_latest_received_counts(tmp_path: Path) -> None:
    written(tmp_path, (0, 10))
    late = LakeWriter(tmp_path, TRADES, 1, now_ns=TickingClock())
    late.append([trade(3, received_ns=NOON_NS + 1, price_bp=9_999), trade(4, received_ns=NOON_NS + 1)])
    late.close()
    assert sorted(kinds(tmp_path)) == [FindingKind.CONFLICTING_ROWS, FindingKind.DUPLICATE_KEY]
    with LakeReader(tmp_path) as reader:
        rows = reader.arrow(TRADES, columns=["trade_id", "price_bp"]).to_pylist()
    assert len(rows) == 10
    assert {row["price_bp"] for row in rows if row["trade_id"] == "t00003"} == {9_999}


def test_a_planted_schema_change_is_found_with_the_column(tmp_path: Path) -> None:
    written(tmp_path, (0, 10))
    path = one_segment(tmp_path)
    rows = pq.read_table(path)
    changed = rows.set_column(
        rows.column_names.index("price_bp"), "price_bp", pa.nulls(len(rows), pa.float64())
    )
    pq.write_table(changed, path)
    found = check(tmp_path, [TRADES])
    assert [finding.kind for finding in found] == [FindingKind.SCHEMA_CHANGE, FindingKind.MANIFEST_MISMATCH]
    assert found[0].detail == "price_bp: got double, wanted int32, never null"


def test_drafts_of_the_dead_are_found_and_their_next_start_takes_them_away(tmp_path: Path) -> None:
    written(tmp_path, (0, 10))
    draft = one_segment(tmp_path).with_name(".node-0-00000009.parquet.tmp")
    draft.write_bytes(b"PAR1")
    assert kinds(tmp_path) == [FindingKind.DRAFT_LEFT]
    writer = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    assert not draft.exists()
    draft.write_bytes(b"PAR1")
    assert check(tmp_path, [TRADES]) == [], "its writer lives"
    writer.close()


def test_compaction_leaves_one_file_a_day_and_the_same_rows(tmp_path: Path) -> None:
    written(tmp_path, (0, 700), (300, 900), (900, 1_000))
    written(tmp_path, (0, 500), node_id=1, received_ns=NOON_NS + 5)
    before = digest(tmp_path, TRADES)
    done = list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    assert before == (1_000, digest(tmp_path, TRADES)[1])
    assert [one.partition for one in done] == [
        f"series={series}/date=2026-09-2{day}" for series in ("KXBTC", "KXETH") for day in (1, 2)
    ]
    assert sum(one.rows_before - one.rows_after for one in done) == 900
    assert len(segments(tmp_path / "trades")) == 4
    assert check(tmp_path, [TRADES]) == []
    assert list(compact(tmp_path, TRADES, now_ns=TickingClock())) == []
    written(tmp_path, (1_000, 1_010))
    assert len(list(compact(tmp_path, TRADES, now_ns=TickingClock()))) == 2
    assert digest(tmp_path, TRADES)[0] == 1_010


def test_a_compaction_that_died_before_it_took_the_old_files_away_is_ended_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, (0, 10), (10, 20))
    before = digest(tmp_path, TRADES)
    monkeypatch.setattr("engine.lake.compact.drop", lambda folder, replaced: 0)
    list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    monkeypatch.undo()
    assert kinds(tmp_path) == [FindingKind.LEFT_OVER] * 4
    assert digest(tmp_path, TRADES) == before
    list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    assert check(tmp_path, [TRADES]) == []
    assert digest(tmp_path, TRADES) == before


def test_two_compactions_at_once_refuse(tmp_path: Path) -> None:
    written(tmp_path, (0, 10), (10, 20))
    other = FolderLock(tmp_path / "trades", "compact")
    with pytest.raises(TableBusy):
        list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    other.release()


def test_a_long_compaction_lets_others_in_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that waits does not wait for all days, and what comes meanwhile is joined too."""
    written(tmp_path, (0, 700), (700, 1_000), (0, 10))
    before, turns, came = digest(tmp_path, TRADES), 0, 0

    def between(seconds: float) -> None:
        nonlocal turns, came
        FolderLock(tmp_path / "trades", "compact").release()
        turns += 1
        if came < 6:
            written(tmp_path, (1_000 + came, 1_001 + came), node_id=1)
            came += 1

    monkeypatch.setattr("engine.lake.compact._HOLD_S", 0.0)
    monkeypatch.setattr("engine.lake.compact.time.sleep", between)
    done = list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    assert turns == len(done) > came == 6
    monkeypatch.undo()
    assert check(tmp_path, [TRADES]) == []
    assert digest(tmp_path, TRADES)[0] == before[0] + came


def test_a_file_of_before_a_column_was_added_reads_with_null_in_it(tmp_path: Path) -> None:
    written(tmp_path, (0, 10), (10, 12))
    path = one_segment(tmp_path)
    pq.write_table(pq.read_table(path).drop_columns(["taker_side"]), path)
    with LakeReader(tmp_path) as reader:
        rows = reader.arrow(TRADES, in_order=True).to_pylist()
    assert len(rows) == 12
    assert rows[0]["taker_side"] is None
    list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    with LakeReader(tmp_path) as reader:
        assert reader.arrow(TRADES, in_order=True).to_pylist() == rows


def test_only_the_wanted_partitions_are_read(tmp_path: Path) -> None:
    written(tmp_path, (0, 1_000))
    # A torn file elsewhere does not matter.
    for path in (tmp_path / "trades" / "series=KXETH").rglob("*.parquet"):
        path.write_bytes(b"torn")
    with LakeReader(tmp_path) as reader:
        found = reader.arrow(TRADES, Selection(series=["KXBTC"], from_date="2026-09-22"))
        assert 0 < found.num_rows < 500
        assert set(found["ticker"].to_pylist()) == {"KXBTC-26SEP21-B100"}
        assert reader.arrow(TRADES, Selection(to_date="2025-01-01")).num_rows == 0


def test_views_answer_queries_over_several_tables(tmp_path: Path) -> None:
    written(tmp_path, (0, 30))
    with LakeReader(tmp_path) as reader:
        reader.make_views()
        found = reader.sql(
            "SELECT count(*) AS n, sum(t.count_c) AS c FROM trades t LEFT JOIN markets USING (ticker)"
        )
    assert found.to_pylist() == [{"n": 30, "c": 3_000}]


def test_views_answer_after_their_files_were_joined(tmp_path: Path) -> None:
    written(tmp_path, (0, 30), (30, 60))
    with LakeReader(tmp_path) as reader:
        reader.make_views()
        list(compact(tmp_path, TRADES, now_ns=TickingClock()))
        assert reader.sql("SELECT count(*) AS n FROM trades").to_pylist() == [{"n": 60}]
        one_segment(tmp_path).write_bytes(b"PAR1")
        with pytest.raises(Unreadable):
            reader.sql("SELECT count(*) AS n FROM trades")
        with pytest.raises(Unreadable):
            reader.make_views()


def test_numbers_are_whole_and_null_stays_null_whoever_asks(tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path, QUOTES, 0, now_ns=TickingClock())
    bare = {"ticker": "KXBTC-26SEP21-B100", "at_ns": NOON_NS, "received_ns": NOON_NS}
    writer.append([{**bare, "yes_bid_bp": 4_100}, {**bare, "at_ns": NOON_NS + 1}])
    writer.close()
    with LakeReader(tmp_path) as reader:
        reader.make_views()
        asked = reader.sql_frame("SELECT * FROM quotes ORDER BY at_ns")
        read = reader.frame(QUOTES, in_order=True)
    assert asked.dtypes.equals(read.dtypes)
    assert str(read["yes_bid_bp"].dtype) == "int32[pyarrow]"
    assert asked.equals(read)
    assert [read["yes_bid_bp"][0], read["yes_bid_bp"].isna()[1]] == [4_100, True]


def test_news_that_come_again_on_another_day_are_one(tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path, NEWS, 0, now_ns=TickingClock())
    told = {"id": "a1", "source": "rss", "title": "Rain"}
    writer.append([{**told, "received_ns": NOON_NS}, {**told, "received_ns": NOON_NS + 86_400 * 10**9}])
    writer.close()
    assert len(segments(tmp_path / "news")) == 2
    with LakeReader(tmp_path) as reader:
        assert reader.arrow(NEWS).num_rows == 1


def test_of_a_state_only_the_latest_is_kept_and_older_ones_are_no_findings(tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path, CANDLE_LISTINGS, 0, now_ns=TickingClock())
    names = {"series_ticker": "KXBTC", "period_min": 60, "tier": "live", "node_id": 0, "total_nodes": 1}
    for at in range(3):
        writer.append([{**names, "settled_through_s": at, "unreadable": 0, "received_ns": NOON_NS + at}])
        writer.roll()
    writer.close()
    assert check(tmp_path, [CANDLE_LISTINGS]) == []
    [done] = compact(tmp_path, CANDLE_LISTINGS, now_ns=TickingClock())
    assert (done.rows_before, done.rows_after) == (3, 1)
    with LakeReader(tmp_path) as reader:
        assert reader.arrow(CANDLE_LISTINGS)["settled_through_s"].to_pylist() == [2]
