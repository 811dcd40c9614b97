"""The whole desk as a picture: DeskApp over an engine that stands still, in states that people meet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import SimpleNamespace
from typing import Any, TypeAlias

from panel_desk import PanelDesk, StillTie, full_desk, idle_desk
from panel_events import BTC_AT, btc_rows, facts, weather_rows
from panel_market import candles, trades
from panel_models import decisions
from panel_money import status
from panel_results import results
from textual.pilot import Pilot

from console.tui.app import DeskApp
from console.tui.desk import LEGS_LOOKED_UP
from console.tui.options import DeskOptions
from engine.control.errors import ConnectionLost
from engine.control.protocol import DESK, AnswerState, CommandAnswer, DeskRows
from engine.control.queries import Args, Page
from engine.control.rows.risk import LimitRow
from engine.domain.command import CommandBody

ORDER_ID = "0f7c2e5a-6a1d-4b1e-9c54-0d8f3b1a7e21"
ME = "console"
"""Holds the arm lease in ``panel_desk.status``."""


class ScreenTie(StillTie):
    """Knows all facts and the past of the loaded market, but not what became of an order."""

    def __init__(self) -> None:
        super().__init__()
        self.client = SimpleNamespace(hello=SimpleNamespace(client=ME))
        self._facts = {row.ticker: facts(row) for row in (*btc_rows(), *weather_rows())}
        self._past: dict[str, tuple[Any, ...]] = {
            "candles": candles(),
            "trades": trades(),
            "why": decisions(),
        }
        self.results: tuple[Any, ...] = ()

    async def run(self) -> None:
        """It is there already."""

    async def close(self) -> None:
        """Nothing to leave."""

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]:
        ticker = getattr(args, "ticker", "") or getattr(args, "subject", "")
        if kind == "facts" and ticker in self._facts:
            return Page((self._facts[ticker],))
        if kind in self._past and ticker == BTC_AT:
            return Page(self._past[kind])
        if kind == "xray":
            return Page(self.results)
        raise ConnectionLost("no engine here")

    async def command(
        self, body: CommandBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer:
        return CommandAnswer(command_id, AnswerState.UNKNOWN, text="no answer from the exchange within 5 s")


class Still:
    """A desk on the screen, its engine and its clock, which a test moves."""

    def __init__(self, hands: PanelDesk, **options: Any) -> None:
        self.hands = hands
        tie = ScreenTie()
        tie.replica = hands.tie.replica
        hands.tie = tie
        environment: Mapping[str, str] = options.pop("environment", {})
        self.app = DeskApp(tie, DeskOptions(clock=hands.clock, environment=environment, **options))
        self.app.trading.tickets._mint = lambda: ORDER_ID
        for topic in hands.topics:
            tie.tell(topic)
        if hands.desk.loaded:
            tie.results = (results(),)
            self.app.desk.load(hands.desk.loaded)

    async def settle(self, pilot: Pilot[Any]) -> None:
        """Until all that is fetched has come, is drawn, and no cell stands out as changed."""
        desk = self.app.desk
        for _ in range(LEGS_LOOKED_UP):
            self.app.flush()
            await _done(pilot)
            if not desk.loaded or (
                len(desk.facts) >= len(desk.legs_of(desk.event)) and desk.trades and desk.candles
            ):
                break
        for _ in range(3):
            self.app.flush()
            await _done(pilot)

    async def pass_s(self, pilot: Pilot[Any], seconds: float) -> None:
        self.hands.clock.pass_s(seconds)
        await self.settle(pilot)

    async def open(self, pilot: Pilot[Any], *codes: str) -> None:
        """What typing these codes does."""
        for code in codes:
            self.app.typed.run(code)
        self.app.draw_all()
        await self.settle(pilot)

    async def show(self, pilot: Pilot[Any], *codes: str) -> None:
        """These panels together; one alone fills the screen."""
        boxes = self.app.boxes
        boxes.back()
        await self.open(pilot, *codes)
        shown = {box.code for box in boxes.shown}
        assert set(codes) <= shown, (codes, shown)
        if len(shown) > len(codes) == 1:
            boxes.zoom()
            self.app.draw_all()
            await self.settle(pilot)


async def _done(pilot: Pilot[Any]) -> None:
    """All that was begun is done, and what followed from it. No time passes: to wait until the processor is
    idle takes long where others use it."""
    await pilot.pause(0)
    for _ in range(20):
        await asyncio.sleep(0)


Turn: TypeAlias = Callable[[Still, Pilot[Any]], Awaitable[None]]


async def _as_it_is(still: Still, pilot: Pilot[Any]) -> None:
    await still.settle(pilot)


async def _grow_old(still: Still, pilot: Pilot[Any]) -> None:
    """The engine says nothing for seven seconds."""
    await still.settle(pilot)
    await still.pass_s(pilot, 7)


async def _lose(still: Still, pilot: Pilot[Any]) -> None:
    """The engine is gone for twelve seconds."""
    await still.settle(pilot)
    still.hands.lose()
    await still.pass_s(pilot, 12)


_LIMITS = (LimitRow("order_loss", "ud", 5_000_000), LimitRow("order_count", "count", 1_000))
_CALM: dict[str, Any] = {"limits": _LIMITS, "entries_stopped": "", "unknown_orders": 0, "plans": 2}


def calm_desk() -> PanelDesk:
    """A full desk on which nothing stops an entry."""
    hands = full_desk()
    hands.say(DESK, DeskRows(status=status(**_CALM)))
    return hands


def empty_desk() -> PanelDesk:
    """Nothing held, ordered or known, and the keys locked."""
    hands = idle_desk()
    nothing = {"lease": None, "positions": 0, "resting_orders": 0, "plans": 0, "day_pnl_ud": 0}
    hands.say(DESK, DeskRows(status=status(**{**_CALM, **nothing})))
    return hands


async def to_ticket(still: Still, pilot: Pilot[Any]) -> None:
    """A ticket for two NO at what is asked."""
    await still.settle(pilot)
    await pilot.press("N", "2")
    await still.pass_s(pilot, 0.5)


async def to_review(still: Still, pilot: Pilot[Any]) -> None:
    await to_ticket(still, pilot)
    await pilot.press("enter")
    await still.settle(pilot)


async def to_unknown(still: Still, pilot: Pilot[Any]) -> None:
    """Sent, and no answer."""
    await to_review(still, pilot)
    await still.pass_s(pilot, 0.5)
    await pilot.press("enter")
    await still.app.trading.tickets.settled()
    still.hands.say(DESK, DeskRows(status=status(**{**_CALM, "unknown_orders": 1})))
    await still.settle(pilot)


async def to_arming(still: Still, pilot: Pilot[Any]) -> None:
    """The question whether the keys shall be armed, over REVIEW."""
    still.hands.say(DESK, DeskRows(status=status(**{**_CALM, "lease": None})))
    await to_review(still, pilot)
    await pilot.press("A")
    await still.settle(pilot)


STATES: dict[str, tuple[Callable[[], PanelDesk], Turn]] = {
    "normal": (full_desk, _as_it_is),
    "empty": (empty_desk, _as_it_is),
    "stale": (full_desk, _grow_old),
    "review": (calm_desk, to_review),
    "unknown": (calm_desk, to_unknown),
    "lost": (full_desk, _lose),
}
