"""What is refused when the exchange is silent, gone, paused or past a close, and when the engine ends."""

from __future__ import annotations

from datetime import datetime

from reach_desk import Ran, ReachDesk
from reach_ways import Ways, entry

from engine.core.denial import DenyCode
from engine.domain.units import SECOND_NS

REACHED = Ways()


@REACHED.reaches(DenyCode.STALE_BOOK)
def _(desk: ReachDesk) -> Ran:
    """The exchange is silent."""
    ticker = desk.lively()[0].ticker
    with desk.exchange_stopped():
        desk.until(lambda: desk.feed_s() > 2, "the feed goes on")
        return entry(desk, ticker=ticker, wanted=DenyCode.STALE_BOOK)


@REACHED.reaches(DenyCode.CANCEL_FAILED)
def _(desk: ReachDesk) -> Ran:
    name = entry(desk).document["client_order_id"]
    desk.rules({"effect": "429", "method": "DELETE", "path": "/portfolio/events/orders/*", "times": -1})
    ran = desk.run("cancel", name)
    desk.rules()
    desk.done("cancel", name)
    return ran


@REACHED.reaches(DenyCode.NO_PRICE)
def _(desk: ReachDesk) -> Ran:
    """The exchange is gone, and its books with it."""
    (ticker,) = desk.held()
    killed = desk.kill_exchange()
    desk.until(lambda: not desk.status()["exchange"]["connected"], "still connected")
    ran = desk.run("close", ticker)
    desk.until_exchange_is_back(killed)
    desk.until(lambda: desk.status()["exchange"]["connected"], "not connected")
    desk.flat()
    return ran


@REACHED.reaches(DenyCode.NOT_SENT)
def _(desk: ReachDesk) -> Ran:
    (ticker,) = desk.held()
    with desk.without_exchange():
        ran = desk.run("close", ticker, "--price", "2")
    desk.flat()
    return ran


@REACHED.reaches(DenyCode.MARKET_NOT_ACTIVE)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    desk.side_door("POST", "settle", ticker=ticker, value="yes")
    desk.until(lambda: entry(desk, ticker=ticker, price="10").code == 1, "it trades on")
    return entry(desk, ticker=ticker, price="10")


@REACHED.reaches(DenyCode.EXCHANGE_PAUSED)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    desk.rules({"effect": "pause_trading"})
    desk.until(lambda: entry(desk, ticker=ticker).code == 1, "no pause")
    return entry(desk, ticker=ticker)


@REACHED.reaches(DenyCode.SETTLING)
def _(desk: ReachDesk) -> Ran:
    """A market that nobody makes two-sided, just after a pause."""
    ticker = one_sided(desk)
    desk.rules({"effect": "pause_trading"})
    desk.until(lambda: entry(desk, ticker=ticker).deny_code == "EXCHANGE_PAUSED", "no pause")
    desk.rules()
    desk.until(lambda: entry(desk, ticker=ticker).deny_code != "EXCHANGE_PAUSED", "the pause goes on")
    return entry(desk, ticker=ticker)


def one_sided(desk: ReachDesk) -> str:
    rows = desk.done("markets")
    return str(next(row["ticker"] for row in rows if not row["yes_bid_cents"] and row["yes_ask_cents"]))


@REACHED.reaches(DenyCode.MARKET_CLOSING)
def _(desk: ReachDesk) -> Ran:
    """The close has passed, and the exchange has not said so."""
    rows = [row for row in desk.done("markets") if row["yes_bid_cents"] and row["yes_ask_cents"]]
    soonest = min(rows, key=lambda row: str(row["close_time"]))
    close_ns = round(datetime.fromisoformat(soonest["close_time"]).timestamp()) * SECOND_NS
    before_ns = close_ns - 6 * SECOND_NS
    desk.side_door("POST", "clock", step_s=(before_ns - desk.now_ns()) // SECOND_NS)
    desk.until(lambda: desk.now_ns() >= before_ns, "the step is not heard of")
    with desk.exchange_stopped():
        desk.until(lambda: desk.now_ns() >= close_ns, "no close")
        return entry(desk, ticker=soonest["ticker"], price="10", wanted=DenyCode.STALE_BOOK)


@REACHED.reaches(DenyCode.STOPPING)
def _(desk: ReachDesk) -> Ran:
    """Its last cancel is slow."""
    ticker = desk.lively()[0].ticker
    assert entry(desk, ticker=ticker).code == 0
    desk.rules({"effect": "delay:3000", "method": "DELETE", "times": -1})
    assert desk.run("stop", "--wait", "0").code == 1
    return desk.run("order", ticker, "--side", "yes", "--count", "1", "--price", "6")
