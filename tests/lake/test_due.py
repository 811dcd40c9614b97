"""Which files are worth joining by themselves, and that one bad file keeps nothing else from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from lake_rows import MINUTE_NS, NOON_NS, TickingClock, trade, trades

from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.due import (
    EVERY_DAY,
    WHEN_DUE,
    Rule,
    asked_for,
    by_itself,
    due,
    free_memory_bytes,
    tables_due,
)
from engine.lake.errors import Unreadable
from engine.lake.layout import segments
from engine.lake.manifest import Segment
from engine.lake.read import LakeReader
from engine.lake.tables import TRADES
from engine.lake.writer import LakeWriter

_DAY = "series=KXBTC/date=2026-09-21"
_MIDNIGHT_NS = 1_790_035_200_000_000_000
"""The end of that day."""
_LATE_NS = _MIDNIGHT_NS + 31 * MINUTE_NS


def files(count: int, rows: int = 10) -> list[Segment]:
    return [Segment(f"{_DAY}/node-0-{at:08d}.parquet", rows, 1, "", (), ()) for at in range(count)]


def joined(count: int, *, newest_ns: int, now_ns: int, partition: str = _DAY, rule: Rule = WHEN_DUE) -> int:
    return len(due(rule, partition, files(count), newest_ns, now_ns))


def test_a_day_is_joined_once_it_is_over_and_nothing_came_for_half_an_hour() -> None:
    assert joined(2, newest_ns=NOON_NS, now_ns=_MIDNIGHT_NS - 1) == 0
    assert joined(2, newest_ns=NOON_NS, now_ns=_MIDNIGHT_NS + 1) == 0, "its last file is not closed yet"
    assert joined(2, newest_ns=NOON_NS, now_ns=_LATE_NS) == 2
    assert joined(1, newest_ns=NOON_NS, now_ns=_LATE_NS) == 0
    assert joined(2, newest_ns=_LATE_NS - 29 * MINUTE_NS, now_ns=_LATE_NS) == 0
    assert joined(2, newest_ns=_LATE_NS + 1, now_ns=_LATE_NS) == 0, "by a clock that was ahead"


def test_a_day_that_goes_on_is_joined_once_it_has_many_files() -> None:
    assert joined(31, newest_ns=NOON_NS, now_ns=NOON_NS) == 0
    assert joined(32, newest_ns=NOON_NS, now_ns=NOON_NS) == 32


@pytest.mark.parametrize("partition", ["node_id=0", "", "date=soon", "series=KXBTC/date=9999-12-31"])
def test_what_has_no_end_is_joined_by_the_number_of_its_files(partition: str) -> None:
    assert joined(31, newest_ns=0, now_ns=_LATE_NS, partition=partition) == 0
    assert joined(32, newest_ns=0, now_ns=_LATE_NS, partition=partition) == 32


def test_a_year_is_over_with_its_last_day() -> None:
    assert joined(2, newest_ns=0, now_ns=_LATE_NS, partition="year=2026") == 0
    assert joined(2, newest_ns=0, now_ns=_LATE_NS, partition="year=2025") == 2


def test_a_person_who_asks_waits_for_no_day() -> None:
    assert joined(2, newest_ns=NOON_NS, now_ns=NOON_NS, rule=EVERY_DAY) == 2


def test_a_person_gets_one_file_a_day_as_far_as_memory_goes() -> None:
    small, large = (asked_for(3, free, is_due=False) for free in (10**6, 16 * 10**9))
    assert (small.most_rows, large.most_rows) == (1_000_000, 32_000_000)
    assert [by_itself(free).most_rows for free in (10**6, 16 * 10**9)] == [1_000_000, 8_000_000]
    assert joined(3, newest_ns=NOON_NS, now_ns=NOON_NS, rule=large) == 3
    assert joined(3, newest_ns=NOON_NS, now_ns=NOON_NS, rule=asked_for(3, 0, is_due=True)) == 0
    assert free_memory_bytes() > 10**6


def test_files_that_have_their_rows_are_left_alone_and_none_gets_more() -> None:
    rule = Rule(most_rows=100)
    many = [*files(3, rows=40), Segment(f"{_DAY}/compact-1.parquet", 51, 1, "", (), ())]
    assert [one.rows for one in due(rule, _DAY, many, 0, _LATE_NS)] == [40, 40]
    assert due(rule, _DAY, many[2:], 0, _LATE_NS) == ()


def test_a_large_day_becomes_several_files_with_every_row_and_is_then_left_alone(tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    for first in range(0, 400, 40):
        writer.append([trade(1, trade_id=f"t{at}", at_ns=NOON_NS) for at in range(first, first + 40)])
        writer.roll()
    writer.close()
    before = digest(tmp_path, TRADES)
    rule = Rule(most_rows=100)
    clock = TickingClock(_LATE_NS)
    made = list(compact(tmp_path, TRADES, now_ns=clock, rule=rule))
    assert [one.rows_after for one in made] == [80] * 5
    assert digest(tmp_path, TRADES) == before
    assert list(compact(tmp_path, TRADES, now_ns=clock, rule=rule)) == []


def test_one_torn_file_keeps_its_day_and_no_other_from_being_joined(tmp_path: Path) -> None:
    writer = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    for first in (0, 10):
        writer.append(trades(first, first + 10))
        writer.roll()
    writer.close()
    torn = segments(tmp_path / "trades")[0]
    torn.write_bytes(b"PAR1")
    assert tables_due(tmp_path, NOON_NS) == ()
    assert tables_due(tmp_path, _LATE_NS) == ("trades",)
    with pytest.raises(Unreadable, match=torn.name):
        list(compact(tmp_path, TRADES, now_ns=TickingClock()))
    assert [path.parent.parent.name for path in segments(tmp_path / "trades")] == [
        "series=KXBTC",
        "series=KXBTC",
        "series=KXETH",
    ]
    torn.unlink()
    with LakeReader(tmp_path) as reader:
        assert reader.arrow(TRADES).num_rows == 15, "what is gone is the torn file's five"
    assert list(compact(tmp_path, TRADES, now_ns=TickingClock())) == []


def test_a_table_whose_manifests_cannot_be_read_is_due_so_that_it_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "trades" / "_manifest"
    folder.mkdir(parents=True)
    assert tables_due(tmp_path, NOON_NS) == ()
    (folder / "node-0-00000001.json").write_bytes(b"{")
    assert tables_due(tmp_path, NOON_NS) == ("trades",)
