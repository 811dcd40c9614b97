"""The last two rows: what was said, and the keys that act."""

from __future__ import annotations

import pytest
from tui_app import full_app, screen_text
from tui_desk import LINES, NOON_NS, cash, status

from console.tui.cells import plain
from console.tui.frame.messages import NOTE_NS, Level, MessageBoard
from console.tui.ticket.entry import Stage
from console.tui.ticket.foot import foot
from console.tui.ticket.keys import TICKET_KEYS
from console.tui.ticket.messages import KEYS
from engine.control.protocol import DESK, LOG, AnswerState, CommandAnswer, DeskRows, LogRows
from engine.control.rows.history import LogRow
from engine.control.rows.status import LeaseRow
from engine.domain.command import CommandBody
from engine.domain.units import SECOND_NS


def text_of(board: MessageBoard, width: int = 80, most: int = 3) -> list[str]:
    return [plain(row) for row in board.rows(width, most)]


def test_a_long_error_is_told_whole_in_more_rows_with_its_beginning_first() -> None:
    board = MessageBoard()
    board.fail("ARMED_ELSEWHERE: armed by console-0e4d30350c32 for another 599 s; disarm there, then A")
    rows = text_of(board)
    assert rows[0].startswith("! ARMED_ELSEWHERE: ")
    assert " ".join(" ".join(rows).split()).endswith("disarm there, then A (Esc)")
    assert all(len(row) <= 80 for row in rows)
    assert len(text_of(board, most=1)) == 1
    assert text_of(board, most=1)[0].endswith("… (Esc)")


@pytest.mark.parametrize("width", [1, 2, 5, 20, 40, 79, 200])
@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_row_of_a_message_is_wider_than_the_screen(width: int, most: int) -> None:
    board = MessageBoard("a hint")
    for text in ("", "short", "word " * 60, "x" * 300):
        board.fail(text)
        rows = text_of(board, width, most)
        assert 1 <= len(rows) <= most
        assert all(len(row) <= width for row in rows)


def test_a_note_goes_after_its_time_and_an_error_stays() -> None:
    board = MessageBoard("hint")
    board.say("done")
    board.age(0)
    board.age(NOTE_NS - 1)
    assert board.current.text == "done"
    board.age(NOTE_NS)
    assert board.current.text == "hint"
    board.fail("broken")
    board.age(100 * NOTE_NS)
    assert board.current.level is Level.ERROR


def test_a_note_under_an_error_has_its_time_when_it_is_seen() -> None:
    board = MessageBoard("hint")
    board.say("done")
    board.fail("broken")
    board.age(0)
    board.age(NOTE_NS)
    assert board.dismiss()
    board.age(2 * NOTE_NS)
    assert board.current.text == "done"


def test_news_about_the_same_take_the_place_of_what_went_wrong() -> None:
    board = MessageBoard()
    board.fail("UNKNOWN: finding out", "order-1")
    board.fail("REJECTED", "ticket")
    board.say("FILLED", "ticket")
    assert board.current.text == "UNKNOWN: finding out"
    board.settle("order-1")
    assert board.current.text == "FILLED"


def test_errors_wait_their_turn_and_are_counted() -> None:
    board = MessageBoard()
    for text in ("one", "two", "two", "three"):
        board.fail(text)
    assert text_of(board) == ["! three (Esc, 2 more)"]
    for _ in range(3):
        assert board.dismiss()
    assert not board.dismiss()


async def test_a_long_message_covers_the_foot_of_a_panel_and_gives_it_back() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = screen_text(app)
        app.messages.fail("one word after another " * 6)
        app.flush()
        await pilot.pause()
        lines = screen_text(app)
        assert lines[-3].startswith("! one word")
        assert lines[-1] == before[-1]
        await pilot.press("escape")
        await pilot.pause()
        assert screen_text(app)[-7:] == before[-7:]


async def test_what_is_only_told_covers_no_panel() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        before = screen_text(app)
        app.messages.say("one word after another " * 6)
        app.flush()
        await pilot.pause()
        lines = screen_text(app)
        assert lines[-3] == before[-3]
        assert lines[-2].startswith("  one word")
        assert lines[-2].endswith("…")


async def test_the_last_row_has_the_tickets_keys_while_one_is_open() -> None:
    app, _, clock = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "buy YES" in screen_text(app)[-1]
        await pilot.press("Y")
        app.flush()
        await pilot.pause()
        assert screen_text(app)[-1].startswith(" Enter review  Esc back  K kill  1-5 size")
        clock.advance(1)
        await pilot.press("A")
        app.flush()
        await pilot.pause()
        assert screen_text(app)[-1] == " Enter do it  Esc leave  K KILL"
        await pilot.press("escape", "escape")
        app.flush()
        await pilot.pause()
        assert "buy YES" in screen_text(app)[-1]


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (59, 40), (40, 30)])
async def test_the_way_to_stop_everything_is_in_the_row_at_every_size(size: tuple[int, int]) -> None:
    app, _, _ = full_app()
    async with app.run_test(size=size) as pilot:
        for code in ("watch", "pos", "cond", "load", "log"):
            app.typed.run(code)
            app.draw_all()
            await pilot.pause()
            assert "K KILL" in screen_text(app)[-1], code
            assert "? help" in screen_text(app)[-1], code


def test_every_key_of_a_ticket_is_in_its_row_and_in_the_help() -> None:
    labels = {label for _, label in foot(Stage.TICKET, is_asked=False)}
    assert labels == {each.label for each in TICKET_KEYS}
    assert ("Enter", "SEND") in foot(Stage.REVIEW, is_asked=False)
    assert ("x", "cancel the rest") in foot(Stage.ACK, is_asked=False, rests=True)
    assert ("x", "cancel the rest") not in foot(Stage.ACK, is_asked=False)
    for stage in Stage:
        if stage is not Stage.TICKET:
            assert ("K", "KILL") in foot(stage, is_asked=False)


async def test_what_was_said_of_the_keys_goes_with_the_keys() -> None:
    app, tie, clock = full_app()
    tie.client = type("Client", (), {"hello": type("Hello", (), {"client": "me"})})  # type: ignore[attr-defined]
    said = []
    async with app.run_test(size=(120, 40)) as pilot:
        app.messages.fail("ARMED_ELSEWHERE: armed by another", KEYS)
        for lease in (LeaseRow("me", 600 * SECOND_NS), LeaseRow("another", 600 * SECOND_NS), None):
            if lease is not None and lease.who == "me":
                app.messages.say("KEYS ARMED for ten minutes", KEYS)
            tie.tell(DESK, DeskRows(status(lease=lease)))
            clock.advance(1)
            app.flush()
            await pilot.pause()
            said.append(screen_text(app)[-2].strip())
    assert said[0] == "KEYS ARMED for ten minutes"
    assert said[1] == "KEYS LOCKED: another armed its own; close and cancel go on working here"
    assert said[2] == said[1]


async def test_help_has_the_keys_of_a_ticket_and_pages_miss_no_row() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        first = screen_text(app)
        assert "Esc back" in first[-1]
        found = set(first)
        while (lines := screen_text(app)) and "↓" in lines[-3]:
            await pilot.press("pagedown")
            await pilot.pause()
            found |= set(screen_text(app))
        text = "\n".join(found)
        assert all(each.help in text for each in TICKET_KEYS)
        assert app.boxes.current.view is not None
        rows = [plain(row) for row in app.boxes.current.view.rows]
        assert all(any(row in line for line in found) for row in rows)
        await pilot.press("escape")
        await pilot.pause()
        assert "HELP" not in screen_text(app)[2]


async def test_the_key_that_arms_is_told_to_disarm_while_keys_are_armed() -> None:
    app, tie, _ = full_app()
    tie.client = type("Client", (), {"hello": type("Hello", (), {"client": "me"})})  # type: ignore[attr-defined]
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "A arm" in screen_text(app)[-1]
        tie.tell(DESK, DeskRows(status(lease=LeaseRow("me", 581 * SECOND_NS)), cash()))
        app.flush()
        await pilot.pause()
        assert "A disarm" in screen_text(app)[-1]


@pytest.mark.parametrize("is_log_first", [True, False])
async def test_who_halts_is_told_what_came_of_it_and_what_next(is_log_first: bool) -> None:
    """The log's own line about it says less, and covers the answer at no time."""
    app, tie, _ = full_app()
    line = LogRow(3, NOON_NS, "urgent", "KILLED", "killed by me: 0 orders are canceled, exits stay on")

    def answered(body: CommandBody, command_id: str) -> CommandAnswer:
        if is_log_first:
            tie.tell(LOG, LogRows((*LINES, line)))
            app.flush()
        return CommandAnswer(command_id, AnswerState.ACCEPTED, text="0 orders are canceled, exits stay on")

    tie.on_command = answered
    async with app.run_test(size=(120, 40)) as pilot:
        tie.tell(LOG, LogRows(LINES))
        app.flush()
        await pilot.press("K")
        await app.trading.tickets.settled()
        tie.tell(LOG, LogRows((*LINES, line)))
        app.flush()
        await pilot.pause()
        assert app.messages.current.text.startswith("KILL: 0 orders are canceled")
        assert "K again within 3 s" in app.messages.current.text
        over = LogRow(4, NOON_NS, "warning", "MODE_SET", "mode is RUNNING, by sparko-26: looked at it")
        tie.tell(LOG, LogRows((*LINES, line, over)))
        app.flush()
        assert app.messages.current.text == f"MODE_SET: {over.text}", (
            "the halt is over, and so is what was said"
        )
        assert app.messages.current.level < Level.ERROR


async def test_ctrl_c_ends_nothing_and_tells_how_to_leave() -> None:
    app, _, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+c")
        await pilot.pause()
        assert app.is_running
        assert screen_text(app)[-2].strip() == "q leaves the desk; the engine keeps running"
