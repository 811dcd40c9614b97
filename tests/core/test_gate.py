"""The risk gate: each limit from both sides, with the numbers of its refusal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from core_bench import SERIES, START, TICKER, CoreBench, a_fill, balance, market, of, place
from wide_limits import ORDER_LIMITS, WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.effects import Alert, Answer, CancelOrder, Lane, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.facts.stance import ModeSet
from engine.core.inputs import Acked, BalanceRead, FillsRead, Input, Recovered, StatusRead, Stopping, Unknown
from engine.core.modes import HALTED, NO_NEW_ENTRIES
from engine.core.money import apply
from engine.core.settings import EngineSettings, Limits, Timings
from engine.domain import command
from engine.domain.feed import (
    BookFresh,
    BookStale,
    FeedAlive,
    FeedConnected,
    FeedLost,
    StaleReason,
    TickerQuote,
)
from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, Leg, TimeInForce
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD, HOUR_NS, SECOND_NS

IOC = TimeInForce.IMMEDIATE_OR_CANCEL


def bench_with(limits: Limits | None = None, timings: Timings | None = None, **world: Any) -> CoreBench:
    settings = EngineSettings(series=(SERIES,), limits=limits or ORDER_LIMITS, timings=timings or Timings())
    bench = CoreBench(settings)
    listed = world.pop("listed", market())
    bench.start(listed, **world)
    return bench


def code(bench: CoreBench, **changes: Any) -> str:
    """The deny code of one order, or ``sent``."""
    bench.commands += 1
    changes.setdefault("client_order_id", f"n{bench.commands}")
    step = bench.ask(place(**changes))
    answers = of(step.effects, Answer)
    sent = of(step.effects, SubmitOrder)
    assert len(answers) + len(sent) == 1, "one or the other"
    if sent:
        assert len(of(step.changes, OrderIntended)) == 1
        return "sent"
    assert step.changes == (), "a refusal leaves no trace in the ledger"
    assert answers[0].text
    return answers[0].deny_code


SENT = "sent"


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


def quote(bench: CoreBench) -> TickerQuote:
    return TickerQuote("OTHER", None, None, None, 0, 0, None, 0, 0, bench.at)


@pytest.mark.parametrize(
    ("silent_ns", "expected"), [(2 * SECOND_NS, SENT), (2 * SECOND_NS + 1, "STALE_BOOK")]
)
def test_a_silent_feed_makes_books_stale(silent_ns: int, expected: str) -> None:
    bench = bench_with()
    bench.mono += silent_ns
    assert code(bench) == expected


def test_any_word_of_the_feed_keeps_books_fresh() -> None:
    bench = bench_with()
    for _ in range(5):
        bench.wait(SECOND_NS)
        bench.feed(quote(bench))
    assert code(bench) == SENT


def test_a_quiet_market_is_no_silent_feed() -> None:
    """Nothing is said of any market for a minute, and the connection lives."""
    bench = bench_with()
    for _ in range(60):
        bench.wait(SECOND_NS)
        bench.feed(FeedAlive())
    assert code(bench) == SENT
    bench.wait(2 * SECOND_NS)
    assert code(bench, again=True) == SENT
    bench.wait(1)
    assert code(bench, again=True) == DenyCode.STALE_BOOK


def test_a_living_connection_makes_no_book_fresh() -> None:
    bench = bench_with()
    bench.feed(BookStale(TICKER, StaleReason.GAP), FeedAlive())
    assert code(bench) == DenyCode.STALE_BOOK
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None), FeedLost("gone"), FeedAlive())
    assert code(bench) == DenyCode.STALE_BOOK, "a word of the old connection that came late"


def test_books_that_the_feed_calls_stale() -> None:
    bench = bench_with()
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    answer = bench.answer(place())
    assert (answer.deny_code, answer.numbers["reason"]) == (DenyCode.STALE_BOOK, "gap")
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert code(bench) == SENT
    bench.feed(FeedLost("gone"))
    assert code(bench, again=True) == DenyCode.STALE_BOOK
    bench.feed(FeedConnected(2))
    assert code(bench, again=True) == DenyCode.STALE_BOOK, "connected, and no snapshot yet"


def test_without_an_ask_there_is_no_collar_but_far_holds() -> None:
    bench = bench_with()
    bench.feed(BookFresh(TICKER, ((4_900, 100),), (), None))
    assert code(bench, price_bp=9_700, count_c=100) == SENT
    assert code(bench, price_bp=9_800, count_c=100) == DenyCode.FAR_PRICE


# Cash. An order for 5 at 50 c can lose $2.50 and a fee of $0.0875.

LOSS_UD = 2_587_500


@pytest.mark.parametrize(
    ("cash", "expected"),
    [
        (balance(LOSS_UD), SENT),
        (balance(LOSS_UD - 1), DenyCode.INSUFFICIENT_BALANCE),
        (balance(100 * DOLLAR_UD, s0=LOSS_UD, s2=0), SENT),
        (balance(100 * DOLLAR_UD, s0=LOSS_UD - 1, s2=99 * DOLLAR_UD), DenyCode.INSUFFICIENT_SHARD_CASH),
        (balance(100 * DOLLAR_UD, s2=100 * DOLLAR_UD), DenyCode.INSUFFICIENT_SHARD_CASH),
    ],
)
def test_cash_and_the_shards_cash(cash: Any, expected: str) -> None:
    assert code(bench_with(cash=cash)) == expected


@pytest.mark.parametrize("state", ["intent", "unknown", "resting", "filled"])
def test_what_is_under_way_or_not_in_the_balance_yet_is_spoken_for(state: str) -> None:
    bench = bench_with(cash=balance(2 * LOSS_UD - 1))
    bench.placed()
    if state == "unknown":
        bench.feed(Unknown("c1", "timeout"))
    elif state != "intent":
        bench.acked(filled_c=500 if state == "filled" else 0)
    assert bench.state() == state
    assert code(bench, again=True) == DenyCode.INSUFFICIENT_BALANCE


def test_a_balance_asked_for_later_has_it_and_unknown_ones_stay_spoken_for() -> None:
    bench = bench_with(cash=balance(2 * LOSS_UD))
    bench.placed("c1")
    bench.acked("c1")
    bench.placed("c2", again=True)
    bench.feed(Unknown("c2", "timeout"))
    bench.run_for(2 * SECOND_NS)  # a balance is asked for
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    bench.feed(BalanceRead(balance(LOSS_UD)))  # the exchange set c1 aside, and of c2 nobody knows
    assert code(bench, again=True) == DenyCode.INSUFFICIENT_BALANCE
    bench.feed(BalanceRead(balance(2 * LOSS_UD)))
    assert code(bench, again=True) == SENT


def test_a_refused_order_frees_its_cash() -> None:
    bench = bench_with(cash=balance(LOSS_UD))
    bench.placed()
    bench.feed(Acked("c1", "v-c1", 0, 0))
    assert bench.state() == "canceled"
    assert code(bench, again=True) == SENT


# Repetition


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


# Readiness, modes, stopping, arming


@pytest.mark.parametrize("mode", [NO_NEW_ENTRIES, HALTED])
def test_modes_stop_entries_and_nothing_else(mode: str) -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old")])
    apply(bench.engine.money, ModeSet(mode, "dan", "test", bench.at))
    assert code(bench) == DenyCode.ENTRIES_OFF
    assert code(bench, buys=False, opens=False, price_bp=4_900, time_in_force=IOC) == SENT


def test_stopping_takes_no_entries_and_cancels_those_that_add_risk() -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old")])
    bench.placed("c1")
    bench.acked("c1")
    bench.placed("c2", buys=False, opens=False, price_bp=6_000)
    bench.acked("c2")
    step = bench.feed(Stopping())
    assert [effect.client_order_id for effect in of(step.effects, CancelOrder)] == ["c1"]
    assert code(bench, again=True) == DenyCode.STOPPING
    assert bench.engine.is_stopping


def test_reducing_does_not_wait_for_readiness() -> None:
    before = bench_with(fills=[a_fill("t0", 500, "v-old")])
    bench = CoreBench(money=before.engine.money)
    bench.feed(Recovered("r2"))
    assert code(bench) == DenyCode.NOT_READY
    assert code(bench, buys=False, opens=False, price_bp=4_900, time_in_force=IOC) == SENT


def test_the_lease_is_one_clients_and_runs_out() -> None:
    bench = bench_with(WIDE_LIMITS)

    def typed(who: str) -> str:
        bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
        step = bench.ask(place(f"t{bench.commands}", again=True), who=who, typed=True)
        return SENT if of(step.effects, SubmitOrder) else "denied"

    assert bench.answer(place(), typed=True).deny_code == DenyCode.NOT_ARMED
    assert bench.answer(command.Arm(60), who="dan").deny_code == ""
    denied = bench.answer(command.Arm(60), who="eve")
    assert (denied.deny_code, denied.numbers) == (DenyCode.ARMED_ELSEWHERE, {"who": "dan", "left_s": 60})
    assert (typed("dan"), typed("eve")) == (SENT, "denied")
    assert code(bench, again=True) == SENT, "a program needs no lease"
    bench.wait(60 * SECOND_NS - 1)
    assert typed("dan") == SENT
    bench.wait(1)
    assert typed("dan") == "denied"
    assert bench.engine.lease is None
    assert bench.answer(command.Arm(60), who="eve").deny_code == ""
    assert bench.answer(command.Arm(0), who="eve").deny_code == ""
    assert typed("eve") == "denied"


def test_a_lease_is_not_longer_than_its_most() -> None:
    bench = bench_with()
    bench.answer(command.Arm(1_000_000), who="dan")
    assert bench.engine.lease is not None
    assert bench.engine.lease.until_mono == bench.mono + 600 * SECOND_NS


def test_cancel_and_reducing_need_no_lease() -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old")])
    body = place(buys=False, opens=False, price_bp=4_900, time_in_force=IOC)
    assert of(bench.ask(body, typed=True).effects, SubmitOrder)
    bench.placed("c2", again=True)
    bench.acked("c2")
    assert of(bench.ask(command.CancelOrder("c2"), typed=True).effects, CancelOrder)


# Reducing


def close_bench(count_c: int = 500, **world: Any) -> CoreBench:
    return bench_with(fills=[a_fill("t0", count_c, "v-old")], **world)


CLOSE = {"buys": False, "opens": False, "time_in_force": IOC}


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


# Closing


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


# Ownership


def owned_bench(owner: str) -> CoreBench:
    """A market in which ``owner`` holds contracts."""
    bench = bench_with()
    bench.placed("s1", again=True)
    record = bench.engine.money.orders["s1"]
    terms = msgspec.structs.replace(record.terms, owner=owner)
    bench.engine.money.orders["s1"] = msgspec.structs.replace(record, terms=terms)
    bench.acked("s1")
    return bench


def test_a_person_may_take_over_and_the_strategys_entry_ends() -> None:
    bench = owned_bench("alpha")
    step = bench.ask(place("c2", again=True))
    assert of(step.effects, SubmitOrder)
    assert [effect.client_order_id for effect in of(step.effects, CancelOrder)] == ["s1"]
    assert "TAKEN_OVER" in [alert.code for alert in of(step.effects, Alert)]


def test_the_position_follows_who_adds_to_it() -> None:
    bench = owned_bench("alpha")
    bench.feed(FillsRead(0, (a_fill("t1", 200, "v-s1"),), bench.at, True))
    assert bench.engine.money.positions[TICKER].owner == "alpha"
    bench.placed("c2", again=True)
    bench.acked("c2", filled_c=500)
    bench.feed(FillsRead(0, (a_fill("t2", 500, "v-c2"),), bench.at, True))
    assert bench.engine.money.positions[TICKER].owner == "manual"


def test_neither_time_runs_backwards() -> None:
    bench = bench_with()
    bench.placed()
    bench.engine.step(Input(bench.at - HOUR_NS, 0, quote(bench)))
    assert (bench.engine.desk.at, bench.engine.desk.mono) == (bench.at, bench.mono)
    assert code(bench) == DenyCode.LOOKS_DUPLICATE
