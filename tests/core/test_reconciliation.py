"""The ledger against the exchange: adopted, explained, held; and a second look changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import OTHER, TICKER, CoreBench, a_fill, alerts, held_position, listed_order, market, of

from engine.core.effects import ReadFills, ReadOrders, ReadPositions
from engine.core.facts.money import FillBooked, PositionAdopted
from engine.core.facts.orders import OrderAdopted
from engine.core.facts.stance import RunStarted
from engine.core.inputs import FillsRead, OrdersRead, PositionsRead, Recovered
from engine.core.money import fold
from engine.core.state_hash import state_hash
from engine.domain.feed import BookFresh, FeedConnected, FillSeen
from engine.domain.order import VenueOrderStatus
from engine.domain.units import MINUTE_NS, SECOND_NS


def again(bench: CoreBench, **world: Any) -> None:
    """A whole further round, begun by the timer."""
    bench.run_for(MINUTE_NS)
    bench.effects.clear()
    bench.changes.clear()
    bench.reads((market(),), **world)


def test_an_account_that_others_used_is_taken_over_as_it_is() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    fills = [a_fill("t1", 300, "v-x"), a_fill("t2", 200, "v-y")]
    bench.reads((market(),), orders=[listed_order("foreign")], fills=fills)
    assert [change.terms.owner for change in of(bench.changes, OrderAdopted)] == ["external"]
    assert bench.engine.money.positions[TICKER].position.count_c == 500
    assert state_hash(fold(bench.changes)) == state_hash(bench.engine.money)


def test_the_second_run_changes_nothing() -> None:
    bench = CoreBench()
    world: dict[str, Any] = {"orders": [listed_order("foreign")], "fills": [a_fill("t1", 300, "v-x")]}
    bench.start(**world)
    digest = state_hash(bench.engine.money)
    again(bench, **world)
    assert bench.changes == []
    restarted = CoreBench(money=bench.engine.money)
    restarted.at = bench.at + MINUTE_NS
    restarted.feed(Recovered("r2"), FeedConnected(1))
    restarted.reads((market(),), **world)
    assert [type(change) for change in restarted.changes] == [RunStarted]
    assert state_hash(restarted.engine.money) == digest


def test_the_order_in_which_reads_arrive_does_not_matter() -> None:
    """Positions first: they are compared when the fills are known."""
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.feed(PositionsRead((held_position(TICKER, 300, 1_500_000),), bench.at, True))
    bench.feed(FillsRead(0, (a_fill("t1", 300, "v-x"),), bench.at, True))
    bench.reads((market(),), positions=[held_position(TICKER, 300, 1_500_000)])
    assert of(bench.changes, PositionAdopted) == []
    assert bench.engine.money.positions[TICKER].position.count_c == 300


def test_a_position_without_fills_is_adopted_after_a_second_look() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    rows = (held_position(TICKER, 700, 3_500_000),)
    bench.reads((market(),), positions=rows)
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert of(bench.changes, PositionAdopted) == []
    assert not bench.engine.is_ready
    bench.effects.clear()
    bench.run_for(2 * SECOND_NS)
    assert [type(effect) for effect in bench.effects] == [ReadPositions]
    step = bench.feed(PositionsRead(rows, bench.at, True))
    assert [type(effect) for effect in step.effects] == [ReadFills], "read after the positions"
    bench.feed(FillsRead(0, (), bench.at, True))
    (adopted,) = of(bench.changes, PositionAdopted)
    assert (adopted.count_c, adopted.cost_ud) == (700, 3_500_000)
    assert bench.engine.money.positions[TICKER].owner == "external"
    assert bench.engine.is_ready


def test_a_fill_between_the_looks_explains_it() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    bench.reads((market(),), positions=[held_position(TICKER, 300)])
    bench.run_for(2 * SECOND_NS)
    bench.feed(PositionsRead((held_position(TICKER, 300),), bench.at, True))
    bench.feed(FillsRead(0, (a_fill("t1", 300, "v-x"),), bench.at, True))
    assert of(bench.changes, PositionAdopted) == []


def test_a_fill_newer_than_the_page_is_not_a_difference() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    page = PositionsRead((), bench.at, True)
    bench.feed(FillSeen(a_fill("t1", 300, "v-x", at_ns=bench.at), 300, 0))
    bench.feed(page)
    bench.reads((market(),))
    assert set(alerts(bench)) <= {"FOREIGN_FILL", "FOREIGN_ORDER"}


def test_a_number_that_moves_between_the_looks_is_looked_at_again() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    bench.reads((market(),), positions=[held_position(TICKER, 300)])
    for count_c in (400, 400):
        bench.run_for(3 * SECOND_NS)
        assert of(bench.changes, PositionAdopted) == []
        bench.feed(PositionsRead((held_position(TICKER, count_c),), bench.at, True))
        bench.feed(FillsRead(0, (), bench.at, True))
    assert [change.count_c for change in of(bench.changes, PositionAdopted)] == [400]


@pytest.mark.parametrize("page", ["empty", "without it"])
def test_a_page_that_lacks_a_position_never_flattens_it(page: str) -> None:
    bench = CoreBench()
    bench.start(
        market(), market(OTHER), fills=[a_fill("t1", 300, "v-x"), a_fill("t2", 100, "v-y", ticker=OTHER)]
    )
    rows = [] if page == "empty" else [held_position(OTHER, 100)]
    for _ in range(3):
        bench.run_for(MINUTE_NS)
        bench.reads((market(),), positions=rows)
        bench.run_for(3 * SECOND_NS)
        bench.feed(PositionsRead(tuple(rows), bench.at, True), FillsRead(0, (), bench.at, True))
    assert of(bench.changes, PositionAdopted) == []
    assert bench.engine.money.positions[TICKER].position.count_c == 300
    assert alerts(bench).count("POSITION_MISSING") == (2 if page == "empty" else 1)


def test_an_incomplete_page_is_not_compared_and_asked_for_again() -> None:
    bench = CoreBench()
    bench.start(fills=[a_fill("t1", 300, "v-x")])
    bench.run_for(MINUTE_NS)
    bench.feed(PositionsRead((held_position(TICKER, 999),), bench.at, False))
    bench.effects.clear()
    bench.run_for(SECOND_NS)
    assert ReadPositions in {type(effect) for effect in bench.effects}
    assert of(bench.changes, PositionAdopted) == []


def test_our_resting_order_that_is_not_listed_is_looked_for_not_forgotten() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    again(bench)
    assert [read.ticker for read in of(bench.effects, ReadOrders)] == [TICKER]
    assert bench.state() == "resting"
    bench.listing(listed_order("c1", VenueOrderStatus.CANCELED, filled_c=200))
    assert bench.state() == "canceled"


def test_an_empty_list_of_orders_forgets_nothing() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    again(bench)
    for _ in range(6):
        bench.listing()
        bench.run_for(2 * SECOND_NS)
    assert bench.state() == "resting"
    assert "ORDER_NOT_LISTED" in alerts(bench)


def test_an_order_too_young_for_the_listing_is_not_missed() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    bench.placed()
    bench.acked()
    bench.effects.clear()
    bench.feed(OrdersRead("", 0, (), bench.at + 3 * SECOND_NS, True))
    assert of(bench.effects, ReadOrders) == []
    bench.feed(OrdersRead("", 0, (), bench.at + 3 * SECOND_NS + 1, True))
    assert [read.ticker for read in of(bench.effects, ReadOrders)] == [TICKER]


def test_a_zero_in_the_page_is_believed_the_third_time() -> None:
    """The exchange has told everybody that they hold nothing, and was wrong."""
    bench = CoreBench()
    bench.start(fills=[a_fill("t1", 300, "v-x")])
    page = [held_position(TICKER, 0)]
    seen = []
    for _ in range(5):
        bench.run_for(MINUTE_NS)
        bench.reads((market(),), positions=page)
        bench.run_for(3 * SECOND_NS)
        bench.feed(PositionsRead(tuple(page), bench.at, True), FillsRead(0, (), bench.at, True))
        seen.append(bench.engine.money.positions[TICKER].position.count_c)
    assert seen == [300, 300, 0, 0, 0]
    assert {"POSITION_MISSING", "POSITION_ADOPTED"} <= set(alerts(bench))


def test_fills_of_an_adopted_order_that_were_booked_before_count_for_it() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.feed(FillsRead(0, (a_fill("t1", 200, "v-foreign"),), bench.at, True))
    bench.feed(OrdersRead("", 0, (listed_order("foreign", filled_c=200),), bench.at, True))
    record = bench.engine.money.orders["foreign"]
    assert (record.filled_c, record.venue_filled_c, record.remaining_c) == (200, 200, 300)


def test_the_fill_of_the_stream_and_of_the_list_is_one() -> None:
    bench = CoreBench()
    bench.start()
    fill = a_fill("t1", 300, "v-x")
    bench.feed(FillSeen(fill, 300, 0), FillsRead(0, (fill,), bench.at, True), FillSeen(fill, 300, 0))
    assert len(of(bench.changes, FillBooked)) == 1
