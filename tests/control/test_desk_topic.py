"""The desk everyone gets: bounded however much there is, every fact told, honest about what it leaves out."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from core_bench import START, TICKER, CoreBench, a_fill, listed_order, market, place
from live_engine import LiveClock
from wide_limits import WIDE_LIMITS

from engine.control.limits import ControlLimits
from engine.control.money_rows import order_row
from engine.control.protocol import Delta, DeskRows, Snapshot, decode_server_frame
from engine.control.pushed_topics import DeskTopic, LogTopic
from engine.control.replica import Replica
from engine.control.rows.status import ExchangeRow
from engine.control.status_row import StatusSource
from engine.core.book_value import exit_value_ud
from engine.core.facts.money import PositionAdopted
from engine.core.facts.orders import OrderAdopted, OrderIntended, OrderMoved, OrderTerms
from engine.core.money import MoneyState, apply
from engine.core.settings import EngineSettings
from engine.core.step import Step
from engine.domain.book import Book
from engine.domain.command import PlaceOrder
from engine.domain.feed import FeedLost, FillSeen
from engine.domain.market import Strike, StrikeType
from engine.domain.order import BookSide, Leg, OrderState, TimeInForce

MOST_BYTES = 256 * 1000
LONG = "KXHIGHCHICAGO-26NOV20HIGH-T" + "9" * 30


def crowded(orders: int, cause: str = "because " * 50, key: str = "k" * 60) -> MoneyState:
    """Orders with long names in every field, as many positions, half of the orders unknown."""
    money = MoneyState()
    for number in range(orders):
        ticker = f"{LONG}{number:05d}"
        terms = OrderTerms(
            client_order_id=f"{'c' * 55}{number:05d}",
            owner="timesfm-no-default-owner",
            ticker=ticker,
            leg=Leg.NO,
            side=BookSide.ASK,
            price_bp=5_750,
            count_c=123_456,
            time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL,
            opens=False,
            exchange_index=2,
            expires_ns=START,
            key=key,
        )
        name = terms.client_order_id
        apply(money, OrderIntended(terms, START))
        state = OrderState.UNKNOWN if number % 2 else OrderState.CANCELED
        apply(money, OrderMoved(name, state, START, f"{'v' * 36}{number}", 77, cause))
        apply(money, PositionAdopted(ticker, -12_345, 45_678_901, START))
    return money


def topic_of(money: MoneyState) -> tuple[DeskTopic, CoreBench]:
    bench = CoreBench(EngineSettings(series=("KXT",), limits=WIDE_LIMITS), money)
    clock = LiveClock(0)
    status = StatusSource(
        bench.engine, clock, 1, lambda: 5, lambda: ExchangeRow(rest="ok", clock_offset_ns=-7)
    )
    return DeskTopic(bench.engine, status, ControlLimits()), bench


def snapshot(topic: DeskTopic) -> DeskRows:
    frame = decode_server_frame(topic.snapshot())
    assert isinstance(frame, Snapshot)
    assert isinstance(frame.rows, DeskRows)
    return frame.rows


def test_the_desk_stays_small_and_says_what_it_leaves_out() -> None:
    topic, _ = topic_of(crowded(3_000))
    assert len(topic.snapshot()) < MOST_BYTES
    rows = snapshot(topic)
    working = [order for order in rows.orders if order.state is OrderState.UNKNOWN]
    ended = [order for order in rows.orders if order.state is OrderState.CANCELED]
    assert len(working) + rows.orders_left_out == 1_500
    assert len(rows.positions) + rows.positions_left_out == 3_000
    assert (len(working), len(ended), len(rows.positions)) == (200, 50, 200)


def test_rows_of_any_length_do_not_make_the_desk_longer() -> None:
    topic, _ = topic_of(crowded(600, cause="\N{SNOWMAN}" * 200, key="\N{SNOWMAN}" * 200))
    assert len(topic.snapshot()) < MOST_BYTES
    rows = snapshot(topic)
    assert 0 < len(rows.orders) < 200
    assert rows.orders_left_out > 100


def test_unknown_orders_come_before_all_others() -> None:
    money = MoneyState()
    for number in range(600):
        terms = OrderTerms(
            f"c{number}",
            "manual",
            TICKER,
            Leg.YES,
            BookSide.BID,
            5_000,
            100,
            TimeInForce.FILL_OR_KILL,
            True,
            0,
        )
        apply(money, OrderIntended(terms, START + number))
        state = OrderState.UNKNOWN if number == 0 else OrderState.RESTING
        apply(money, OrderMoved(f"c{number}", state, START + number))
    rows = snapshot(topic_of(money)[0])
    working = [order.client_order_id for order in rows.orders]
    assert working[:3] == ["c0", "c599", "c598"]
    assert rows.orders_left_out == 400


def tell(topic: DeskTopic, replica: Replica, step: Step) -> None:
    data = topic.delta_of(step)
    if data is not None:
        frame = decode_server_frame(data)
        assert isinstance(frame, Delta)
        assert replica.apply(frame) is None


def test_deltas_and_a_new_snapshot_come_to_the_same_desk() -> None:
    topic, bench = topic_of(MoneyState())
    bench.start()
    told = Replica()
    first = decode_server_frame(topic.snapshot())
    assert isinstance(first, Snapshot)
    told.apply(first)
    for number in range(8):
        tell(topic, told, bench.ask(bench_order(number)))
        tell(topic, told, bench.acked(f"c{number}", filled_c=100 * number, count_c=700))
        tell(topic, told, bench.feed(FillSeen(a_fill(f"t{number}", 100, order_id=f"v-c{number}"), 0, 0)))
    tell(topic, told, bench.listing(*(listed_order(f"c{number}", count_c=700) for number in range(8))))
    tell(topic, told, bench.feed(FeedLost("gone")))
    anew = Replica()
    whole = decode_server_frame(topic.snapshot())
    assert isinstance(whole, Snapshot)
    anew.apply(whole)
    assert len(told.desk.orders) >= 6
    assert told.desk.orders == anew.desk.orders
    assert told.desk.ended == anew.desk.ended
    assert list(told.desk.fills) == list(anew.desk.fills)
    assert told.desk.cash == anew.desk.cash
    assert {name: row.count_c for name, row in told.desk.positions.items()} == {
        name: row.count_c for name, row in anew.desk.positions.items()
    }
    assert told.desk.status is not None
    assert told.desk.status.exchange == ExchangeRow(False, "ok", True, -7)
    assert [feed.state for feed in told.desk.status.feeds] == ["lost"]


def bench_order(number: int) -> PlaceOrder:
    return place(f"c{number}", count_c=700, price_bp=4_000 + 100 * number)


def test_a_step_without_facts_says_nothing() -> None:
    topic, bench = topic_of(MoneyState())
    bench.start()
    topic.delta_of(bench.wait(1))
    assert topic.delta_of(bench.wait(1)) is None


@pytest.mark.parametrize(
    ("count_c", "value"),
    [
        (100, 100 * 4_900),
        (300, 200 * 4_900 + 100 * 4_800),
        (301, None),
        (-100, 100 * 4_800),
        (-250, 100 * 4_800 + 150 * 4_700),
        (-1_000, None),
    ],
)
def test_the_exit_value_walks_the_book_at_the_held_legs_prices(count_c: int, value: int | None) -> None:
    book = Book()
    book.replace({4_900: 200, 4_800: 100}, {5_200: 100, 5_300: 200})
    assert exit_value_ud(book, count_c) == value


def test_an_order_on_the_no_leg_is_shown_in_its_own_prices() -> None:
    money = MoneyState()
    terms = OrderTerms(
        "c1", "manual", TICKER, Leg.NO, BookSide.ASK, 5_700, 500, TimeInForce.GOOD_TILL_CANCELED, True, 0
    )
    apply(money, OrderAdopted(terms, "v1", OrderState.RESTING, 0, START))
    record = msgspec.structs.replace(money.orders["c1"], filled_c=200, filled_value_ud=200 * 5_750)
    row = order_row(record)
    assert (row.leg, row.buys, row.price_bp) == (Leg.NO, True, 4_300)
    assert row.booked_ud == 200 * 4_250
    sold = order_row(
        msgspec.structs.replace(record, terms=msgspec.structs.replace(terms, side=BookSide.BID, leg=Leg.NO))
    )
    assert not sold.buys


def test_the_log_keeps_the_last_lines_in_order() -> None:
    bench = CoreBench(EngineSettings(series=("KXT",), limits=WIDE_LIMITS))
    bench.start(market(strike=Strike(StrikeType.GREATER, floor=Decimal(1))))
    topic = LogTopic(bench.engine, LiveClock(0), ControlLimits(lines_shown=5))
    for number in range(9):
        topic.delta_of(bench.ask(bench_order(100 + number)))
    frame = decode_server_frame(topic.snapshot())
    assert isinstance(frame, Snapshot)
    numbers = [line.no for line in frame.rows.lines]  # type: ignore[union-attr]
    assert len(numbers) == 5
    assert numbers == list(range(numbers[0], numbers[0] + 5))
