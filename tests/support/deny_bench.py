"""A core that refuses: how tests of its codes ask, and where they keep their ways to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from core_bench import OTHER, SERIES, TICKER, CoreBench, a_fill, market, of, place
from wide_limits import ORDER_LIMITS

from engine.core.denial import DenyCode
from engine.core.effects import Answer
from engine.core.settings import EngineSettings
from engine.domain import command
from engine.domain.feed import FillSeen
from engine.domain.order import BookSide, TimeInForce

IOC = TimeInForce.IMMEDIATE_OR_CANCEL
AWAY = "KXT-26NOV21-T50"
"""Of another event."""
Driver = Callable[[], str]


class Drivers(dict[DenyCode, Driver]):
    """Ways to be refused, by what each comes to."""

    def drives(self, code: DenyCode) -> Callable[[Driver], Driver]:
        def keep(driver: Driver) -> Driver:
            assert code not in self
            self[code] = driver
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


def held(bench: CoreBench, count_c: int = 500, ticker: str = TICKER, **changes: Any) -> None:
    number = len(bench.engine.money.fills)
    made = a_fill(f"t{number}", count_c, f"x{number}", ticker=ticker, at_ns=bench.at, fee_ud=0, **changes)
    bench.feed(FillSeen(made, 0, 0))
    bench.engine.money.mode = ""


def lost(bench: CoreBench) -> None:
    held(bench, ticker=AWAY)
    bench.at += 1
    held(bench, ticker=AWAY, side=BookSide.ASK, price_bp=4_000)
