"""Strategies: needs become effects, answers events, decisions orders that the gate let through."""

from __future__ import annotations

from core_bench import OTHER, SERIES, TICKER, CoreBench, a_fill, market, of, place
from core_strategies import BuysCheap, Scripted

from engine.core.effects import Alert, CancelOrder, Compute, ReadCandles, SubmitOrder
from engine.core.inputs import Acked, CandlesReady, ComputeDone, Observation, ReadFailed
from engine.core.strategy import Enter, Leave, Needs, Withdraw, Work
from engine.domain.candle import Candlestick
from engine.domain.feed import BookFresh, BookStale, BookUpdated, FillSeen, StaleReason
from engine.domain.order import BookSide, Leg, TimeInForce
from engine.domain.units import MINUTE_NS, SECOND_NS

NEEDS = Needs(series=(SERIES,))


def fresh(bench: CoreBench, ticker: str = TICKER) -> None:
    bench.feed(BookFresh(ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))


def next_minute(bench: CoreBench) -> None:
    """A schedule's time, with fresh books."""
    bench.at += MINUTE_NS
    bench.mono += MINUTE_NS
    for ticker in sorted(bench.engine.books):
        fresh(bench, ticker)


def test_a_decision_is_an_order_with_its_owner_and_an_id_of_the_run() -> None:
    bench = CoreBench(strategies=[BuysCheap()])
    bench.start(run_id="run7")
    next_minute(bench)
    (sent,) = of(bench.effects, SubmitOrder)
    assert (sent.request.client_order_id, sent.request.price_bp) == ("run7-1", 5_100)
    assert bench.engine.money.orders["run7-1"].terms.owner == "buys-cheap"
    bench.feed(Acked("run7-1", "v-1", 100, 0), FillSeen(a_fill("t1", 100, "v-1"), 100, 0))
    assert bench.engine.money.positions[TICKER].owner == "buys-cheap"
    next_minute(bench)
    assert len(of(bench.effects, SubmitOrder)) == 1, "its state remembers"


def test_missing_is_marked_and_never_a_value() -> None:
    strategy = Scripted(Needs((SERIES,), candle_periods_min=(60,), observations=("spot",)))
    bench = CoreBench(strategies=[strategy])
    bench.start()
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    bench.wait(MINUTE_NS)
    assert strategy.views[0].missing == ("observation:spot", f"book:{TICKER}", f"candles:{TICKER}:60")
    assert (strategy.views[0].cause, strategy.views[0].candles) == ("schedule", {})


def test_candles_are_asked_for_on_schedule_and_come_as_events() -> None:
    strategy = Scripted(Needs((SERIES,), candle_periods_min=(60,), candle_lookback_s=7_200))
    bench = CoreBench(strategies=[strategy])
    bench.start()
    bench.wait(MINUTE_NS)
    (asked,) = of(bench.effects, ReadCandles)
    end_s = bench.at // SECOND_NS
    assert asked == ReadCandles(TICKER, SERIES, 60, end_s - 7_200, end_s)
    candles: tuple[Candlestick, ...] = ()
    bench.feed(CandlesReady(TICKER, 60, candles))
    assert strategy.views[-1].cause == "candles"
    assert f"candles:{TICKER}:60" not in strategy.views[-1].missing
    bench.feed(ReadFailed("ReadCandles", TICKER, "503"))
    bench.wait(MINUTE_NS)
    assert f"candles:{TICKER}:60" in strategy.views[-1].missing, "old candles would look like new ones"


def test_candles_of_another_period_or_series_wake_nobody() -> None:
    strategy = Scripted(Needs((SERIES,), candle_periods_min=(60,)))
    bench = CoreBench(strategies=[strategy])
    bench.start()
    bench.feed(CandlesReady(TICKER, 1, ()), CandlesReady("KXELSE-1-T1", 60, ()))
    assert strategy.views == []


def test_the_newest_observation_by_its_source_wins() -> None:
    strategy = Scripted(Needs((SERIES,), observations=("spot",)))
    bench = CoreBench(strategies=[strategy])
    bench.start()
    bench.feed(Observation("spot", "BTC", "2", 20, 21), Observation("spot", "BTC", "1", 10, 22))
    bench.feed(Observation("wind", "NY", "3", 30, 31))
    assert len(strategy.views) == 1
    assert strategy.views[0].observations[("spot", "BTC")].value == "2"


def test_long_work_is_done_elsewhere_and_comes_back() -> None:
    strategy = Scripted(NEEDS, lambda view: [Work("w1", b"x")] if view.cause == "schedule" else [])
    bench = CoreBench(strategies=[strategy])
    bench.start()
    bench.wait(MINUTE_NS)
    assert of(bench.effects, Compute) == [Compute("scripted", "w1", b"x")]
    done = ComputeDone("scripted", "w1", b"y")
    bench.feed(done, ComputeDone("another", "w1", b"z"))
    assert [view.computed for view in strategy.views] == [None, done]


def test_changes_of_a_book_are_seen_by_who_asked_for_them() -> None:
    strategy = Scripted(Needs((SERIES,), on_book=True))
    bench = CoreBench(strategies=[strategy])
    bench.start()
    step = bench.feed(BookUpdated(TICKER, BookSide.BID, 4_800, 100, None, None))
    assert [view.cause for view in strategy.views] == ["book"]
    assert step.touched == (TICKER,)


def test_refusals_are_told_with_the_next_view() -> None:
    strategy = Scripted(NEEDS, lambda view: [Enter(TICKER, Leg.YES, 5_050, 100)])
    bench = CoreBench(strategies=[strategy])
    bench.start()
    next_minute(bench)
    next_minute(bench)
    assert [denial.code for denial in strategy.views[1].denials] == ["OFF_GRID"]
    assert of(bench.effects, SubmitOrder) == []


def test_a_market_of_a_person_is_not_a_strategys() -> None:
    strategy = Scripted(NEEDS, lambda view: [Enter(TICKER, Leg.YES, 5_100, 100), Leave(TICKER)])
    bench = CoreBench(strategies=[strategy])
    bench.start()
    bench.placed()
    bench.feed(Acked("c1", "v-c1", 200, 300), FillSeen(a_fill("t1", 200, "v-c1"), 200, 0))
    bench.effects.clear()
    next_minute(bench)
    next_minute(bench)
    assert [denial.code for denial in strategy.views[1].denials] == ["MARKET_OWNED", "MARKET_OWNED"]
    assert of(bench.effects, SubmitOrder) == []


def test_a_person_may_enter_a_strategys_market() -> None:
    entry = Enter(TICKER, Leg.YES, 4_900, 100, TimeInForce.GOOD_TILL_CANCELED)
    strategy = Scripted(NEEDS, lambda view: [] if view.orders else [entry])
    bench = CoreBench(strategies=[strategy])
    bench.start()
    next_minute(bench)
    bench.feed(Acked("r1-1", "v-1", 0, 100))
    step = bench.ask(place())
    assert [effect.client_order_id for effect in of(step.effects, CancelOrder)] == ["r1-1"]
    assert len(of(step.effects, SubmitOrder)) == 1


def test_leaving_and_withdrawing_ones_own() -> None:
    def decide(view: object) -> list[object]:
        return [Leave(TICKER)] if strategy.views[-1].positions else [Withdraw("r1-1"), Withdraw("c9")]

    strategy = Scripted(NEEDS, decide)  # type: ignore[arg-type]
    bench = CoreBench(strategies=[strategy, BuysCheap()])
    bench.start()
    bench.placed("c9", ticker=TICKER)
    next_minute(bench)
    assert of(bench.effects, CancelOrder) == []
    next_minute(bench)
    assert {denial.code for denial in strategy.views[-1].denials} == {"ORDER_NOT_FOUND"}


def test_a_strategy_that_leaves_sells_what_it_holds() -> None:
    def decide(view: object) -> list[object]:
        return [Leave(TICKER)] if strategy.views[-1].positions else [Enter(TICKER, Leg.YES, 5_100, 100)]

    strategy = Scripted(NEEDS, decide)  # type: ignore[arg-type]
    bench = CoreBench(strategies=[strategy])
    bench.start()
    next_minute(bench)
    bench.feed(Acked("r1-1", "v-1", 100, 0), FillSeen(a_fill("t1", 100, "v-1"), 100, 0))
    next_minute(bench)
    request = of(bench.effects, SubmitOrder)[-1].request
    assert (request.side, request.price_bp, request.count_c, request.reduce_only) == ("ask", 4_900, 100, True)


def test_a_strategy_that_fails_is_off_and_the_others_go_on() -> None:
    def fail(view: object) -> list[object]:
        raise ZeroDivisionError("by nothing")

    broken = Scripted(NEEDS, fail, name="broken")  # type: ignore[arg-type]
    bench = CoreBench(strategies=[broken, BuysCheap()])
    bench.start(market(), market(OTHER))
    next_minute(bench)
    next_minute(bench)
    assert len(broken.views) == 1
    (alert,) = [alert for alert in of(bench.effects, Alert) if alert.code == "STRATEGY_FAILED"]
    assert "ZeroDivisionError: by nothing" in alert.text
    assert len(of(bench.effects, SubmitOrder)) == 2


def test_nothing_is_decided_before_the_engine_is_ready() -> None:
    strategy = Scripted(NEEDS)
    bench = CoreBench(strategies=[strategy])
    bench.feed(CandlesReady(TICKER, 60, ()))
    bench.wait(10 * MINUTE_NS)
    assert strategy.views == []
