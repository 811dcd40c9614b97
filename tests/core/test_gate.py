"""The risk gate: each limit from both sides, with the numbers of its refusal."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import START, TICKER, market, of, place
from gate_bench import SENT, bench_with, code, quote

from engine.core.denial import DenyCode
from engine.core.effects import SubmitOrder
from engine.core.inputs import Input, StatusRead
from engine.core.settings import Limits, Timings
from engine.domain.feed import BookFresh
from engine.domain.market import MarketStatus
from engine.domain.order import Leg
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import HOUR_NS, SECOND_NS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"ticker": "NOPE"}, DenyCode.UNKNOWN_MARKET),
        ({"count_c": 0}, DenyCode.COUNT_NOT_POSITIVE),
        ({"count_c": -100}, DenyCode.COUNT_NOT_POSITIVE),
        ({"count_c": 1}, SENT),
        ({"price_bp": 5_050}, DenyCode.OFF_GRID),
        ({"price_bp": 0}, DenyCode.OFF_GRID),
        ({"price_bp": 10_000}, DenyCode.OFF_GRID),
        ({"price_bp": -100}, DenyCode.OFF_GRID),
        ({"price_bp": 5_000, "leg": Leg.NO}, SENT),
        ({"price_bp": 5_400, "count_c": 100}, SENT),  # ask 51 and 3 through it
        ({"price_bp": 5_500, "count_c": 100}, DenyCode.COLLAR),
        ({"price_bp": 5_400, "count_c": 100, "leg": Leg.NO}, SENT),  # NO ask 51
        ({"price_bp": 5_500, "count_c": 100, "leg": Leg.NO}, DenyCode.COLLAR),
        ({"price_bp": 300}, SENT),
        ({"price_bp": 200}, DenyCode.FAR_PRICE),
        ({"price_bp": 200, "far": True}, SENT),
        ({"price_bp": 300, "leg": Leg.NO}, SENT),
        ({"price_bp": 200, "leg": Leg.NO}, DenyCode.FAR_PRICE),
        ({"count_c": 1_000, "price_bp": 4_700}, SENT),
        ({"count_c": 1_001, "price_bp": 300}, DenyCode.ORDER_COUNT),
        ({"count_c": 1_000, "price_bp": 4_900}, DenyCode.ORDER_DOLLARS),  # $4.90 and 18 c of fee
        ({"client_order_id": ""}, DenyCode.ID_INVALID),
        ({"client_order_id": "a" * 65}, DenyCode.ID_INVALID),
        ({"client_order_id": "a" * 64}, SENT),
        ({"client_order_id": "with space"}, DenyCode.ID_INVALID),
    ],
)
def test_what_an_order_may_be(changes: dict[str, Any], expected: str) -> None:
    assert code(bench_with(), **changes) == expected


def test_dollars_to_the_micro_dollar() -> None:
    """10 at 48 c: $4.80 and a fee of 0.07 * 10 * 0.48 * 0.52 = $0.1748 (rounded up to $0.0001)."""
    loss_ud = 4_974_800
    for limit_ud, expected in ((loss_ud, SENT), (loss_ud - 1, DenyCode.ORDER_DOLLARS)):
        bench = bench_with(Limits(order_loss_ud=limit_ud))
        assert code(bench, count_c=1_000, price_bp=4_800) == expected


def test_off_grid_names_the_valid_neighbours_of_the_leg() -> None:
    listed = market(grid=STRUCTURES["tapered_deci_cent"])
    bench = bench_with(listed=listed)
    answer = bench.answer(place(price_bp=5_730))
    assert (answer.text, answer.numbers) == (
        "price: got 57.3, wanted 57 or 58",
        {"price_bp": 5_730, "low_bp": 5_700, "high_bp": 5_800},
    )
    answer = bench.answer(place(price_bp=4_270, leg=Leg.NO))
    assert answer.text == "price: got 42.7, wanted 42 or 43"
    assert bench.answer(place(price_bp=10_000)).text == "price: got 100, wanted 0.1 to 99.9"


def test_a_coarser_count_step_is_a_setting() -> None:
    bench = bench_with(Limits(count_step_c=100))
    assert code(bench, count_c=150) == DenyCode.COUNT_TOO_FINE
    assert code(bench, count_c=200) == SENT


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (market(status=MarketStatus.ACTIVE), SENT),
        (market(status=MarketStatus.INACTIVE), DenyCode.MARKET_NOT_ACTIVE),
        (market(status=MarketStatus.CLOSED), DenyCode.MARKET_NOT_ACTIVE),
        (market(status=MarketStatus.DETERMINED), DenyCode.MARKET_NOT_ACTIVE),
    ],
)
def test_only_active_markets(listed: Any, expected: str) -> None:
    assert code(bench_with(listed=listed)) == expected


@pytest.mark.parametrize(
    ("closing_ns", "left_ns", "expected"),
    [
        (0, 1, SENT),
        (0, 0, DenyCode.MARKET_CLOSING),
        (60 * SECOND_NS, 60 * SECOND_NS + 1, SENT),
        (60 * SECOND_NS, 60 * SECOND_NS, DenyCode.MARKET_CLOSING),
    ],
)
def test_time_to_close(closing_ns: int, left_ns: int, expected: str) -> None:
    bench = bench_with(timings=Timings(closing_ns=closing_ns), listed=market(close_ns=START + HOUR_NS))
    bench.at = START + HOUR_NS - left_ns
    assert code(bench) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (StatusRead(True, True, {0: (True, True), 2: (False, False)}), SENT),
        (StatusRead(True, True, {}), SENT),
        (StatusRead(True, False, {}), DenyCode.EXCHANGE_PAUSED),
        (StatusRead(False, True, {}), DenyCode.EXCHANGE_PAUSED),
        (StatusRead(True, True, {0: (True, False)}), DenyCode.EXCHANGE_PAUSED),
    ],
)
def test_a_paused_exchange_or_shard(status: StatusRead, expected: str) -> None:
    bench = bench_with()
    bench.feed(status)
    assert code(bench) == expected


@pytest.mark.parametrize(
    ("after_ns", "changes", "expected"),
    [
        (0, {}, DenyCode.LOOKS_DUPLICATE),
        (10 * SECOND_NS - 1, {}, DenyCode.LOOKS_DUPLICATE),
        (10 * SECOND_NS, {}, SENT),
        (0, {"again": True}, SENT),
        (0, {"price_bp": 4_900}, SENT),
        (0, {"count_c": 400}, SENT),
        (0, {"leg": Leg.NO, "buys": False}, DenyCode.LOOKS_DUPLICATE),  # the same order in other words
        (0, {"leg": Leg.NO}, SENT),
    ],
)
def test_the_same_again(after_ns: int, changes: dict[str, Any], expected: str) -> None:
    bench = bench_with()
    bench.placed()
    bench.wait(after_ns)
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert code(bench, **changes) == expected


def test_an_id_is_used_once() -> None:
    bench = bench_with()
    bench.placed("c1")
    bench.acked("c1")
    answer = bench.answer(place("c1", price_bp=4_000))
    assert (answer.deny_code, answer.client_order_id) == ("", "c1"), "it is the first one's order"
    assert len(of(bench.effects, SubmitOrder)) == 1


def test_neither_time_runs_backwards() -> None:
    bench = bench_with()
    bench.placed()
    bench.engine.step(Input(bench.at - HOUR_NS, 0, quote(bench)))
    assert (bench.engine.desk.at, bench.engine.desk.mono) == (bench.at, bench.mono)
    assert code(bench) == DenyCode.LOOKS_DUPLICATE
