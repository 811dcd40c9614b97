"""Resting entries expire by themselves, and are extended while the engine lives."""

from __future__ import annotations

import pytest
from core_bench import CoreBench, listed_order, of, seen_order

from engine.core.effects import AmendOrder, CancelOrder, ReadFills, ReadOrders
from engine.core.facts.orders import OrderAmended
from engine.core.inputs import Acked, CoreEvent, NotSent, Recovered, Rejected, Unknown
from engine.domain import command
from engine.domain.order import TimeInForce, VenueOrderStatus
from engine.domain.units import MINUTE_NS, SECOND_NS


def resting() -> CoreBench:
    bench = CoreBench()
    bench.start()
    bench.at += 1  # an expiry is in whole seconds, and never earlier than ten minutes
    bench.placed()
    bench.acked()
    bench.effects.clear()
    return bench


def expiry(bench: CoreBench) -> int:
    expires_ns = bench.engine.money.orders["c1"].terms.expires_ns
    assert expires_ns is not None
    return expires_ns


def test_ten_minutes_in_whole_seconds() -> None:
    bench = resting()
    left = expiry(bench) - bench.at
    assert 10 * MINUTE_NS <= left < 10 * MINUTE_NS + SECOND_NS
    assert expiry(bench) % SECOND_NS == 0


def test_only_resting_entries_expire() -> None:
    bench = CoreBench()
    bench.start()
    request = bench.placed(time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL).request
    assert request.expires_ns is None


def test_extended_at_half_time_by_an_amendment_of_the_expiry_alone() -> None:
    bench = resting()
    first = expiry(bench)
    bench.run_for(first - bench.at - 5 * MINUTE_NS - 1)
    assert of(bench.effects, AmendOrder) == []
    bench.run_for(1)
    (amend,) = of(bench.effects, AmendOrder)
    assert (amend.client_order_id, amend.order_id, amend.price_bp, amend.count_c) == (
        "c1",
        "v-c1",
        5_000,
        500,
    )
    assert amend.expires_ns == first + 5 * MINUTE_NS
    bench.feed(Acked("c1", "v-c1", 0, 500))
    assert expiry(bench) == amend.expires_ns
    assert bench.state() == "resting"
    bench.run_for(5 * MINUTE_NS)
    assert len(of(bench.effects, AmendOrder)) == 2


@pytest.mark.parametrize(
    "event", [Rejected("c1", 400, "x", ""), NotSent("c1", "x"), Unknown("c1", "timeout")], ids=type
)
def test_an_extension_that_fails_leaves_the_order_alone_and_is_tried_again(event: CoreEvent) -> None:
    bench = resting()
    first = expiry(bench)
    bench.run_for(5 * MINUTE_NS + SECOND_NS)
    bench.feed(event)
    assert (bench.state(), expiry(bench)) == ("resting", first)
    bench.run_for(31 * SECOND_NS)
    assert len(of(bench.effects, AmendOrder)) == 2
    assert bench.at < first


def test_an_extension_that_worked_unheard_shows_in_the_next_sighting() -> None:
    bench = resting()
    bench.run_for(5 * MINUTE_NS + SECOND_NS)
    (amend,) = of(bench.effects, AmendOrder)
    bench.feed(Unknown("c1", "timeout"))
    bench.listing(listed_order("c1", expires_ns=amend.expires_ns, updated_ns=bench.at))
    assert expiry(bench) == amend.expires_ns
    assert len(of(bench.changes, OrderAmended)) == 1


def test_an_extension_that_finds_nothing_looks_for_what_ended_the_order() -> None:
    """404: it was filled or canceled, and the word of it was lost."""
    bench = resting()
    bench.run_for(5 * MINUTE_NS + SECOND_NS)
    step = bench.feed(Rejected("c1", 404, "not_found", ""))
    assert {type(effect) for effect in step.effects} >= {ReadOrders, ReadFills}
    bench.listing(listed_order("c1", VenueOrderStatus.EXECUTED, filled_c=500))
    assert bench.state() == "filled"


def test_an_order_that_shall_end_is_not_extended() -> None:
    bench = resting()
    bench.ask(command.CancelOrder("c1"))
    bench.run_for(6 * MINUTE_NS)
    assert of(bench.effects, AmendOrder) == []
    assert len(of(bench.effects, CancelOrder)) == 1


def test_a_recovered_order_is_extended_too() -> None:
    before = resting()
    bench = CoreBench(money=before.engine.money)
    bench.at = before.at + 6 * MINUTE_NS
    bench.feed(Recovered("r2"))
    assert len(of(bench.effects, AmendOrder)) == 1


def test_sightings_of_a_changed_order_are_taken_in_their_order_of_time() -> None:
    """Somebody reduced it elsewhere; an older sighting that comes late changes nothing."""
    bench = resting()
    base = listed_order("c1", expires_ns=expiry(bench))
    reduced = listed_order("c1", count_c=300, expires_ns=expiry(bench), updated_ns=bench.at + 5)
    bench.feed(seen_order(reduced), seen_order(base))
    assert bench.engine.money.orders["c1"].terms.count_c == 300
