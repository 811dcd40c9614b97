"""Each panel in each of its states, for pictures and for properties."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
from panel_desk import PanelDesk, blank_desk, full_desk, idle_desk
from panel_events import BTC_AT, NOW, btc_rows
from panel_market import btc_book
from panel_models import scan
from panel_money import status

from console.tui.cells import plain
from console.tui.panels.base import Panel, Place, View
from console.tui.panels.book import BookPanel
from console.tui.panels.cash import CashPanel
from console.tui.panels.chart_panel import ChartPanel
from console.tui.panels.conditions import ConditionsPanel
from console.tui.panels.description import DescriptionPanel
from console.tui.panels.engine import EnginePanel
from console.tui.panels.event import EventPanel
from console.tui.panels.feed import FeedPanel
from console.tui.panels.fills import FillsPanel
from console.tui.panels.forecasts import ForecastsPanel
from console.tui.panels.help import HelpEntry, HelpPanel
from console.tui.panels.loads import LoadsPanel
from console.tui.panels.log import LogPanel
from console.tui.panels.news import NewsPanel
from console.tui.panels.orders import OrdersPanel
from console.tui.panels.positions import PositionsPanel
from console.tui.panels.risk import RiskPanel
from console.tui.panels.scan import ScanPanel
from console.tui.panels.tape import TapePanel
from console.tui.panels.watch import Watch
from console.tui.panels.why import WhyPanel
from console.tui.panels.xray import XrayPanel
from engine.control.protocol import DESK, WATCH, BookRows, DeskRows, WatchRows, book_topic
from engine.control.rows.markets import Levels
from engine.control.rows.status import FeedRow
from engine.domain.market import MarketStatus
from engine.domain.units import CONTRACT_BP, SECOND_NS

HELP = HelpPanel(
    (
        HelpEntry("Trade", "Y", "Open a ticket to buy YES; nothing is sent yet"),
        HelpEntry("Trade", "x", "Cancel the order of the row, or the newest here"),
        HelpEntry("Screen", "z", "The panel alone on the screen, and back"),
    )
)
PANELS: tuple[Panel, ...] = (
    Watch(),
    EventPanel(),
    ChartPanel(),
    BookPanel(),
    PositionsPanel(),
    OrdersPanel(),
    FillsPanel(),
    LogPanel(),
    TapePanel(),
    DescriptionPanel(),
    EnginePanel(),
    FeedPanel(),
    NewsPanel(),
    CashPanel(),
    RiskPanel(),
    ConditionsPanel(),
    LoadsPanel(),
    ForecastsPanel(),
    ScanPanel(),
    WhyPanel(),
    XrayPanel(),
    HELP,
)


def silent_desk() -> PanelDesk:
    """Attached, and the engine has said nothing for a while."""
    hands = full_desk()
    hands.clock.pass_s(7)
    return hands


def lost_desk() -> PanelDesk:
    """There was an engine; it is gone for 12 seconds."""
    hands = full_desk()
    hands.lose()
    hands.clock.pass_s(12)
    return hands


def never_desk() -> PanelDesk:
    """There was never an engine."""
    hands = blank_desk()
    hands.lose("no engine runs on this home")
    hands.desk.was_attached = False
    hands.desk.load(BTC_AT)
    return hands


def waiting_desk() -> PanelDesk:
    """Attached; a market was chosen and nothing of it has come."""
    hands = blank_desk()
    hands.desk.load(BTC_AT)
    return hands


def feedless_desk() -> PanelDesk:
    """The engine speaks and does not hear the exchange."""
    hands = full_desk()
    exchange = msgspec.structs.replace(status().exchange, is_connected=False, rest="failing")
    told = status(feeds=(FeedRow("exchange", "lost"),), exchange=exchange, books_fresh=0)
    hands.say(DESK, DeskRows(status=told))
    hands.say(book_topic(BTC_AT), BookRows(is_fresh=False, stale_reason="feed lost"))
    return hands


def late_desk() -> PanelDesk:
    """The forecaster does not answer for five minutes."""
    hands = full_desk()
    problem = "http://10.0.0.7:8787: connection refused"
    hands.say(DESK, DeskRows(scan=scan(state="down", problem=problem, at_ns=NOW - 300 * SECOND_NS)))
    return hands


def _emptied(levels: Levels) -> Levels:
    return tuple((price_bp, 0) for price_bp, _ in levels)


def paid_desk() -> PanelDesk:
    """The bitcoin event is over: all but the four highest strikes paid YES."""
    hands = full_desk()
    rows = tuple(
        msgspec.structs.replace(
            row, status=MarketStatus.FINALIZED, settlement_bp=CONTRACT_BP if at < 8 else 0
        )
        for at, row in enumerate(btc_rows())
    )
    hands.say(WATCH, WatchRows(rows))
    book = btc_book()
    gone = BookRows(_emptied(book.bids), _emptied(book.asks), is_fresh=True)
    hands.say(book_topic(BTC_AT), gone)
    return hands


def refused_desk() -> PanelDesk:
    """The engine refuses every query."""
    hands = waiting_desk()
    hands.say(DESK, DeskRows(status=status()))
    hands.tie.refusal = "the engine knows no such market"
    hands.desk.looked_at = frozenset({"WHY", "XRAY"})
    asyncio.run(_ask(hands))
    return hands


async def _ask(hands: PanelDesk) -> None:
    """Until all queries that the desk makes have their answer."""
    answers = asyncio.Queue[str]()
    hands.desk.listen(answers.put_nowait)
    hands.desk.pump()
    while not hands.desk.failure("trades", hands.desk.loaded):
        await answers.get()
    await asyncio.sleep(0)
    hands.desk.pump()
    while not (hands.desk.failure("why", hands.desk.loaded) and hands.desk.failure("xray", "")):
        await answers.get()
    await hands.desk.stop()


STATES: dict[str, Callable[[], PanelDesk]] = {
    "full": full_desk,
    "idle": idle_desk,
    "blank": waiting_desk,
    "silent": silent_desk,
    "feedless": feedless_desk,
    "lost": lost_desk,
    "never": never_desk,
    "paid": paid_desk,
    "late": late_desk,
    "refused": refused_desk,
}


def picture(view: View, place: Place) -> str:
    """The view as text, in a frame that shows the width."""
    head = f"[{view.title}] {view.state}, {view.header_rows} fixed"
    rows = [f"│{plain(row):<{place.width}}│" for row in view.rows[: place.height]]
    more = len(view.rows) - place.height
    return "\n".join([head, *rows, *([f"and {more} more rows"] if more > 0 else [])])
