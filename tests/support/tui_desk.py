"""A desk of a console without any engine: pictures are told by the test, clocks stand still."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from console.tui.desk import Desk
from engine.control.attachment import TieState
from engine.control.errors import ConnectionLost, ControlError, QueryRefused
from engine.control.protocol import (
    DESK,
    LOG,
    WATCH,
    AnswerState,
    BookRows,
    CommandAnswer,
    DeskRows,
    LogRows,
    Rows,
    Snapshot,
    WatchRows,
    book_topic,
)
from engine.control.queries import Args, Page
from engine.control.replica import Replica
from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.history import LogRow
from engine.control.rows.markets import MarketRow, QuoteRow
from engine.control.rows.orders import OrderRow
from engine.control.rows.status import ExchangeRow, FeedRow, StatusRow
from engine.domain.command import CommandBody
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState
from engine.domain.units import DOLLAR_UD, HOUR_NS, MILLISECOND_NS, MINUTE_NS, SECOND_NS

NOON_NS = 1_795_287_731_000_000_000
"""21 November 2026, 14:02:11 in New York."""
SERIES = "KXBTCD"
EVENT = "KXBTCD-26NOV2117"


class StillClock:
    """Moves when told to."""

    def __init__(self, wall_ns: int = NOON_NS) -> None:
        self._wall_ns = wall_ns
        self._mono_ns = 1_000 * SECOND_NS

    def mono_ns(self) -> int:
        return self._mono_ns

    def wall_ns(self) -> int:
        return self._wall_ns

    def advance(self, seconds: float) -> None:
        span = int(seconds * SECOND_NS)
        self._wall_ns += span
        self._mono_ns += span


class FakeTie:
    """``answers`` are the rows of queries by kind, or what to raise; ``asked`` and ``commands`` what came.

    ``on_command`` may answer commands in a way of its own.
    """

    def __init__(self, state: TieState = TieState.ATTACHED) -> None:
        self.replica = Replica()
        self.state = state
        self.reason: ControlError | None = None
        self.answers: dict[str, tuple[Any, ...] | ControlError] = {}
        self.asked: list[tuple[str, Args | None]] = []
        self.commands: list[tuple[CommandBody, str, bool]] = []
        self.on_command: Callable[[CommandBody, str], CommandAnswer] | None = None
        self.topics: list[str] = []
        self._listeners: list[Callable[[str], None]] = []
        self._revs = 0

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def command(
        self, body: CommandBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer:
        self.commands.append((body, command_id, is_interactive))
        if self.on_command is not None:
            return self.on_command(body, command_id)
        return CommandAnswer(command_id, AnswerState.ACCEPTED)

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]:
        self.asked.append((kind, args))
        answer = self.answers.get(kind, QueryRefused(kind, "UNKNOWN_QUERY", f"no query {kind}"))
        if isinstance(answer, ControlError):
            raise answer
        return Page(answer)

    async def subscribe(self, topic: str) -> None:
        self.topics.append(topic)

    async def unsubscribe(self, topic: str) -> None:
        self.topics.remove(topic)

    async def run(self) -> None:
        """A tie that is there already."""

    async def close(self) -> None:
        """Nothing to leave."""

    def tell(self, topic: str, rows: Rows) -> None:
        """A whole picture of a topic."""
        self._revs += 1
        self.replica.apply(Snapshot(topic, self._revs, rows))
        self._heard(topic)

    def lose(self, text: str = "the connection to the engine broke") -> None:
        self.replica.distrust()
        self.state, self.reason = TieState.SEEKING, ConnectionLost(text)
        self._heard("")

    def come_back(self) -> None:
        self.state, self.reason = TieState.ATTACHED, None
        self._heard("")

    def _heard(self, topic: str) -> None:
        for listener in tuple(self._listeners):
            listener(topic)


def status(**changes: Any) -> StatusRow:
    fields: dict[str, Any] = {
        "venue": "sandbox",
        "mode": "RUNNING",
        "account": "practice",
        "build": "0.1.0",
        "run_id": "run-7",
        "pid": 4_242,
        "uptime_ns": 125 * SECOND_NS,
        "rev": 9,
        "exchange_ns": NOON_NS,
        "is_ready": True,
        "exchange": ExchangeRow(True, "ok", True, 2_000_000),
        "feeds": (FeedRow("exchange", "live", 200 * MILLISECOND_NS),),
        "positions": 1,
        "resting_orders": 1,
        "markets": 4,
        "books_fresh": 4,
        "clients": 1,
    }
    return StatusRow(**{**fields, **changes})


def cash(cash_ud: int = 1_204_500_000) -> CashRow:
    return CashRow(cash_ud, 12 * DOLLAR_UD, {0: cash_ud}, NOON_NS)


def market(strike: int = 95_000, **changes: Any) -> MarketRow:
    fields: dict[str, Any] = {
        "ticker": f"{EVENT}-T{strike}",
        "event_ticker": EVENT,
        "series_ticker": SERIES,
        "title": "Bitcoin price on Nov 21, 2026 at 5pm EST?",
        "yes_sub_title": f"${strike:,} or above",
        "status": MarketStatus.ACTIVE,
        "close_ns": NOON_NS + 3 * HOUR_NS,
    }
    return MarketRow(**{**fields, **changes})


def quote(strike: int = 95_000, bid_bp: int | None = 5_600, ask_bp: int | None = 5_800) -> QuoteRow:
    return QuoteRow(f"{EVENT}-T{strike}", bid_bp, 12_000, ask_bp, 35_000, 5_700, 410_000, 88_000, True)


def position(strike: int = 95_000, **changes: Any) -> PositionRow:
    fields: dict[str, Any] = {
        "ticker": f"{EVENT}-T{strike}",
        "leg": Leg.YES,
        "count_c": 1_000,
        "cost_ud": 5_200_000,
        "exit_ud": 5_600_000,
        "fees_ud": 180_000,
        "owner": "manual",
    }
    return PositionRow(**{**fields, **changes})


def order(number: int = 1, strike: int = 95_000, **changes: Any) -> OrderRow:
    fields: dict[str, Any] = {
        "client_order_id": f"order-{number}",
        "order_id": f"v-{number}",
        "ticker": f"{EVENT}-T{strike}",
        "owner": "manual",
        "leg": Leg.YES,
        "buys": True,
        "price_bp": 5_500,
        "count_c": 1_000,
        "state": OrderState.RESTING,
        "remaining_c": 1_000,
        "intended_ns": NOON_NS - MINUTE_NS,
        "updated_ns": NOON_NS - MINUTE_NS,
    }
    return OrderRow(**{**fields, **changes})


def fill(number: int = 1, strike: int = 95_000, **changes: Any) -> FillRow:
    fields: dict[str, Any] = {
        "trade_id": f"t{number}",
        "order_id": f"v-{number}",
        "client_order_id": f"order-{number}",
        "ticker": f"{EVENT}-T{strike}",
        "owner": "manual",
        "leg": Leg.YES,
        "buys": True,
        "price_bp": 5_200,
        "count_c": 1_000,
        "fee_ud": 180_000,
        "is_taker": True,
        "at_ns": NOON_NS - 5 * MINUTE_NS,
    }
    return FillRow(**{**fields, **changes})


STRIKES = (94_500, 94_750, 95_000, 95_250)
LINES = (
    LogRow(1, NOON_NS - 9 * MINUTE_NS, "note", "STARTED", "run run-7 on sandbox"),
    LogRow(2, NOON_NS - 5 * MINUTE_NS, "note", "FILL", "bought 10 YES at 52 c, fee $0.18 (manual)"),
)


def tell_all(tie: FakeTie) -> None:
    """One event with four strikes, a position, a resting order, a fill, a log."""
    markets = tuple(market(strike) for strike in STRIKES)
    asks = (8_300, 7_100, 5_800, 3_900)
    quotes = tuple(quote(strike, ask - 200, ask) for strike, ask in zip(STRIKES, asks, strict=True))
    tie.tell(DESK, DeskRows(status(), cash(), (position(),), (order(),), (fill(),)))
    tie.tell(WATCH, WatchRows(markets, quotes))
    tie.tell(LOG, LogRows(LINES))
    tell_book(tie)


def tell_book(tie: FakeTie, strike: int = 95_000) -> None:
    bids = ((5_600, 12_000), (5_500, 41_000), (5_400, 9_000))
    asks = ((5_800, 35_000), (5_900, 120_000), (6_000, 8_000))
    tie.tell(book_topic(f"{EVENT}-T{strike}"), BookRows(bids, asks, True))


def full_desk() -> tuple[Desk, FakeTie, StillClock]:
    """A desk on which everything is as it should be, with the market in the middle loaded."""
    tie, clock = FakeTie(), StillClock()
    desk = Desk(tie, clock)
    tell_all(tie)
    desk.load(f"{EVENT}-T95000")
    return desk, tie, clock
