"""Rows, their strips, and what is painted when other rows come."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from console.tui import roles
from console.tui.cells import Row, clip_row, pad, plain, row_width
from console.tui.theme import theme_named
from console.tui.widgets.row_strips import Change, RowStrips, difference, strip_of

STYLE_OF = theme_named("default").style
ONE: Row = (("KXHIGHNY-T83 ", roles.LABEL), (" 57", roles.YES), (" 43", roles.NO))
TWO: Row = (("KXHIGHNY-T83 ", roles.LABEL), (" 58", roles.YES), (" 43", roles.NO))


def strips(*rows: Row, flashes: bool = False) -> RowStrips:
    made = RowStrips(STYLE_OF, flashes=flashes)
    made.show(rows, [str(at) for at in range(len(rows))])
    return made


def test_a_row_that_stays_keeps_its_strip_and_is_not_painted() -> None:
    pane = strips(ONE, ONE)
    first, second = pane.strip(0, 30), pane.strip(1, 30)
    assert pane.show((ONE, TWO)) == (Change(1, 13, 16),)
    assert pane.strip(0, 30) is first
    assert pane.strip(1, 30) is not second
    assert pane.strip(1, 30).text == plain(TWO).ljust(30)
    assert pane.show((ONE, TWO)) == ()


def test_rows_that_go_are_painted_blank() -> None:
    pane = strips(ONE, TWO)
    assert pane.show((ONE,)) == (Change(1, 0, None),)
    assert pane.strip(1, 30).text == " " * 30
    assert pane.show((ONE, TWO)) == (Change(1, 0, None),)
    assert pane.strip(1, 30).text.startswith("KXHIGHNY")


def test_another_width_or_theme_makes_other_strips() -> None:
    pane = strips(ONE)
    narrow = pane.strip(0, 15)
    assert narrow.text == plain(ONE)[:15]
    assert pane.strip(0, 40).cell_length == 40
    old = pane.strip(0, 40)
    pane.restyle(theme_named("mono").style)
    new = pane.strip(0, 40)
    assert new is not old
    assert {segment.style for segment in new} != {segment.style for segment in old}


def bold_text(pane: RowStrips, y: int) -> str:
    return "".join(s.text for s in pane.strip(y, 30) if s.style is not None and s.style.bold)


def test_a_changed_cell_is_bold_for_one_flush() -> None:
    pane = strips(ONE, ONE, flashes=True)
    keys = ("0", "1")
    pane.show((ONE, TWO), keys)
    assert bold_text(pane, 1) == " 58"
    assert bold_text(pane, 0) == ""
    assert pane.show((ONE, TWO), keys) == (Change(1, 13, 16),)
    assert bold_text(pane, 1) == ""
    assert not pane.is_flashing


def test_settling_ends_the_flash() -> None:
    pane = strips(ONE, flashes=True)
    pane.show((TWO,), ("0",))
    assert bold_text(pane, 0) == " 58"
    assert pane.settle() == (Change(0, 13, 16),)
    assert bold_text(pane, 0) == ""
    assert pane.settle() == ()


def test_a_row_about_something_else_does_not_flash() -> None:
    pane = strips(ONE, flashes=True)
    pane.show((TWO,), ("other",))
    assert bold_text(pane, 0) == ""
    pane.show((ONE,))
    assert bold_text(pane, 0) == ""


def test_a_row_out_of_view_changes_without_being_painted() -> None:
    pane = strips(ONE, ONE, ONE, flashes=True)
    made = pane.strip(2, 30)
    assert pane.show((TWO, ONE, TWO), ("0", "1", "2"), range(2)) == (Change(0, 13, 16),)
    assert pane.strip(2, 30) is not made
    assert pane.strip(2, 30).text == plain(TWO).ljust(30)
    assert bold_text(pane, 2) == ""


def test_a_title_cannot_command_the_terminal() -> None:
    strip = strip_of((("a\x1b[2Jb\x07\r\n\u202ec\x9b", roles.TEXT),), 12, STYLE_OF)
    assert strip.text == "a[2Jbc".ljust(12)
    assert strip.cell_length == 12


def test_a_wide_character_at_the_edge_leaves_a_space() -> None:
    assert strip_of((("市場", roles.TEXT),), 3, STYLE_OF).text == "市 "


def test_what_looks_the_same_is_one_run() -> None:
    row: Row = (("ab", roles.UP), ("  ", roles.TEXT), ("cd", roles.YES), (" ", roles.LABEL))
    assert len(list(strip_of(row, 20, STYLE_OF))) == 1
    underlined = {roles.UP: Style(underline=True)}
    strip = strip_of(row, 20, lambda role: underlined.get(role, Style()))
    assert next(segment.text for segment in strip) == "ab"


some_roles = st.sampled_from((roles.TEXT, roles.UP, roles.BAND, roles.SELECTED))
texts = st.text("ab 市é", max_size=5)
rows = st.lists(st.tuples(texts, some_roles), max_size=5).map(tuple)


@given(rows, st.integers(1, 20))
def test_a_strip_has_exactly_the_width(row: Row, width: int) -> None:
    strip = strip_of(row, width, STYLE_OF)
    assert strip.cell_length == width
    assert sum(segment.cell_length for segment in strip) == width
    assert strip.text == pad(plain(clip_row(row, width)), width)


@given(rows, rows)
def test_outside_of_the_difference_rows_are_the_same_cell_by_cell(old: Row, new: Row) -> None:
    change = difference(3, old, new)
    before, after = (_cells(row) for row in (old, new))
    if change is None:
        assert before == after
        return
    assert before[: change.first] == after[: change.first]
    if change.end is not None:
        assert before[change.end :] == after[change.end :]
        assert row_width(old) == row_width(new)


def _cells(row: Row) -> list[tuple[str, str]]:
    return [
        (character, role)
        for text, role in row
        for whole in text
        for character in (whole, "")[: row_width(((whole, role),))]
    ]
