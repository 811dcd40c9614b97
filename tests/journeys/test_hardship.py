"""Journeys through trouble: a killed engine, sizes that change, a paste, several consoles, bad starts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from journey import Journey, arm, box, choose_strike, journey_in, open_no, other_size, to_review, type_code

EVENT = "KXBTCD-26NOV2012"
PRACTICE = 1
"""Orders that the practice position took."""
SEATED = ("KEYS locked", "UNGUARDED", "mid ")
STORM = 30


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with journey_in(tmp_path) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(80, 24), pytest.param(120, 40, marks=other_size)])
def test_engine_killed_while_review_is_open(journey: Journey, width: int, height: int) -> None:
    desk = journey.sit_down(width, height)
    desk.shows(*SEATED)
    arm(desk)
    choose_strike(desk, EVENT)
    open_no(desk, 1)
    to_review(desk)

    journey.kill_engine()
    desk.shows("REVIEW", "ENGINE LOST")
    desk.keys(*["Enter"] * 5)
    desk.rests()
    assert "REVIEW" in desk.text
    assert len(journey.placed()) == PRACTICE

    journey.start_engine()
    desk.hides("ENGINE LOST")
    desk.keys("Escape", "Escape")
    desk.hides(" REVIEW ")
    desk.shows("KEYS locked")
    assert len(journey.placed()) == PRACTICE
    assert len(journey.orders()) == PRACTICE
    desk.keys("q")
    assert "The engine keeps running" in desk.ends()


@pytest.mark.slow
def test_a_storm_of_sizes_leaves_a_right_picture(journey: Journey) -> None:
    desk = journey.sit_down(120, 40)
    desk.shows(*SEATED)
    chosen = random.Random(4)
    for _ in range(STORM):
        desk.resize(chosen.randint(20, 200), chosen.randint(5, 60))
    for width, height in ((20, 5), (200, 60), (40, 30), (80, 24), (120, 40)):
        desk.resize(width, height)
        desk.is_told()
        desk.until(lambda height=height: len(desk.lines) == height, "all rows")
        screen = desk.rests()
        assert not desk.has_ended, screen
        assert "Traceback" not in screen
        assert all(len(line) <= width for line in desk.lines)
    for code in ("WATCH", "POS", "BOOK", "LOG"):
        desk.until(lambda code=code: box(desk.text, code) != [], f"panel {code}")
    desk.shows(*SEATED)
    corners = re.sub(r"[^┌┐└┘]", "", desk.text.translate(str.maketrans("╔╗╚╝", "┌┐└┘")))
    assert corners == "┌┐┌┐└┘└┘" + "┌┐" * 3 + "└┘" * 3


@pytest.mark.slow
def test_a_thousand_pasted_characters_harm_nothing(journey: Journey) -> None:
    desk = journey.sit_down(80, 24)
    desk.shows(*SEATED)
    desk.paste(("NYcxKFA\t" + "BY 10@57\n" * 200)[:1_000])
    desk.shows("pasted text is not used here")
    desk.keys(":")
    desk.paste("Y" * 500 + "\n" * 100 + "N" * 400)
    desk.shows(":YYYY", "at most 200 characters")
    desk.keys("Enter")
    desk.rests()
    desk.keys("Escape", "Escape")
    desk.hides(":YYYY")
    assert " TICKET " not in desk.text
    assert len(journey.placed()) == PRACTICE
    type_code(desk, "POS")
    desk.shows("╔ 3 POS", "KEYS locked")
    assert len(journey.placed()) == PRACTICE


@pytest.mark.slow
def test_two_consoles_one_lease(journey: Journey) -> None:
    first = journey.sit_down(80, 24)
    first.shows(*SEATED)
    second = journey.sit_down(120, 40)
    second.shows(*SEATED)
    assert len(journey.engines()) == 1
    arm(first)
    second.shows("KEYS armed elsewhere")
    second.keys("A")
    second.stands("ARM the keys?", 0.4)
    second.keys("Enter")
    second.shows("ARMED_ELSEWHERE")
    first.keys("A")
    first.shows("KEYS locked")
    second.hides("armed elsewhere")
    second.keys("Escape")
    arm(second)
    first.shows("KEYS armed elsewhere")


@pytest.mark.slow
def test_a_row_goes_to_the_terminals_clipboard(journey: Journey) -> None:
    desk = journey.sit_down(120, 40)
    desk.shows(*SEATED)
    desk.keys("3", "y")
    desk.shows("sent to the terminal's clipboard (OSC 52); if it is not there, Shift and drag")
    desk.until(lambda: desk.clipboard.startswith("YES") and "UNGUARDED" in desk.clipboard, "row")


@pytest.mark.slow
def test_an_observer_cannot_trade(journey: Journey) -> None:
    journey.start_engine()
    desk = journey.sit_down(120, 40, "--observe")
    desk.shows("KXBTCD", "mid ")
    for key in ("Y", "N", "c", "x", "X", "A", "K", "F"):
        desk.keys(key)
        desk.shows("this console only looks")
        desk.keys("Escape")
        desk.hides("this console only looks")
        assert " TICKET " not in desk.text
    type_code(desk, "BY 1@50")
    desk.shows("this console only looks")
    assert journey.placed() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["NO_COLOR", ""])
def test_no_color_means_no_colour(journey: Journey, name: str) -> None:
    journey.start_engine()
    desk = journey.sit_down(120, 40, **({name: "1"} if name else {}))
    desk.shows("KXBTCD", "mid ")
    colours = re.findall(r"\x1b\[[\d;]*\b[34]8[;:][\d;:]*m|\x1b\[(?:[\d;]*;)?[349][0-7]m", desk.styled)
    assert bool(colours) is not bool(name)


@pytest.mark.slow
def test_an_engine_that_cannot_start_says_why(journey: Journey) -> None:
    journey.engine.configure('[limits]\norder_contracts = "many"\n')
    desk = journey.sit_down(120, 40)
    desk.shows("the engine did not start", "order_contracts")
    desk.keys("q")
    assert "The engine was not attached when you left" in desk.ends()
    assert desk.exit_code == 0
    assert journey.engines() == []
