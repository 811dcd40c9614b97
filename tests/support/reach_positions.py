"""How what is asked of orders, positions and plans is refused, and what results keep from being entered."""

from __future__ import annotations

from reach_desk import Ran, ReachDesk
from reach_ways import Ways, entry, lost, under

from engine.core.denial import DenyCode

REACHED = Ways()


REACHED[DenyCode.NO_POSITION] = lambda desk: desk.run("close", desk.lively()[0].ticker)
REACHED[DenyCode.NO_PLAN] = lambda desk: desk.run("plan", desk.lively()[0].ticker, "--drop")
REACHED[DenyCode.ORDER_NOT_FOUND] = lambda desk: desk.run("cancel", "nobodys")
REACHED[DenyCode.REJECTED] = lambda desk: entry(desk, "--tif", "fok")


@REACHED.reaches(DenyCode.ORDER_ENDED)
def _(desk: ReachDesk) -> Ran:
    name = entry(desk).document["client_order_id"]
    desk.done("cancel", name)
    return desk.run("cancel", name)


@REACHED.reaches(DenyCode.FLIP)
def _(desk: ReachDesk) -> Ran:
    (ticker,) = desk.held()
    ran = entry(desk, ticker=ticker, side="no", count="6", price="5")
    desk.flat()
    return ran


@REACHED.reaches(DenyCode.NOT_REDUCING)
def _(desk: ReachDesk) -> Ran:
    desk.done("load", "set", "1", desk.lively()[0].ticker, "--do", "sell yes 1 @ 50 ioc")
    return desk.run("load", "fire", "1")


@REACHED.reaches(DenyCode.PRICE_FLOOR)
def _(desk: ReachDesk) -> Ran:
    """On a grid that has prices below the floor."""
    (ticker,) = [row["ticker"] for row in desk.done("markets", "--series", "KXBTC15M")][:1]
    bought = ("--side", "yes", "--count", "1", "--price", "95", "--tif", "ioc", "--again")
    assert desk.taken("order", ticker, *bought)["filled"]
    desk.done("load", "set", "1", ticker, "--do", "sell yes 1 @ 0.5 ioc")
    ran = desk.run("load", "fire", "1")
    desk.flat()
    return ran


@REACHED.reaches(DenyCode.EXIT_UNDER_WAY)
def _(desk: ReachDesk) -> Ran:
    """Nobody answers the exit's order for a while."""
    (ticker,) = desk.held()
    desk.rules({"effect": "delay:3000", "method": "POST", "path": "/portfolio/events/orders", "times": 1})
    desk.done("plan", ticker, "--hold", "1s")
    desk.until(lambda: desk.done("plan", ticker)["plan"]["state"] == "exiting", "no exit")
    ran = desk.run("plan", ticker, "--sl", "1")
    desk.rules()
    desk.until(lambda: desk.done("positions") == [], "the exit does not end")
    return ran


@REACHED.reaches(DenyCode.LOSS_PAUSE)
def _(desk: ReachDesk) -> Ran:
    desk.done("limits", "set", "loss_pause", "300")
    lost(desk)
    ran = entry(desk)
    desk.done("limits", "set", "loss_pause", "0")
    desk.done("resume", "--reason", "a test")
    return ran


@REACHED.reaches(DenyCode.DAILY_LOSS)
def _(desk: ReachDesk) -> Ran:
    lost(desk)
    ran = under(desk, "day_loss", "0.01")
    desk.done("resume", "--reason", "a test")
    return ran


@REACHED.reaches(DenyCode.BREAKER_OPEN)
def _(desk: ReachDesk) -> Ran:
    for _ in range(3):
        assert entry(desk, "--tif", "fok").code == 1
    ran = entry(desk)
    desk.done("resume", "--reason", "a test")
    return ran
