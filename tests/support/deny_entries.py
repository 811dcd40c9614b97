"""How one order is refused."""

from __future__ import annotations

from typing import Any

from core_bench import START, TICKER, CoreBench, balance, market, place
from deny_bench import IOC, Drivers, bench_of, denied, entry, held

from engine.core.denial import DenyCode
from engine.core.inputs import Recovered, StatusRead
from engine.domain.feed import BookFresh, BookStale, StaleReason
from engine.domain.market import MarketStatus
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD, HOUR_NS

DRIVERS = Drivers()


def of_entry(code: DenyCode, limits: dict[str, int] | None = None, **changes: Any) -> None:
    DRIVERS[code] = lambda: entry(bench_of(**(limits or {})), **changes)


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


@DRIVERS.drives(DenyCode.MARKET_NOT_ACTIVE)
def _() -> str:
    return entry(bench_of(market(status=MarketStatus.INACTIVE)))


@DRIVERS.drives(DenyCode.MARKET_CLOSING)
def _() -> str:
    bench = bench_of()
    bench.at = START + 5 * HOUR_NS
    return entry(bench)


@DRIVERS.drives(DenyCode.EXCHANGE_PAUSED)
def _() -> str:
    bench = bench_of()
    bench.feed(StatusRead(True, False, {}))
    return entry(bench)


@DRIVERS.drives(DenyCode.SETTLING)
def _() -> str:
    bench = bench_of()
    bench.feed(StatusRead(True, False, {}), StatusRead(True, True, {}))
    bench.feed(BookFresh(TICKER, ((1_000, 100),), ((9_000, 100),), None))
    return entry(bench)


@DRIVERS.drives(DenyCode.NO_CASH_KNOWN)
def _() -> str:
    bench = bench_of()
    bench.engine.money.cash = None
    return entry(bench)


@DRIVERS.drives(DenyCode.INSUFFICIENT_BALANCE)
def _() -> str:
    return entry(bench_of(cash=balance(0)))


@DRIVERS.drives(DenyCode.INSUFFICIENT_SHARD_CASH)
def _() -> str:
    return entry(bench_of(cash=balance(100 * DOLLAR_UD, s2=100 * DOLLAR_UD)))


@DRIVERS.drives(DenyCode.STALE_BOOK)
def _() -> str:
    bench = bench_of()
    bench.feed(BookStale(TICKER, StaleReason.GAP))
    return entry(bench)


@DRIVERS.drives(DenyCode.LOOKS_DUPLICATE)
def _() -> str:
    bench = bench_of()
    bench.placed("c1")
    return entry(bench, again=False)


@DRIVERS.drives(DenyCode.NOT_READY)
def _() -> str:
    bench = CoreBench()
    bench.feed(Recovered("r1"))
    return entry(bench)


@DRIVERS.drives(DenyCode.NOT_ARMED)
def _() -> str:
    return denied(bench_of(), place(), typed=True)


@DRIVERS.drives(DenyCode.FLIP)
def _() -> str:
    bench = bench_of()
    held(bench)
    return entry(bench, leg=Leg.NO, count_c=501)


@DRIVERS.drives(DenyCode.NOT_REDUCING)
def _() -> str:
    return entry(bench_of(), buys=False, opens=False, time_in_force=IOC)


@DRIVERS.drives(DenyCode.PRICE_FLOOR)
def _() -> str:
    bench = bench_of(market(grid=STRUCTURES["deci_cent"]))
    held(bench)
    return entry(bench, buys=False, opens=False, price_bp=50, time_in_force=IOC)
