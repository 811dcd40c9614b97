"""Every deny code is produced by a command or a decision, and every one is explained.

A new code without a way to it here, or without its words, fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from core_bench import SERIES, START, TICKER, CoreBench, a_fill, balance, market, of, place
from core_strategies import Scripted
from wide_limits import ORDER_LIMITS, WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.denial_words import WORDS
from engine.core.effects import Answer
from engine.core.inputs import (
    Acked,
    CancelFailed,
    ClockSkewSeen,
    ForecastLost,
    ForecastReady,
    HaltLifted,
    MarketsRead,
    NotSent,
    Observation,
    Recovered,
    Rejected,
    SourceSeen,
    StatusRead,
    Stopping,
)
from engine.core.settings import EngineSettings, Limits
from engine.core.strategy import Enter, Needs, View
from engine.domain import command
from engine.domain.feed import BookFresh, BookStale, FeedConnected, FillSeen, StaleReason
from engine.domain.forecast import ForecastSource
from engine.domain.market import Event, MarketStatus
from engine.domain.order import BookSide, Leg, TimeInForce
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import DOLLAR_UD, HOUR_NS, MINUTE_NS, SECOND_NS

IOC = TimeInForce.IMMEDIATE_OR_CANCEL
OTHER, AWAY = "KXT-26NOV20-T51", "KXT-26NOV21-T50"
Driver = Callable[[], str]
DRIVERS: dict[DenyCode, Driver] = {}


def drives(code: DenyCode) -> Callable[[Driver], Driver]:
    def keep(driver: Driver) -> Driver:
        assert code not in DRIVERS
        DRIVERS[code] = driver
        return driver

    return keep


def bench_of(
    listed: Any = None,
    strategies: Sequence[Any] = (),
    venue: str = "sandbox",
    cash: Any = None,
    **limits: int,
) -> CoreBench:
    made = msgspec.structs.replace(ORDER_LIMITS, **limits)
    bench = CoreBench(EngineSettings(series=(SERIES,), venue=venue, limits=made), strategies=strategies)
    bench.start(listed or market(), market(OTHER), market(AWAY), cash=cash)
    return bench


def denied(bench: CoreBench, body: command.CommandBody, **options: Any) -> str:
    (answer,) = of(bench.ask(body, **options).effects, Answer)
    assert answer.text
    return answer.deny_code


def entry(bench: CoreBench, **changes: Any) -> str:
    bench.commands += 1
    return denied(bench, place(**{"client_order_id": f"n{bench.commands}", "again": True, **changes}))


def of_entry(code: DenyCode, limits: dict[str, int] | None = None, **changes: Any) -> None:
    DRIVERS[code] = lambda: entry(bench_of(**(limits or {})), **changes)


def held(bench: CoreBench, count_c: int = 500, ticker: str = TICKER, **changes: Any) -> None:
    number = len(bench.engine.money.fills)
    made = a_fill(f"t{number}", count_c, f"x{number}", ticker=ticker, at_ns=bench.at, fee_ud=0, **changes)
    bench.feed(FillSeen(made, 0, 0))
    bench.engine.money.mode = ""


def lost(bench: CoreBench) -> None:
    held(bench, ticker=AWAY)
    bench.at += 1
    held(bench, ticker=AWAY, side=BookSide.ASK, price_bp=4_000)


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

# One order

of_entry(DenyCode.UNKNOWN_MARKET, ticker="NOPE")
of_entry(DenyCode.OFF_GRID, price_bp=5_050)
of_entry(DenyCode.COUNT_NOT_POSITIVE, count_c=0)
of_entry(DenyCode.COUNT_TOO_FINE, {"count_step_c": 100}, count_c=150)
of_entry(DenyCode.ORDER_COUNT, count_c=1_001)
of_entry(DenyCode.ORDER_DOLLARS, count_c=1_000)
of_entry(DenyCode.COLLAR, price_bp=5_500)
of_entry(DenyCode.FAR_PRICE, price_bp=200)
of_entry(DenyCode.ID_INVALID, client_order_id="")
of_entry(DenyCode.BAD_PLAN, plan=PlanTerms(take_profit=Target(-100)))
of_entry(DenyCode.MARKET_LOSS, {"market_loss_ud": DOLLAR_UD})
of_entry(DenyCode.EVENT_LOSS, {"event_loss_ud": DOLLAR_UD})
of_entry(DenyCode.TOTAL_LOSS, {"total_loss_ud": DOLLAR_UD})
of_entry(DenyCode.ENTRY_RATE, {"entries_per_minute": 0})


@drives(DenyCode.MARKET_NOT_ACTIVE)
def _() -> str:
    return entry(bench_of(market(status=MarketStatus.INACTIVE)))


@drives(DenyCode.MARKET_CLOSING)
def _() -> str:
    bench = bench_of()
    bench.at = START + 5 * HOUR_NS
    return entry(bench)


@drives(DenyCode.EXCHANGE_PAUSED)
def _() -> str:
    bench = bench_of()
    bench.feed(StatusRead(True, False, {}))
    return entry(bench)


@drives(DenyCode.SETTLING)
def _() -> str:
    bench = bench_of()
    bench.feed(StatusRead(True, False, {}), StatusRead(True, True, {}))
    bench.feed(BookFresh(TICKER, ((1_000, 100),), ((9_000, 100),), None))
    return entry(bench)


@drives(DenyCode.NO_CASH_KNOWN)
def _() -> str:
    bench = bench_of()
    bench.engine.money.cash = None
    return entry(bench)


@drives(DenyCode.INSUFFICIENT_BALANCE)
def _() -> str:
    return entry(bench_of(cash=balance(0)))


@drives(DenyCode.INSUFFICIENT_SHARD_CASH)
def _() -> str:
    return entry(bench_of(cash=balance(100 * DOLLAR_UD, s2=100 * DOLLAR_UD)))


@drives(DenyCode.STALE_BOOK)
def _() -> str:
    bench = bench_of()
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    return entry(bench)


@drives(DenyCode.LOOKS_DUPLICATE)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    return entry(bench, again=False)


@drives(DenyCode.NOT_READY)
def _() -> str:
    bench = CoreBench()
    bench.feed(Recovered("r1"))
    return entry(bench)


@drives(DenyCode.NOT_ARMED)
def _() -> str:
    return denied(bench_of(), place(), typed=True)


@drives(DenyCode.FLIP)
def _() -> str:
    bench = bench_of()
    held(bench)
    return entry(bench, leg=Leg.NO, count_c=501)


@drives(DenyCode.NOT_REDUCING)
def _() -> str:
    return entry(bench_of(), buys=False, opens=False, time_in_force=IOC)


@drives(DenyCode.PRICE_FLOOR)
def _() -> str:
    from engine.domain.price_grid import STRUCTURES

    bench = bench_of(market(grid=STRUCTURES["deci_cent"]))
    held(bench)
    return entry(bench, buys=False, opens=False, price_bp=50, time_in_force=IOC)


@drives(DenyCode.ID_USED)
def _() -> str:
    bench = bench_of()
    terms = ConditionTerms(Trigger(Source.BID, Crossing.AT_OR_BELOW, 1_000), TICKET)
    bench.ask(command.AddCondition("c1", terms))
    other = msgspec.structs.replace(terms, expires_ns=bench.at + HOUR_NS)
    return denied(bench, command.AddCondition("c1", other))


# The engine


@drives(DenyCode.ENTRIES_OFF)
def _() -> str:
    bench = bench_of()
    bench.ask(command.SetMode("NO_NEW_ENTRIES"))
    return entry(bench)


@drives(DenyCode.STOPPING)
def _() -> str:
    bench = bench_of()
    bench.feed(Stopping())
    return entry(bench)


@drives(DenyCode.BREAKER_OPEN)
def _() -> str:
    bench = bench_of()
    bench.feed(ClockSkewSeen(60_000))
    return entry(bench)


@drives(DenyCode.DAILY_LOSS)
def _() -> str:
    bench = bench_of(day_loss_ud=DOLLAR_UD // 2)
    lost(bench)
    return entry(bench)


@drives(DenyCode.LOSS_PAUSE)
def _() -> str:
    bench = bench_of(loss_pause_ns=MINUTE_NS)
    lost(bench)
    return entry(bench)


@drives(DenyCode.UNKNOWN_MODE)
def _() -> str:
    return denied(bench_of(), command.SetMode("FAST"))


@drives(DenyCode.RESUME_NEEDED)
def _() -> str:
    bench = bench_of()
    bench.ask(command.SetMode("HALTED"))
    return denied(bench, command.SetMode("RUNNING"))


@drives(DenyCode.REASON_MISSING)
def _() -> str:
    return denied(bench_of(), command.Resume(" "))


@drives(DenyCode.HALT_STAYS)
def _() -> str:
    bench = bench_of()
    bench.ask(command.Kill())
    bench.ask(command.Resume("all is well"))
    (answer,) = of(bench.feed(HaltLifted(bench.engine.money.halt_id, "read-only")).effects, Answer)
    return answer.deny_code


@drives(DenyCode.UNKNOWN_LIMIT)
def _() -> str:
    return denied(bench_of(), command.SetLimit("luck", 7))


@drives(DenyCode.BAD_LIMIT)
def _() -> str:
    return denied(bench_of(), command.SetLimit("collar", -1))


@drives(DenyCode.ARMED_ELSEWHERE)
def _() -> str:
    bench = bench_of()
    bench.ask(command.Arm(60), who="dan")
    return denied(bench, command.Arm(60), who="eve")


@drives(DenyCode.TOO_MANY_MARKETS)
def _() -> str:
    return denied(bench_of(), command.WatchMarkets(tuple(f"T{number}" for number in range(2_001))))


# Orders and positions


@drives(DenyCode.NO_POSITION)
def _() -> str:
    return denied(bench_of(), command.ClosePosition("x1", TICKER))


@drives(DenyCode.NO_PRICE)
def _() -> str:
    bench = bench_of()
    held(bench)
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    return denied(bench, command.ClosePosition("x1", TICKER))


@drives(DenyCode.NO_PLAN)
def _() -> str:
    return denied(bench_of(), command.DropPlan(TICKER))


@drives(DenyCode.EXIT_UNDER_WAY)
def _() -> str:
    bench = bench_of()
    held(bench)
    plan = PlanTerms(take_profit=Target(100), takes=True)
    assert denied(bench, command.SetPlan(TICKER, plan)) == ""
    bench.feed(BookFresh(TICKER, ((6_000, 10_000),), ((6_200, 10_000),), None))
    bench.run_for(SECOND_NS)
    return denied(bench, command.SetPlan(TICKER, PlanTerms(stop_loss=Target(-500))))


@drives(DenyCode.ORDER_NOT_FOUND)
def _() -> str:
    return denied(bench_of(), command.CancelOrder("nobody's"))


@drives(DenyCode.ORDER_ENDED)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    bench.feed(Acked("c1", "v1", 0, 0))
    return denied(bench, command.CancelOrder("c1"))


@drives(DenyCode.NOT_SENT)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    (answer,) = of(bench.feed(NotSent("c1", "rate budget")).effects, Answer)
    return answer.deny_code


@drives(DenyCode.REJECTED)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    (answer,) = of(bench.feed(Rejected("c1", 400, "invalid_order", "")).effects, Answer)
    return answer.deny_code


@drives(DenyCode.CANCEL_FAILED)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    bench.acked("c1")
    bench.ask(command.CancelOrder("c1"))
    found: list[Answer] = []
    for _ in range(10):
        found = found or of(bench.feed(CancelFailed("c1", "400", False)).effects, Answer)
        bench.wait(SECOND_NS)
    return found[0].deny_code


# Strategies

DRIVERS[DenyCode.BOT_WAGER] = lambda: decided(ENTER, bot_wager_ud=1)
DRIVERS[DenyCode.BOT_SCAN] = lambda: decided(ENTER, bot_entries_per_scan=0)
DRIVERS[DenyCode.BOT_HOUR] = lambda: decided(ENTER, bot_entries_per_hour=0)
DRIVERS[DenyCode.BOT_DAY] = lambda: decided(ENTER, bot_entries_per_day=0)
DRIVERS[DenyCode.STAGE_SHADOW] = lambda: decided(ENTER, stage="shadow")


@drives(DenyCode.MARKET_OWNED)
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


@drives(DenyCode.SOURCE_LOST)
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


@drives(DenyCode.NO_ORDER_GROUP)
def _() -> str:
    """The exchange has not made one yet."""
    strategy = Scripted(Needs((SERIES,)), lambda view: (ENTER,))
    bench = CoreBench(strategies=[strategy], makes_groups=False)
    bench.start()
    for _ in range(2):
        bench.at += MINUTE_NS
        bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return strategy.views[-1].denials[-1].code.value


@drives(DenyCode.STAGE_OFF)
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


@drives(DenyCode.UNKNOWN_STRATEGY)
def _() -> str:
    return denied(bench_of(), command.SetStage("nobody", "off"))


@drives(DenyCode.UNKNOWN_STAGE)
def _() -> str:
    return denied(bench_of(strategies=[Scripted(Needs((SERIES,)))]), command.SetStage("scripted", "fast"))


@drives(DenyCode.NAME_NEEDED)
def _() -> str:
    bench = bench_of(strategies=[Scripted(Needs((SERIES,)))], venue="live")
    return denied(bench, command.SetStage("scripted", "money"))


# Conditions and loads

TICKET = Ticket(TICKER, Leg.YES, True, 100, 4_800)
LOW = Trigger(Source.BID, Crossing.AT_OR_BELOW, 1_000)


def armed(trigger: Trigger, expires_ns: int | None = None, most: int = 200) -> str:
    bench = CoreBench(EngineSettings(series=(SERIES,), limits=WIDE_LIMITS, most_conditions=most))
    bench.start()
    return denied(bench, command.AddCondition("c1", ConditionTerms(trigger, TICKET, expires_ns)))


DRIVERS[DenyCode.TOO_MANY_CONDITIONS] = lambda: armed(LOW, most=0)
DRIVERS[DenyCode.ALREADY_TRUE] = lambda: armed(Trigger(Source.BID, Crossing.AT_OR_ABOVE, 1_000))
DRIVERS[DenyCode.ALREADY_EXPIRED] = lambda: armed(LOW, START - 1)
DRIVERS[DenyCode.BAD_TRIGGER] = lambda: armed(Trigger(Source.BID, Crossing.AT_OR_BELOW, 10_000))
DRIVERS[DenyCode.FORECAST_UNAVAILABLE] = lambda: armed(
    Trigger(Source.FORECAST, Crossing.AT_OR_BELOW, 1_000, key="100")
)
DRIVERS[DenyCode.CONDITION_NOT_FOUND] = lambda: denied(bench_of(), command.ChangeCondition("c1", "disable"))


@drives(DenyCode.BAD_CHANGE)
def _() -> str:
    bench = bench_of()
    bench.ask(command.AddCondition("c1", ConditionTerms(LOW, TICKET)))
    return denied(bench, command.ChangeCondition("c1", "turn"))


@drives(DenyCode.CONDITION_ENDED)
def _() -> str:
    bench = bench_of()
    bench.ask(command.AddCondition("c1", ConditionTerms(LOW, TICKET)))
    bench.feed(BookFresh(TICKER, ((900, 10_000),), ((1_000, 10_000),), None))
    return denied(bench, command.ChangeCondition("c1", "disable"))


DRIVERS[DenyCode.BAD_SLOT] = lambda: denied(bench_of(), command.SetLoad(10, TICKET))
DRIVERS[DenyCode.LOAD_EMPTY] = lambda: denied(bench_of(), command.FireLoad(1, "o1"))


@pytest.mark.parametrize("code", DenyCode)
def test_every_code_is_produced(code: DenyCode) -> None:
    assert DRIVERS[code]() == code


@pytest.mark.parametrize("code", DenyCode)
def test_every_code_is_explained(code: DenyCode) -> None:
    meaning, remedy = WORDS[code]
    assert meaning.endswith(".")
    assert remedy
    assert not remedy.endswith(".")


def test_the_drivers_stand_on_a_desk_that_takes_orders() -> None:
    """What they produce is not that nothing is taken at all."""
    assert bench_of().placed("c1")
    assert decided(ENTER, scans=2, bot_entries_per_hour=1) == "BOT_HOUR", "the first one passed"
    assert Limits() != WIDE_LIMITS
    bench = bench_of()
    bench.feed(FeedConnected(1))
    event = Event("KXT-26NOV20", SERIES, "", "", mutually_exclusive=True)
    bench.feed(MarketsRead(SERIES, (event,), (market(),), True))
    assert bench.placed("c2")
