"""Desks for the tests of panels: a clock that stands still, a tie without an engine, a full day's rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from panel_events import BTC_AT, NOW, btc_quotes, btc_rows, facts, weather_quotes, weather_rows
from panel_market import INDEX_VALUE, btc_book, candles, log_lines, trades
from panel_models import decisions, forecast, models, scan
from panel_money import cash, conditions, fills, loads, orders, plans, positions, status
from panel_outside import outside, sources
from panel_results import results

from console.tui.desk import Desk
from console.tui.lookups import CandleSeries, Decisions, Results
from engine.control.attachment import TieState
from engine.control.errors import ConnectionLost, ControlError, QueryRefused
from engine.control.protocol import (
    DESK,
    INDEX,
    LOG,
    OUTSIDE,
    TAPE_PREFIX,
    WATCH,
    CommandAnswer,
    Delta,
    DeskRows,
    IndexRows,
    LogRows,
    Rows,
    Snapshot,
    TapeRows,
    WatchRows,
    book_topic,
    forecast_topic,
)
from engine.control.queries import Args, Page
from engine.control.replica import Replica
from engine.control.rows.forecasts import ForecastRows
from engine.control.rows.markets import IndexRow
from engine.control.rows.outside import OutsideRows
from engine.domain.command import CommandBody
from engine.domain.units import SECOND_NS


class StillClock:
    """Both clocks stand until a test moves them."""

    def __init__(self) -> None:
        self.mono = 1_000 * SECOND_NS

    def mono_ns(self) -> int:
        return self.mono

    def wall_ns(self) -> int:
        return NOW

    def pass_s(self, seconds: float) -> None:
        self.mono += round(seconds * SECOND_NS)


class StillTie:
    """What an attachment looks like to a desk; it takes no command and answers no query."""

    def __init__(self) -> None:
        self.replica = Replica()
        self.state = TieState.ATTACHED
        self.reason: ControlError | None = None
        self.refusal = ""
        """Why every query is refused."""
        self._listeners: list[Callable[[str], None]] = []

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener(topic)

    async def command(
        self, body: CommandBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer:
        raise ConnectionLost("no engine here")

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]:
        raise QueryRefused(kind, "NOT_FOUND", self.refusal) if self.refusal else ConnectionLost("none here")

    async def subscribe(self, topic: str) -> None:
        return None

    async def unsubscribe(self, topic: str) -> None:
        return None


class PanelDesk:
    """A desk and the hands on it: what its engine says, what its clock shows."""

    def __init__(self) -> None:
        self.clock = StillClock()
        self.tie = StillTie()
        self.desk = Desk(self.tie, self.clock, period_min=1)
        self._revs: dict[str, int] = {}

    def say(self, topic: str, rows: Rows) -> None:
        """A snapshot of a topic the first time, a delta from then on."""
        since = self._revs.get(topic)
        self._revs[topic] = rev = (since or 0) + 1
        frame = Snapshot(topic, rev, rows) if since is None else Delta(topic, since, rev, rows)
        self.tie.replica.apply(frame)
        self.tie.tell(topic)

    @property
    def topics(self) -> tuple[str, ...]:
        """All that were said, in the order in which they were first."""
        return tuple(self._revs)

    def lose(self, text: str = "the engine closed the connection") -> None:
        self.tie.replica.distrust()
        self.tie.state, self.tie.reason = TieState.SEEKING, ConnectionLost(text)
        self.tie.tell("")


def blank_desk() -> PanelDesk:
    """Attached a moment ago; nothing was said yet."""
    return PanelDesk()


def idle_desk() -> PanelDesk:
    """Everything is there but business: no position, no order, no fill, no line."""
    hands = PanelDesk()
    hands.say(DESK, DeskRows(status=status(), cash=cash()))
    hands.say(WATCH, WatchRows())
    hands.say(LOG, LogRows())
    hands.say(OUTSIDE, OutsideRows())
    hands.desk.xray[""] = Results(None)
    return hands


def full_desk() -> PanelDesk:
    """An afternoon's desk with the middle bitcoin strike loaded."""
    hands = PanelDesk()
    desk_rows = DeskRows(
        status=status(sources=sources()), cash=cash(), positions=positions(), orders=orders(), fills=fills(),
        plans=plans(), conditions=conditions(), loads=loads(),
    )  # fmt: skip
    hands.say(DESK, desk_rows)
    markets = (*btc_rows(), *weather_rows())
    hands.say(WATCH, WatchRows(markets, (*btc_quotes(), *weather_quotes())))
    hands.say(LOG, LogRows(log_lines()))
    hands.say(book_topic(BTC_AT), btc_book())
    hands.say(OUTSIDE, outside())
    hands.say(INDEX, IndexRows((IndexRow("BRTI", INDEX_VALUE, NOW - 400_000_000, NOW - 300_000_000),)))
    hands.say(TAPE_PREFIX + BTC_AT, TapeRows(trades()[1::-1]))
    add_models(hands)
    hands.desk.load(BTC_AT)
    add_facts(hands.desk)
    return hands


def add_facts(desk: Desk) -> None:
    """What the desk fetches: facts of every market, candles and earlier trades of the loaded one."""
    for row in (*btc_rows(), *weather_rows()):
        desk.facts[row.ticker] = facts(row)
    desk.candles[BTC_AT, 1] = CandleSeries(BTC_AT, 1, candles(), NOW)
    desk.trades[BTC_AT] = trades()
    desk.decisions[BTC_AT] = Decisions(decisions(), NOW - 4 * SECOND_NS)
    desk.xray[""] = Results(results())


def add_models(hands: PanelDesk) -> None:
    """What a scan of twelve seconds ago found; the highest strike and two ranges have no forecast."""
    hands.say(DESK, DeskRows(scan=scan()))
    hands.say(WATCH, WatchRows(models=models()))
    hands.say(forecast_topic(BTC_AT), ForecastRows(forecast=forecast()))
