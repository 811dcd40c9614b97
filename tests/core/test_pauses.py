"""Pauses are told before they come; entries live through them; what is unknown stays so."""

from __future__ import annotations

import pytest
from core_bench import SERIES, START, TICKER, CoreBench, a_fill, market, of, place

from engine.core.effects import (
    Alert,
    AmendOrder,
    CancelOrder,
    ReadOrders,
    ReadSchedule,
    ReadStatus,
    SubmitOrder,
)
from engine.core.facts.orders import NotFound, OrderAmended
from engine.core.inputs import Acked, FillsRead, ReadFailed, ScheduleRead, StatusRead, Unknown
from engine.core.settings import EngineSettings
from engine.domain.command import CancelAll, ClosePosition
from engine.domain.feed import BookFresh, LifecycleKind, LifecycleSeen
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS

BEGINS = START + 2 * HOUR_NS
"""12:00 in New York, on a day in November."""
ENDS = BEGINS + 2 * HOUR_NS
OPEN = StatusRead(True, True, {0: (True, True)})
NO_TRADING = StatusRead(True, False, {0: (True, False)})
CLOSED = StatusRead(False, False, {0: (False, False)})


def started(*, keeps_entries: bool = True) -> CoreBench:
    bench = CoreBench(EngineSettings(series=(SERIES,), keep_entries_over_pause=keeps_entries))
    bench.start(market(close_ns=START + 24 * HOUR_NS))
    bench.feed(ScheduleRead(((BEGINS, ENDS),)))
    return bench


def until(bench: CoreBench, at: int) -> None:
    """Straight to a time, books kept fresh."""
    bench.wait(at - bench.at)
    book(bench)


def book(bench: CoreBench, bid_bp: int = 4_900, ask_bp: int = 5_100) -> None:
    bench.feed(BookFresh(TICKER, ((bid_bp, 10_000),), ((ask_bp, 10_000),), None))


def alerts(bench: CoreBench, code: str) -> list[str]:
    return [alert.text for alert in of(bench.effects, Alert) if alert.code == code]


def resting_at(bench: CoreBench, at: int) -> None:
    until(bench, at)
    bench.placed()
    bench.acked()


def test_the_schedule_is_asked_for_until_it_comes() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(ReadFailed("ReadSchedule", "", "503"))
    bench.wait(MINUTE_NS)
    assert len(of(bench.effects, ReadSchedule)) == 1
    bench.feed(ScheduleRead(()))
    bench.effects.clear()
    bench.wait(HOUR_NS)
    assert of(bench.effects, ReadSchedule) == []


def test_people_are_told_thirty_and_five_minutes_before_with_what_is_at_stake() -> None:
    bench = started()
    bench.feed(FillsRead(0, (a_fill("t1", 500, "v-x"),), bench.at, True))
    assert bench.engine.notice == ""
    until(bench, BEGINS - 31 * MINUTE_NS)
    assert alerts(bench, "PAUSE_AHEAD") == []
    until(bench, BEGINS - 30 * MINUTE_NS)
    (first,) = alerts(bench, "PAUSE_AHEAD")
    assert first == (
        "trading pauses 12:00 to 14:00 ET, in 30 min: 1 positions that no exit can leave meanwhile, "
        "0 resting entries, worst case $2.50"
    )
    assert bench.engine.notice == "trading pauses 12:00 to 14:00 ET: no entries, no exits, cancels are taken"
    until(bench, BEGINS - 5 * MINUTE_NS)
    assert len(alerts(bench, "PAUSE_AHEAD")) == 2


def test_who_starts_shortly_before_is_told_at_once() -> None:
    bench = CoreBench()
    bench.at = BEGINS - 12 * MINUTE_NS
    bench.start(market(close_ns=START + 24 * HOUR_NS))
    bench.feed(ScheduleRead(((BEGINS, ENDS),)))
    assert len(alerts(bench, "PAUSE_AHEAD")) == 1


def test_a_resting_entry_is_extended_over_the_pause() -> None:
    bench = started()
    resting_at(bench, BEGINS - 14 * MINUTE_NS)
    until(bench, BEGINS - 9 * MINUTE_NS)
    amended = of(bench.effects, AmendOrder)[-1]
    assert amended.expires_ns == ENDS + 5 * MINUTE_NS
    bench.feed(Acked("c1", "v-c1", 0, 500))
    assert of(bench.changes, OrderAmended)[-1].expires_ns == ENDS + 5 * MINUTE_NS
    bench.effects.clear()
    until(bench, BEGINS - 5 * MINUTE_NS)
    assert of(bench.effects, AmendOrder) == [], "it rests over the pause already"


def test_one_that_would_expire_just_before_is_extended_at_the_last_warning() -> None:
    bench = started()
    resting_at(bench, BEGINS - 11 * MINUTE_NS)
    assert bench.engine.money.orders["c1"].terms.expires_ns == BEGINS - MINUTE_NS
    until(bench, BEGINS - 5 * MINUTE_NS)
    assert of(bench.effects, AmendOrder)[-1].expires_ns == ENDS + 5 * MINUTE_NS


def test_a_new_entry_shortly_before_is_made_to_last() -> None:
    bench = started()
    resting_at(bench, BEGINS - 8 * MINUTE_NS)
    assert bench.engine.money.orders["c1"].terms.expires_ns == ENDS + 5 * MINUTE_NS


def test_entries_may_be_taken_back_instead() -> None:
    bench = started(keeps_entries=False)
    resting_at(bench, BEGINS - 8 * MINUTE_NS)
    until(bench, BEGINS - 5 * MINUTE_NS)
    assert [effect.client_order_id for effect in of(bench.effects, CancelOrder)] == ["c1"]
    assert of(bench.effects, AmendOrder) == []


def test_while_trading_pauses_entries_are_held_and_cancels_go() -> None:
    bench = started()
    bench.placed()
    bench.acked()
    until(bench, BEGINS)
    assert of(bench.effects, ReadStatus), "looked at when it should begin"
    bench.feed(NO_TRADING)
    assert bench.answer(place("c2")).deny_code == "EXCHANGE_PAUSED"
    assert alerts(bench, "EXCHANGE_PAUSED")
    assert bench.engine.notice == "trading is paused, cancels are taken; entries are held"
    bench.effects.clear()
    bench.ask(CancelAll())
    assert [effect.client_order_id for effect in of(bench.effects, CancelOrder)] == ["c1"]


def test_a_pause_is_looked_at_until_it_is_over() -> None:
    bench = started()
    bench.feed(NO_TRADING)
    bench.effects.clear()
    for _ in range(4):
        bench.wait(5 * SECOND_NS)
        bench.feed(NO_TRADING)
    assert len(of(bench.effects, ReadStatus)) >= 4
    bench.feed(OPEN)
    bench.effects.clear()
    bench.run_for(30 * SECOND_NS)
    assert len(of(bench.effects, ReadStatus)) <= 1, "what a round of reconciliation asks"


@pytest.mark.parametrize("status", [NO_TRADING, CLOSED])
def test_what_is_unknown_stays_unknown_over_a_pause(status: StatusRead) -> None:
    bench = started()
    bench.placed()
    bench.feed(status, Unknown("c1", "status: 503 exchange_paused"))
    for _ in range(10):
        bench.wait(10 * SECOND_NS)
        bench.listing()
    assert (bench.state(), of(bench.changes, NotFound)) == ("unknown", [])
    bench.feed(OPEN)
    for _ in range(3):
        bench.wait(10 * SECOND_NS)
        bench.listing()
    assert bench.state() == "absent"
    assert len(of(bench.effects, SubmitOrder)) == 1


def test_an_unknown_outcome_makes_it_look_for_a_pause() -> None:
    bench = started()
    bench.placed()
    bench.effects.clear()
    bench.feed(Unknown("c1", "status: 503 trading_paused"))
    assert len(of(bench.effects, ReadStatus)) == 1
    assert len(of(bench.effects, ReadOrders)) == 1


def test_after_a_pause_everything_is_read_and_entries_wait_for_two_sided_books() -> None:
    bench = started()
    bench.feed(NO_TRADING)
    book(bench, ask_bp=9_000)
    bench.effects.clear()
    bench.feed(OPEN)
    assert any(isinstance(effect, ReadOrders) for effect in bench.effects)
    assert alerts(bench, "EXCHANGE_RESUMED")
    assert bench.answer(place()).deny_code == "SETTLING"
    book(bench)
    assert of(bench.ask(place("c2")).effects, SubmitOrder)


def test_a_minute_after_a_pause_an_odd_book_will_do() -> None:
    bench = started()
    bench.feed(NO_TRADING, OPEN)
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), (), None))
    bench.wait(59 * SECOND_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), (), None))
    assert bench.answer(place()).deny_code == "SETTLING"
    bench.wait(SECOND_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), (), None))
    assert of(bench.ask(place("c2")).effects, SubmitOrder)


def test_a_way_out_does_not_wait_for_anything_to_settle() -> None:
    bench = started()
    bench.feed(FillsRead(0, (a_fill("t1", 500, "v-x"),), bench.at, True))
    bench.feed(NO_TRADING, OPEN)
    book(bench, bid_bp=3_000, ask_bp=9_000)
    assert of(bench.ask(ClosePosition("c9", TICKER)).effects, SubmitOrder)


def test_a_shard_may_pause_alone() -> None:
    bench = started()
    bench.feed(StatusRead(True, True, {0: (True, True), 2: (True, False)}))
    assert alerts(bench, "EXCHANGE_PAUSED")[0].startswith("shard 2 of the exchange is paused")
    assert of(bench.ask(place()).effects, SubmitOrder), "this market is on another"


def test_no_entry_rests_past_the_close_and_a_later_close_moves_it_on() -> None:
    bench = CoreBench()
    closes = START + 7 * MINUTE_NS
    bench.start(market(close_ns=closes))
    bench.placed()
    bench.acked()
    assert bench.engine.money.orders["c1"].terms.expires_ns == closes
    bench.wait(3 * MINUTE_NS)
    assert of(bench.effects, AmendOrder) == [], "there is no later time that it may rest until"
    later = START + 5 * HOUR_NS
    moved = LifecycleSeen(kind=LifecycleKind.CLOSE_DATE_UPDATED, ticker=TICKER, close_ns=later)
    bench.feed(moved)
    book(bench)
    bench.wait(1)
    (amended,) = of(bench.effects, AmendOrder)
    assert amended.expires_ns == START + 13 * MINUTE_NS
    assert bench.engine.markets[TICKER].close_ns == later
