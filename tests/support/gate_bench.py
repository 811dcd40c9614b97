"""A core whose limits hold, and what its gate says of one order."""

from __future__ import annotations

from typing import Any

from core_bench import SERIES, CoreBench, a_fill, market, of, place
from wide_limits import ORDER_LIMITS

from engine.core.effects import Answer, SubmitOrder
from engine.core.facts.orders import OrderIntended
from engine.core.settings import EngineSettings, Limits, Timings
from engine.domain.feed import TickerQuote
from engine.domain.order import TimeInForce

IOC = TimeInForce.IMMEDIATE_OR_CANCEL


def bench_with(limits: Limits | None = None, timings: Timings | None = None, **world: Any) -> CoreBench:
    settings = EngineSettings(series=(SERIES,), limits=limits or ORDER_LIMITS, timings=timings or Timings())
    bench = CoreBench(settings)
    listed = world.pop("listed", market())
    bench.start(listed, **world)
    return bench


def code(bench: CoreBench, **changes: Any) -> str:
    """The deny code of one order, or ``sent``."""
    bench.commands += 1
    changes.setdefault("client_order_id", f"n{bench.commands}")
    step = bench.ask(place(**changes))
    answers = of(step.effects, Answer)
    sent = of(step.effects, SubmitOrder)
    assert len(answers) + len(sent) == 1, "one or the other"
    if sent:
        assert len(of(step.changes, OrderIntended)) == 1
        return "sent"
    assert step.changes == (), "a refusal leaves no trace in the ledger"
    assert answers[0].text
    return answers[0].deny_code


SENT = "sent"


def quote(bench: CoreBench) -> TickerQuote:
    return TickerQuote("OTHER", None, None, None, 0, 0, None, 0, 0, bench.at)


def close_bench(count_c: int = 500, **world: Any) -> CoreBench:
    return bench_with(fills=[a_fill("t0", count_c, "v-old")], **world)


CLOSE = {"buys": False, "opens": False, "time_in_force": IOC}
