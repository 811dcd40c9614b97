"""From the first input to the first order."""

from __future__ import annotations

from core_bench import TICKER, CoreBench, a_fill, market, of, place

from engine.core.effects import Answer, ReadMarkets, SubmitOrder, WatchBooks
from engine.core.inputs import Recovered
from engine.domain.feed import FeedConnected, FillSeen


def test_start_asks_for_everything_and_watches_the_books() -> None:
    bench = CoreBench()
    step = bench.feed(Recovered("r1"))
    asked = {type(effect).__name__ for effect in step.effects}
    assert asked == {
        "ReadStatus",
        "ReadSchedule",
        "ReadBalance",
        "ReadPositions",
        "ReadOrders",
        "ReadFills",
        "ReadSettlements",
        "ReadMarkets",
    }
    assert of(step.effects, ReadMarkets) == [ReadMarkets("KXT")]
    bench.feed(FeedConnected(1))
    bench.reads((market(),))
    assert of(bench.effects, WatchBooks) == [WatchBooks((TICKER,))]


def test_entries_wait_for_the_first_reconciliation_and_the_books() -> None:
    bench = CoreBench()
    bench.feed(Recovered("r1"), FeedConnected(1))
    assert bench.answer(place()).deny_code == "NOT_READY"
    bench.reads((market(),))
    assert not bench.engine.is_ready
    assert bench.answer(place()).deny_code == "NOT_READY"


def test_an_order_from_intent_to_position() -> None:
    bench = CoreBench()
    bench.start()
    sent = bench.placed()
    assert sent.request.client_order_id == "c1"
    step = bench.acked(filled_c=200)
    (answer,) = of(step.effects, Answer)
    assert (answer.deny_code, answer.client_order_id, answer.numbers["state"]) == ("", "c1", "partial")
    bench.feed(FillSeen(a_fill("t1", 200), 200, 0), FillSeen(a_fill("t2", 300), 500, 0))
    assert bench.state() == "filled"
    position = bench.engine.money.positions[TICKER]
    assert (position.position.count_c, position.owner) == (500, "manual")
    assert of(bench.effects, SubmitOrder) == [sent]
