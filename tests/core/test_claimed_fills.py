"""A fill that was booked as nobody's is its order's as soon as the order is known by that name."""

from __future__ import annotations

from core_bench import TICKER, CoreBench, a_fill, listed_order, of

from engine.core.effects import ReadFills
from engine.core.facts.money import FillBooked
from engine.core.facts.orders import EXTERNAL
from engine.core.inputs import Unknown
from engine.domain.feed import FillSeen
from engine.domain.order import VenueOrderStatus
from engine.domain.units import SECOND_NS

EXECUTED = VenueOrderStatus.EXECUTED


def taken_for_absent(filled_c: int = 500) -> CoreBench:
    """The order is at the exchange, whose listings lacked it four times; its fill names no order of ours."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.wait(20 * SECOND_NS)
    bench.feed(Unknown("c1", "timeout"))
    lack(bench, 2)
    assert bench.state() == "absent"
    bench.feed(FillSeen(a_fill("t1", filled_c, at_ns=bench.at), filled_c, 0))
    lack(bench, 2)
    assert [booked.owner for booked in of(bench.changes, FillBooked)] == [EXTERNAL]
    return bench


def lack(bench: CoreBench, times: int) -> None:
    for _ in range(times):
        bench.listing()
        bench.wait(2 * SECOND_NS)


def test_the_orders_count_and_fees_are_whole_once_a_listing_names_it() -> None:
    bench = taken_for_absent()
    bench.listing(listed_order("c1", EXECUTED, filled_c=500))
    record = bench.engine.money.orders["c1"]
    assert (record.state, record.filled_c, record.fees_ud) == ("filled", 500, 1_000)
    assert record.filled_value_ud == 500 * 5_000
    assert bench.engine.money.positions[TICKER].position.count_c == 500


def test_nothing_is_waited_for_any_more() -> None:
    bench = taken_for_absent()
    bench.listing(listed_order("c1", EXECUTED, filled_c=500))
    bench.wait(5 * SECOND_NS)
    bench.effects.clear()
    bench.run_for(30 * SECOND_NS)
    assert len(of(bench.effects, ReadFills)) <= 1, "that of a round, and none each five seconds"


def test_a_second_fill_that_names_the_order_brings_the_first_with_it() -> None:
    bench = taken_for_absent(400)
    second = a_fill("t2", 100, at_ns=bench.at, client_order_id="c1")
    bench.feed(FillSeen(second, 500, 0))
    assert bench.engine.money.orders["c1"].filled_c == 500
