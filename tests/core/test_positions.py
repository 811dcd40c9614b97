"""Positions are the sum of fills in the exchange's order of time; settlement ends them."""

from __future__ import annotations

from itertools import permutations

import pytest
from core_bench import TICKER, CoreBench, a_fill, balance, held_position, market, of

from engine.core.effects import Alert, ReadBalance, ReadFills, ReadSettlements
from engine.core.facts.money import FillBooked, PositionAdopted, ReadThrough, SettlementBooked
from engine.core.inputs import FillsRead, SettlementsRead
from engine.core.money import MoneyState, apply
from engine.domain.feed import FillSeen, LifecycleKind, LifecycleSeen
from engine.domain.fill import Fill
from engine.domain.market import MarketStatus, Outcome
from engine.domain.order import BookSide
from engine.domain.position import position_of
from engine.domain.units import MINUTE_NS, SECOND_NS
from engine.domain.venue import Settlement


def at(second: int, side: BookSide, price_bp: int, count_c: int) -> Fill:
    return a_fill(f"t{second}", count_c, f"o{second}", side=side, price_bp=price_bp, at_ns=second * SECOND_NS)


FILLS = (
    at(1, BookSide.BID, 4_000, 300),
    at(2, BookSide.ASK, 5_500, 500),
    at(3, BookSide.BID, 4_500, 100),
    at(4, BookSide.BID, 3_000, 200),
)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_late_fills_are_folded_in_where_they_belong(order: tuple[int, ...]) -> None:
    state = MoneyState()
    for index in order:
        apply(state, FillBooked(FILLS[index], "manual"))
    assert state.positions[TICKER].position == position_of(TICKER, FILLS)


def test_the_same_fill_twice_changes_nothing() -> None:
    state = MoneyState()
    apply(state, FillBooked(FILLS[0], "manual"))
    held = state.positions[TICKER]
    assert apply(state, FillBooked(FILLS[0], "manual")) == []
    assert state.positions[TICKER] is held


def test_a_fill_older_than_an_adoption_is_in_it() -> None:
    state = MoneyState()
    apply(state, FillBooked(FILLS[0], "manual"))
    apply(state, PositionAdopted(TICKER, 800, 4_000_000, 2 * SECOND_NS))
    apply(state, FillBooked(FILLS[1], "manual"))  # at the moment of the adoption: it was counted
    held = state.positions[TICKER].position
    assert (held.count_c, held.cost_ud, held.fees_ud, held.traded_c) == (800, 4_000_000, 2_000, 800)
    apply(state, FillBooked(FILLS[2], "manual"))
    assert state.positions[TICKER].position.count_c == 900


def settlement(count_c: int = 500, value_bp: int | None = 10_000, **changes: object) -> Settlement:
    fields: dict[str, object] = {
        "ticker": TICKER,
        "event_ticker": "KXT-26NOV20",
        "result": Outcome.YES,
        "result_text": "yes",
        "yes_c": max(0, count_c),
        "yes_cost_ud": 2_500_000,
        "no_c": max(0, -count_c),
        "no_cost_ud": 0,
        "revenue_ud": 5_000_000,
        "value_bp": value_bp,
        "fee_ud": 0,
        "settled_ns": 10**9,
        "exchange_index": 0,
    }
    return Settlement(**{**fields, **changes})  # type: ignore[arg-type]


def held_bench(count_c: int = 500) -> CoreBench:
    bench = CoreBench()
    side = BookSide.BID if count_c > 0 else BookSide.ASK
    bench.start(fills=[a_fill("t1", abs(count_c), "v-x", side=side)], cash=balance())
    return bench


@pytest.mark.parametrize(
    ("count_c", "value_bp", "realised_ud"),
    [
        (500, 10_000, 2_500_000),
        (500, 0, -2_500_000),
        (500, 6_200, 600_000),  # a market that paid its last price
        (-500, 10_000, -2_500_000),
        (-500, 0, 2_500_000),
    ],
)
def test_settlement_pays_the_value(count_c: int, value_bp: int, realised_ud: int) -> None:
    bench = held_bench(count_c)
    bench.feed(SettlementsRead(0, (settlement(count_c, value_bp),), True))
    record = bench.engine.money.positions[TICKER]
    assert (record.position.count_c, record.position.realised_ud, record.settled_bp) == (
        0,
        realised_ud,
        value_bp,
    )
    bench.changes.clear()
    bench.feed(SettlementsRead(0, (settlement(count_c, value_bp),), True))
    assert bench.changes == []


def test_a_fill_that_arrives_after_the_settlement_is_settled_too() -> None:
    bench = held_bench()
    bench.feed(SettlementsRead(0, (settlement(500),), True))
    bench.feed(FillSeen(a_fill("t2", 100, "v-y"), 600, 0))
    held = bench.engine.money.positions[TICKER].position
    assert (held.count_c, held.realised_ud) == (0, 3_000_000)


@pytest.mark.parametrize(
    ("value_bp", "result", "listed_bp", "expected"),
    [
        (None, Outcome.YES, None, 10_000),
        (None, Outcome.NO, None, 0),
        (None, Outcome.SCALAR, 6_200, 6_200),
        (None, Outcome.YES, 6_200, 6_200),
        (None, Outcome.SCALAR, None, None),
        (None, None, None, None),
    ],
)
def test_where_the_value_comes_from(
    value_bp: int | None, result: Outcome | None, listed_bp: int | None, expected: int | None
) -> None:
    bench = held_bench()
    if listed_bp is not None:
        seen = LifecycleSeen(kind=LifecycleKind.DETERMINED, ticker=TICKER, settlement_bp=listed_bp)
        bench.feed(seen)
    bench.feed(SettlementsRead(0, (settlement(500, value_bp, result=result),), True))
    assert [change.value_bp for change in of(bench.changes, SettlementBooked)] == (
        [] if expected is None else [expected]
    )
    if expected is None:
        assert bench.engine.money.positions[TICKER].position.count_c == 500
        assert "SETTLEMENT_WITHOUT_VALUE" in [alert.code for alert in of(bench.effects, Alert)]
        assert of(bench.changes, ReadThrough) == [], "it is read again"


def test_a_settlement_of_another_count_waits_for_the_fill_that_explains_it() -> None:
    bench = held_bench()
    step = bench.feed(SettlementsRead(0, (settlement(700),), True))
    assert of(bench.changes, SettlementBooked) == []
    assert of(step.effects, ReadFills)
    bench.feed(FillsRead(0, (a_fill("t2", 200, "v-y"),), bench.at, True))
    bench.run_for(SECOND_NS)
    assert of(bench.effects, ReadSettlements)
    bench.feed(SettlementsRead(0, (settlement(700),), True))
    assert len(of(bench.changes, SettlementBooked)) == 1
    assert of(bench.changes, PositionAdopted) == []


def test_a_settlement_that_nothing_explains_is_believed_in_the_end() -> None:
    bench = held_bench()
    for _ in range(3):
        bench.feed(SettlementsRead(0, (settlement(700),), True))
    assert [change.count_c for change in of(bench.changes, PositionAdopted)] == [700]
    assert bench.engine.money.positions[TICKER].position.count_c == 0
    assert "SETTLEMENT_DISAGREES" in [alert.code for alert in of(bench.effects, Alert)]


def test_the_lifecycle_of_a_held_market_asks_for_its_payment() -> None:
    bench = held_bench()
    bench.feed(LifecycleSeen(kind=LifecycleKind.DETERMINED, ticker=TICKER, settlement_bp=10_000))
    assert bench.engine.markets[TICKER].status is MarketStatus.DETERMINED
    assert bench.engine.money.positions[TICKER].position.count_c == 500, "determined is not paid"
    step = bench.feed(LifecycleSeen(kind=LifecycleKind.SETTLED, ticker=TICKER, settled_ns=1))
    assert {type(effect) for effect in step.effects} >= {ReadSettlements, ReadBalance}


def test_a_closed_market_that_left_the_page_waits_for_its_payment_quietly() -> None:
    bench = held_bench()
    bench.at = bench.engine.markets[TICKER].close_ns
    bench.run_for(MINUTE_NS)
    for _ in range(2):
        bench.reads((market(),), positions=[held_position("KXT-26NOV20-T99", 0)])
        bench.run_for(3 * SECOND_NS)
    assert "POSITION_MISSING" not in [alert.code for alert in of(bench.effects, Alert)]


def test_a_settlement_of_a_market_that_was_never_held_is_only_noted() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(SettlementsRead(0, (settlement(500),), True))
    assert bench.engine.money.positions[TICKER].position.realised_ud == 0
    assert [type(change) for change in bench.changes] == [SettlementBooked, ReadThrough]
