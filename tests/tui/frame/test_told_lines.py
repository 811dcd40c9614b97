"""Which lines of the log are told at the foot of the screen, and what takes whose place there."""

from __future__ import annotations

from console.tui.frame.alerts import Alerts, about_source
from console.tui.frame.messages import Level, MessageBoard
from engine.control.rows.history import LogRow

LOST = LogRow(2, 1, "warning", "SOURCE_LOST", "source spot/coinbase is lost: 403; 1 condition on spot waits")
ABSENT = LogRow(3, 1, "note", "SOURCE_LOST", "source news/rss is not there: no key")
STOP = LogRow(7, 1, "warning", "STOP_LOSS", "M: stop loss: 49 reached 57", "M")
PROFIT = LogRow(8, 1, "note", "TAKE_PROFIT", "M: take profit: 72 reached 72", "M")
ENDED = LogRow(9, 1, "note", "PLAN_ENDED", "M: nothing is held any more", "M")
BACK = LogRow(4, 1, "note", "SOURCE_BACK", "source spot/coinbase is back")
ORDER = LogRow(5, 1, "note", "ORDER", "buy 1 YES at 50 c")
URGENT = LogRow(6, 1, "urgent", "SL_BLOCKED", "nobody bids")


def test_a_lost_source_and_its_return_are_told_one_that_never_was_there_is_not() -> None:
    alerts = Alerts()
    assert alerts.fresh("r1", [LogRow(1, 1, "urgent", "OLD", "before")]) == []
    assert alerts.fresh("r1", [LOST, ABSENT, BACK, ORDER, URGENT]) == [LOST, BACK, URGENT]
    assert alerts.untold == 1, "only what is urgent rings until it is seen"
    assert alerts.fresh("r1", [LOST, ABSENT, BACK, ORDER, URGENT]) == []


def test_the_return_of_a_source_takes_the_place_of_its_loss_and_of_no_other() -> None:
    board = MessageBoard()
    board.fail("source news/rss is lost: 403", "source news/rss")
    board.fail(LOST.text, about_source(LOST))
    board.say(BACK.text, about_source(BACK))
    assert (board.current.level, board.current.text) == (Level.ERROR, "source news/rss is lost: 403")
    board.dismiss()
    assert board.current.text == "source spot/coinbase is back"


def test_what_a_plan_sells_is_told_to_whoever_sits_here_without_a_bell() -> None:
    """A position that is gone would be seen only in the log otherwise."""
    alerts = Alerts()
    alerts.fresh("r1", [])
    assert alerts.fresh("r1", [ORDER, STOP, PROFIT, ENDED]) == [STOP, PROFIT, ENDED]
    assert alerts.untold == 0
