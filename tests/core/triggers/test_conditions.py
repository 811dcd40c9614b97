"""Conditional orders: when they fire, when they do not, and that each fires once."""

from __future__ import annotations

from condition_bench import BUY_NO, add, alerts, bench, book, state, terms
from core_bench import OTHER, START, TICKER, of

from engine.core.effects import AlertLevel, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.facts.prepared import ConditionMoved
from engine.core.inputs import StatusRead, Stopping
from engine.domain.command import AddCondition
from engine.domain.feed import (
    BookFresh,
    BookStale,
    BookUpdated,
    FeedAlive,
    LifecycleKind,
    LifecycleSeen,
    StaleReason,
)
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide
from engine.domain.trigger import Crossing, Source, Trigger
from engine.domain.units import SECOND_NS


def test_it_fires_in_the_step_of_the_delta_that_crosses_and_only_once() -> None:
    desk = bench()
    assert add(desk, ticket=BUY_NO) == ""
    desk.feed(BookUpdated(TICKER, BookSide.BID, 4_600, 500, None, None))
    desk.feed(BookUpdated(TICKER, BookSide.BID, 4_900, -10_000, None, None))
    assert state(desk) == "armed"
    desk.feed(BookUpdated(TICKER, BookSide.BID, 4_500, 700, None, None))
    step = desk.feed(BookUpdated(TICKER, BookSide.BID, 4_600, -500, None, None))
    (sent,) = of(step.effects, SubmitOrder)
    assert (sent.request.client_order_id, sent.request.side, sent.request.price_bp, sent.request.count_c) == (
        "k1-o",
        BookSide.ASK,
        4_500,
        300,
    )
    assert book(desk, 4_400, 4_600) == []
    assert book(desk, 4_900, 5_100) == []
    assert book(desk, 4_400, 4_600) == []
    assert state(desk) == "fired"
    assert desk.engine.money.conditions["k1"].client_order_id == "k1-o"


def test_a_firing_is_stored_with_the_book_that_fired_it() -> None:
    desk = bench()
    add(desk)
    book(desk, 4_400, 4_600)
    (intent,) = of(desk.changes, OrderIntended)
    assert intent.terms.owner == "manual"
    assert intent.numbers["condition"] == "k1"
    assert (intent.numbers["trigger_value"], intent.numbers["trigger_level"]) == (4_400, 4_500)
    assert (intent.numbers["bid_bp"], intent.numbers["ask_bp"]) == (4_400, 4_600)
    fired = of(desk.changes, ConditionMoved)[-1]
    assert fired.numbers == {
        "value": 4_400,
        "level": 4_500,
        "bid_bp": 4_400,
        "bid_c": 10_000,
        "ask_bp": 4_600,
        "ask_c": 10_000,
    }
    assert ("COND_FIRED", AlertLevel.NOTE) in alerts(desk)


def test_true_already_is_refused_with_its_numbers_and_sent_at_once_if_that_is_meant() -> None:
    desk = bench()
    high = Trigger(Source.BID, Crossing.AT_OR_ABOVE, 4_900)
    answer = desk.answer(AddCondition("k1", terms(trigger=high)))
    assert (answer.deny_code, answer.numbers) == ("ALREADY_TRUE", {"value": 4_900, "level": 4_900})
    assert desk.engine.money.conditions == {}
    answer = desk.answer(AddCondition("k1", terms(trigger=high), now=True))
    assert (answer.deny_code, answer.client_order_id) == ("", "k1-o")
    assert [sent.request.client_order_id for sent in of(desk.effects, SubmitOrder)] == ["k1-o"]
    assert state(desk) == "fired"


def test_at_once_at_a_console_needs_the_lease_and_leaves_nothing_behind_without_it() -> None:
    desk = bench()
    high = Trigger(Source.BID, Crossing.AT_OR_ABOVE, 4_900)
    answer = desk.answer(AddCondition("k1", terms(trigger=high), now=True), typed=True)
    assert answer.deny_code == "NOT_ARMED"
    assert desk.changes == []
    assert desk.answer(AddCondition("k1", terms()), typed=True).deny_code == ""


def test_a_stale_a_one_sided_and_a_crossed_book_fire_nothing() -> None:
    desk = bench()
    add(desk)
    desk.feed(BookStale(TICKER, StaleReason.GAP))
    desk.wait(2 * SECOND_NS)
    assert of(desk.feed(BookFresh(TICKER, ((4_400, 100),), (), None)).effects, SubmitOrder) == []
    assert of(desk.feed(BookFresh(TICKER, (), ((4_400, 100),), None)).effects, SubmitOrder) == []
    assert book(desk, 4_400, 4_400) == []
    desk.wait(2 * SECOND_NS)
    assert state(desk) == "armed"
    assert len(book(desk, 4_400, 4_600)) == 1


def test_a_silent_feed_fires_nothing() -> None:
    desk = bench()
    add(desk, trigger=Trigger(Source.TIME, Crossing.AT_OR_ABOVE, START + 5 * SECOND_NS))
    step = desk.wait(5 * SECOND_NS)
    assert of(step.effects, SubmitOrder) == []
    desk.feed(FeedAlive())
    assert len(of(desk.wait(SECOND_NS).effects, SubmitOrder)) == 1


def test_a_value_that_was_unknown_when_armed_must_be_seen_on_the_other_side() -> None:
    desk = bench()
    desk.feed(BookStale(TICKER, StaleReason.GAP))
    assert "not known yet" in desk.answer(AddCondition("k1", terms())).text
    assert book(desk, 4_400, 4_600) == []
    assert book(desk, 4_900, 5_100) == []
    assert len(book(desk, 4_400, 4_600)) == 1


def test_one_cancels_the_other_in_both_directions() -> None:
    for crossed in ((4_400, 4_600), (5_500, 5_700)):
        desk = bench()
        add(desk, "down")
        add(desk, "up", trigger=Trigger(Source.BID, Crossing.AT_OR_ABOVE, 5_500), cancels=("down",))
        add(desk, "third", trigger=Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_000))
        assert len(book(desk, *crossed)) == 1
        states = {name: record.state.value for name, record in desk.engine.money.conditions.items()}
        assert sorted(states.values()) == ["armed", "canceled", "fired"]
        assert states["third"] == "armed"
        (canceled,) = [r for r in desk.engine.money.conditions.values() if r.state == "canceled"]
        assert canceled.cause == ("down fired" if crossed[0] == 4_400 else "up fired")


def test_after_a_pause_it_waits_for_a_normal_spread() -> None:
    desk = bench()
    add(desk)
    desk.feed(StatusRead(True, False, {}))
    assert book(desk, 4_400, 4_600) == []
    desk.feed(StatusRead(True, True, {}))
    assert book(desk, 2_000, 8_000) == []
    assert book(desk, 3_900, 5_000) == []
    assert len(book(desk, 4_000, 5_000)) == 1


def test_after_a_pause_a_wide_book_is_waited_for_a_minute() -> None:
    desk = bench()
    add(desk)
    desk.feed(LifecycleSeen(kind=LifecycleKind.DEACTIVATED, ticker=TICKER))
    assert desk.engine.markets[TICKER].status is MarketStatus.INACTIVE
    desk.wait(SECOND_NS)
    desk.feed(LifecycleSeen(kind=LifecycleKind.ACTIVATED, ticker=TICKER))
    book(desk, 4_300, 5_600)
    for _ in range(59):
        desk.feed(FeedAlive())
        desk.wait(SECOND_NS)
        assert state(desk) == "armed"
    desk.feed(FeedAlive())
    desk.wait(SECOND_NS)
    desk.feed(FeedAlive())
    desk.wait(SECOND_NS)
    assert state(desk) == "fired"


def test_a_market_without_a_condition_has_nobody_to_tell() -> None:
    desk = bench()
    assert desk.engine.books[TICKER].watchers == ()
    add(desk)
    assert len(desk.engine.books[TICKER].watchers) == 1
    assert desk.engine.books[OTHER].watchers == ()
    book(desk, 4_400, 4_600)
    assert desk.engine.books[TICKER].watchers == ()


def test_a_stopping_engine_leaves_it_armed_for_the_next_start() -> None:
    desk = bench()
    add(desk)
    desk.feed(Stopping())
    assert book(desk, 4_400, 4_600) == []
    assert state(desk) == "armed"
