"""From arming to its end: what cannot be armed, ids, how many; expiry, changes, restarts."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from condition_bench import BUY_NO, GUARD, LOW, add, alerts, bench, book, restarted, state, terms
from core_bench import SERIES, START, TICKER, CoreBench, market, of

from engine.core.effects import AlertLevel, WatchBooks
from engine.core.facts.prepared import ConditionMoved, ConditionSet
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.domain.command import AddCondition, ChangeCondition
from engine.domain.feed import BookStale, FeedAlive, LifecycleKind, LifecycleSeen, StaleReason
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import Crossing, Source, Trigger
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS


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
