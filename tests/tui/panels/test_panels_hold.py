"""Whatever a desk has: panels draw it, in the room they have, and take nobody's silence for a zero."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from panel_desk import PanelDesk, full_desk
from panel_events import BTC, BTC_AT, NOW, btc_rows, facts, weather_rows
from panel_market import INDEX_VALUE, trades
from panel_money import status
from panel_states import PANELS, STATES

from console.tui import roles
from console.tui.cells import plain, row_width
from console.tui.lookups import Decisions
from console.tui.panels.base import CENTRE, FOLD, RESORT, SCROLL_DOWN, SCROLL_UP, Panel, PanelState, Place
from console.tui.panels.book import BookPanel
from console.tui.panels.event import EventPanel
from console.tui.panels.watch import Watch
from engine.control.protocol import (
    DESK,
    LOG,
    WATCH,
    BookRows,
    DeskRows,
    LogRows,
    WatchRows,
    book_topic,
    forecast_topic,
)
from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.forecasts import ForecastRows, ModelRow, ScanRow
from engine.control.rows.history import LogRow
from engine.control.rows.markets import QuoteRow
from engine.control.rows.orders import OrderRow
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState, TimeInForce
from engine.domain.units import SECOND_NS

MARKETS = (*btc_rows(), *weather_rows())
TICKERS = st.sampled_from([*(row.ticker for row in MARKETS), "KXGONE-26NOV20-T1", "x"])
PRICES = st.integers(1, 9_999)
STATUSES = st.sampled_from(tuple(MarketStatus))
PAID = st.integers(0, 10_000)
COUNTS = st.integers(1, 10**12)
MONEY = st.integers(-(10**13), 10**13)
TIMES = st.integers(NOW - 10**15, NOW + 10**15)
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=60)
LEGS = st.sampled_from(tuple(Leg))
WIDTHS = st.integers(1, 200)
HEIGHTS = st.integers(1, 60)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


QUOTES = st.builds(
    QuoteRow,
    ticker=TICKERS,
    bid_bp=maybe(PRICES),
    bid_c=COUNTS,
    ask_bp=maybe(PRICES),
    ask_c=COUNTS,
    last_bp=maybe(PRICES),
    volume_c=maybe(COUNTS),
    open_interest_c=maybe(COUNTS),
    is_fresh=st.booleans(),
)
POSITIONS = st.builds(
    PositionRow,
    ticker=TICKERS,
    leg=LEGS,
    count_c=COUNTS,
    cost_ud=MONEY,
    exit_ud=maybe(MONEY),
    realised_ud=MONEY,
    fees_ud=MONEY,
    owner=TEXTS,
)
ORDERS = st.builds(
    OrderRow,
    client_order_id=st.text("abc", min_size=1, max_size=3),
    ticker=TICKERS,
    owner=TEXTS,
    leg=LEGS,
    buys=st.booleans(),
    price_bp=PRICES,
    count_c=COUNTS,
    state=st.sampled_from(tuple(OrderState)),
    filled_c=COUNTS,
    remaining_c=COUNTS,
    time_in_force=st.sampled_from(tuple(TimeInForce)),
    intended_ns=TIMES,
    updated_ns=TIMES,
    expires_ns=maybe(TIMES),
    cancel=st.sampled_from(("", "asked", "unknown")),
    cause=TEXTS,
)
FILLS = st.builds(
    FillRow,
    trade_id=TEXTS,
    order_id=TEXTS,
    ticker=TICKERS,
    owner=TEXTS,
    leg=LEGS,
    buys=st.booleans(),
    price_bp=PRICES,
    count_c=COUNTS,
    fee_ud=MONEY,
    is_taker=st.booleans(),
    at_ns=TIMES,
)
LINES = st.builds(
    LogRow,
    no=st.integers(1, 10**6),
    at_ns=TIMES,
    level=st.sampled_from(("note", "warning", "urgent", "other")),
    code=TEXTS,
    text=TEXTS,
    ticker=st.just("") | TICKERS,
)
CASH = st.builds(
    CashRow, MONEY, MONEY, st.dictionaries(st.integers(0, 9), MONEY, max_size=4), updated_ns=TIMES
)
SOURCES = st.builds(ForecastSource, TEXTS, st.booleans(), maybe(TEXTS), st.booleans())
MODELS = st.builds(
    ModelRow,
    ticker=TICKERS,
    source=SOURCES,
    status=st.sampled_from(tuple(SeriesStatus)),
    made_at_ns=TIMES,
    end_s=TIMES.map(lambda at_ns: at_ns // SECOND_NS),
    median_bp=maybe(PRICES),
    low_bp=maybe(PRICES),
    high_bp=maybe(PRICES),
    move_bp=maybe(st.integers(-9_998, 9_998)),
    confidence=TEXTS,
    edge_bp=maybe(st.integers(-10_000, 10_000)),
    edge_leg=maybe(LEGS),
    verdict=st.sampled_from(("unproven", "PASS", "FAIL", "")) | TEXTS,
)
SCANS = st.builds(
    ScanRow,
    state=st.sampled_from(("none", "ok", "late", "down", "other")),
    problem=TEXTS,
    source=maybe(SOURCES),
    at_ns=st.just(0) | TIMES,
    next_ns=st.just(0) | TIMES,
    elapsed_ms=st.floats(0, 1e9),
    markets=COUNTS,
    skipped=st.dictionaries(st.sampled_from(("too_short", "constant", "another")), COUNTS),
    covered=st.integers(0, 10**6),
    judged=st.integers(0, 10**6),
)
STEPS = st.lists(st.lists(PRICES, min_size=9, max_size=9).map(lambda step: tuple(sorted(step))), max_size=30)
GATE_ROWS = st.builds(GateRow, TEXTS, st.booleans(), TEXTS, TEXTS)
DECISIONS = st.builds(
    DecisionRow,
    decision_id=TEXTS,
    at_ns=TIMES,
    strategy=TEXTS,
    stage=TEXTS,
    ticker=TICKERS,
    verdict=st.sampled_from(("TAKE", "PASS")),
    code=TEXTS,
    text=TEXTS,
    leg=maybe(LEGS),
    price_bp=maybe(PRICES),
    count_c=st.just(0) | COUNTS,
    stake_ud=MONEY,
    forecast_bp=maybe(PRICES),
    current_bp=maybe(PRICES),
    move_bp=maybe(st.integers(-9_998, 9_998)),
    confidence=TEXTS,
    model=TEXTS,
    client_order_id=TEXTS,
    gates=st.lists(GATE_ROWS, max_size=4).map(tuple),
)
LEVELS = st.lists(st.tuples(PRICES, COUNTS), max_size=30).map(tuple)
BOOKS = st.builds(BookRows, LEVELS, LEVELS, is_fresh=st.booleans())


def _name_of(fill: FillRow) -> tuple[str, str]:
    return fill.trade_id, fill.order_id


@st.composite
def forecasts(draw: st.DrawFn, ticker: str) -> Forecast:
    """Made, starting and ending at any time near now."""
    start_s = draw(TIMES) // SECOND_NS
    step_s = draw(st.sampled_from((1, 60, 3_600, 86_400)))
    return Forecast(ticker, draw(SOURCES), draw(TIMES), start_s, step_s, tuple(draw(STEPS)))


def _add_models(draw: st.DrawFn, hands: PanelDesk) -> None:
    hands.say(DESK, DeskRows(scan=draw(SCANS)))
    hands.say(WATCH, WatchRows(models=tuple(draw(st.lists(MODELS, max_size=18)))))
    made = draw(maybe(forecasts(hands.desk.loaded)))
    rows = ForecastRows(forecast=made, status=draw(maybe(st.sampled_from(tuple(SeriesStatus)))))
    hands.say(forecast_topic(hands.desk.loaded), rows)
    verdicts = draw(st.lists(DECISIONS, max_size=4, unique_by=lambda row: row.decision_id))
    hands.desk.decisions[hands.desk.loaded] = Decisions(tuple(verdicts), draw(TIMES))


@st.composite
def desks(draw: st.DrawFn) -> PanelDesk:
    """A desk to which an engine has said anything, or part of it, or nothing."""
    hands = PanelDesk()
    hands.desk.load(draw(TICKERS))
    if draw(st.booleans()):
        rows = DeskRows(
            status=draw(maybe(st.just(status()))),
            cash=draw(maybe(CASH)),
            positions=tuple(draw(st.lists(POSITIONS, max_size=6))),
            orders=tuple(draw(st.lists(ORDERS, max_size=6))),
            fills=tuple(
                draw(st.lists(FILLS, max_size=4, unique_by=lambda fill: (fill.trade_id, fill.order_id)))
            ),
            orders_left_out=draw(st.integers(0, 2)),
            positions_left_out=draw(st.integers(0, 2)),
        )
        hands.say(DESK, rows)
    if draw(st.booleans()):
        markets = tuple(
            msgspec.structs.replace(row, status=draw(STATUSES), settlement_bp=draw(maybe(PAID)))
            for row in draw(st.lists(st.sampled_from(MARKETS), max_size=18, unique_by=lambda row: row.ticker))
        )
        hands.say(WATCH, WatchRows(markets, tuple(draw(st.lists(QUOTES, max_size=18)))))
    if draw(st.booleans()):
        hands.say(LOG, LogRows(tuple(draw(st.lists(LINES, max_size=5, unique_by=lambda line: line.no)))))
    if draw(st.booleans()):
        hands.say(book_topic(hands.desk.loaded), draw(BOOKS))
    if draw(st.booleans()):
        _add_models(draw, hands)
    for row in draw(st.lists(st.sampled_from(MARKETS), max_size=18)):
        hands.desk.facts[row.ticker] = facts(row)
    if draw(st.booleans()):
        hands.desk.trades[hands.desk.loaded] = trades()
    if draw(st.booleans()):
        hands.lose(draw(TEXTS))
    hands.clock.pass_s(draw(st.floats(0, 100_000)))
    return hands


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.code)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(hands=desks(), width=WIDTHS, height=HEIGHTS)
def test_any_desk_is_drawn_within_the_width(panel: Panel, hands: PanelDesk, width: int, height: int) -> None:
    view = panel.view(hands.desk, Place(width, height))
    assert len(view.rows) == len(view.keys)
    assert view.rows, "a panel always says something"
    for row in view.rows:
        assert row_width(row) <= width, plain(row)
        assert all(role in roles.ALL for _, role in row)
        assert "\n" not in plain(row)
    named = [key for key in view.keys if key is not None]
    assert len(named) == len(set(named)), "a key names one row"
    assert view.header_rows < max(height, len(view.rows) + 1)


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.code)
def test_the_same_desk_is_drawn_the_same(panel: Panel) -> None:
    hands = full_desk()
    assert panel.view(hands.desk, Place(60, 20)) == panel.view(hands.desk, Place(60, 20))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    hands=desks(),
    cursor=maybe(TICKERS | st.sampled_from((BTC, "5000", "pinned"))),
    actions=st.lists(st.sampled_from((FOLD, RESORT, CENTRE, SCROLL_UP, SCROLL_DOWN, "other")), max_size=8),
)
def test_steered_panels_take_any_key(hands: PanelDesk, cursor: str | None, actions: list[str]) -> None:
    place = Place(60, 12, cursor)
    for panel in (Watch(), BookPanel()):
        steered: Any = panel.settled(hands.desk, place)
        for action in actions:
            steered = steered.acted(action, hands.desk, place)
            assert steered.view(hands.desk, place).rows


@pytest.mark.parametrize("width", [46, 78, 118])
@pytest.mark.parametrize("panel", [Watch(), EventPanel()], ids=["WATCH", "EVT"])
def test_a_market_nobody_quoted_shows_dashes_and_no_zero(panel: Panel, width: int) -> None:
    hands = PanelDesk()
    hands.say(DESK, DeskRows(status=status()))
    row = btc_rows()[6]
    hands.say(WATCH, WatchRows((row,), (QuoteRow(row.ticker),)))
    hands.desk.load(row.ticker)
    view = panel.view(hands.desk, Place(width, 20))
    shown = next(plain(row) for row, key in zip(view.rows, view.keys, strict=True) if key == BTC_AT)
    _, numbers = shown.split("$95,000")
    assert "-" in numbers
    assert not any(letter.isdigit() for letter in numbers)


@pytest.mark.parametrize("state", sorted(STATES))
@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel.code)
def test_a_panel_without_rows_says_what_to_do(panel: Panel, state: str) -> None:
    view = panel.view(STATES[state]().desk, Place(58, 16))
    text = " ".join(plain(row) for row in view.rows)
    if view.state in (PanelState.EMPTY, PanelState.LOADING, PanelState.ERROR):
        assert any(word in text for word in ("press", "wait", "type"))
    if view.state is PanelState.OFFLINE:
        assert "q leaves" in text
        assert "again" in text


def test_an_index_value_that_is_old_is_marked() -> None:
    hands = full_desk()
    view = EventPanel().view(hands.desk, Place(100, 20))
    shown = f"{float(INDEX_VALUE):,.2f}"
    assert f"BRTI {shown}" in plain(view.rows[1])
    hands.clock.pass_s(6)
    view = EventPanel().view(hands.desk, Place(100, 20))
    assert f"BRTI ~{shown}" in " ".join(plain(row) for row in view.rows)
