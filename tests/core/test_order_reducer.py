"""Every order in which an order's news may arrive ends in the same state."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest
from core_bench import TICKER, CoreBench, a_fill, listed_order, of, place, seen_order

from engine.core.effects import Alert, Answer, CancelOrder, ReadFills, ReadOrders, SubmitOrder
from engine.core.facts.money import FillBooked
from engine.core.inputs import (
    Acked,
    CancelAcked,
    CancelFailed,
    CancelGone,
    CoreEvent,
    FillsRead,
    NotSent,
    Rejected,
    Unknown,
)
from engine.domain import command
from engine.domain.feed import FillSeen
from engine.domain.order import BookSide, TimeInForce, VenueOrderStatus
from engine.domain.units import SECOND_NS

CANCELED, EXECUTED = VenueOrderStatus.CANCELED, VenueOrderStatus.EXECUTED
ACK = Acked("c1", "v-c1", 0, 500)
CANCEL_ACK = CancelAcked("c1", 300)
GONE = CancelGone("c1")
REST_SEEN = seen_order(listed_order("c1"))
PARTIAL_SEEN = seen_order(listed_order("c1", filled_c=100))
CANCELED_SEEN = seen_order(listed_order("c1", CANCELED, filled_c=200))


def fill(trade_id: str, count_c: int) -> FillSeen:
    return FillSeen(a_fill(trade_id, count_c, client_order_id="c1"), 0, 0)


def outcome(events: tuple[CoreEvent, ...]) -> tuple[object, ...]:
    """All that is money in the end, but for when it was noticed and in whose words."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(*events)
    record = bench.engine.money.orders["c1"]
    position = bench.engine.money.positions.get(TICKER)
    held = None if position is None else position.position
    return (
        record.state,
        record.order_id,
        record.filled_c,
        record.filled_value_ud,
        record.fees_ud,
        record.remaining_c,
        held,
        "c1" in bench.engine.money.working,
    )


@pytest.mark.parametrize(
    ("news", "state", "filled_c"),
    [
        ((ACK, fill("t1", 200), fill("t2", 300), CANCEL_ACK, GONE), "filled", 500),
        ((ACK, fill("t1", 100), fill("t2", 100), CANCEL_ACK, GONE), "canceled", 200),
        ((ACK, fill("t1", 100), fill("t2", 100), REST_SEEN, PARTIAL_SEEN), "partial", 200),
        ((ACK, fill("t1", 100), fill("t2", 100), CANCELED_SEEN, REST_SEEN), "canceled", 200),
        ((ACK, REST_SEEN, GONE, CANCELED_SEEN, CANCEL_ACK), "canceled", 0),
        ((ACK, fill("t1", 500), seen_order(listed_order("c1", EXECUTED, filled_c=500)), GONE), "filled", 500),
    ],
)
def test_all_interleavings_and_repetitions_end_alike(
    news: tuple[CoreEvent, ...], state: str, filled_c: int
) -> None:
    ends = set()
    for order in permutations(news):
        ends.add(outcome(order))
        for repeated in news:
            ends.add(outcome((*order, repeated)))
            ends.add(outcome((repeated, *order)))
    assert len(ends) == 1, ends
    (end,) = ends
    assert (end[0], end[2]) == (state, filled_c)


def test_an_acknowledgement_after_the_fill_ignores_its_old_quantities() -> None:
    """A reply that says "rests" when the stream already filled it."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(fill("t1", 500))
    bench.acked()
    assert bench.state() == "filled"
    assert bench.engine.money.client_id_of["v-c1"] == "c1"


@pytest.mark.parametrize("time_in_force", [TimeInForce.IMMEDIATE_OR_CANCEL, TimeInForce.GOOD_TILL_CANCELED])
def test_acked_without_a_rest_is_over(time_in_force: TimeInForce) -> None:
    bench = CoreBench()
    bench.start()
    bench.placed(time_in_force=time_in_force)
    bench.feed(Acked("c1", "v-c1", 200, 0))
    assert bench.state() == "canceled"
    bench.feed(fill("t1", 200))
    assert bench.engine.money.orders["c1"].filled_c == 200


def test_fills_that_the_exchange_counts_and_nobody_sends_are_read() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked(filled_c=500)
    bench.run_for(3 * SECOND_NS)
    assert of(bench.effects, ReadFills)
    bench.feed(FillsRead(0, (a_fill("t1", 500),), bench.at, True))
    bench.effects.clear()
    bench.run_for(20 * SECOND_NS)
    assert of(bench.effects, ReadFills) == []


def test_a_fill_counts_even_after_a_refusal() -> None:
    """Status absorbs, quantities do not."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(Rejected("c1", 400, "invalid_order", "no"), fill("t1", 200))
    record = bench.engine.money.orders["c1"]
    assert (record.state, record.filled_c) == ("rejected", 200)
    assert bench.engine.money.positions[TICKER].position.count_c == 200


def test_a_rejection_is_answered_with_the_exchanges_words() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    step = bench.feed(Rejected("c1", 400, "insufficient_balance", "too little"))
    (answer,) = of(step.effects, Answer)
    assert (answer.deny_code, answer.text) == ("REJECTED", "rejected: 400 insufficient_balance: too little")


def test_what_never_left_is_refused_and_frees_its_cash() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    step = bench.feed(NotSent("c1", "rate budget"))
    (answer,) = of(step.effects, Answer)
    assert (answer.deny_code, bench.state()) == ("NOT_SENT", "rejected")
    assert "c1" not in bench.engine.money.working


def test_a_fill_without_a_known_order_waits_for_the_acknowledgement() -> None:
    """A listing of fills carries no client id: as long as ours is under way, the fill may be its."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(FillsRead(0, (a_fill("t1", 200),), bench.at, True))
    assert of(bench.changes, FillBooked) == []
    bench.acked(filled_c=200)
    (booked,) = of(bench.changes, FillBooked)
    assert (booked.owner, booked.client_order_id) == ("manual", "c1")


def test_a_fill_of_nobodys_order_is_external_at_once() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(FillSeen(a_fill("t9", 200, "v-other"), 200, 0))
    (booked,) = of(bench.changes, FillBooked)
    assert (booked.owner, booked.client_order_id) == ("external", "")


def test_a_held_fill_that_is_not_ours_is_booked_when_the_doubt_ends() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(Unknown("c1", "timeout"), FillsRead(0, (a_fill("t1", 200, "v-other"),), bench.at, True))
    assert of(bench.changes, FillBooked) == []
    bench.wait(5 * SECOND_NS)
    bench.listing(listed_order("c1"))
    (booked,) = of(bench.changes, FillBooked)
    assert booked.owner == "external"
    assert bench.engine.money.orders["c1"].filled_c == 0


def test_one_trade_two_stories_keeps_the_first_and_says_so() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.feed(fill("t1", 200))
    step = bench.feed(fill("t1", 300))
    assert [alert.code for alert in of(step.effects, Alert)] == ["CONFLICTING_FILL"]
    assert bench.engine.money.orders["c1"].filled_c == 200


def test_more_fills_than_ordered_is_an_alarm() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.feed(fill("t1", 300), fill("t2", 300))
    assert "OVERFILLED" in [alert.code for alert in of(bench.effects, Alert)]
    assert bench.engine.money.positions[TICKER].position.count_c == 600


# Cancels


def test_a_cancel_before_the_acknowledgement_goes_out_with_the_order_id() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    assert of(bench.ask(command.CancelOrder("c1"), "x").effects, CancelOrder) == []
    step = bench.acked()
    assert of(step.effects, CancelOrder) == [CancelOrder("c1", "v-c1", TICKER, 0)]
    step = bench.feed(CancelAcked("c1", 500))
    assert [(a.command_id, a.deny_code) for a in of(step.effects, Answer)] == [("x", "")]
    assert bench.state() == "canceled"


def test_gone_means_gone_and_the_fill_that_won_is_looked_for() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.ask(command.CancelOrder("v-c1"), "x")
    step = bench.feed(GONE)
    assert {type(effect) for effect in step.effects} >= {ReadOrders, ReadFills, Answer}
    bench.listing(listed_order("c1", EXECUTED, filled_c=500))
    assert bench.state() == "filled"


def test_a_cancel_that_took_back_less_than_was_left_looks_for_the_fill_before_it() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.ask(command.CancelOrder("c1"))
    step = bench.feed(CancelAcked("c1", 300))
    assert {type(effect) for effect in step.effects} >= {ReadOrders, ReadFills}
    bench.listing(listed_order("c1", CANCELED, filled_c=200))
    bench.feed(FillsRead(0, (a_fill("t1", 200, "v-c1"),), bench.at, True))
    record = bench.engine.money.orders["c1"]
    assert (record.state, record.filled_c, record.venue_filled_c) == ("canceled", 200, 200)


def test_a_cancel_that_took_back_all_that_was_left_reads_nothing() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.feed(fill("t1", 200))
    bench.ask(command.CancelOrder("c1"))
    step = bench.feed(CancelAcked("c1", 300))
    assert of(step.effects, ReadOrders) == []


def test_an_unknown_cancel_is_read_and_sent_again_while_it_rests() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.ask(command.CancelOrder("c1"), "x")
    step = bench.feed(CancelFailed("c1", "timeout", True))
    assert of(step.effects, ReadOrders)
    bench.wait(SECOND_NS)
    step = bench.listing(listed_order("c1"))
    assert of(step.effects, CancelOrder)
    step = bench.feed(CancelAcked("c1", 500))
    assert [(a.command_id, a.deny_code) for a in of(step.effects, Answer)] == [("x", "")]


def test_an_unknown_cancel_that_worked_is_seen_in_the_listing() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.ask(command.CancelOrder("c1"), "x")
    bench.feed(CancelFailed("c1", "timeout", True))
    bench.wait(SECOND_NS)
    step = bench.listing(listed_order("c1", CANCELED))
    assert of(step.effects, CancelOrder) == []
    assert [(a.command_id, a.deny_code) for a in of(step.effects, Answer)] == [("x", "")]


def test_a_refused_cancel_is_tried_a_few_times_and_then_said() -> None:
    bench = CoreBench(msgspec.structs.replace(CoreBench().settings, most_cancel_tries=3))
    bench.start()
    bench.placed()
    bench.acked()
    bench.ask(command.CancelOrder("c1"), "x")
    for _ in range(3):
        bench.feed(CancelFailed("c1", "429", False))
        bench.run_for(2 * SECOND_NS)
    assert len(of(bench.effects, CancelOrder)) == 3
    assert [a.deny_code for a in of(bench.effects, Answer) if a.command_id == "x"] == ["CANCEL_FAILED"]
    assert bench.state() == "resting"


def test_cancel_of_nothing_and_of_what_ended() -> None:
    bench = CoreBench()
    bench.start()
    assert bench.answer(command.CancelOrder("nope")).deny_code == "ORDER_NOT_FOUND"
    bench.placed()
    bench.acked(filled_c=500)
    assert bench.answer(command.CancelOrder("c1")).deny_code == "ORDER_ENDED"


def test_cancel_all_takes_one_market_or_all_and_no_foreign_orders() -> None:
    bench = CoreBench()
    bench.start(orders=[listed_order("foreign")])
    for name in ("c1", "c2"):
        bench.placed(name, again=True)
        bench.acked(name)
    assert bench.answer(command.CancelAll("KXT-OTHER")).numbers == {"orders": 0}
    assert bench.answer(command.CancelAll()).numbers == {"orders": 2}
    assert [effect.client_order_id for effect in of(bench.effects, CancelOrder)] == ["c1", "c2"]


# Who asks twice


def test_a_repeated_command_or_key_gets_the_first_ones_order() -> None:
    bench = CoreBench()
    bench.start()
    bench.ask(place("c1", key="k"), "q")
    bench.ask(place("c1", key="k"), "q")
    bench.ask(place("c2", key="k"), "q2")
    assert len(of(bench.effects, SubmitOrder)) == 1
    step = bench.acked()
    assert [(a.command_id, a.client_order_id) for a in of(step.effects, Answer)] == [
        ("q", "c1"),
        ("q2", "c1"),
    ]
    for command_id in ("q", "q2", "q3"):
        (answer,) = of(bench.ask(place("c3", key="k"), command_id).effects, Answer)
        assert (answer.client_order_id, answer.deny_code) == ("c1", "")
    assert len(of(bench.effects, SubmitOrder)) == 1


def test_an_adopted_order_is_external_and_its_later_fills_too() -> None:
    bench = CoreBench()
    bench.start(orders=[listed_order("foreign", filled_c=100)])
    record = bench.engine.money.orders["foreign"]
    assert (record.terms.owner, record.state, record.remaining_c) == ("external", "partial", 400)
    bench.feed(FillSeen(a_fill("t1", 400, "v-foreign", side=BookSide.BID), 400, 0))
    assert bench.engine.money.orders["foreign"].filled_c == 400
    assert bench.engine.money.positions[TICKER].owner == "external"


def test_an_ended_order_that_a_later_listing_shows_resting_is_canceled() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(Rejected("c1", 400, "invalid_order", "no"))
    bench.wait(10 * SECOND_NS)
    step = bench.listing(listed_order("c1"))
    assert bench.state() == "rejected"
    assert [effect.order_id for effect in of(step.effects, CancelOrder)] == ["v-c1"]
    assert "ENDED_ORDER_RESTS" in [alert.code for alert in of(step.effects, Alert)]
