"""Loaded tickets: nine slots, each fired at most once, by a person who is armed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from core_bench import SERIES, START, TICKER, CoreBench, market, of

from engine.core.effects import Alert, SubmitOrder, WatchBooks
from engine.core.facts.orders import OrderIntended
from engine.core.facts.prepared import LoadFired, LoadSet
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.domain.command import Arm, FireLoad, SetLoad
from engine.domain.feed import BookFresh, BookStale, FeedAlive, StaleReason
from engine.domain.order import Leg
from engine.domain.trigger import Ticket
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS

TICKET = Ticket(TICKER, Leg.NO, True, 300, 5_100)


def bench() -> CoreBench:
    desk = CoreBench(EngineSettings(series=(SERIES,)))
    desk.start()
    return desk


def load(desk: CoreBench, slot: int = 1, expires_ns: int | None = None, **changes: Any) -> str:
    ticket = msgspec.structs.replace(TICKET, **changes)
    return desk.answer(SetLoad(slot, ticket, expires_ns)).deny_code


def test_it_fires_once_and_the_slot_is_empty() -> None:
    desk = bench()
    assert load(desk) == ""
    (sent,) = of(desk.ask(FireLoad(1, "o1")).effects, SubmitOrder)
    assert (sent.request.client_order_id, sent.request.price_bp, sent.request.count_c) == ("o1", 4_900, 300)
    assert desk.engine.money.loads == {}
    assert desk.answer(FireLoad(1, "o2")).deny_code == "LOAD_EMPTY"
    (intent,) = of(desk.changes, OrderIntended)
    assert (intent.terms.owner, intent.numbers["load"]) == ("manual", 1)
    assert of(desk.changes, LoadFired) == [LoadFired(1, "o1", START)]


def test_the_same_request_again_is_answered_with_its_order() -> None:
    desk = bench()
    load(desk)
    desk.ask(FireLoad(1, "o1"), command_id="first")
    load(desk, count_c=400)
    assert of(desk.ask(FireLoad(1, "o1"), command_id="second").effects, SubmitOrder) == []
    assert desk.engine.money.loads[1].ticket.count_c == 400


def test_at_a_console_it_needs_the_lease() -> None:
    desk = bench()
    load(desk)
    assert desk.answer(FireLoad(1, "o1"), typed=True).deny_code == "NOT_ARMED"
    assert 1 in desk.engine.money.loads
    desk.ask(Arm(60))
    assert len(of(desk.ask(FireLoad(1, "o2"), typed=True).effects, SubmitOrder)) == 1


@pytest.mark.parametrize(
    ("price_bp", "bid_bp", "ask_bp", "code"),
    [(5_500, 4_900, 5_100, "COLLAR"), (5_500, 4_800, 5_100, ""), (5_100, 4_900, 5_100, "")],
)
def test_the_collar_is_checked_against_the_book_of_the_moment(
    price_bp: int, bid_bp: int, ask_bp: int, code: str
) -> None:
    desk = bench()
    load(desk, price_bp=price_bp)
    desk.feed(BookFresh(TICKER, ((bid_bp, 10_000),), ((ask_bp, 10_000),), None))
    step = desk.ask(FireLoad(1, "o1"))
    assert len(of(step.effects, SubmitOrder)) == (0 if code else 1)
    assert (1 in desk.engine.money.loads) is bool(code), "a refused one stays loaded"


def test_a_stale_book_refuses_and_keeps_it() -> None:
    desk = bench()
    load(desk)
    desk.feed(BookStale(TICKER, StaleReason.GAP))
    assert desk.answer(FireLoad(1, "o1")).deny_code == "STALE_BOOK"
    assert 1 in desk.engine.money.loads


def test_it_empties_itself_when_its_time_is_over() -> None:
    desk = bench()
    load(desk, 3, START + MINUTE_NS)
    desk.wait(MINUTE_NS - 1)
    assert 3 in desk.engine.money.loads
    desk.wait(1)
    assert desk.engine.money.loads == {}
    assert "LOAD_EXPIRED" in [alert.code for alert in of(desk.effects, Alert)]
    assert load(desk, 3, desk.at) == "ALREADY_EXPIRED"


def test_it_lives_no_longer_than_its_market() -> None:
    desk = bench()
    load(desk, 1)
    load(desk, 2, START + 9 * HOUR_NS)
    assert [record.expires_ns for record in desk.engine.money.loads.values()] == [START + 5 * HOUR_NS] * 2


def test_a_slot_is_taken_over_with_its_time() -> None:
    desk = bench()
    load(desk, 1, START + MINUTE_NS)
    load(desk, 1, START + HOUR_NS, count_c=500)
    desk.wait(MINUTE_NS)
    assert desk.engine.money.loads[1].ticket.count_c == 500
    desk.ask(SetLoad(1, None))
    assert desk.engine.money.loads == {}
    desk.ask(SetLoad(1, None))
    assert len(of(desk.changes, LoadSet)) == 3


@pytest.mark.parametrize(
    ("slot", "changes", "code"),
    [
        (0, {}, "BAD_SLOT"),
        (10, {}, "BAD_SLOT"),
        (1, {"ticker": "KXT-26NOV20-T99"}, "UNKNOWN_MARKET"),
        (1, {"price_bp": 5_150}, "OFF_GRID"),
        (1, {"price_bp": 9_900}, "FAR_PRICE"),
        (1, {"count_c": -100}, "COUNT_NOT_POSITIVE"),
    ],
)
def test_what_cannot_be_sent_is_not_loaded(slot: int, changes: dict[str, Any], code: str) -> None:
    desk = bench()
    assert load(desk, slot, **changes) == code
    assert desk.changes == []
    assert desk.answer(FireLoad(slot or 99, "o1")).deny_code == ("BAD_SLOT" if slot != 1 else "LOAD_EMPTY")


def test_a_restart_keeps_slots_their_times_and_their_books() -> None:
    desk = CoreBench(EngineSettings(series=(SERIES,), legs_per_event=0))
    desk.start()
    load(desk, 1)
    load(desk, 9, START + MINUTE_NS)
    assert of(desk.effects, WatchBooks) == [WatchBooks((TICKER,))]
    after = CoreBench(desk.settings, fold(desk.changes))
    after.at += SECOND_NS
    after.start(market())
    assert list(after.engine.money.loads) == [1, 9]
    assert state_hash(after.engine.money) != state_hash(fold([]))
    after.wait(MINUTE_NS)
    after.feed(FeedAlive())
    assert list(after.engine.money.loads) == [1]
    assert len(of(after.ask(FireLoad(1, "o1")).effects, SubmitOrder)) == 1
