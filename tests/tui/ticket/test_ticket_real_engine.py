"""Tickets by keys against a real engine core behind its real control socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from control_desk import ControlDesk
from core_bench import TICKER, a_fill, event_of, market
from textual.pilot import Pilot
from ticket_app import TicketApp

from console.tui.clocks import MachineClock
from console.tui.desk import Desk
from console.tui.ticket.entry import Stage
from console.tui.ticket.entry_state import DEAD_NS
from engine.control.attachment import Attachment
from engine.control.limits import ControlLimits
from engine.control.protocol import WATCH, book_topic
from engine.control.rows.markets import FactsRow
from engine.control.rows.orders import OrderRow
from engine.core.inputs import Acked, Unknown
from engine.domain.feed import FillSeen
from engine.domain.order import BookSide, OrderState

QUICK = ControlLimits(status_s=0.05)


class SteppedClock(MachineClock):
    """The machine's steady clock with steps forward, so that dead times pass at once."""

    def __init__(self) -> None:
        self._ahead_ns = 0

    def mono_ns(self) -> int:
        return super().mono_ns() + self._ahead_ns

    def pass_dead_time(self) -> None:
        self._ahead_ns += DEAD_NS


class Seat:
    """A console at an engine: keys in, the surface and the picture out."""

    def __init__(
        self, app: TicketApp, pilot: Pilot[None], tie: Attachment, clock: SteppedClock, engine: ControlDesk
    ) -> None:
        self.app, self.pilot, self.tie, self.clock, self.engine = app, pilot, tie, clock, engine

    @property
    def orders(self) -> list[OrderRow]:
        return [*self.tie.replica.desk.orders.values()]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits for the engine's words until something is so."""
        told = asyncio.Event()
        end = self.tie.listen(lambda _: told.set())
        try:
            async with asyncio.timeout(10):
                while not holds():
                    await told.wait()
                    told.clear()
                    self.app.tickets.moved()
                    self.app.tickets.tick()
        except TimeoutError:
            raise AssertionError(f"never so; the surface says:\n{self.app.text}") from None
        finally:
            end()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def see(self) -> None:
        """What is on the surface was looked at, over a feed that lives."""
        self.engine.tick()
        await self.until(lambda: (self.app.desk.feed_age_s or 9) < 0.5)
        async with asyncio.timeout(10):
            # Of a starved machine a burst of Enter would come before, and not count.
            while self._is_unpainted:
                await self.pilot.pause()
        self.clock.pass_dead_time()

    @property
    def _is_unpainted(self) -> bool:
        """Whether what has the keys was not seen yet: a question, a sheet, or a review."""
        tickets = self.app.tickets
        covering = tickets.requests.question or tickets.sheets.sheet
        if covering is not None:
            return covering.shown_ns is None
        return tickets.entry.stage is Stage.REVIEW and tickets.entry.shown_ns is None

    async def arm(self) -> None:
        self.app.tickets.requests.toggle_arm()
        await self.see()
        await self.press("enter")
        await self.until(lambda: self.app.tickets.lease.is_armed)


@contextlib.asynccontextmanager
async def seat(folder: Path, engine: ControlDesk) -> AsyncIterator[Seat]:
    tie = Attachment(folder / "engine.sock", shortest_pause_s=0.01, longest_pause_s=0.05)
    running = asyncio.create_task(tie.run())
    clock = SteppedClock()
    desk = Desk(tie, clock)
    try:
        await tie.until_attached()
        listed = market()
        desk.facts[TICKER] = FactsRow(listed, event_of(listed))
        desk.load(TICKER)
        await tie.subscribe(WATCH)
        await tie.subscribe(book_topic(TICKER))
        app = TicketApp(desk, folder)
        async with app.run_test(size=(52, 22)) as pilot:
            at = Seat(app, pilot, tie, clock, engine)
            await at.until(lambda: not desk.is_stale(book_topic(TICKER)) and desk.cash is not None)
            yield at
    finally:
        await desk.stop()
        await tie.close()
        await running


async def test_no_is_bought_by_keys_and_seen_to_fill(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=QUICK) as engine, seat(tmp_path, engine) as at:
        await at.arm()
        at.app.tickets.open_no(TICKER)
        await at.press("2", "enter")
        assert "BUY 2 NO at 51" in at.app.text
        assert "2 at 51" in at.app.text
        await at.see()
        await at.press(*["enter"] * 20)
        # The answer may come between two of them: what is pressed after it puts the surface away.
        await at.until(lambda: any(o.state == OrderState.RESTING for o in at.orders))
        assert len(engine.venue.sent) == 1
        (name,) = engine.venue.sent
        record = engine.engine.money.orders[name]
        assert (record.terms.side, record.terms.price_bp, record.terms.count_c) == (BookSide.ASK, 4_900, 200)
        fill = a_fill("t1", 200, f"v-{name}", side=BookSide.ASK, price_bp=4_900, client_order_id=name)
        engine.runtime.post(FillSeen(fill, -200, 0))
        await at.until(lambda: TICKER in at.tie.replica.desk.positions)
        held = at.tie.replica.desk.positions[TICKER]
        assert (held.leg, held.count_c, held.cost_ud) == ("no", 200, 200 * 5_100)


async def test_the_engine_refuses_what_is_not_armed_and_lets_a_close_through(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=QUICK) as engine, seat(tmp_path, engine) as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.see()
        await at.press("enter")
        assert "A arms" in at.app.text
        assert engine.venue.sent == []
        await at.press("escape", "escape")
        engine.runtime.post(FillSeen(a_fill("t1", 300, "elsewhere"), 300, 0))
        await at.until(lambda: TICKER in at.tie.replica.desk.positions)
        at.app.tickets.close_position(TICKER)
        await at.pilot.pause()
        assert "this CLOSES 3 YES" in at.app.text
        await at.see()
        await at.press("enter")
        await at.until(lambda: at.app.tickets.entry.stage is Stage.ACK)
        (name,) = engine.venue.sent
        terms = engine.engine.money.orders[name].terms
        assert (terms.side, terms.count_c, terms.price_bp, terms.opens) == (BookSide.ASK, 300, 4_900, False)


async def test_an_engine_that_dies_during_review_gets_nothing(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        engine = ControlDesk(tmp_path, limits=QUICK)
        await stack.enter_async_context(engine)
        at = await stack.enter_async_context(seat(tmp_path, engine))
        await at.arm()
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.see()
        await engine.server.stop()
        await at.until(lambda: not at.app.desk.is_attached)
        await at.press("enter")
        assert engine.venue.sent == []
        assert "the engine is not there" in at.app.text
        assert at.app.tickets.entry.stage is Stage.REVIEW


async def test_a_connection_lost_while_sent_ends_in_one_order(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=QUICK) as engine, seat(tmp_path, engine) as at:
        await at.arm()
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.see()
        name = at.app.tickets.entry.client_order_id
        engine.venue.answers[name] = None  # the exchange takes its time
        at.app.tickets.key("enter", at.clock.mono_ns())
        await engine.until(lambda: engine.venue.sent == [name])
        break_connection(at.tie)
        await at.until(lambda: at.tie.attached == 2 and at.app.desk.is_attached)
        assert at.app.tickets.entry.stage is Stage.SENT
        engine.runtime.post(Acked(name, f"v-{name}", 0, 100))
        await at.until(lambda: at.app.tickets.entry.stage is Stage.ACK)
        assert engine.venue.sent == [name]


async def test_an_order_that_did_not_leave_before_the_connection_broke_is_refused_in_words(
    tmp_path: Path,
) -> None:
    """The engine takes the lease back from a console that hangs up, so a late entry is not sent."""
    async with ControlDesk(tmp_path, limits=QUICK) as engine, seat(tmp_path, engine) as at:
        await at.arm()
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.see()
        at.app.tickets.key("enter", at.clock.mono_ns())
        break_connection(at.tie)
        await at.until(lambda: at.app.tickets.entry.stage is Stage.REJECT)
        assert "not armed" in at.app.last
        assert engine.venue.sent == []


def break_connection(tie: Attachment) -> None:
    assert tie.client is not None
    tie.client._socket.transport.abort()


async def test_an_unknown_outcome_stays_until_the_exchange_tells(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, limits=QUICK) as engine, seat(tmp_path, engine) as at:
        await at.arm()
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.see()
        name = at.app.tickets.entry.client_order_id
        engine.venue.answers[name] = Unknown(name, "time-out")
        await at.press("enter")
        await at.until(lambda: at.app.tickets.entry.stage is Stage.UNKNOWN)
        await at.see()
        await at.press("escape", "enter")
        assert at.app.tickets.entry.stage is Stage.UNKNOWN
        engine.runtime.post(Acked(name, f"v-{name}", 0, 100))
        await at.until(lambda: at.app.tickets.entry.stage is Stage.ACK)
        assert at.tie.replica.desk.orders[name].state is OrderState.RESTING
        assert engine.venue.sent == [name]


async def test_a_position_whose_take_profit_rests_is_closed_by_keys(tmp_path: Path) -> None:
    """The engine takes the profit back, waits for what came of it, and sends the close once."""
    async with ControlDesk(tmp_path, limits=QUICK) as engine, seat(tmp_path, engine) as at:
        engine.runtime.post(FillSeen(a_fill("t1", 300, "elsewhere"), 300, 0))
        await at.until(lambda: TICKER in at.tie.replica.desk.positions)
        at.app.tickets.edit_plan(TICKER)
        await at.see()
        await at.press(*"90", "enter")
        await at.until(lambda: any(row.exit_cause for row in at.tie.replica.desk.orders.values()))
        (profit,) = engine.venue.sent
        at.app.tickets.close_position(TICKER)
        await at.pilot.pause()
        assert "this CLOSES 3 YES" in at.app.text
        assert "* the take profit that rests at 90 is taken" in at.app.text
        await at.see()
        await at.press("enter", "enter")
        await at.until(lambda: at.app.tickets.entry.stage is Stage.ACK)
        assert profit not in engine.venue.orders
        assert len(engine.venue.sent) == 2
        terms = engine.engine.money.orders[engine.venue.sent[1]].terms
        assert (terms.side, terms.count_c, terms.opens) == (BookSide.ASK, 300, False)
