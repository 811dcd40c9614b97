"""The way out at the gate: bound by what is held and by the floor, by no limit; and how closing prices it."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import TICKER, CoreBench, a_fill, balance, market, of
from gate_bench import CLOSE, IOC, SENT, bench_with, close_bench, code

from engine.core.denial import DenyCode
from engine.core.effects import Answer, Lane, SubmitOrder
from engine.core.inputs import StatusRead
from engine.domain import command
from engine.domain.feed import BookFresh, BookStale, FeedLost, StaleReason
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, Leg
from engine.domain.price_grid import STRUCTURES


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"count_c": 500}, SENT),
        ({"count_c": 501}, DenyCode.NOT_REDUCING),
        ({"count_c": 0}, DenyCode.COUNT_NOT_POSITIVE),
        ({"count_c": 500, "buys": True}, DenyCode.NOT_REDUCING),
        ({"count_c": 500, "buys": True, "leg": Leg.NO}, SENT),
        ({"count_c": 500, "leg": Leg.NO}, DenyCode.NOT_REDUCING),
        ({"count_c": 500, "ticker": "KXT-OTHER-T1"}, DenyCode.NOT_REDUCING),
        ({"count_c": 500, "price_bp": 4_950}, DenyCode.OFF_GRID),
        ({"count_c": 500, "price_bp": 9_900}, SENT),
        ({"count_c": 500, "price_bp": 100}, SENT),
    ],
)
def test_reducing_is_bound_by_what_is_held(changes: dict[str, Any], expected: str) -> None:
    assert code(close_bench(), **{**CLOSE, "price_bp": 4_900, **changes}) == expected


def test_reducing_passes_every_limit() -> None:
    """No cash, a stale book, more than an order may be, a market that is not active."""
    bench = close_bench(50_000, cash=balance(0), listed=market(status=MarketStatus.INACTIVE))
    bench.feed(FeedLost("gone"), StatusRead(False, False, {}))
    sent = bench.placed("c1", **CLOSE, price_bp=200, count_c=50_000)
    assert (sent.lane, sent.request.reduce_only) == (Lane.EXIT, True)


def test_reducing_orders_together_take_no_more_than_is_held() -> None:
    bench = close_bench()
    bench.placed("c1", buys=False, opens=False, price_bp=6_000, count_c=300)
    assert code(bench, **CLOSE, price_bp=4_900, count_c=201) == DenyCode.NOT_REDUCING
    assert code(bench, **CLOSE, price_bp=4_900, count_c=200) == SENT


def test_a_resting_reducing_order_carries_no_flag_and_no_expiry() -> None:
    """The exchange takes reduce_only with immediate-or-cancel alone."""
    request = close_bench().placed("c1", buys=False, opens=False, price_bp=6_000).request
    assert (request.reduce_only, request.expires_ns) == (False, None)


@pytest.mark.parametrize(
    ("best_bid_bp", "price_bp", "expected"),
    [(4_900, 100, SENT), (4_900, 50, DenyCode.PRICE_FLOOR), (50, 50, SENT), (None, 50, DenyCode.PRICE_FLOOR)],
)
def test_the_floor_of_a_reducing_order(best_bid_bp: int | None, price_bp: int, expected: str) -> None:
    bench = close_bench(listed=market(grid=STRUCTURES["deci_cent"]))
    bids = () if best_bid_bp is None else ((best_bid_bp, 100),)
    bench.feed(BookFresh(TICKER, bids, (), None))
    assert code(bench, **CLOSE, price_bp=price_bp) == expected


def close(bench: CoreBench, **options: Any) -> SubmitOrder | Answer:
    step = bench.ask(command.ClosePosition("x1", TICKER, **options))
    return (of(step.effects, SubmitOrder) or of(step.effects, Answer))[0]


@pytest.mark.parametrize(
    ("bids", "options", "price_bp", "count_c"),
    [
        (((4_900, 10_000),), {}, 4_900, 500),
        (((4_900, 200), (4_700, 1_000)), {}, 4_700, 500),
        (((4_900, 200), (4_700, 1_000)), {"count_c": 200}, 4_900, 200),
        (((4_900, 200), (4_700, 1_000)), {"limit_bp": 4_800}, 4_800, 500),
        (((4_900, 200), (4_700, 100)), {}, 4_700, 500),
        ((), {"limit_bp": 4_800}, 4_800, 500),
    ],
)
def test_closing_prices_the_whole_size(
    bids: tuple[tuple[int, int], ...], options: dict[str, int], price_bp: int, count_c: int
) -> None:
    bench = close_bench()
    bench.feed(BookFresh(TICKER, bids, ((5_100, 100),), None))
    sent = close(bench, **options)
    assert isinstance(sent, SubmitOrder)
    request = sent.request
    assert (request.side, request.price_bp, request.count_c) == ("ask", price_bp, count_c)
    assert (request.time_in_force, request.reduce_only) == (IOC, True)


def test_closing_no_buys_yes_at_the_mirrored_price() -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old", side=BookSide.ASK)])
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100), (5_300, 1_000)), None))
    sent = close(bench)
    assert isinstance(sent, SubmitOrder)
    assert (sent.request.side, sent.request.price_bp) == ("bid", 5_300)


def test_closing_nothing_and_blind() -> None:
    bench = bench_with()
    assert close(bench).deny_code == DenyCode.NO_POSITION  # type: ignore[union-attr]
    bench = close_bench()
    bench.feed(BookFresh(TICKER, (), ((5_100, 100),), None))
    assert close(bench).deny_code == DenyCode.NO_PRICE  # type: ignore[union-attr]
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    assert close(bench).deny_code == DenyCode.NO_PRICE  # type: ignore[union-attr]
    bench.placed("c2", **CLOSE, price_bp=4_900, count_c=500)
    answer = bench.answer(command.ClosePosition("x2", TICKER))
    assert answer.deny_code == DenyCode.NOT_REDUCING
