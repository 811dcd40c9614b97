"""A market that closed with something held of it is followed until it is paid."""

from __future__ import annotations

import msgspec
from core_bench import START, TICKER, CoreBench, a_fill, event_of, market, of

from engine.core.effects import Alert, ReadMarket, ReadSettlements
from engine.core.inputs import FillsRead, MarketRead
from engine.core.money import fold
from engine.domain.market import MarketStatus
from engine.domain.units import HOUR_NS, MINUTE_NS, SECOND_NS

CLOSES = START + 5 * MINUTE_NS
LISTED = market(close_ns=CLOSES)


def holding() -> CoreBench:
    bench = CoreBench()
    bench.start(LISTED)
    bench.feed(FillsRead(0, (a_fill("t1", 500, "v-x"),), bench.at, True))
    bench.effects.clear()
    return bench


def seen(bench: CoreBench, status: MarketStatus, value_bp: int | None = None) -> list[str]:
    """The alerts that the market in this state brings."""
    bench.effects.clear()
    found = market(close_ns=CLOSES, status=status, settlement_bp=value_bp)
    bench.feed(MarketRead(event_of(found), found))
    return [f"{alert.level} {alert.code}: {alert.text}" for alert in of(bench.effects, Alert)]


def test_it_is_read_at_its_close_and_each_minute_while_it_is_held() -> None:
    bench = holding()
    bench.wait(4 * MINUTE_NS)
    assert of(bench.effects, ReadMarket) == []
    bench.wait(MINUTE_NS)
    bench.wait(MINUTE_NS)
    assert of(bench.effects, ReadMarket) == [ReadMarket(TICKER)] * 2


def test_an_answer_that_it_is_still_closed_is_no_reason_to_ask_before_the_minute_is_over() -> None:
    bench = holding()
    bench.wait(5 * MINUTE_NS)
    closed = market(close_ns=CLOSES, status=MarketStatus.CLOSED)
    for _ in range(30):
        bench.run_for(SECOND_NS)
        bench.feed(MarketRead(event_of(closed), closed))
    assert of(bench.effects, ReadMarket) == [ReadMarket(TICKER)]


LADDER = [market(f"KXT-26NOV20-T{number}", close_ns=CLOSES) for number in range(1, 6)]


def holding_a_ladder() -> CoreBench:
    bench = CoreBench()
    bench.start(*LADDER)
    fills = [a_fill(f"t{leg.ticker}", 500, f"v-{leg.ticker}", ticker=leg.ticker) for leg in LADDER]
    bench.feed(FillsRead(0, tuple(fills), bench.at, True))
    bench.wait(5 * MINUTE_NS - SECOND_NS)
    bench.effects.clear()
    return bench


def asked(bench: CoreBench) -> list[str]:
    """Which markets were asked for since the last call."""
    asked = of(bench.effects, ReadMarket)
    for effect in asked:
        bench.effects.remove(effect)
    return [effect.ticker for effect in asked]


def test_markets_of_one_event_are_followed_by_one_read_of_it() -> None:
    bench = holding_a_ladder()
    for _ in range(5):
        bench.run_for(SECOND_NS)
        (first,) = asked(bench)
        legs = {leg.ticker: msgspec.structs.replace(leg, status=MarketStatus.DETERMINED) for leg in LADDER}
        read = legs.pop(first)
        bench.feed(MarketRead(event_of(read), read, tuple(legs.values())))
        bench.run_for(MINUTE_NS - 2 * SECOND_NS)
        assert asked(bench) == []
        bench.run_for(SECOND_NS)
    assert [bench.engine.markets[leg.ticker].status for leg in LADDER] == [MarketStatus.DETERMINED] * 5
    told = [alert.subject for alert in of(bench.effects, Alert) if alert.code == "DETERMINED"]
    assert sorted(told) == [leg.ticker for leg in LADDER], "each market is told once"


def test_markets_that_no_answer_has_are_asked_for_themselves() -> None:
    """Late events come without their markets, and a first read may fail for ever."""
    bench = holding_a_ladder()
    names = []
    for _ in range(30):
        bench.run_for(SECOND_NS)
        names += asked(bench)
    assert sorted(names) == sorted(leg.ticker for leg in LADDER)


def test_one_that_nobody_holds_is_not_read() -> None:
    bench = CoreBench()
    bench.start(LISTED)
    bench.wait(6 * MINUTE_NS)
    assert of(bench.effects, ReadMarket) == []


def test_its_steps_are_told_once_and_a_dispute_loudly() -> None:
    bench = holding()
    bench.wait(5 * MINUTE_NS)
    assert seen(bench, MarketStatus.CLOSED) == []
    determined = [f"note DETERMINED: {TICKER} is determined, one YES would be paid 100 c"]
    assert seen(bench, MarketStatus.DETERMINED, 10_000) == determined
    assert seen(bench, MarketStatus.DETERMINED, 10_000) == []
    (disputed,) = seen(bench, MarketStatus.DISPUTED, 10_000)
    assert disputed.startswith(f"warning DISPUTED: {TICKER} is DISPUTED")
    (amended,) = seen(bench, MarketStatus.AMENDED, 4_000)
    assert amended.endswith("has another result than it had, one YES would be paid 40 c")
    assert bench.engine.markets[TICKER].status is MarketStatus.AMENDED


def test_paid_makes_it_read_the_settlements() -> None:
    bench = holding()
    bench.wait(5 * MINUTE_NS)
    seen(bench, MarketStatus.FINALIZED, 10_000)
    assert of(bench.effects, ReadSettlements)


def test_one_that_closed_while_nobody_ran_is_read_after_the_start() -> None:
    bench = holding()
    bench.feed(FillsRead(0, (a_fill("t1", 500, "v-x"),), bench.at, True))
    again = CoreBench(money=fold(bench.changes))
    again.at = CLOSES + MINUTE_NS
    again.start(market("KXT-26NOV20-T99"))
    again.wait(5 * SECOND_NS)
    assert of(again.effects, ReadMarket) == [ReadMarket(TICKER)]
    seen(again, MarketStatus.DISPUTED)
    assert again.engine.markets[TICKER].status is MarketStatus.DISPUTED


def test_an_event_that_goes_on_keeps_what_the_stream_says_of_its_markets() -> None:
    """One leg closed and is held; the other trades, and an answer on it may be older than the stream."""
    later = market("KXT-26NOV20-T99", close_ns=CLOSES + HOUR_NS, status=MarketStatus.INACTIVE)
    bench = CoreBench()
    bench.start(LISTED, later)
    bench.feed(FillsRead(0, (a_fill("t1", 500, "v-x"),), bench.at, True))
    bench.wait(5 * MINUTE_NS)
    closed = market(close_ns=CLOSES, status=MarketStatus.CLOSED)
    old = msgspec.structs.replace(later, status=MarketStatus.ACTIVE)
    bench.feed(MarketRead(event_of(closed), closed, (old,)))
    assert bench.engine.markets[later.ticker].status is MarketStatus.INACTIVE
    assert bench.engine.markets[TICKER].status is MarketStatus.CLOSED
