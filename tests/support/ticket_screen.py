"""A ticket's surface on a screen, over a desk whose engine beats and says what the test wants."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core_bench import event_of
from core_bench import market as listed_market
from textual.pilot import Pilot
from ticket_app import TicketApp
from tui_desk import EVENT, FakeTie, StillClock, cash, status, tell_all

from console.tui.desk import Desk
from engine.control.protocol import DESK, DeskRows
from engine.control.rows.markets import FactsRow
from engine.control.rows.status import LeaseRow
from engine.domain.command import PlaceOrder
from engine.domain.units import MINUTE_NS, SECOND_NS

TICKER = f"{EVENT}-T95000"
OTHER = f"{EVENT}-T94500"


@dataclass
class Screen:
    app: TicketApp
    pilot: Pilot[None]
    tie: ToldTie
    clock: StillClock
    desk: Desk

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.app.tickets.settled()
        await self.pilot.pause()

    async def wait(self, seconds: float = 1.0) -> None:
        """The surface is on the screen, and time passes."""
        await self.pilot.pause()
        self.clock.advance(seconds)
        self.tie.beat(self.clock)

    @property
    def placed(self) -> list[PlaceOrder]:
        return [body for body, _, _ in self.tie.commands if isinstance(body, PlaceOrder)]


class ToldTie(FakeTie):
    """An engine that beats: each beat tells the same rows, unless others are given."""

    def __init__(self) -> None:
        super().__init__()
        self.client = SimpleNamespace(hello=SimpleNamespace(client="console-1"))
        self.is_armed = True
        self.desk_rows: dict[str, Any] = {}

    def beat(self, clock: StillClock) -> None:
        lease = LeaseRow("console-1", 5 * MINUTE_NS) if self.is_armed else None
        told = status(lease=lease, exchange_ns=clock.wall_ns())
        self.tell(DESK, DeskRows(told, cash(), **self.desk_rows))


@contextlib.asynccontextmanager
async def screen(
    home: Path | None = None, *, armed: bool = True, size: tuple[int, int] = (52, 22), **rows: Any
) -> AsyncIterator[Screen]:
    tie, clock = ToldTie(), StillClock()
    tell_all(tie)
    desk = Desk(tie, clock)
    desk.load(TICKER)
    tie.is_armed, tie.desk_rows = armed, rows
    listed = listed_market(TICKER, close_ns=clock.wall_ns() + 3_600 * SECOND_NS)
    desk.facts[TICKER] = FactsRow(listed, event_of(listed))
    ids = iter(range(1, 10_000))
    app = TicketApp(desk, home, mint=lambda: f"id-{next(ids)}")
    tie.beat(clock)
    async with app.run_test(size=size) as pilot:
        yield Screen(app, pilot, tie, clock, desk)
