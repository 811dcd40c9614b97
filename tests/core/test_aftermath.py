"""A market that closed with something held of it is followed until it is paid."""

from __future__ import annotations

from core_bench import START, TICKER, CoreBench, a_fill, event_of, market, of

from engine.core.effects import Alert, ReadMarket, ReadSettlements
from engine.core.inputs import FillsRead, MarketRead
from engine.core.money import fold
from engine.domain.market import MarketStatus
from engine.domain.units import MINUTE_NS, SECOND_NS

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
