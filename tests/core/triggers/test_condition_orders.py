"""The order of a condition that fired: the gate looks again, a sale makes room, its plan goes along."""

from __future__ import annotations

import msgspec
import pytest
from condition_bench import CHEAP, GUARD, add, alerts, bench, book, restarted, state
from core_bench import TICKER, CoreBench, a_fill, listed_order, of

from engine.core.effects import AlertLevel, CancelOrder, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.inputs import Acked, CancelAcked
from engine.domain.command import Resume, SetExits, SetMode
from engine.domain.feed import FeedAlive, FillSeen
from engine.domain.order import BookSide, Leg, VenueOrderStatus
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionState, Crossing, Source, Ticket, Trigger
from engine.domain.units import SECOND_NS


def test_a_refused_firing_is_over_told_and_cancels_nothing() -> None:
    desk = bench()
    add(desk, "k1")
    add(desk, "k2", trigger=Trigger(Source.BID, Crossing.AT_OR_ABOVE, 6_000), cancels=("k1",))
    desk.ask(SetMode("NO_NEW_ENTRIES", "lunch"))
    assert book(desk, 4_400, 4_600) == []
    record = desk.engine.money.conditions["k1"]
    assert (record.state, record.client_order_id) == (ConditionState.FIRED, "")
    assert record.cause.startswith("ENTRIES_OFF: ")
    assert ("COND_REFUSED", AlertLevel.URGENT) in alerts(desk)
    assert state(desk, "k2") == "armed"
    desk.ask(Resume("back"))
    book(desk, 4_900, 5_100)
    assert book(desk, 4_400, 4_600) == []


def test_the_gate_checks_the_collar_again() -> None:
    desk = bench()
    add(desk)
    assert book(desk, 5_000, 5_100) == []
    dear = Ticket(TICKER, Leg.YES, True, 300, 5_500)
    add(desk, "k2", trigger=Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_800), ticket=dear)
    assert book(desk, 4_700, 4_900) == []
    assert desk.engine.money.conditions["k2"].cause.startswith("COLLAR: ")


def test_a_sale_of_what_is_not_held_is_refused() -> None:
    desk = bench()
    desk.placed()
    desk.acked(filled_c=0)
    sale = Ticket(TICKER, Leg.YES, False, 500, 4_400)
    add(desk, "k1", ticket=sale)
    book(desk, 4_400, 4_600)
    assert desk.engine.money.conditions["k1"].cause.startswith("NOT_REDUCING: ")


def test_two_of_the_same_ticket_within_ten_seconds_look_like_a_repetition() -> None:
    desk = bench()
    add(desk, "k1")
    add(desk, "k2")
    assert len(book(desk, 4_400, 4_600)) == 1
    causes = [record.cause.partition(":")[0] for record in desk.engine.money.conditions.values()]
    assert causes == ["", "LOOKS_DUPLICATE"]


def test_a_sale_waits_while_exits_are_off() -> None:
    desk = bench()
    desk.placed()
    desk.acked(filled_c=500)
    desk.feed(FillSeen(a_fill("t1", 500), 500, 0))
    add(desk, "k1", ticket=Ticket(TICKER, Leg.YES, False, 500, 4_300))
    desk.ask(SetExits(False, "a drill"))
    assert book(desk, 4_400, 4_600) == []
    assert state(desk) == "armed"
    desk.ask(SetExits(True, "over"))
    desk.feed(FeedAlive())
    (sent,) = of(desk.wait(SECOND_NS).effects, SubmitOrder)
    assert (sent.request.side, sent.request.price_bp, sent.request.count_c) == (BookSide.ASK, 4_300, 500)


def test_a_sale_passes_in_every_mode() -> None:
    desk = bench()
    desk.placed()
    desk.acked(filled_c=500)
    desk.feed(FillSeen(a_fill("t1", 500), 500, 0))
    add(desk, "k1", ticket=Ticket(TICKER, Leg.YES, False, 200, 4_300))
    desk.ask(SetMode("HALTED", "a drill"))
    (sent,) = book(desk, 4_400, 4_600)
    assert (sent.request.side, sent.request.count_c) == (BookSide.ASK, 200)
    assert desk.engine.money.orders["k1-o"].terms.opens is False


def test_its_plan_goes_with_the_order() -> None:
    desk = bench()
    add(desk, ticket=msgspec.structs.replace(CHEAP, plan=GUARD))
    book(desk, 4_400, 4_600)
    (intent,) = of(desk.changes, OrderIntended)
    assert intent.terms.plan == GUARD


def guarded() -> CoreBench:
    """Five YES whose take profit rests."""
    desk = bench()
    desk.placed(plan=PlanTerms(take_profit=Target(2_000)))
    desk.acked(filled_c=500)
    desk.feed(FillSeen(a_fill("t1", 500), 500, 0))
    (profit,) = [
        sent.request for sent in of(desk.effects, SubmitOrder) if sent.request.client_order_id != "c1"
    ]
    desk.feed(Acked(profit.client_order_id, "v-tp", 0, 500))
    desk.effects.clear()
    return desk


SALE = Ticket(TICKER, Leg.YES, False, 500, 4_300)


def test_a_sale_has_the_take_profit_canceled_first_and_has_fired_once_its_order_is_there() -> None:
    desk = guarded()
    add(desk, "k1", ticket=SALE)
    assert book(desk, 4_400, 4_600) == []
    (cancel,) = of(desk.effects, CancelOrder)
    assert state(desk) == "armed"
    step = desk.feed(CancelAcked(cancel.client_order_id, 500))
    (sent,) = of(step.effects, SubmitOrder)
    assert (sent.request.client_order_id, sent.request.count_c) == ("k1-o", 500)
    desk.feed(FeedAlive())
    desk.wait(SECOND_NS)
    assert state(desk) == "fired"
    assert desk.engine.money.conditions["k1"].numbers["bid_bp"] == 4_400


@pytest.mark.parametrize("is_sent", [False, True])
def test_a_death_while_the_take_profit_is_canceled_loses_no_sale_and_doubles_none(is_sent: bool) -> None:
    desk = guarded()
    add(desk, "k1", ticket=SALE)
    book(desk, 4_400, 4_600)
    (cancel,) = of(desk.effects, CancelOrder)
    if is_sent:
        desk.feed(CancelAcked(cancel.client_order_id, 500))
        assert state(desk) == "armed"
    after = restarted(desk)
    sent = [order.request.client_order_id for order in of(after.effects, SubmitOrder)]
    book(after, 4_400, 4_600)
    after.wait(SECOND_NS)
    assert "k1-o" not in sent
    assert state(after) == ("fired" if is_sent else "armed")
    after.feed(CancelAcked(cancel.client_order_id, 500), FeedAlive())
    # What was being canceled when the process died is known once a listing says so.
    after.wait(4 * SECOND_NS)
    after.listing(listed_order(cancel.client_order_id, VenueOrderStatus.CANCELED))
    after.feed(FeedAlive())
    after.wait(SECOND_NS)
    intents = [change.terms.client_order_id for change in of(desk.changes + after.changes, OrderIntended)]
    assert intents.count("k1-o") == 1
    assert state(after) == "fired"
