"""How what is asked of orders, positions and plans that there are, or are not, is refused."""

from __future__ import annotations

from core_bench import TICKER, of
from deny_bench import Drivers, bench_of, denied, held

from engine.core.denial import DenyCode
from engine.core.effects import Answer
from engine.core.inputs import Acked, CancelFailed, NotSent, Rejected
from engine.domain import command
from engine.domain.feed import BookFresh, BookStale, StaleReason
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import SECOND_NS

DRIVERS = Drivers()


@DRIVERS.drives(DenyCode.NO_POSITION)
def _() -> str:
    return denied(bench_of(), command.ClosePosition("x1", TICKER))


@DRIVERS.drives(DenyCode.NO_PRICE)
def _() -> str:
    bench = bench_of()
    held(bench)
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    return denied(bench, command.ClosePosition("x1", TICKER))


@DRIVERS.drives(DenyCode.NO_PLAN)
def _() -> str:
    return denied(bench_of(), command.DropPlan(TICKER))


@DRIVERS.drives(DenyCode.EXIT_UNDER_WAY)
def _() -> str:
    bench = bench_of()
    held(bench)
    plan = PlanTerms(take_profit=Target(100), takes=True)
    assert denied(bench, command.SetPlan(TICKER, plan)) == ""
    bench.feed(BookFresh(TICKER, ((6_000, 10_000),), ((6_200, 10_000),), None))
    bench.run_for(SECOND_NS)
    return denied(bench, command.SetPlan(TICKER, PlanTerms(stop_loss=Target(-500))))


@DRIVERS.drives(DenyCode.ORDER_NOT_FOUND)
def _() -> str:
    return denied(bench_of(), command.CancelOrder("nobody's"))


@DRIVERS.drives(DenyCode.ORDER_ENDED)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    bench.feed(Acked("c1", "v1", 0, 0))
    return denied(bench, command.CancelOrder("c1"))


@DRIVERS.drives(DenyCode.NOT_SENT)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    (answer,) = of(bench.feed(NotSent("c1", "rate budget")).effects, Answer)
    return answer.deny_code


@DRIVERS.drives(DenyCode.REJECTED)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    (answer,) = of(bench.feed(Rejected("c1", 400, "invalid_order", "")).effects, Answer)
    return answer.deny_code


@DRIVERS.drives(DenyCode.CANCEL_FAILED)
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
