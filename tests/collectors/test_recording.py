"""Rows on their way to the lake: a full disk keeps them waiting, one that does not fit stops no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import pytest
from collecting import NOW_NS, Bench, ListSink, ListWriter

from collectors.index.symbols import LevelRow
from collectors.markets.rows import BookDeltaRow, BookSnapshotRow, QuoteRow, TradeRow
from collectors.news.items import NewsRow
from collectors.raw import RawBodyRow
from collectors.recording import Recorder, TooMuchWaiting
from collectors.spot.rows import SpotCandleRow, SpotRow
from collectors.taking import Row, Taken
from collectors.tsa.throughput import TsaRow
from collectors.weather.rows import ClimateRow, ForecastRow, ObservationRow
from engine.lake.errors import LakeFull, NodeTaken, RowRefused
from engine.lake.tables import table_named
from engine.lake.writer import LakeWriter

ROWS: tuple[type[Row], ...] = (
    SpotRow,
    SpotCandleRow,
    RawBodyRow,
    ObservationRow,
    ForecastRow,
    ClimateRow,
    TsaRow,
    LevelRow,
    NewsRow,
    BookDeltaRow,
    BookSnapshotRow,
    QuoteRow,
    TradeRow,
)


def raw(name: str, received_ns: int = NOW_NS) -> RawBodyRow:
    return RawBodyRow(source="x", name=name, status=200, content_type=None, body=b"", received_ns=received_ns)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_columns_of_its_table_and_all_that_must_be_there(row: type[Row]) -> None:
    table = table_named(row.TABLE)
    fields = msgspec.structs.fields(row)
    assert {field.name for field in fields} <= set(table.schema.names)
    always = {field.name for field in fields if field.required or field.default is not None}
    assert {name for name in table.schema.names if not table.schema.field(name).nullable} <= always


def test_a_full_disk_is_said_once_and_its_rows_are_written_later() -> None:
    bench = Bench("raw_bodies")
    writer = bench.writers["raw_bodies"]
    writer.error = LakeFull(Path("/lake"), 10)
    for name in ("a", "b"):
        bench.recorder.put("x", Taken(rows=[raw(name)]))
        bench.recorder.flush()
    assert bench.recorder.trouble
    writer.error = None
    bench.recorder.flush()
    assert [row["name"] for row in writer.rows] == ["a", "b"]
    assert bench.lines == [
        "lake /lake: no room left for 10 bytes; free some and start again",
        "lake: written again",
    ]
    assert bench.recorder.written == 2


def test_what_waits_for_a_disk_is_bounded() -> None:
    writer = ListWriter()
    writer.error = LakeFull(Path("/lake"), 10)
    lines: list[str] = []
    recorder = Recorder(("raw_bodies",), lambda _: writer, ListSink(), lines.append, most_waiting=2)
    recorder.put("x", Taken(rows=[raw(name) for name in "abc"]))
    with pytest.raises(TooMuchWaiting, match="3 rows wait"):
        recorder.flush()
    with pytest.raises(TooMuchWaiting):
        recorder.close()
    assert writer.is_closed


def test_a_row_that_does_not_fit_is_said_and_the_others_are_written() -> None:
    class Picky(ListWriter):
        def append(self, rows: Sequence[Mapping[str, object]]) -> None:
            if any(row["name"] == "bad" for row in rows):
                raise RowRefused("raw_bodies", "name", "bad", "good")
            super().append(rows)

    writer, lines = Picky(), list[str]()
    recorder = Recorder(("raw_bodies",), lambda _: writer, ListSink(), lines.append)
    recorder.put("x", Taken(rows=[raw("a"), raw("bad"), raw("c")]))
    recorder.close()
    assert [row["name"] for row in writer.rows] == ["a", "c"]
    assert (recorder.written, recorder.refused) == (2, 1)
    assert len(lines) == 1


def test_rows_that_are_lost_at_the_end_are_said_before_what_else_could_not_be_written() -> None:
    class Full(ListWriter):
        def close(self) -> None:
            super().close()
            raise LakeFull(Path("/lake/next"), 10)

    writer = Full()
    writer.error = LakeFull(Path("/lake"), 10)
    recorder = Recorder(("raw_bodies",), lambda _: writer, ListSink(), print)
    recorder.put("x", Taken(rows=[raw(name) for name in "abc"]))
    with pytest.raises(TooMuchWaiting, match="raw_bodies: 3 rows wait"):
        recorder.close()
    assert writer.is_closed


def test_a_disk_that_fills_up_between_rows_written_singly_doubles_none_of_them() -> None:
    class Picky(ListWriter):
        room = 1

        def append(self, rows: Sequence[Mapping[str, object]]) -> None:
            if any(row["name"] == "bad" for row in rows):
                raise RowRefused("raw_bodies", "name", "bad", "good")
            if not self.room:
                raise LakeFull(Path("/lake"), 10)
            self.room -= 1
            super().append(rows)

    writer, lines = Picky(), list[str]()
    recorder = Recorder(("raw_bodies",), lambda _: writer, ListSink(), lines.append)
    recorder.put("x", Taken(rows=[raw("a"), raw("bad"), raw("c"), raw("d")]))
    recorder.flush()
    assert recorder.waiting == 2
    writer.room = 10
    recorder.close()
    assert [row["name"] for row in writer.rows] == ["a", "c", "d"]
    assert (recorder.written, recorder.refused) == (3, 1)


def test_two_collectors_of_one_node_are_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    def open_writer(name: str) -> LakeWriter:
        return LakeWriter(tmp_path, table_named(name), 3, now_ns=lambda: NOW_NS)

    first = Recorder(("raw_bodies",), open_writer, ListSink(), print)
    with pytest.raises(NodeTaken):
        Recorder(("spot", "raw_bodies"), open_writer, ListSink(), print)
    first.put("x", Taken(rows=[raw("a")]))
    first.close()
    again = Recorder(("spot", "raw_bodies"), open_writer, ListSink(), print)
    again.close()
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
