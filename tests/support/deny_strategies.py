"""How a strategy's decision is refused."""

from __future__ import annotations

from collections.abc import Sequence

from core_bench import OTHER, SERIES, START, TICKER, CoreBench, a_fill
from core_strategies import Scripted
from deny_bench import AWAY, Drivers, bench_of, denied

from engine.core.denial import DenyCode
from engine.core.inputs import Acked, ForecastLost, ForecastReady, Observation, SourceSeen
from engine.core.strategy import Enter, Needs, View
from engine.domain import command
from engine.domain.feed import BookFresh, FillSeen
from engine.domain.forecast import ForecastSource
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import MINUTE_NS

DRIVERS = Drivers()


def decided(
    decision: Enter, *, scans: int = 1, venue: str = "sandbox", stage: str = "", **limits: int
) -> str:
    """Why the last of a strategy's decisions was refused."""

    def decide(view: View) -> Sequence[Enter]:
        return (decision,) if view.cause == "schedule" else ()

    strategy = Scripted(Needs((SERIES,)), decide)
    bench = bench_of(strategies=[strategy], venue=venue, **limits)
    if stage:
        assert denied(bench, command.SetStage("scripted", stage, "scripted")) == ""
    for _ in range(scans + 1):
        bench.at += MINUTE_NS
        bench.mono += MINUTE_NS
        for ticker in (OTHER, AWAY, TICKER):
            bench.feed(BookFresh(ticker, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


ENTER = Enter(TICKER, Leg.YES, 4_800, 100, TimeInForce.GOOD_TILL_CANCELED)
DRIVERS[DenyCode.BOT_WAGER] = lambda: decided(ENTER, bot_wager_ud=1)
DRIVERS[DenyCode.BOT_SCAN] = lambda: decided(ENTER, bot_entries_per_scan=0)
DRIVERS[DenyCode.BOT_HOUR] = lambda: decided(ENTER, bot_entries_per_hour=0)
DRIVERS[DenyCode.BOT_DAY] = lambda: decided(ENTER, bot_entries_per_day=0)
DRIVERS[DenyCode.STAGE_SHADOW] = lambda: decided(ENTER, stage="shadow")


@DRIVERS.drives(DenyCode.MARKET_OWNED)
def _() -> str:
    strategy = Scripted(Needs((SERIES,)), lambda view: (ENTER,))
    bench = bench_of(strategies=[strategy])
    bench.placed("c1")
    for _ in range(2):
        bench.at += MINUTE_NS
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


def forecasting(*events: ForecastReady | ForecastLost, then_ns: int = 0) -> str:
    """The last refusal of a strategy that enters whenever it is asked, and needs a forecast."""
    strategy = Scripted(Needs((SERIES,), forecast=True), lambda view: (ENTER,))
    bench = bench_of(strategies=[strategy])
    for event in events:
        bench.feed(event)
    bench.mono += then_ns
    for _ in range(2):
        bench.at += MINUTE_NS
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


SCAN = ForecastReady(ForecastSource("ewma", is_baseline=True), START)
DRIVERS[DenyCode.FORECAST_DOWN] = lambda: forecasting(SCAN, ForecastLost("it does not answer"))
DRIVERS[DenyCode.FORECAST_STALE] = lambda: forecasting(SCAN, then_ns=4 * MINUTE_NS)


@DRIVERS.drives(DenyCode.SOURCE_LOST)
def _() -> str:
    """What it looks at has come, and then its source was lost."""
    strategy = Scripted(Needs((SERIES,), observations=("spot",)), lambda view: (ENTER,))
    bench = bench_of(strategies=[strategy])
    bench.feed(SourceSeen("spot", ("spot",), True), Observation("spot", "BTC-USD", "95000", 1, 2))
    bench.feed(SourceSeen("spot", ("spot",), False, "nothing has come for 12 s"))
    for _ in range(2):
        bench.at += MINUTE_NS
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


@DRIVERS.drives(DenyCode.NO_ORDER_GROUP)
def _() -> str:
    """The exchange has not made one yet."""
    strategy = Scripted(Needs((SERIES,)), lambda view: (ENTER,))
    bench = CoreBench(strategies=[strategy], makes_groups=False)
    bench.start()
    for _ in range(2):
        bench.at += MINUTE_NS
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


@DRIVERS.drives(DenyCode.STAGE_OFF)
def _() -> str:
    """One that looks after a position is asked, and takes no entry."""
    strategy = Scripted(Needs((SERIES,)), lambda view: (ENTER,))
    bench = bench_of(strategies=[strategy])
    bench.at += MINUTE_NS
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    (name,) = bench.engine.money.working
    bench.feed(Acked(name, "v1", 100, 0), FillSeen(a_fill("t1", 100, "v1"), 0, 0))
    bench.ask(command.SetStage("scripted", "off"))
    for _ in range(2):
        bench.at += MINUTE_NS
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


@DRIVERS.drives(DenyCode.UNKNOWN_STRATEGY)
def _() -> str:
    return denied(bench_of(), command.SetStage("nobody", "off"))


@DRIVERS.drives(DenyCode.UNKNOWN_STAGE)
def _() -> str:
    return denied(bench_of(strategies=[Scripted(Needs((SERIES,)))]), command.SetStage("scripted", "fast"))


@DRIVERS.drives(DenyCode.NAME_NEEDED)
def _() -> str:
    bench = bench_of(strategies=[Scripted(Needs((SERIES,)))], venue="live")
    return denied(bench, command.SetStage("scripted", "money"))
