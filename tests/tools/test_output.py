"""Tables align, fit the terminal where they can, and are coloured only on request."""

from __future__ import annotations

import re

import pytest

from console.tools.output import Column, has_colour, number, print_json, table_lines
from console.tools.words import short_names

COLUMNS = [Column("TICKER"), Column("TITLE", is_flexible=True), number("P&L")]
ROWS = [
    ["KXHIGHNY-26NOV20-B54.5", "Highest temperature in New York on 20 November 2026, 54 to 55", "+1.25"],
    ["KXBTCD-26NOV2017-T91249.99", "Bitcoin at 5 pm", "-0.40"],
]


def test_columns_align_and_fit_80() -> None:
    lines = table_lines(COLUMNS, ROWS, width=80, coloured=False)
    assert [len(line) for line in lines] == [80, 80, 80]
    assert {line.index(word) for line, word in zip(lines, ("TITLE", "Highest", "Bitcoin"), strict=True)} == {
        28
    }
    assert lines[1].endswith("…  +1.25")
    assert lines[2].endswith("  -0.40")


def test_a_wide_terminal_cuts_nothing() -> None:
    assert "…" not in "".join(table_lines(COLUMNS, ROWS, width=200, coloured=False))


def test_what_may_not_give_way_is_never_cut() -> None:
    assert "KXBTCD-26NOV2017-T91249.99" in table_lines(COLUMNS, ROWS, width=30, coloured=False)[2]


def test_colours_add_nothing_but_colour() -> None:
    plain = table_lines(COLUMNS, ROWS, width=80, coloured=False)
    coloured = table_lines(COLUMNS, ROWS, width=80, coloured=True)
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in coloured] == plain
    assert "\x1b[38;5;75m+1.25" in coloured[1]
    assert "\x1b[38;5;209m-0.40" in coloured[2]


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert has_colour()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not has_colour()
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not has_colour()


def test_json_keeps_the_order_of_its_keys(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"b": 57.2, "a": None, "c": ["ü"]})
    assert capsys.readouterr().out == '{\n  "b": 57.2,\n  "a": null,\n  "c": [\n    "ü"\n  ]\n}\n'


def test_short_names_tell_orders_apart() -> None:
    assert short_names(["4b1c9a52-6d0e", "77777777-aaaa"]) == ["4b1c9a52", "77777777"]
    assert short_names(["4b1c9a52-6d0e", "4b1c9a52-6aaa"]) == ["4b1c9a52-6d", "4b1c9a52-6a"]
    assert short_names(["a", "a-very-long-one"]) == ["a", "a-very-l"]
    assert short_names([]) == []
