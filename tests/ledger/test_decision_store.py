"""Verdicts are kept in their own file: read back, paged, bounded, and no trouble of its file is anybody's."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.domain.decision import DecisionRow, GateRow
from engine.ledger.decision_store import KEPT_NS, DecisionFilter, DecisionStore
from engine.ledger.errors import BadCursor

AT = 1_763_650_800 * 10**9


def row(number: int, **changes: object) -> DecisionRow:
    made = DecisionRow(
        decision_id=f"d{number}",
        at_ns=AT + number,
        strategy="timesfm-no",
        stage="money",
        ticker=f"T{number % 3}",
        verdict="PASS",
        code="SPREAD_WIDE",
        gates=(GateRow("SPREAD_WIDE", False, "11 c", "at most 10 c"),),
    )
    return msgspec.structs.replace(made, **changes)


async def test_what_was_put_is_read_newest_first_over_a_restart(tmp_path: Path) -> None:
    store = DecisionStore(tmp_path / "decisions.sqlite")
    rows = [row(number) for number in range(7)]
    for one in rows:
        store.put(one)
    first, cursor = await store.page(DecisionFilter(), None, 3)
    assert [*first] == rows[:-4:-1]
    rest, end = await store.page(DecisionFilter(), cursor, 10)
    assert ([*rest], end) == (rows[3::-1], None)
    await store.close()
    again = DecisionStore(tmp_path / "decisions.sqlite")
    assert [*(await again.page(DecisionFilter(), None, 10))[0]] == rows[::-1]
    await again.close()


async def test_filters_select(tmp_path: Path) -> None:
    store = DecisionStore(tmp_path / "decisions.sqlite")
    take = row(9, verdict="TAKE", code="", client_order_id="r1-4")
    for one in (*(row(number) for number in range(6)), take):
        store.put(one)

    async def ids(**wanted: object) -> list[str]:
        page, _ = await store.page(DecisionFilter(**wanted), None, 100)  # type: ignore[arg-type]
        return [one.decision_id for one in page]

    assert await ids(verdict="TAKE") == ["d9"]
    assert await ids(ticker="T1") == ["d4", "d1"]
    assert await ids(strategy="other") == []
    assert await ids(since_ns=AT + 4, ticker="T1") == ["d4"]
    assert await store.about("r1-4", 10) == (take,)
    assert [one.decision_id for one in await store.about("T0", 2)] == ["d9", "d3"]
    with pytest.raises(BadCursor):
        await store.page(DecisionFilter(), "x", 10)
    await store.close()


async def test_old_ones_leave(tmp_path: Path) -> None:
    store = DecisionStore(tmp_path / "decisions.sqlite")
    for number in (0, 1, 2):
        store.put(row(number))
    await store.page(DecisionFilter(), None, 1)
    store.put(row(2 + KEPT_NS))
    page, _ = await store.page(DecisionFilter(), None, 10)
    assert [one.decision_id for one in page] == [f"d{2 + KEPT_NS}", "d2"]
    await store.close()


async def test_a_damaged_file_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "decisions.sqlite"
    path.write_bytes(b"no database " * 400)
    store = DecisionStore(path)
    store.put(row(1))
    page, _ = await store.page(DecisionFilter(), None, 10)
    assert [one.decision_id for one in page] == ["d1"]
    assert path.with_name("decisions.sqlite.damaged").exists()
    await store.close()


async def test_a_disk_that_takes_nothing_is_counted_and_raises_nothing(tmp_path: Path) -> None:
    store = DecisionStore(tmp_path / "gone" / "decisions.sqlite")
    store.put(row(1))
    await store.close()
    assert store.dropped == 1
