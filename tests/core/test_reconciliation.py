"""The ledger against the exchange: adopted, explained, held; and a second look changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import (
    SERIES,
    TICKER,
    CoreBench,
    a_fill,
    balance,
    event_of,
    held_position,
    listed_order,
    market,
    of,
    place,
    seen_order,
)

from engine.core.effects import (
    Alert,
    CancelOrder,
    ReadBalance,
    ReadFills,
    ReadMarkets,
    ReadOrders,
    ReadPositions,
    ReadSettlements,
    ReadStatus,
    SubmitOrder,
)
from engine.core.facts.money import FillBooked, PositionAdopted
from engine.core.facts.orders import OrderAdopted
from engine.core.facts.stance import ModeSet, RunStarted
from engine.core.inputs import (
    BalanceRead,
    CancelAcked,
    CancelGone,
    CoreEvent,
    FillsRead,
    MarketsRead,
    OrdersRead,
    PositionsRead,
    ReadFailed,
    Recovered,
    SettlementsRead,
    StatusRead,
)
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.domain.feed import BookFresh, Channel, FeedAlive, FeedConnected, FillSeen, ReconcileNeeded
from engine.domain.order import VenueOrderStatus
from engine.domain.units import DOLLAR_UD, MINUTE_NS, SECOND_NS

OTHER = "KXT-26NOV20-T51"


def alerts(bench: CoreBench) -> list[str]:
    return [alert.code for alert in of(bench.effects, Alert)]


def again(bench: CoreBench, **world: Any) -> None:
    """A whole further round, begun by the timer."""
    bench.run_for(MINUTE_NS)
    bench.effects.clear()
    bench.changes.clear()
    bench.reads((market(),), **world)


def test_an_account_that_others_used_is_taken_over_as_it_is() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    fills = [a_fill("t1", 300, "v-x"), a_fill("t2", 200, "v-y")]
    bench.reads((market(),), orders=[listed_order("foreign")], fills=fills)
    assert [change.terms.owner for change in of(bench.changes, OrderAdopted)] == ["external"]
    assert bench.engine.money.positions[TICKER].position.count_c == 500
    assert state_hash(fold(bench.changes)) == state_hash(bench.engine.money)


def test_the_second_run_changes_nothing() -> None:
    bench = CoreBench()
    world: dict[str, Any] = {"orders": [listed_order("foreign")], "fills": [a_fill("t1", 300, "v-x")]}
    bench.start(**world)
    digest = state_hash(bench.engine.money)
    again(bench, **world)
    assert bench.changes == []
    restarted = CoreBench(money=bench.engine.money)
    restarted.at = bench.at + MINUTE_NS
    restarted.feed(Recovered("r2"), FeedConnected(1))
    restarted.reads((market(),), **world)
    assert [type(change) for change in restarted.changes] == [RunStarted]
    assert state_hash(restarted.engine.money) == digest


def test_the_order_in_which_reads_arrive_does_not_matter() -> None:
    """Positions first: they are compared when the fills are known."""
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.feed(PositionsRead((held_position(TICKER, 300, 1_500_000),), bench.at, True))
    bench.feed(FillsRead(0, (a_fill("t1", 300, "v-x"),), bench.at, True))
    bench.reads((market(),), positions=[held_position(TICKER, 300, 1_500_000)])
    assert of(bench.changes, PositionAdopted) == []
    assert bench.engine.money.positions[TICKER].position.count_c == 300


def test_a_position_without_fills_is_adopted_after_a_second_look() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    rows = (held_position(TICKER, 700, 3_500_000),)
    bench.reads((market(),), positions=rows)
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert of(bench.changes, PositionAdopted) == []
    assert not bench.engine.is_ready
    bench.effects.clear()
    bench.run_for(2 * SECOND_NS)
    assert [type(effect) for effect in bench.effects] == [ReadPositions]
    step = bench.feed(PositionsRead(rows, bench.at, True))
    assert [type(effect) for effect in step.effects] == [ReadFills], "read after the positions"
    bench.feed(FillsRead(0, (), bench.at, True))
    (adopted,) = of(bench.changes, PositionAdopted)
    assert (adopted.count_c, adopted.cost_ud) == (700, 3_500_000)
    assert bench.engine.money.positions[TICKER].owner == "external"
    assert bench.engine.is_ready


def test_a_fill_between_the_looks_explains_it() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    bench.reads((market(),), positions=[held_position(TICKER, 300)])
    bench.run_for(2 * SECOND_NS)
    bench.feed(PositionsRead((held_position(TICKER, 300),), bench.at, True))
    bench.feed(FillsRead(0, (a_fill("t1", 300, "v-x"),), bench.at, True))
    assert of(bench.changes, PositionAdopted) == []


def test_a_fill_newer_than_the_page_is_not_a_difference() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    page = PositionsRead((), bench.at, True)
    bench.feed(FillSeen(a_fill("t1", 300, "v-x", at_ns=bench.at), 300, 0))
    bench.feed(page)
    bench.reads((market(),))
    assert set(alerts(bench)) <= {"FOREIGN_FILL", "FOREIGN_ORDER"}


def test_a_number_that_moves_between_the_looks_is_looked_at_again() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    bench.reads((market(),), positions=[held_position(TICKER, 300)])
    for count_c in (400, 400):
        bench.run_for(3 * SECOND_NS)
        assert of(bench.changes, PositionAdopted) == []
        bench.feed(PositionsRead((held_position(TICKER, count_c),), bench.at, True))
        bench.feed(FillsRead(0, (), bench.at, True))
    assert [change.count_c for change in of(bench.changes, PositionAdopted)] == [400]


@pytest.mark.parametrize("page", ["empty", "without it"])
def test_a_page_that_lacks_a_position_never_flattens_it(page: str) -> None:
    bench = CoreBench()
    bench.start(
        market(), market(OTHER), fills=[a_fill("t1", 300, "v-x"), a_fill("t2", 100, "v-y", ticker=OTHER)]
    )
    rows = [] if page == "empty" else [held_position(OTHER, 100)]
    for _ in range(3):
        bench.run_for(MINUTE_NS)
        bench.reads((market(),), positions=rows)
        bench.run_for(3 * SECOND_NS)
        bench.feed(PositionsRead(tuple(rows), bench.at, True), FillsRead(0, (), bench.at, True))
    assert of(bench.changes, PositionAdopted) == []
    assert bench.engine.money.positions[TICKER].position.count_c == 300
    assert alerts(bench).count("POSITION_MISSING") == (2 if page == "empty" else 1)


def test_an_incomplete_page_is_not_compared_and_asked_for_again() -> None:
    bench = CoreBench()
    bench.start(fills=[a_fill("t1", 300, "v-x")])
    bench.run_for(MINUTE_NS)
    bench.feed(PositionsRead((held_position(TICKER, 999),), bench.at, False))
    bench.effects.clear()
    bench.run_for(SECOND_NS)
    assert ReadPositions in {type(effect) for effect in bench.effects}
    assert of(bench.changes, PositionAdopted) == []


@pytest.mark.parametrize(
    ("effect", "kind"),
    [
        ("ReadStatus", ReadStatus),
        ("ReadBalance", ReadBalance),
        ("ReadPositions", ReadPositions),
        ("ReadFills", ReadFills),
        ("ReadSettlements", ReadSettlements),
        ("ReadOrders", ReadOrders),
    ],
)
def test_a_failed_read_is_asked_for_again_and_nothing_opens_without_it(effect: str, kind: type) -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.effects.clear()
    bench.feed(ReadFailed(effect, "", "503"))
    assert bench.effects == []
    bench.run_for(SECOND_NS)
    assert [type(asked) for asked in bench.effects] == [kind]
    assert bench.engine._reconciliation.rounds == 0


def told_of_rounds(bench: CoreBench) -> list[str]:
    return [alert.text for alert in of(bench.effects, Alert) if alert.code.startswith("RECONCILE_")]


def test_a_round_that_does_not_end_is_told_once_and_so_is_its_end() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    for _ in range(90):
        bench.feed(ReadFailed("ReadPositions", "", "503 twice"))
        bench.feed(FeedAlive())
        bench.run_for(SECOND_NS)
    (text,) = told_of_rounds(bench)
    assert "could not be compared with the exchange" in text
    assert "ReadPositions: 503 twice" in text
    bench.reads((market(),))
    assert told_of_rounds(bench) == [text, "the ledger is compared with the exchange again"]


def test_a_round_that_ends_in_time_tells_nobody() -> None:
    bench = CoreBench()
    bench.start()
    for _ in range(4):
        bench.run_for(MINUTE_NS)
        for _ in range(20):
            bench.feed(ReadFailed("ReadPositions", "", "503"))
            bench.run_for(SECOND_NS)
        bench.reads((market(),))
    assert told_of_rounds(bench) == []


def test_a_read_that_is_never_answered_is_asked_for_again() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.effects.clear()
    bench.run_for(31 * SECOND_NS)
    assert {ReadStatus, ReadPositions, ReadFills} <= {type(asked) for asked in bench.effects}


def test_our_resting_order_that_is_not_listed_is_looked_for_not_forgotten() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    again(bench)
    assert [read.ticker for read in of(bench.effects, ReadOrders)] == [TICKER]
    assert bench.state() == "resting"
    bench.listing(listed_order("c1", VenueOrderStatus.CANCELED, filled_c=200))
    assert bench.state() == "canceled"


def test_an_empty_list_of_orders_forgets_nothing() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    again(bench)
    for _ in range(6):
        bench.listing()
        bench.run_for(2 * SECOND_NS)
    assert bench.state() == "resting"
    assert "ORDER_NOT_LISTED" in alerts(bench)


def test_an_order_too_young_for_the_listing_is_not_missed() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(MINUTE_NS)
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    bench.placed()
    bench.acked()
    bench.effects.clear()
    bench.feed(OrdersRead("", 0, (), bench.at + 3 * SECOND_NS, True))
    assert of(bench.effects, ReadOrders) == []
    bench.feed(OrdersRead("", 0, (), bench.at + 3 * SECOND_NS + 1, True))
    assert [read.ticker for read in of(bench.effects, ReadOrders)] == [TICKER]


@pytest.mark.parametrize(
    "event", [FeedConnected(2), ReconcileNeeded((Channel.FILL,), "gap")], ids=["reconnect", "needed"]
)
def test_gaps_of_the_stream_begin_a_round(event: Any) -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(event)
    assert {ReadFills, ReadPositions, ReadOrders} <= {type(asked) for asked in bench.effects}


def test_what_is_needed_during_a_round_is_read_again_after_it() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(FeedConnected(2), ReconcileNeeded((Channel.FILL,), "gap"))
    assert len(of(bench.effects, ReadPositions)) == 1
    bench.reads((market(),))
    assert len(of(bench.effects, ReadPositions)) == 2


def test_later_foreign_orders_stop_entries() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(OrdersRead("", 0, (listed_order("foreign"),), bench.at, True))
    assert [change.mode for change in of(bench.changes, ModeSet)] == ["NO_NEW_ENTRIES"]
    assert "FOREIGN_ORDER" in alerts(bench)
    assert bench.answer(place()).deny_code == "ENTRIES_OFF"
    assert of(bench.effects, CancelOrder) == [], "it is not ours to cancel"


def test_a_later_foreign_fill_stops_entries_though_its_order_was_never_seen() -> None:
    """Another program's immediate order rests nowhere."""
    bench = CoreBench()
    bench.start()
    step = bench.feed(FillSeen(a_fill("t9", 200, "v-other"), 200, 0))
    assert [change.mode for change in of(step.changes, ModeSet)] == ["NO_NEW_ENTRIES"]
    assert {"FOREIGN_FILL", "FOREIGN_ORDER"} <= set(alerts(bench))
    assert bench.answer(place()).deny_code == "ENTRIES_OFF"


def test_foreign_fills_of_before_the_start_stop_nothing() -> None:
    bench = CoreBench()
    bench.start(fills=[a_fill("t9", 200, "v-other")])
    assert of(bench.changes, ModeSet) == []
    assert of(bench.ask(place()).effects, SubmitOrder)


def test_a_zero_in_the_page_is_believed_the_third_time() -> None:
    """The exchange has told everybody that they hold nothing, and was wrong."""
    bench = CoreBench()
    bench.start(fills=[a_fill("t1", 300, "v-x")])
    page = [held_position(TICKER, 0)]
    seen = []
    for _ in range(5):
        bench.run_for(MINUTE_NS)
        bench.reads((market(),), positions=page)
        bench.run_for(3 * SECOND_NS)
        bench.feed(PositionsRead(tuple(page), bench.at, True), FillsRead(0, (), bench.at, True))
        seen.append(bench.engine.money.positions[TICKER].position.count_c)
    assert seen == [300, 300, 0, 0, 0]
    assert {"POSITION_MISSING", "POSITION_ADOPTED"} <= set(alerts(bench))


def test_fills_of_an_adopted_order_that_were_booked_before_count_for_it() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.feed(FillsRead(0, (a_fill("t1", 200, "v-foreign"),), bench.at, True))
    bench.feed(OrdersRead("", 0, (listed_order("foreign", filled_c=200),), bench.at, True))
    record = bench.engine.money.orders["foreign"]
    assert (record.filled_c, record.venue_filled_c, record.remaining_c) == (200, 200, 300)


def test_all_cash_gone_at_once_is_believed_the_third_time() -> None:
    bench = CoreBench()
    bench.start(cash=balance(10 * DOLLAR_UD))
    seen = []
    for _ in range(3):
        bench.feed(BalanceRead(balance(0)))
        cash = bench.engine.money.cash
        assert cash is not None
        seen.append(cash.cash_ud)
    assert seen == [10 * DOLLAR_UD, 10 * DOLLAR_UD, 0]
    assert alerts(bench).count("IMPLAUSIBLE_BALANCE") == 2


def test_one_balance_is_asked_for_at_a_time_and_the_next_one_after_its_answer() -> None:
    """The exchange answers about one a second; asked for more often they would all come too late."""
    bench = CoreBench()
    bench.start()
    bench.run_for(2 * SECOND_NS)
    bench.effects.clear()
    for number in range(4):
        bench.feed(FillSeen(a_fill(f"t{number}", 100, "v-x", at_ns=bench.at), 100, 0))
        bench.run_for(2 * SECOND_NS)
    assert len(of(bench.effects, ReadBalance)) == 1
    step = bench.feed(BalanceRead(balance()))
    assert len(of(step.effects, ReadBalance)) == 1
    assert of(bench.feed(BalanceRead(balance())).effects, ReadBalance) == []


@pytest.mark.parametrize(
    "ended",
    [
        CancelAcked("c1", 500),
        CancelGone("c1"),
        seen_order(listed_order("c1", VenueOrderStatus.CANCELED)),
    ],
)
def test_an_order_that_ends_unfilled_has_the_balance_read(ended: CoreEvent) -> None:
    """What it held is free again, and nothing else says how much that is."""
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.run_for(2 * SECOND_NS)
    bench.feed(BalanceRead(balance()))
    bench.run_for(5 * SECOND_NS)
    bench.effects.clear()
    bench.feed(ended)
    bench.run_for(2 * SECOND_NS)
    assert bench.state() == "canceled"
    assert len(of(bench.effects, ReadBalance)) == 1


def test_fills_that_do_not_end_do_not_put_the_balance_off() -> None:
    bench = CoreBench()
    bench.start()
    bench.run_for(2 * SECOND_NS)
    bench.feed(BalanceRead(balance()))
    bench.effects.clear()
    for number in range(6):
        bench.feed(FillSeen(a_fill(f"t{number}", 100, "v-x", at_ns=bench.at), 100, 0))
        bench.run_for(SECOND_NS // 2)
    assert len(of(bench.effects, ReadBalance)) == 1


def test_a_balance_that_could_not_be_read_is_asked_for_again_outside_of_a_round_too() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(FillSeen(a_fill("t1", 100, "v-x", at_ns=bench.at), 100, 0))
    bench.run_for(2 * SECOND_NS)
    bench.effects.clear()
    bench.feed(ReadFailed("ReadBalance", "", "429"))
    bench.run_for(2 * SECOND_NS)
    assert len(of(bench.effects, ReadBalance)) == 1


def test_a_balance_that_says_the_same_is_not_written_again() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(BalanceRead(balance()))
    assert bench.changes == []
    bench.feed(BalanceRead(balance(999 * DOLLAR_UD)))
    assert len(bench.changes) == 1


def test_without_an_open_market_business_opens_all_the_same() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.reads(())
    assert bench.engine.is_ready


def test_a_book_that_does_not_come_is_not_waited_for_for_ever() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.reads((market(), market(OTHER)))
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert not bench.engine.is_ready
    bench.run_for(5 * SECOND_NS)
    assert bench.engine.is_ready
    bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
    assert of(bench.ask(place()).effects, SubmitOrder)
    assert bench.answer(place("c2", ticker=OTHER)).deny_code == "STALE_BOOK"


def test_the_fill_of_the_stream_and_of_the_list_is_one() -> None:
    bench = CoreBench()
    bench.start()
    fill = a_fill("t1", 300, "v-x")
    bench.feed(FillSeen(fill, 300, 0), FillsRead(0, (fill,), bench.at, True), FillSeen(fill, 300, 0))
    assert len(of(bench.changes, FillBooked)) == 1


def test_status_of_the_exchange_is_kept() -> None:
    bench = CoreBench()
    bench.feed(StatusRead(True, True, {0: (True, False)}))
    assert bench.engine.status == {0: (True, False)}


def test_markets_that_could_not_be_read_whole_are_read_again() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.effects.clear()
    bench.feed(MarketsRead(SERIES, (), (), False), SettlementsRead(0, (), True))
    bench.run_for(SECOND_NS)
    assert "ReadMarkets" in {type(asked).__name__ for asked in bench.effects}


def test_one_series_that_cannot_be_read_keeps_no_business_closed() -> None:
    bench = CoreBench(EngineSettings(series=(SERIES, "KXNOPE")))
    bench.feed(Recovered("r1"), FeedConnected(1))
    bench.feed(
        StatusRead(True, True, {}),
        BalanceRead(balance()),
        PositionsRead((), bench.at, True),
        OrdersRead("", 0, (), bench.at, True),
        FillsRead(0, (), bench.at, True),
        SettlementsRead(0, (), True),
        MarketsRead(SERIES, (event_of(market()),), (market(),), True),
        BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None),
        ReadFailed("ReadMarkets", "KXNOPE", "404 not_found"),
    )
    bench.run_for(SECOND_NS)
    assert not bench.engine.is_ready
    bench.feed(ReadFailed("ReadMarkets", "KXNOPE", "404 not_found"))
    assert bench.engine.is_ready
    told = [alert.text for alert in of(bench.effects, Alert) if alert.code == "SERIES_NOT_READ"]
    assert told == ["series KXNOPE: its markets cannot be read whole: 404 not_found"]


@pytest.mark.parametrize("is_failed", [True, False])
def test_it_is_tried_again_with_each_round_and_told_once_until_it_is_read(is_failed: bool) -> None:
    bench = CoreBench()
    bench.start()
    missed = ReadFailed("ReadMarkets", SERIES, "503") if is_failed else MarketsRead(SERIES, (), (), False)
    bench.feed(missed)
    for _ in range(4):
        bench.effects.clear()
        bench.feed(missed)
        bench.run_for(MINUTE_NS)
        assert [read.series_ticker for read in of(bench.effects, ReadMarkets)] == [SERIES]
    bench.feed(MarketsRead(SERIES, (), (market(),), True))
    assert [a.code for a in of(bench.effects, Alert) if a.code.startswith("SERIES_")] == ["SERIES_READ"]
