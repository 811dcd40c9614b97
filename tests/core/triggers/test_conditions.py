"""Conditional orders: when they fire, when they do not, and that each fires once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from core_bench import SERIES, START, TICKER, CoreBench, a_fill, listed_order, market, of

from engine.core.effects import Alert, AlertLevel, CancelOrder, SubmitOrder, WatchBooks, WatchIndexes
from engine.core.facts.orders import OrderIntended
from engine.core.facts.prepared import ConditionMoved, ConditionSet
from engine.core.inputs import Acked, CancelAcked, StatusRead, Stopping
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.domain.command import AddCondition, ChangeCondition, Resume, SetExits, SetMode
from engine.domain.feed import (
    BookFresh,
    BookStale,
    BookUpdated,
    Channel,
    FeedAlive,
    FillSeen,
    IndexSeen,
    LifecycleKind,
    LifecycleSeen,
    StaleReason,
    TickerQuote,
)
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, Leg, VenueOrderStatus
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS

OTHER = "KXT-26NOV20-T51"
LOW = Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_500)
"""The book of a bench begins at 49 bid, 51 asked."""
BUY_NO = Ticket(TICKER, Leg.NO, True, 300, 5_500)
CHEAP = Ticket(TICKER, Leg.NO, True, 300, 3_000)
"""Within the collar wherever the market goes here."""
GUARD = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))


def terms(trigger: Trigger = LOW, ticket: Ticket = CHEAP, **changes: Any) -> ConditionTerms:
    return msgspec.structs.replace(ConditionTerms(trigger, ticket), **changes)


def bench(**settings: Any) -> CoreBench:
    made = CoreBench(EngineSettings(series=(SERIES,), **settings))
    made.start(market(), market(OTHER))
    return made


def add(desk: CoreBench, name: str = "k1", now: bool = False, **changes: Any) -> str:
    """Its deny code, empty if it was taken."""
    return desk.answer(AddCondition(name, terms(**changes), now)).deny_code


def book(desk: CoreBench, bid_bp: int, ask_bp: int, ticker: str = TICKER) -> list[SubmitOrder]:
    """The book is replaced; what is sent in that step."""
    return of(
        desk.feed(BookFresh(ticker, ((bid_bp, 10_000),), ((ask_bp, 10_000),), None)).effects, SubmitOrder
    )


def state(desk: CoreBench, name: str = "k1") -> str:
    return desk.engine.money.conditions[name].state.value


def alerts(desk: CoreBench) -> list[tuple[str, AlertLevel]]:
    return [(alert.code, alert.level) for alert in of(desk.effects, Alert)]


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


@pytest.mark.parametrize(
    ("trigger", "bid_bp", "ask_bp"),
    [
        (Trigger(Source.BID, Crossing.AT_OR_ABOVE, 5_200), 5_200, 5_400),
        (Trigger(Source.ASK, Crossing.AT_OR_BELOW, 4_800), 4_600, 4_800),
        (Trigger(Source.ASK, Crossing.AT_OR_ABOVE, 5_300), 5_000, 5_300),
        (Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_700, Leg.NO), 5_100, 5_300),
        (Trigger(Source.ASK, Crossing.AT_OR_ABOVE, 5_400, Leg.NO), 4_600, 4_800),
        (Trigger(Source.MID, Crossing.AT_OR_ABOVE, 5_050), 5_000, 5_100),
        (Trigger(Source.MID, Crossing.AT_OR_BELOW, 4_950, Leg.NO), 5_000, 5_100),
    ],
)
def test_prices_of_either_leg(trigger: Trigger, bid_bp: int, ask_bp: int) -> None:
    desk = bench()
    assert add(desk, trigger=trigger, ticket=CHEAP) == ""
    assert book(desk, 4_900, 5_100) == []
    (sent,) = book(desk, bid_bp, ask_bp)
    assert sent.request.client_order_id == "k1-o"


def test_a_mid_between_two_basis_points_is_not_rounded_to_its_level() -> None:
    desk = bench()
    assert add(desk, trigger=Trigger(Source.MID, Crossing.AT_OR_BELOW, 4_950)) == ""
    assert book(desk, 4_900, 5_001) == []
    (sent,) = book(desk, 4_899, 5_001)
    assert sent.request.client_order_id == "k1-o"


def quote(last_bp: int | None, ticker: str = TICKER) -> TickerQuote:
    return TickerQuote(ticker, last_bp, 4_900, 5_100, 100, 100, 100, 1_000, 1_000, START)


def test_the_last_trade_of_either_leg() -> None:
    desk = bench()
    desk.feed(quote(5_000))
    assert add(desk, "k1", trigger=Trigger(Source.LAST, Crossing.AT_OR_ABOVE, 5_500)) == ""
    assert add(desk, "k2", trigger=Trigger(Source.LAST, Crossing.AT_OR_BELOW, 4_500, Leg.NO)) == ""
    assert of(desk.feed(quote(None)).effects, SubmitOrder) == []
    assert of(desk.feed(quote(5_499)).effects, SubmitOrder) == []
    desk.feed(quote(5_500))
    assert (state(desk, "k1"), state(desk, "k2")) == ("fired", "fired")


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


def test_time_fires_at_its_time() -> None:
    desk = bench()
    at = START + HOUR_NS
    assert add(desk, trigger=Trigger(Source.TIME, Crossing.AT_OR_ABOVE, at)) == ""
    desk.wait(HOUR_NS - 1)
    desk.feed(FeedAlive())
    assert state(desk) == "armed"
    assert len(of(desk.wait(1).effects, SubmitOrder)) == 1
    past = terms(trigger=Trigger(Source.TIME, Crossing.AT_OR_ABOVE, desk.at))
    assert desk.answer(AddCondition("k2", past)).deny_code == "ALREADY_TRUE"


def index(value: str, name: str = "BRTI") -> IndexSeen:
    return IndexSeen(Channel.INDEX, name, Decimal(value), None, START)


def test_an_index_is_asked_for_while_a_condition_looks_at_it() -> None:
    desk = bench()
    above = Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 7_620_000, key="BRTI")
    answer = desk.answer(AddCondition("k1", terms(trigger=above)))
    assert "not known yet" in answer.text
    assert of(desk.effects, WatchIndexes) == [WatchIndexes(("BRTI",))]
    desk.feed(index("76300.5"))
    assert state(desk) == "armed", "it was not seen below yet"
    desk.feed(index("76199.999"))
    desk.feed(index("76500", "ETHUSD_RTI"))
    assert state(desk) == "armed"
    desk.feed(index("76200.00"))
    assert state(desk) == "fired"
    assert of(desk.effects, WatchIndexes)[-1] == WatchIndexes(())


def test_an_index_that_fell_silent_fires_nothing() -> None:
    desk = bench()
    add(desk, trigger=Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 7_620_000, key="BRTI"))
    desk.feed(index("76000"))
    desk.feed(BookFresh(TICKER, ((4_900, 100),), (), None))
    desk.feed(index("76300"))
    desk.wait(6 * SECOND_NS)
    assert book(desk, 4_900, 5_100) == []
    desk.wait(SECOND_NS)
    assert state(desk) == "armed"


def test_a_value_that_was_unknown_when_armed_must_be_seen_on_the_other_side() -> None:
    desk = bench()
    desk.feed(BookStale(TICKER, StaleReason.GAP))
    assert "not known yet" in desk.answer(AddCondition("k1", terms())).text
    assert book(desk, 4_400, 4_600) == []
    assert book(desk, 4_900, 5_100) == []
    assert len(book(desk, 4_400, 4_600)) == 1


def test_another_markets_price_may_trigger() -> None:
    desk = bench()
    add(desk, trigger=msgspec.structs.replace(LOW, ticker=OTHER))
    assert book(desk, 4_400, 4_600) == []
    book(desk, 4_900, 5_100)
    (sent,) = book(desk, 4_300, 4_600, OTHER)
    assert sent.request.ticker == TICKER
    numbers = of(desk.changes, ConditionMoved)[-1].numbers
    assert (numbers["bid_bp"], numbers["order_bid_bp"]) == (4_300, 4_900)


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


def test_it_expires_by_exchange_time_and_is_told() -> None:
    desk = bench()
    assert add(desk, expires_ns=START + MINUTE_NS) == ""
    desk.wait(MINUTE_NS - 1)
    assert state(desk) == "armed"
    desk.wait(1)
    assert state(desk) == "expired"
    assert ("COND_EXPIRED", AlertLevel.NOTE) in alerts(desk)
    assert book(desk, 4_400, 4_600) == []
    assert add(desk, "k2", expires_ns=desk.at) == "ALREADY_EXPIRED"


def test_it_ends_with_its_market() -> None:
    desk = bench()
    add(desk)
    desk.feed(LifecycleSeen(kind=LifecycleKind.DETERMINED, ticker=TICKER))
    desk.wait(SECOND_NS)
    assert (state(desk), desk.engine.money.conditions["k1"].cause) == ("expired", "its market has closed")
    desk = bench()
    add(desk, "k1")
    desk.wait(5 * HOUR_NS)
    desk.wait(SECOND_NS)
    assert state(desk) == "expired"


def test_disabled_it_does_not_fire_and_enabled_it_is_armed_anew() -> None:
    desk = bench()
    add(desk)
    assert desk.answer(ChangeCondition("k1", "disable")).deny_code == ""
    assert book(desk, 4_400, 4_600) == []
    assert desk.answer(ChangeCondition("k1", "enable")).deny_code == "ALREADY_TRUE"
    book(desk, 4_900, 5_100)
    assert desk.answer(ChangeCondition("k1", "enable")).deny_code == ""
    assert len(book(desk, 4_400, 4_600)) == 1
    assert desk.answer(ChangeCondition("k1", "enable")).deny_code == "CONDITION_ENDED"
    assert desk.answer(ChangeCondition("k9", "enable")).deny_code == "CONDITION_NOT_FOUND"
    assert desk.answer(ChangeCondition("k1", "paint")).deny_code == "BAD_CHANGE"


def test_removed_it_is_gone() -> None:
    desk = bench()
    add(desk)
    assert desk.answer(ChangeCondition("k1", "remove")).text == "removed"
    assert desk.engine.money.conditions == {}
    assert book(desk, 4_400, 4_600) == []
    assert desk.engine.books[TICKER].watchers == ()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ticket": msgspec.structs.replace(BUY_NO, ticker="KXT-26NOV20-T99")}, "UNKNOWN_MARKET"),
        ({"trigger": msgspec.structs.replace(LOW, ticker="KXT-26NOV20-T99")}, "UNKNOWN_MARKET"),
        ({"trigger": msgspec.structs.replace(LOW, level=0)}, "BAD_TRIGGER"),
        (
            {"trigger": Trigger(Source.FORECAST, Crossing.AT_OR_BELOW, 3_000, key="100")},
            "FORECAST_UNAVAILABLE",
        ),
        ({"trigger": Trigger(Source.TIME, Crossing.AT_OR_BELOW, START + HOUR_NS)}, "BAD_TRIGGER"),
        ({"trigger": Trigger(Source.SPOT, Crossing.AT_OR_BELOW, 100)}, "BAD_TRIGGER"),
        ({"ticket": msgspec.structs.replace(BUY_NO, price_bp=5_550)}, "OFF_GRID"),
        ({"ticket": msgspec.structs.replace(BUY_NO, price_bp=200)}, "FAR_PRICE"),
        ({"ticket": msgspec.structs.replace(BUY_NO, count_c=0)}, "COUNT_NOT_POSITIVE"),
        ({"ticket": msgspec.structs.replace(BUY_NO, plan=PlanTerms(stop_loss=Target(100)))}, "BAD_PLAN"),
        ({"ticket": msgspec.structs.replace(BUY_NO, buys=False, plan=GUARD)}, "BAD_PLAN"),
        ({"cancels": ("nobody",)}, "CONDITION_NOT_FOUND"),
        ({"cancels": ("a",) * 9}, "BAD_TRIGGER"),
    ],
)
def test_what_cannot_become_an_order_is_not_armed(changes: dict[str, Any], code: str) -> None:
    desk = bench()
    answer = desk.answer(AddCondition("k1", terms(**changes)))
    assert answer.deny_code == code, answer
    assert desk.changes == []


def test_ids_are_ids_and_are_used_once() -> None:
    desk = bench()
    assert add(desk, "k 1") == "ID_INVALID"
    assert add(desk, "k" * 63) == "ID_INVALID"
    assert add(desk, "k1") == ""
    assert desk.answer(AddCondition("k1", terms())).text == "armed already"
    assert add(desk, "k1", expires_ns=START + HOUR_NS) == "ID_USED"
    desk.ask(ChangeCondition("k1", "remove"))
    desk.placed("k2-o")
    assert add(desk, "k2") == "ID_USED"


def test_there_are_at_most_so_many() -> None:
    desk = bench(most_conditions=3)
    assert [add(desk, f"k{number}") for number in range(4)] == ["", "", "", "TOO_MANY_CONDITIONS"]
    desk.ask(ChangeCondition("k0", "disable"))
    assert add(desk, "k4") == "TOO_MANY_CONDITIONS"
    desk.ask(ChangeCondition("k0", "remove"))
    assert add(desk, "k4") == ""


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


def restarted(desk: CoreBench) -> CoreBench:
    """A new process on the facts of the old one."""
    after = CoreBench(desk.settings, fold(desk.changes))
    after.at, after.mono = desk.at + SECOND_NS, SECOND_NS
    after.start(market(), market(OTHER), run_id="r2")
    return after


def test_a_restart_arms_it_again_and_it_still_fires_once() -> None:
    desk = bench()
    add(desk)
    after = restarted(desk)
    assert len(book(after, 4_400, 4_600)) == 1
    assert state(after) == "fired"
    desk.changes += after.changes
    again = restarted(desk)
    assert book(again, 4_900, 5_100) == []
    assert book(again, 4_400, 4_600) == []


def test_a_restart_does_not_fire_on_what_was_never_seen_on_the_other_side() -> None:
    desk = bench()
    desk.feed(BookStale(TICKER, StaleReason.GAP))
    add(desk)
    after = restarted(desk)
    money = after.engine.money
    assert money.conditions["k1"].is_primed, "the first book of the new run showed the other side"
    desk = bench()
    desk.feed(BookStale(TICKER, StaleReason.GAP))
    add(desk, trigger=Trigger(Source.BID, Crossing.AT_OR_ABOVE, 4_900))
    after = restarted(desk)
    after.wait(2 * SECOND_NS)
    assert state(after) == "armed"


def test_after_a_restart_the_feed_carries_its_market_though_its_series_is_not_followed() -> None:
    desk = CoreBench(EngineSettings(series=(SERIES,), legs_per_event=0))
    desk.start(market())
    assert TICKER not in desk.engine.books
    assert "not known yet" in desk.answer(AddCondition("k1", terms())).text
    assert of(desk.effects, WatchBooks)[-1] == WatchBooks((TICKER,))
    after = CoreBench(desk.settings, fold(desk.changes))
    after.start(market())
    assert TICKER in after.engine.books


def test_the_money_state_is_what_its_facts_make_of_it() -> None:
    desk = bench()
    add(desk, "k1")
    add(desk, "k2", cancels=("k1",))
    add(desk, "k3")
    desk.ask(ChangeCondition("k3", "disable"))
    book(desk, 4_400, 4_600)
    kinds = {type(change) for change in desk.changes}
    assert {ConditionSet, ConditionMoved} <= kinds
    assert fold(desk.changes).conditions == desk.engine.money.conditions
    before = state_hash(desk.engine.money)
    desk.ask(ChangeCondition("k3", "remove"))
    assert state_hash(desk.engine.money) != before


def test_of_those_that_ended_the_newest_are_kept() -> None:
    desk = bench()
    for number in range(110):
        add(desk, f"k{number}", expires_ns=desk.at + SECOND_NS)
        desk.wait(SECOND_NS)
        desk.feed(FeedAlive())
    kept = list(desk.engine.money.conditions)
    assert kept == [f"k{number}" for number in range(10, 110)]


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
