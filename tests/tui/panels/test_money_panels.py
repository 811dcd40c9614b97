"""POS, ORD, FILL, LOG, TAS, CASH, ENG and DES: what they say of money, and what they do not hide."""

from __future__ import annotations

import msgspec
import pytest
from panel_desk import full_desk
from panel_events import BTC_AT, NOW, WEATHER_AT, btc_rows, strike_ticker
from panel_market import log_lines
from panel_money import fills, order, orders, plans, status

from console.tui import roles
from console.tui.cells import plain, plain_rows
from console.tui.panels.base import Panel, Place
from console.tui.panels.book import BookPanel
from console.tui.panels.cash import CashPanel, reserved_ud
from console.tui.panels.conditions import ConditionsPanel
from console.tui.panels.description import fee_words, grid_words, strike_words
from console.tui.panels.engine import EnginePanel
from console.tui.panels.fills import FillsPanel
from console.tui.panels.labels import market_label
from console.tui.panels.limits import limit_text
from console.tui.panels.log import LogPanel
from console.tui.panels.orders import OrdersPanel
from console.tui.panels.positions import PositionsPanel
from console.tui.panels.tape import TapePanel
from engine.control.protocol import (
    DESK,
    TAPE_PREFIX,
    WATCH,
    BookRows,
    DeskRows,
    TapeRows,
    WatchRows,
    book_topic,
)
from engine.control.rows.account import PositionRow
from engine.control.rows.markets import TradeRow
from engine.control.rows.risk import LimitRow
from engine.control.rows.status import FeedRow
from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState
from engine.domain.plan import PlanState
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import MINUTE_NS

WIDE = Place(118, 40)


def lines(panel: Panel, hands: object, place: Place = WIDE) -> dict[str, str]:
    view = panel.view(hands.desk, place)  # type: ignore[attr-defined]
    return {key: plain(row) for row, key in zip(view.rows, view.keys, strict=True) if key is not None}


def text_of(panel: Panel, hands: object, place: Place = WIDE) -> str:
    return "\n".join(plain(row) for row in panel.view(hands.desk, place).rows)  # type: ignore[attr-defined]


def test_a_position_that_cannot_be_sold_now_has_no_mark_and_is_counted() -> None:
    hands = full_desk()
    rows = lines(PositionsPanel(), hands)
    cells = rows[strike_ticker(96_000)].split("KXBTCD-26NOV2015")[1].split()
    assert cells[:3] == ["88.0", "-", "-"]
    assert "unreal -0.10 +1 unpriced" in text_of(PositionsPanel(), hands)


def test_the_mark_is_what_all_of_it_brings_a_contract() -> None:
    hands = full_desk()
    held = PositionRow(ticker=BTC_AT, leg=Leg.YES, count_c=300, cost_ud=1_000_000, exit_ud=1_150_000)
    hands.say(DESK, DeskRows(positions=(held,)))
    cells = lines(PositionsPanel(), hands)[BTC_AT].split("KXBTCD-26NOV2015")[1].split()
    assert cells[:3] == ["33.3", "38.3", "+0.15"]


def test_a_position_without_a_plan_says_that_nothing_guards_it() -> None:
    hands = full_desk()
    rows = lines(PositionsPanel(), hands)
    assert [ticker for ticker, row in rows.items() if "UNGUARDED" in row] == [WEATHER_AT]
    for plan in plans():
        hands.say(DESK, DeskRows(plans=(msgspec.structs.replace(plan, state=PlanState.RETIRED),)))
    assert all("UNGUARDED" in row for row in lines(PositionsPanel(), hands).values())
    assert "3 UNGUARDED" in PositionsPanel().view(hands.desk, WIDE).title


def test_a_sum_without_any_price_is_unknown_and_no_zero() -> None:
    hands = full_desk()
    for position in tuple(hands.desk.replica.desk.positions.values()):
        hands.say(DESK, DeskRows(positions=(msgspec.structs.replace(position, exit_ud=None),)))
    assert "unreal - +3 unpriced" in text_of(PositionsPanel(), hands)


def test_unknown_orders_come_first_and_say_what_is_done() -> None:
    hands = full_desk()
    hands.say(DESK, DeskRows(orders=(order("c-new", OrderState.RESTING, intended_ns=NOW),)))
    view = OrdersPanel().view(hands.desk, WIDE)
    assert view.keys[1] == "c-unknown"
    assert "UNKNOWN" in view.title
    said = plain(view.rows[2])
    assert "unknown for 4.0s (timed out after 5 s): looked up at the exchange now" in said
    assert view.rows[1][0][1] == roles.URGENT


def test_ended_orders_stand_below_and_are_dimmed() -> None:
    hands = full_desk()
    view = OrdersPanel().view(hands.desk, WIDE)
    working = [row.client_order_id for row in orders()[:6]]
    named = [key for key in view.keys if key is not None]
    assert set(named[:6]) == set(working)
    assert named[6:] == ["c-filled", "c-canceled", "c-rejected", "c-expired", "c-absent"], "newest first"
    for row, key in zip(view.rows, view.keys, strict=True):
        if key in named[6:]:
            assert {role for _, role in row} == {roles.STALE}
    assert "insufficient_balance" in lines(OrdersPanel(), hands)["c-rejected"]


def test_a_cancel_under_way_is_told() -> None:
    hands = full_desk()
    hands.say(DESK, DeskRows(orders=(order("c-doubt", OrderState.RESTING, cancel="unknown"),)))
    assert lines(OrdersPanel(), hands)["c-asked"].startswith("CANCELING")
    assert "cancel without an answer" in text_of(OrdersPanel(), hands)


def test_an_order_that_ended_is_neither_being_canceled_nor_about_to_expire() -> None:
    hands = full_desk()
    gone = order("c-gone", OrderState.CANCELED, cancel="asked", expires_ns=NOW + 10 * MINUTE_NS)
    hands.say(DESK, DeskRows(orders=(gone,)))
    words = lines(OrdersPanel(), hands)["c-gone"].split()
    assert words[0] == "CANCELED"
    assert words[-3] == "-", "a time that nothing waits for"


def test_a_condition_names_its_market_where_there_is_no_column_for_it() -> None:
    hands = full_desk()
    told = plain_rows(ConditionsPanel().view(hands.desk, Place(46, 14)).rows)
    wide = plain_rows(ConditionsPanel().view(hands.desk, WIDE).rows)
    named = {row.terms.ticket.ticker for row in hands.desk.replica.desk.conditions.values()}
    assert named
    for ticker in named:
        label = market_label(hands.desk.market(ticker), ticker)
        assert label[:12] in told
        assert label[:12] in wide


def test_orders_that_are_not_shown_are_counted() -> None:
    hands = full_desk()
    hands.desk.replica.desk.orders_left_out = 7
    hands.desk.replica.desk.positions_left_out = 2
    assert "and 7 more: sparko orders" in text_of(OrdersPanel(), hands)
    assert "and 2 more: sparko positions" in text_of(PositionsPanel(), hands)


def test_fills_are_newest_first_with_their_booked_fee() -> None:
    hands = full_desk()
    rows = lines(FillsPanel(), hands)
    assert list(rows) == [f"{fill.trade_id}/{fill.order_id}" for fill in reversed(fills())]
    assert rows["t-1/ex-c-filled"].split()[:6] == ["13:52:11", "BUY", "YES", "10", "49.0", "0.1750"]
    assert "maker" in rows["t-2/ex-c-partial"]


def test_a_long_line_is_told_in_full_under_the_cursor() -> None:
    hands = full_desk()
    said = log_lines()[4].text
    assert said not in text_of(LogPanel(), hands, Place(60, 20)).replace("\n", " ")
    view = LogPanel().view(hands.desk, Place(60, 20, cursor="5"))
    at = view.keys.index("5")
    shown = " ".join(plain(row).strip() for row in view.rows[at + 1 : at + 3])
    assert shown.startswith(said[:40])
    assert "[a bracket]" in shown
    assert view.keys[at + 1] is None


def test_where_a_log_has_no_room_for_markets_that_of_the_cursors_line_is_told() -> None:
    hands = full_desk()
    for line in log_lines():
        shown = plain_rows(LogPanel().view(hands.desk, Place(36, 16, str(line.no))).rows).replace("\n", " ")
        words = " ".join(shown.split())
        assert " ".join(line.text.split()) in words
        if line.ticker:
            assert line.ticker.rpartition("-")[0] in words


def test_the_book_of_a_market_that_was_paid_waits_for_nothing() -> None:
    hands = full_desk()
    row = next(row for row in btc_rows() if row.ticker == BTC_AT)
    paid = msgspec.structs.replace(row, status=MarketStatus.FINALIZED, settlement_bp=10_000)
    hands.say(book_topic(BTC_AT), BookRows(is_fresh=False))
    assert "a new picture is on its way" in text_of(BookPanel(), hands)
    hands.say(WATCH, WatchRows((paid,)))
    assert "the market is PAID; ] goes to the next" in text_of(BookPanel(), hands)


def test_pushed_and_fetched_trades_are_one_list() -> None:
    hands = full_desk()
    pushed = TradeRow("p-new", BTC_AT, 5_500, 300, Leg.YES, NOW)
    hands.say(TAPE_PREFIX + BTC_AT, TapeRows((pushed,)))
    rows = lines(TapePanel(), hands)
    assert list(rows) == ["p-new", "p-0", "p-1", "p-2", "p-3"]
    assert rows["p-new"].split() == ["14:02:11", "55", "45", "3", "▲", "YES"]


def test_reserved_cash_counts_unknown_buys_and_no_sales() -> None:
    hands = full_desk()
    buys = [row for row in hands.desk.replica.desk.orders.values() if row.buys]
    assert any(row.state is OrderState.UNKNOWN for row in buys)
    assert reserved_ud(hands.desk.replica.desk.orders.values()) == sum(
        row.price_bp * row.remaining_c for row in buys
    )
    text = text_of(CashPanel(), hands)
    assert "912.35" in text
    assert "shard 1" in text


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (LimitRow("order_loss", "ud", 5_000_000), "$5.00 each"),
        (LimitRow("total", "ud", 40_000_000, 10_000_000), "▓▓░░░░░░  $10.00 of $40.00"),
        (LimitRow("total", "ud", 40_000_000, 0), "░░░░░░░░  $0.00 of $40.00"),
        (LimitRow("total", "ud", 40_000_000, 1), "░░░░░░░░  $0.00 of $40.00"),
        (LimitRow("entries", "times", 6, 9), "▓▓▓▓▓▓▓▓  9 of 6"),
        (LimitRow("size", "count", 1_050), "10.5 contracts each"),
        (LimitRow("collar", "bp", 320), "3.2c each"),
    ],
)
def test_a_limit_with_its_use(limit: LimitRow, text: str) -> None:
    assert limit_text(limit).strip() == text


def test_the_engine_page_makes_loud_what_is_wrong() -> None:
    hands = full_desk()
    told = status(feeds=(FeedRow("exchange", "lost"),), unknown_orders=2, limits=(), entries_stopped="")
    hands.say(DESK, DeskRows(status=told))
    view = EnginePanel().view(hands.desk, WIDE)
    loud = {plain(row).split()[0] for row in view.rows if roles.URGENT in {role for _, role in row}}
    assert loud == {"feed", "unknown"}
    assert "heard - ago" in text_of(EnginePanel(), hands)


def test_rules_words() -> None:
    market = full_desk().desk.facts[WEATHER_AT].market
    assert strike_words(market.strike) == "between 52.0 and 53.0"
    assert grid_words(STRUCTURES["linear_cent"]) == "1c up to 100c"
    assert fee_words(FeeSchedule(), is_taker=True).startswith("5c: 0.33, 20c: 1.12, 50c: 1.75")
    assert fee_words(FeeSchedule(), is_taker=False) == "none"
    with_maker = FeeSchedule(FeeType.QUADRATIC_WITH_MAKER_FEES)
    assert "50c: 0.43" in fee_words(with_maker, is_taker=False)
