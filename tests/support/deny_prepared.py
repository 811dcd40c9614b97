"""How conditions and loads are refused."""

from __future__ import annotations

import msgspec
from core_bench import SERIES, START, TICKER, CoreBench
from deny_bench import Drivers, bench_of, denied
from wide_limits import WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.settings import EngineSettings
from engine.domain import command
from engine.domain.feed import BookFresh
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import HOUR_NS

DRIVERS = Drivers()


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


@DRIVERS.drives(DenyCode.BAD_CHANGE)
def _() -> str:
    bench = bench_of()
    bench.ask(command.AddCondition("c1", ConditionTerms(LOW, TICKET)))
    return denied(bench, command.ChangeCondition("c1", "turn"))


@DRIVERS.drives(DenyCode.CONDITION_ENDED)
def _() -> str:
    bench = bench_of()
    bench.ask(command.AddCondition("c1", ConditionTerms(LOW, TICKET)))
    bench.feed(BookFresh(TICKER, ((900, 10_000),), ((1_000, 10_000),), None))
    return denied(bench, command.ChangeCondition("c1", "disable"))


DRIVERS[DenyCode.BAD_SLOT] = lambda: denied(bench_of(), command.SetLoad(10, TICKET))
DRIVERS[DenyCode.LOAD_EMPTY] = lambda: denied(bench_of(), command.FireLoad(1, "o1"))


@DRIVERS.drives(DenyCode.ID_USED)
def _() -> str:
    bench = bench_of()
    terms = ConditionTerms(Trigger(Source.BID, Crossing.AT_OR_BELOW, 1_000), TICKET)
    bench.ask(command.AddCondition("c1", terms))
    other = msgspec.structs.replace(terms, expires_ns=bench.at + HOUR_NS)
    return denied(bench, command.AddCondition("c1", other))
