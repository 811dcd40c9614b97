"""Keys of trading are about the row that is lit up or chosen, and about nothing that was chosen before."""

from __future__ import annotations

import pytest
from tui_app import TICKER, full_app, screen_text
from tui_desk import EVENT, FakeTie, cash, fill, order, position, status, tell_all, tell_book

from console.tui.app import DeskApp
from console.tui.ticket.ticket import Ticket
from engine.control.protocol import DESK, DeskRows
from engine.domain.command import CancelOrder
from engine.domain.order import OrderState

OTHER = f"{EVENT}-T94500"


def tell_two_positions(tie: FakeTie) -> None:
    """One in the loaded market, one in another; an order in each, and one there that has ended."""
    tell_all(tie)
    tell_book(tie, 94_500)
    ended = order(3, 94_500, state=OrderState.FILLED, remaining_c=0, filled_c=1_000)
    tie.tell(
        DESK,
        DeskRows(
            status(),
            cash(),
            (position(), position(94_500)),
            (order(1), order(2, 94_500, intended_ns=order().intended_ns - 1), ended),
            (fill(1), fill(2, 94_500)),
        ),
    )


def ticket_of(app: DeskApp) -> Ticket:
    draft = app.trading.tickets.entry.draft
    assert draft is not None
    return draft.ticket


def lit_row(app: DeskApp) -> str:
    return next(line for line in screen_text(app) if "▸" in line)


@pytest.mark.parametrize(("key", "word"), [("c", "REVIEW"), ("e", "PLAN"), ("Y", "TICKET")])
async def test_a_key_in_pos_is_about_the_row_of_the_cursor_and_loads_its_market(key: str, word: str) -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        tell_two_positions(tie)
        app.flush()
        app.choosing.load(TICKER)
        await pilot.press("3", "up", "up")
        assert app.boxes.current.key == OTHER
        await pilot.press(key)
        await pilot.pause()
        screen = "\n".join(screen_text(app))
        assert word in screen
        assert app.trading.tickets.ticker == app.desk.loaded == OTHER


async def test_the_lit_row_of_pos_is_meant_although_nobody_moved_to_it() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(80, 24)) as pilot:
        tell_two_positions(tie)
        app.flush()
        app.choosing.load(f"{EVENT}-T95250")
        await pilot.press("3")
        lit = app.boxes.current.key
        await pilot.press("c")
        await pilot.pause()
        assert app.trading.tickets.ticker == lit
        assert app.messages.current.text != "nothing is held"


async def test_an_order_that_has_ended_is_said_to_be_and_no_other_is_canceled() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        tell_two_positions(tie)
        app.flush()
        app.choosing.load(TICKER)
        app.typed.run("ord")
        await pilot.press("G", "x")
        await app.trading.tickets.settled()
        assert app.boxes.current.key == "order-3"
        assert not [body for body, _, _ in tie.commands if isinstance(body, CancelOrder)]
        assert app.messages.current.text.startswith("nothing to cancel: FILLED: BUY 10 YES")
        await pilot.press("g", "down", "x")
        await app.trading.tickets.settled()
        assert [body for body, _, _ in tie.commands if isinstance(body, CancelOrder)] == [
            CancelOrder("order-2")
        ]


async def test_a_fill_loads_its_market() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        tell_two_positions(tie)
        app.flush()
        app.choosing.load(TICKER)
        app.typed.run("fill")
        await pilot.press("g", "enter")
        assert app.desk.loaded == OTHER, app.messages.current.text


async def test_a_price_chosen_on_a_ladder_is_not_the_next_markets() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        tell_all(tie)
        app.flush()
        app.choosing.load(TICKER)
        await pilot.press("4", "down", "down", "down")
        chosen = app.boxes.current.key
        await pilot.press("Y")
        assert ticket_of(app).price_bp == int(chosen or 0)
        await pilot.press("escape", "]", "[", "Y")
        assert ticket_of(app).ticker == TICKER
        assert ticket_of(app).price_bp == 5_800, "what is asked, not the row of before"


async def test_in_a_list_of_markets_the_chosen_row_is_meant_until_another_market_is_loaded() -> None:
    app, tie, _ = full_app()
    async with app.run_test(size=(120, 40)) as pilot:
        tell_all(tie)
        app.flush()
        app.choosing.load(TICKER)
        await pilot.press("1", "down", "down", "N")
        assert ticket_of(app).ticker == app.desk.loaded == OTHER
        await pilot.press("escape", "down")
        app.typed.run(TICKER)
        await pilot.press("N")
        assert ticket_of(app).ticker == TICKER
