"""How the engine refuses: its modes, limits, breakers, arming."""

from __future__ import annotations

from core_bench import of
from deny_bench import Drivers, bench_of, denied, entry, lost

from engine.core.denial import DenyCode
from engine.core.effects import Answer
from engine.core.inputs import ClockSkewSeen, HaltLifted, Stopping
from engine.domain import command
from engine.domain.units import DOLLAR_UD, MINUTE_NS

DRIVERS = Drivers()


@DRIVERS.drives(DenyCode.ENTRIES_OFF)
def _() -> str:
    bench = bench_of()
    bench.ask(command.SetMode("NO_NEW_ENTRIES"))
    return entry(bench)


@DRIVERS.drives(DenyCode.STOPPING)
def _() -> str:
    bench = bench_of()
    bench.feed(Stopping())
    return entry(bench)


@DRIVERS.drives(DenyCode.BREAKER_OPEN)
def _() -> str:
    bench = bench_of()
    bench.feed(ClockSkewSeen(60_000))
    return entry(bench)


@DRIVERS.drives(DenyCode.DAILY_LOSS)
def _() -> str:
    bench = bench_of(day_loss_ud=DOLLAR_UD // 2)
    lost(bench)
    return entry(bench)


@DRIVERS.drives(DenyCode.LOSS_PAUSE)
def _() -> str:
    bench = bench_of(loss_pause_ns=MINUTE_NS)
    lost(bench)
    return entry(bench)


@DRIVERS.drives(DenyCode.UNKNOWN_MODE)
def _() -> str:
    return denied(bench_of(), command.SetMode("FAST"))


@DRIVERS.drives(DenyCode.RESUME_NEEDED)
def _() -> str:
    bench = bench_of()
    bench.ask(command.SetMode("HALTED"))
    return denied(bench, command.SetMode("RUNNING"))


@DRIVERS.drives(DenyCode.REASON_MISSING)
def _() -> str:
    return denied(bench_of(), command.Resume(" "))


@DRIVERS.drives(DenyCode.HALT_STAYS)
def _() -> str:
    bench = bench_of()
    bench.ask(command.Kill())
    bench.ask(command.Resume("all is well"))
    (answer,) = of(bench.feed(HaltLifted(bench.engine.money.halt_id, "read-only")).effects, Answer)
    return answer.deny_code


@DRIVERS.drives(DenyCode.UNKNOWN_LIMIT)
def _() -> str:
    return denied(bench_of(), command.SetLimit("luck", 7))


@DRIVERS.drives(DenyCode.BAD_LIMIT)
def _() -> str:
    return denied(bench_of(), command.SetLimit("collar", -1))


@DRIVERS.drives(DenyCode.ARMED_ELSEWHERE)
def _() -> str:
    bench = bench_of()
    bench.ask(command.Arm(60), who="dan")
    return denied(bench, command.Arm(60), who="eve")


@DRIVERS.drives(DenyCode.TOO_MANY_MARKETS)
def _() -> str:
    return denied(bench_of(), command.WatchMarkets(tuple(f"T{number}" for number in range(2_001))))
