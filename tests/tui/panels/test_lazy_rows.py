"""Rows of a long list are made once, and only those that are looked at."""

from __future__ import annotations

from console.tui.cells import Row
from console.tui.panels.lazy_rows import LazyRows


def test_a_row_is_made_when_it_is_looked_at_and_once() -> None:
    made: list[int] = []

    def make(at: int) -> Row:
        made.append(at)
        return ((str(at), "text"),)

    rows = LazyRows([(("head", "text"),), *(lambda at=at: make(at) for at in range(100))])
    assert len(rows) == 101
    assert rows[0] == (("head", "text"),)
    assert made == []
    assert rows[3:5] == ((("2", "text"),), (("3", "text"),))
    assert rows[-1] == (("99", "text"),)
    assert rows[3] == (("2", "text"),)
    assert made == [2, 3, 99]
    assert rows[:2] + rows[99:] == (*rows[0:2], *rows[99:101])
    assert rows == tuple(rows)
    assert rows != (*rows, ())
