"""Journeys at a real terminal: buy by keys, leave, come back, close; and hands that are too fast."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journey import (
    SEEN_S,
    Journey,
    arm,
    box,
    choose_strike,
    journey_in,
    open_no,
    other_size,
    send,
    to_review,
)

EVENT = "KXBTCD-26NOV2012"
PRACTICE = 1
"""Orders that the practice position took."""


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    with journey_in(tmp_path) as found:
        yield found


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40)])
def test_buy_no_leave_come_back_and_close(journey: Journey, width: int, height: int) -> None:
    desk = journey.sit_down(width, height)
    first = desk.shows(" SIM ", "KEYS locked", "KXBTCD", "UNGUARDED")
    assert "prices: simulated money: fake Kalshi: not connected" in " ".join(first.split())
    desk.shows("nothing can be spent")

    ticker = choose_strike(desk, EVENT)
    open_no(desk, 2)
    desk.keys("Enter")
    desk.shows("REVIEW", "keys are locked")
    arm(desk)
    send(desk)
    desk.stands("FILLED: BUY 2 NO", SEEN_S)
    desk.keys("Escape")
    # Escape and a letter at once are another key.
    desk.hides("FILLED: BUY 2 NO")
    desk.until(lambda: any("NO " in row and " 2 " in row for row in box(desk.text, "POS")), "position")
    assert journey.held()[ticker] == ("no", 2)
    before = journey.engines()

    desk.keys("q")
    left = desk.ends()
    assert "The engine keeps running" in left
    assert "Come back: sparko-console" in left
    assert desk.exit_code == 0
    assert journey.engines() == before

    again = journey.sit_down(width, height)
    again.until(lambda: any("NO " in row for row in box(again.text, "POS")), "position after coming back")
    again.keys(":")
    again.type(ticker)
    again.keys("Enter")
    again.until(lambda: again.lines[1].split()[0][:20] == ticker[:20], "loaded market")
    closes, is_closed = 0, False
    while not is_closed:
        # What the book has at the price may be gone when the order gets there: then one closes again.
        closes += 1
        again.keys("c")
        again.stands("REVIEW", SEEN_S)
        again.shows("CLOSE 2 NO")
        send(again)
        again.stands("FILLED: SELL 2 NO", SEEN_S)
        is_closed = "NOT FILLED" not in again.text
    again.until(lambda: ticker not in journey.held(), "closed position")
    assert len(journey.placed()) == PRACTICE + 1 + closes
    again.keys("Escape")
    again.hides(" DONE ")
    again.keys("q")
    assert "1 open position" in again.ends()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(80, 24), pytest.param(120, 40, marks=other_size)])
def test_twenty_enters_send_one_order(journey: Journey, width: int, height: int) -> None:
    desk = journey.sit_down(width, height)
    desk.shows("UNGUARDED")
    arm(desk)
    choose_strike(desk, EVENT)
    open_no(desk, 1)
    to_review(desk)
    while len(journey.placed()) == PRACTICE:
        desk.stands("REVIEW", SEEN_S)
        desk.keys(*["Enter"] * 20)
        desk.until(lambda: "FILLED" in desk.text or "look again" in desk.text, "answer")
    desk.keys(*["Enter"] * 20)
    desk.rests()
    assert [order["count"] for order in journey.orders() if order["side"] == "no"] == [1]
    assert len(journey.placed()) == PRACTICE + 1
