"""Rounds of comparing: what begins and ends one, reads that fail or never come, when business opens."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import OTHER, SERIES, TICKER, CoreBench, balance, event_of, market, of, place

from engine.core.effects import (
    Alert,
    ReadBalance,
    ReadFills,
    ReadMarkets,
    ReadOrders,
    ReadPositions,
    ReadSettlements,
    ReadStatus,
    SubmitOrder,
)
from engine.core.inputs import (
    BalanceRead,
    FillsRead,
    MarketsRead,
    OrdersRead,
    PositionsRead,
    ReadFailed,
    Recovered,
    SettlementsRead,
    StatusRead,
)
from engine.core.settings import EngineSettings
from engine.domain.feed import BookFresh, Channel, FeedAlive, FeedConnected, ReconcileNeeded
from engine.domain.units import MINUTE_NS, SECOND_NS


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
