"""The frame's way to the trading keys: actions and codes, where the surface stands, what has the keys."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from tui_desk import EVENT, FakeTie, full_desk

from console.tui.frame.messages import MessageBoard
from console.tui.frame.trading import Where
from console.tui.layout import Rect
from console.tui.theme import theme_named
from console.tui.ticket.trading import TicketTrading
from engine.domain.command import CancelOrder
from engine.domain.order import Leg

TICKER = f"{EVENT}-T95000"


class Frame(App[None]):
    def __init__(self) -> None:
        super().__init__()
        desk, self.tie, self.clock = full_desk()
        self.board = MessageBoard()
        self.trading = TicketTrading(desk, theme_named("default").style, self.board)

    def compose(self) -> ComposeResult:
        yield self.trading.pane

    def on_mount(self) -> None:
        self.trading.put(Rect(10, 2, 45, 18))


@pytest.fixture
async def frame() -> AsyncIterator[tuple[Frame, Pilot[None], FakeTie]]:
    app = Frame()
    async with app.run_test(size=(80, 24)) as pilot:
        yield app, pilot, app.tie
        await app.trading.stop()


At = tuple[Frame, Pilot[None], FakeTie]


async def test_the_surface_opens_where_it_was_put_and_has_the_keys(frame: At) -> None:
    app, pilot, _ = frame
    assert not app.trading.pane.display
    app.trading.act("ticket.no", Where(TICKER))
    await pilot.pause()
    assert app.trading.pane.display
    assert app.focused is app.trading.pane
    assert app.trading.pane.region[:] == (10, 2, 45, 18)
    await pilot.press("escape")
    app.trading.flush()
    await pilot.pause()
    assert not app.trading.pane.display
    assert app.focused is None


async def test_a_price_that_was_chosen_on_the_ladder_is_the_tickets(frame: At) -> None:
    app, _, _ = frame
    for action, leg, price_bp in (("ticket.yes", Leg.YES, 5_500), ("ticket.no", Leg.NO, 4_500)):
        app.trading.act(action, Where(TICKER, "BOOK", "5500"))
        draft = app.trading.tickets.entry.draft
        assert draft is not None
        assert (draft.ticket.leg, draft.ticket.price_bp) == (leg, price_bp)


async def test_the_order_of_the_row_or_the_newest_is_canceled(frame: At) -> None:
    app, _, tie = frame
    app.trading.act("order.cancel", Where(TICKER, "ORD", "order-1"))
    app.trading.act("order.cancel", Where(TICKER))
    await app.trading.tickets.settled()
    assert [body for body, _, _ in tie.commands] == [CancelOrder("order-1")] * 2
    app.trading.act("order.cancel", Where(f"{EVENT}-T94500"))
    assert "no order works here" in app.board.current.text


async def test_codes_prefill_and_bad_ones_say_what_would_be_right(frame: At) -> None:
    app, _, tie = frame
    app.trading.type("BN", TICKER, ("2@43",))
    draft = app.trading.tickets.entry.draft
    assert draft is not None
    assert (draft.ticket.leg, draft.ticket.count_c, draft.ticket.price_bp) == (Leg.NO, 200, 4_300)
    app.trading.type("BY", TICKER, ("2@x",))
    assert "wanted cents" in app.board.current.text
    app.trading.type("SAFE", TICKER, ())
    assert tie.commands == []
    app.trading.type("ARM", TICKER, ())
    assert app.trading.tickets.requests.question is not None
