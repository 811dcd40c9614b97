"""How one order of a person is refused."""

from __future__ import annotations

from reach_desk import Ran, ReachDesk
from reach_ways import Ways, entry, low_condition, under

from engine.control.protocol import CommandAnswer
from engine.core.denial import DenyCode
from engine.domain import command
from engine.domain.order import Leg

REACHED = Ways()


def of_entry(code: DenyCode, *words: str, **changes: str) -> None:
    REACHED[code] = lambda desk: entry(desk, *words, **changes)


of_entry(DenyCode.UNKNOWN_MARKET, ticker="NOPE")
of_entry(DenyCode.OFF_GRID, price="30.55")
of_entry(DenyCode.COUNT_NOT_POSITIVE, count="0")
of_entry(DenyCode.FAR_PRICE, price="2")
of_entry(DenyCode.BAD_PLAN, "--tp", "1")
of_entry(DenyCode.INSUFFICIENT_BALANCE, count="30000", price="90")
of_entry(DenyCode.INSUFFICIENT_SHARD_CASH, count="12000", price="90")
REACHED[DenyCode.ORDER_COUNT] = lambda desk: under(desk, "order_contracts", "0.5")
REACHED[DenyCode.ORDER_DOLLARS] = lambda desk: under(desk, "order_loss", "0.01")
REACHED[DenyCode.MARKET_LOSS] = lambda desk: under(desk, "market_loss", "0.01")
REACHED[DenyCode.EVENT_LOSS] = lambda desk: under(desk, "event_loss", "0.01")
REACHED[DenyCode.TOTAL_LOSS] = lambda desk: under(desk, "total_loss", "0.01")
REACHED[DenyCode.ENTRY_RATE] = lambda desk: under(desk, "entries_per_minute", "0")


@REACHED.reaches(DenyCode.COLLAR)
def _(desk: ReachDesk) -> Ran:
    desk.done("limits", "set", "collar", "1")
    ran = entry(desk, price="96")
    desk.done("limits", "set", "collar", "99")
    return ran


@REACHED.reaches(DenyCode.LOOKS_DUPLICATE)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    assert entry(desk, ticker=ticker).code == 0
    ran = entry(desk, ticker=ticker, wanted=DenyCode.LOOKS_DUPLICATE)
    desk.done("cancel", "--all")
    return ran


@REACHED.reaches(DenyCode.ID_INVALID)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.PlaceOrder("no id!", desk.lively()[0].ticker, Leg.YES, True, 1_000, 100))


@REACHED.reaches(DenyCode.ID_USED)
def _(desk: ReachDesk) -> CommandAnswer:
    ticker = desk.lively()[0].ticker
    one, other = (low_condition("twice", ticker, level) for level in (1, 2))
    answer = desk.ask(one, other)
    desk.done("cond", "rm", "twice")
    return answer
