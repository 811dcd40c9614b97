"""Unknown outcomes: found, sent again, or absent; never forgotten and never doubled."""

from __future__ import annotations

import pytest
from core_bench import SERIES, TICKER, CoreBench, a_fill, listed_order, of, place

from engine.core.effects import Alert, Answer, CancelOrder, ReadOrders, SubmitOrder
from engine.core.facts.orders import NotFound, OrderResent
from engine.core.inputs import (
    Acked,
    NotSent,
    OrdersRead,
    ReadFailed,
    Recovered,
    Rejected,
    Stopping,
    Unknown,
    Woken,
)
from engine.core.settings import EngineSettings
from engine.domain import command
from engine.domain.feed import BookFresh, BookStale, FeedConnected, FillSeen, StaleReason
from engine.domain.order import TimeInForce, VenueOrderStatus
from engine.domain.units import MINUTE_NS, SECOND_NS

CANCELED, EXECUTED = VenueOrderStatus.CANCELED, VenueOrderStatus.EXECUTED


def unknown_bench(after: int = 5 * SECOND_NS, **changes: object) -> CoreBench:
    """One order whose answer did not come."""
    bench = CoreBench()
    bench.start()
    bench.placed(**changes)
    bench.at += after
    bench.mono += after
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    bench.feed(Unknown("c1", "timeout"))
    return bench


def empty_listings(bench: CoreBench, times: int) -> None:
    """Complete and late listings without the order, a second apart; the book stays fresh."""
    for _ in range(times):
        bench.listing()
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
        bench.wait(SECOND_NS)


def test_unknown_is_answered_and_looked_for_at_once() -> None:
    bench = unknown_bench()
    (answer,) = of(bench.effects, Answer)
    assert (answer.deny_code, answer.numbers["state"]) == ("", "unknown")
    (read,) = of(bench.effects, ReadOrders)
    record = bench.engine.money.orders["c1"]
    assert read == ReadOrders(TICKER, record.intended_at - MINUTE_NS)


@pytest.mark.parametrize(
    ("row", "state"),
    [
        (listed_order("c1"), "resting"),
        (listed_order("c1", filled_c=200), "partial"),
        (listed_order("c1", CANCELED, filled_c=200), "canceled"),
        (listed_order("c1", CANCELED, last_update_reason="ExpiryCancel"), "expired"),
        (listed_order("c1", EXECUTED, filled_c=500), "filled"),
    ],
)
def test_found_in_a_listing(row: object, state: str) -> None:
    bench = unknown_bench()
    bench.listing(row)  # type: ignore[arg-type]
    assert bench.state() == state
    bench.effects.clear()
    bench.run_for(20 * SECOND_NS)
    assert [read for read in of(bench.effects, ReadOrders) if read.ticker] == []
    assert len(of(bench.changes, OrderResent)) == 0


def test_found_even_in_an_incomplete_listing() -> None:
    bench = unknown_bench()
    bench.listing(listed_order("c1"), is_complete=False)
    assert bench.state() == "resting"


def test_two_not_founds_a_second_apart_send_the_same_request_again() -> None:
    bench = unknown_bench()
    bench.listing()
    assert [change.times for change in of(bench.changes, NotFound)] == [1]
    bench.wait(SECOND_NS // 2)
    bench.listing()
    assert [change.times for change in of(bench.changes, NotFound)] == [1], "not a second apart"
    bench.wait(SECOND_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    bench.listing()
    first, second = of(bench.effects, SubmitOrder)
    assert first == second
    assert (bench.state(), bench.engine.money.orders["c1"].sends) == ("sent", 2)
    bench.acked()
    assert bench.state() == "resting"


def test_resolved_within_twelve_seconds_of_the_intent() -> None:
    """POST times out at 5 s; the exchange answers each listing at once and does not have the order."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    intended = bench.mono
    bench.run_for(5 * SECOND_NS)
    bench.feed(Unknown("c1", "timeout"))
    seen = 0
    while bench.state() == "unknown" and bench.mono - intended < 12 * SECOND_NS:
        reads = [read for read in of(bench.effects, ReadOrders) if read.ticker]
        if len(reads) > seen:
            seen = len(reads)
            bench.listing()
        bench.run_for(SECOND_NS // 10)
    assert bench.state() in ("sent", "absent")
    assert bench.mono - intended <= 8 * SECOND_NS


@pytest.mark.parametrize(
    "read",
    [
        pytest.param({"is_complete": False}, id="incomplete"),
        pytest.param({"as_of": 3 * SECOND_NS}, id="at the margin"),
        pytest.param({"as_of": 0}, id="too old"),
        pytest.param({"since": 0 - MINUTE_NS + 1}, id="begins too late"),
    ],
)
def test_a_listing_that_proves_nothing(read: dict[str, int]) -> None:
    """``as_of`` and ``since`` are relative to the send."""
    bench = unknown_bench(after=SECOND_NS)
    sent_at = bench.engine.money.orders["c1"].last_sent_at
    as_of = sent_at + read.get("as_of", 100 * SECOND_NS)
    since = sent_at + read.get("since", -MINUTE_NS)
    for _ in range(3):
        bench.feed(OrdersRead(TICKER, since, (), as_of, bool(read.get("is_complete", True))))
        bench.wait(2 * SECOND_NS)
    assert of(bench.changes, NotFound) == []
    assert bench.state() == "unknown"


def test_a_listing_just_past_the_margin_counts() -> None:
    bench = unknown_bench(after=SECOND_NS)
    sent_at = bench.engine.money.orders["c1"].last_sent_at
    bench.feed(OrdersRead(TICKER, sent_at - MINUTE_NS, (), sent_at + 3 * SECOND_NS + 1, True))
    assert len(of(bench.changes, NotFound)) == 1


def test_failed_listings_are_no_not_founds() -> None:
    """Only what the exchange says counts: an outage finds nothing out."""
    bench = unknown_bench()
    for _ in range(10):
        bench.feed(ReadFailed("ReadOrders", TICKER, "no connection"))
        bench.run_for(SECOND_NS)
    assert bench.state() == "unknown"
    assert of(bench.changes, NotFound) == []
    assert len([read for read in of(bench.effects, ReadOrders) if read.ticker]) >= 9


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda bench: bench.ask(command.CancelOrder("c1")), id="canceled meanwhile"),
        pytest.param(lambda bench: bench.feed(Stopping()), id="stopping"),
        pytest.param(lambda bench: bench.feed(BookStale(TICKER, StaleReason.GAP)), id="book is stale"),
        pytest.param(
            lambda bench: bench.feed(BookFresh(TICKER, ((4_000, 100),), ((4_600, 100),), None)),
            id="through the collar by now",
        ),
    ],
)
def test_not_wanted_any_more_is_absent(spoil: object) -> None:
    bench = unknown_bench()
    bench.listing()
    bench.wait(SECOND_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    spoil(bench)  # type: ignore[operator]
    bench.listing()
    assert bench.state() == "absent"
    assert len(of(bench.effects, SubmitOrder)) == 1
    assert "c1" not in bench.engine.money.working


def test_too_old_to_be_wanted_is_absent() -> None:
    bench = unknown_bench(after=16 * SECOND_NS)
    empty_listings(bench, 2)
    assert bench.state() == "absent"


def test_the_second_time_nothing_is_sent_again() -> None:
    bench = unknown_bench()
    empty_listings(bench, 2)
    assert bench.state() == "sent"
    bench.feed(Unknown("c1", "timeout"))
    bench.wait(5 * SECOND_NS)
    empty_listings(bench, 2)
    assert bench.state() == "absent"
    assert len(of(bench.effects, SubmitOrder)) == 2


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (Acked("c1", "v-c1", 0, 500), "resting"),
        (Rejected("c1", 400, "invalid_order", ""), "rejected"),
        (NotSent("c1", "rate budget"), "unknown"),
        (Unknown("c1", "order_already_exists"), "unknown"),
    ],
)
def test_outcomes_of_the_repetition(event: object, state: str) -> None:
    bench = unknown_bench()
    empty_listings(bench, 2)
    bench.feed(event)  # type: ignore[arg-type]
    assert bench.state() == state


def test_the_repetition_that_meets_the_first_is_found() -> None:
    """409 order_already_exists: the first one did arrive, and the listing shows it."""
    bench = unknown_bench()
    empty_listings(bench, 2)
    bench.feed(Unknown("c1", "order_already_exists"))
    bench.wait(SECOND_NS)
    bench.listing(listed_order("c1", EXECUTED, filled_c=500))
    assert bench.state() == "filled"


def absent_bench() -> CoreBench:
    bench = unknown_bench(after=16 * SECOND_NS)
    empty_listings(bench, 2)
    assert bench.state() == "absent"
    bench.effects.clear()
    return bench


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (Acked("c1", "v-c1", 0, 500), "resting"),
        (OrdersRead(TICKER, 0, (listed_order("c1"),), 0, True), "resting"),
        (OrdersRead("", 0, (listed_order("c1"),), 0, True), "resting"),
        (OrdersRead("", 0, (listed_order("c1", filled_c=100),), 0, False), "partial"),
        (FillSeen(a_fill("t1", 500, client_order_id="c1"), 500, 0), "filled"),
        (FillSeen(a_fill("t1", 200, client_order_id="c1"), 200, 0), "unknown"),
    ],
)
def test_any_later_evidence_reopens_an_absent_order(event: object, state: str) -> None:
    bench = absent_bench()
    bench.feed(event)  # type: ignore[arg-type]
    assert bench.state() == state
    assert "ORDER_REAPPEARED" in [alert.code for alert in of(bench.effects, Alert)]


def test_a_reopened_order_that_was_to_be_canceled_is_canceled() -> None:
    bench = unknown_bench()
    bench.ask(command.CancelOrder("c1"), "x")
    empty_listings(bench, 2)
    assert bench.state() == "absent"
    assert [a.deny_code for a in of(bench.effects, Answer) if a.command_id == "x"] == [""]
    bench.acked()
    assert of(bench.effects, CancelOrder)


def test_an_order_with_fills_is_never_absent() -> None:
    bench = unknown_bench()
    bench.feed(FillSeen(a_fill("t1", 200, client_order_id="c1"), 200, 0))
    empty_listings(bench, 4)
    assert bench.state() == "unknown"
    assert "ORDER_NOT_LISTED" in [alert.code for alert in of(bench.effects, Alert)]
    bench.listing(listed_order("c1", CANCELED, filled_c=200))
    assert bench.state() == "canceled"


def test_a_market_at_rest_is_not_listed_for_other_orders() -> None:
    """One listing a market is under way at a time, whoever is in doubt."""
    bench = CoreBench()
    bench.start()
    for name in ("c1", "c2"):
        bench.placed(name, again=True)
    bench.feed(Unknown("c1", "timeout"), Unknown("c2", "timeout"))
    assert len([read for read in of(bench.effects, ReadOrders) if read.ticker]) == 1
    bench.wait(4 * SECOND_NS)
    bench.listing(listed_order("c1"), listed_order("c2"))
    assert (bench.state("c1"), bench.state("c2")) == ("resting", "resting")


# Recovery


@pytest.mark.parametrize("as_sent", [False, True])
def test_what_was_under_way_at_the_end_is_looked_for_at_the_start(as_sent: bool) -> None:
    """INTENT and SENT in the ledger may both have reached the exchange."""
    before = unknown_bench() if as_sent else CoreBench()
    if as_sent:
        empty_listings(before, 2)
    else:
        before.start()
        before.placed()
    money = before.engine.money
    assert before.state() == ("sent" if as_sent else "intent")
    bench = CoreBench(money=money)
    bench.at, bench.mono = before.at + MINUTE_NS, 1
    step = bench.feed(Recovered("r2"))
    assert bench.state() == "unknown"
    assert [read.ticker for read in of(step.effects, ReadOrders)] == [TICKER, ""]
    bench.feed(Woken())
    for _ in range(2):
        bench.listing()
        bench.wait(SECOND_NS)
    assert bench.state() == "absent", "another run's intent is not sent again"
    assert of(bench.effects, SubmitOrder) == []


def test_a_recovered_order_at_the_exchange_is_found() -> None:
    before = CoreBench()
    before.start()
    before.placed()
    bench = CoreBench(money=before.engine.money)
    bench.at = before.at + MINUTE_NS
    bench.feed(Recovered("r2"))
    bench.listing(listed_order("c1", filled_c=200))
    assert bench.state() == "partial"


def test_a_cancel_that_was_wanted_before_the_end_is_pursued_after_it() -> None:
    before = CoreBench()
    before.start()
    before.placed()
    before.acked()
    before.ask(command.CancelOrder("c1"))
    bench = CoreBench(money=before.engine.money)
    bench.at = before.at + MINUTE_NS
    bench.feed(Recovered("r2"))
    step = bench.listing(listed_order("c1"))
    assert [effect.client_order_id for effect in of(step.effects, CancelOrder)] == ["c1"]


def test_a_reducing_order_that_proved_absent_is_sent_again_only_while_it_reduces() -> None:
    bench = CoreBench()
    bench.start(fills=[a_fill("t0", 500, "v-old")])
    body = place("c1", buys=False, opens=False, price_bp=4_900, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL)
    bench.ask(body)
    bench.wait(5 * SECOND_NS)
    bench.feed(Unknown("c1", "timeout"))
    empty_listings(bench, 2)
    assert bench.state() == "sent"


def test_settings_may_forbid_any_repetition() -> None:
    bench = CoreBench(EngineSettings(series=(SERIES,), most_resends=0))
    bench.start()
    bench.placed()
    bench.wait(5 * SECOND_NS)
    bench.feed(Unknown("c1", "timeout"))
    empty_listings(bench, 2)
    assert bench.state() == "absent"


def test_an_outcome_that_never_comes_is_unknown_in_the_end() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.run_for(30 * SECOND_NS)
    bench.feed(OrdersRead("", 0, (), bench.at, True))
    assert bench.state() == "intent"
    bench.run_for(SECOND_NS)
    bench.feed(OrdersRead("", 0, (), bench.at, True))
    assert bench.state() == "unknown"


@pytest.mark.parametrize("is_restarted", [False, True])
def test_an_absent_order_is_looked_for_by_each_round_for_a_while(is_restarted: bool) -> None:
    """Its request was long on its way, and nobody heard when it arrived and was canceled."""
    bench = absent_bench()
    intended_at = bench.engine.money.orders["c1"].intended_at
    if is_restarted:
        restarted = CoreBench(money=bench.engine.money)
        restarted.at, restarted.mono = bench.at, bench.mono
        bench = restarted
        bench.feed(Recovered("r2"))
    else:
        bench.effects.clear()
        bench.feed(FeedConnected(2))
    assert ReadOrders(TICKER, intended_at - MINUTE_NS) in bench.effects
    assert bench.engine.in_doubt == 0, "no exit waits for it"
    bench.listing(listed_order("c1", CANCELED))
    assert bench.state() == "canceled"
    assert [alert.code for alert in of(bench.effects, Alert)].count("ORDER_REAPPEARED") == 1


def test_an_order_that_was_absent_for_long_is_let_be() -> None:
    bench = absent_bench()
    bench.at += bench.settings.timings.absent_doubted_ns + 1
    bench.effects.clear()
    bench.feed(FeedConnected(2))
    assert [read.ticker for read in of(bench.effects, ReadOrders)] == [""]
