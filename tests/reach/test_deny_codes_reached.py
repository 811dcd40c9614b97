"""Every deny code as a person meets it: a running engine, a running exchange, and ``sparko``; where the
command line cannot say it, a console's own client.

``REACHED`` and ``HIDDEN`` together hold every code: a new one without a way to it fails.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from daemon_client import client_of
from reach_desk import WIDE, Ran, ReachDesk

from engine.control.protocol import CommandAnswer
from engine.core.denial import DenyCode
from engine.domain import command
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import SECOND_NS

Way = Callable[[ReachDesk], Ran | CommandAnswer]
REACHED: dict[DenyCode, Way] = {}
"""In this order, on one engine."""
HIDDEN: dict[DenyCode, str] = {
    DenyCode.NOT_READY: "the socket opens once the engine is ready; it keeps conditions from firing before",
    DenyCode.NO_CASH_KNOWN: "ready means that the balance was read; it fails closed should that change",
    DenyCode.COUNT_TOO_FINE: "the line of sparko says it first; the engine's own holds for a coarser step",
}
"""What another check is in front of, and why it stays. Each is driven in the core's own table of codes."""
STRATEGIES = {
    DenyCode.BOT_WAGER,
    DenyCode.BOT_SCAN,
    DenyCode.BOT_HOUR,
    DenyCode.BOT_DAY,
    DenyCode.MARKET_OWNED,
    DenyCode.STAGE_OFF,
    DenyCode.STAGE_SHADOW,
    DenyCode.UNKNOWN_STAGE,
    DenyCode.NAME_NEEDED,
    DenyCode.NO_ORDER_GROUP,
    DenyCode.FORECAST_DOWN,
    DenyCode.FORECAST_STALE,
    DenyCode.SOURCE_LOST,
}
"""Reached in ``test_strategies_reached``, or in ``test_brakes_reached``, on an engine that has one."""
OWN = """
[breakers]
rejects_in_a_row = 3

[forecaster]
is_on = false
"""
WHOLE = os.environ.get("SPARKO_REACH") == "1"
SLOW = {
    DenyCode.CANCEL_FAILED,
    DenyCode.MARKET_CLOSING,
    DenyCode.EXIT_UNDER_WAY,
    DenyCode.TOO_MANY_CONDITIONS,
    DenyCode.NOT_SENT,
}
"""More than two seconds each: with SPARKO_REACH=1."""


def reaches(code: DenyCode) -> Callable[[Way], Way]:
    def keep(way: Way) -> Way:
        assert code not in REACHED
        REACHED[code] = way
        return way

    return keep


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReachDesk]:
    running = ReachDesk(tmp_path_factory.mktemp("reach") / "home", WIDE + OWN)
    try:
        running.start()
        yield running
    finally:
        running.close()


def entry(desk: ReachDesk, *words: str, wanted: str = "", **changes: str) -> Ran:
    """Buys one for five cents, of the liveliest market, but for what is changed."""
    given = {"side": "yes", "count": "1", "price": "5"} | changes
    ticker = given.pop("ticker", "") or desk.lively()[0].ticker
    options = [word for name, value in given.items() for word in (f"--{name}", value)]
    if wanted != DenyCode.LOOKS_DUPLICATE:
        options.append("--again")
    return desk.patient("order", ticker, *options, *words, wanted=wanted)


def of_entry(code: DenyCode, *words: str, **changes: str) -> None:
    REACHED[code] = lambda desk: entry(desk, *words, **changes)


def under(desk: ReachDesk, limit: str, value: str, again: str = "1000000") -> Ran:
    """An entry while a limit is that low."""
    desk.done("limits", "set", limit, value)
    try:
        return entry(desk)
    finally:
        desk.done("limits", "set", limit, again)


def lost(desk: ReachDesk) -> None:
    """Buys at the ask and sells at the bid."""
    desk.held("20")
    desk.flat()


# One order

of_entry(DenyCode.UNKNOWN_MARKET, ticker="NOPE")
of_entry(DenyCode.OFF_GRID, price="30.55")
of_entry(DenyCode.COUNT_NOT_POSITIVE, count="0")
of_entry(DenyCode.ORDER_DOLLARS, count="999999")
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


@reaches(DenyCode.COLLAR)
def _(desk: ReachDesk) -> Ran:
    desk.done("limits", "set", "collar", "1")
    ran = entry(desk, price="96")
    desk.done("limits", "set", "collar", "99")
    return ran


@reaches(DenyCode.LOOKS_DUPLICATE)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    assert entry(desk, ticker=ticker).code == 0
    ran = entry(desk, ticker=ticker, wanted=DenyCode.LOOKS_DUPLICATE)
    desk.done("cancel", "--all")
    return ran


@reaches(DenyCode.ID_INVALID)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.PlaceOrder("no id!", desk.lively()[0].ticker, Leg.YES, True, 1_000, 100))


@reaches(DenyCode.ID_USED)
def _(desk: ReachDesk) -> CommandAnswer:
    ticker = desk.lively()[0].ticker
    one, other = (low_condition("twice", ticker, level) for level in (1, 2))
    answer = desk.ask(one, other)
    desk.done("cond", "rm", "twice")
    return answer


def low_condition(name: str, ticker: str, level_bp: int) -> command.AddCondition:
    trigger = Trigger(Source.BID, Crossing.AT_OR_BELOW, level_bp)
    return command.AddCondition(name, ConditionTerms(trigger, Ticket(ticker, Leg.YES, True, 100, 1_000)))


# Consoles


@reaches(DenyCode.NOT_ARMED)
def _(desk: ReachDesk) -> CommandAnswer:
    order = command.PlaceOrder("typed", desk.lively()[0].ticker, Leg.YES, True, 1_000, 100)
    return desk.ask(order, interactive=True)


@reaches(DenyCode.ARMED_ELSEWHERE)
def _(desk: ReachDesk) -> CommandAnswer:
    async def asked() -> CommandAnswer:
        async with client_of(desk.home) as one, client_of(desk.home) as other:
            await one.command(command.Arm(60))
            answer = await other.command(command.Arm(60))
            await one.command(command.Arm(0))
            return answer

    return asyncio.run(asked())


@reaches(DenyCode.TOO_MANY_MARKETS)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.WatchMarkets(tuple(f"T{number}" for number in range(2_001))))


@reaches(DenyCode.REASON_MISSING)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.Resume(" "))


@reaches(DenyCode.UNKNOWN_LIMIT)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.SetLimit("luck", 7))


# Modes and limits

REACHED[DenyCode.UNKNOWN_MODE] = lambda desk: desk.run("mode", "fast")
REACHED[DenyCode.BAD_LIMIT] = lambda desk: desk.run("limits", "set", "order_contracts", "1000001")
REACHED[DenyCode.UNKNOWN_STRATEGY] = lambda desk: desk.run("strategies", "set", "nobody", "off")


@reaches(DenyCode.ENTRIES_OFF)
def _(desk: ReachDesk) -> Ran:
    desk.done("mode", "no_new_entries")
    return entry(desk)


@reaches(DenyCode.RESUME_NEEDED)
def _(desk: ReachDesk) -> Ran:
    desk.done("mode", "no_new_entries")
    ran = desk.run("mode", "running")
    desk.done("resume", "--reason", "a test")
    return ran


@reaches(DenyCode.HALT_STAYS)
def _(desk: ReachDesk) -> Ran:
    """What cannot be read halts; what cannot be removed keeps it."""
    halt = desk.home / "HALT"
    halt.mkdir()
    desk.until(lambda: desk.status()["mode"] == "HALTED", "no halt")
    ran = desk.run("resume", "--reason", "too early")
    halt.rmdir()
    desk.done("resume", "--reason", "it is gone")
    return ran


# Orders, positions and plans

REACHED[DenyCode.NO_POSITION] = lambda desk: desk.run("close", desk.lively()[0].ticker)
REACHED[DenyCode.NO_PLAN] = lambda desk: desk.run("plan", desk.lively()[0].ticker, "--drop")
REACHED[DenyCode.ORDER_NOT_FOUND] = lambda desk: desk.run("cancel", "nobodys")
REACHED[DenyCode.REJECTED] = lambda desk: entry(desk, "--tif", "fok")


@reaches(DenyCode.ORDER_ENDED)
def _(desk: ReachDesk) -> Ran:
    name = entry(desk).document["client_order_id"]
    desk.done("cancel", name)
    return desk.run("cancel", name)


@reaches(DenyCode.FLIP)
def _(desk: ReachDesk) -> Ran:
    (ticker,) = desk.held()
    ran = entry(desk, ticker=ticker, side="no", count="6", price="5")
    desk.flat()
    return ran


@reaches(DenyCode.NOT_REDUCING)
def _(desk: ReachDesk) -> Ran:
    desk.done("load", "set", "1", desk.lively()[0].ticker, "--do", "sell yes 1 @ 50 ioc")
    return desk.run("load", "fire", "1")


@reaches(DenyCode.PRICE_FLOOR)
def _(desk: ReachDesk) -> Ran:
    """On a grid that has prices below the floor."""
    (ticker,) = [row["ticker"] for row in desk.done("markets", "--series", "KXBTC15M")][:1]
    bought = ("--side", "yes", "--count", "1", "--price", "95", "--tif", "ioc", "--again")
    assert desk.taken("order", ticker, *bought)["filled"]
    desk.done("load", "set", "1", ticker, "--do", "sell yes 1 @ 0.5 ioc")
    ran = desk.run("load", "fire", "1")
    desk.flat()
    return ran


@reaches(DenyCode.EXIT_UNDER_WAY)
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


# Results


@reaches(DenyCode.LOSS_PAUSE)
def _(desk: ReachDesk) -> Ran:
    desk.done("limits", "set", "loss_pause", "300")
    lost(desk)
    ran = entry(desk)
    desk.done("limits", "set", "loss_pause", "0")
    desk.done("resume", "--reason", "a test")
    return ran


@reaches(DenyCode.DAILY_LOSS)
def _(desk: ReachDesk) -> Ran:
    lost(desk)
    ran = under(desk, "day_loss", "0.01")
    desk.done("resume", "--reason", "a test")
    return ran


@reaches(DenyCode.BREAKER_OPEN)
def _(desk: ReachDesk) -> Ran:
    for _ in range(3):
        assert entry(desk, "--tif", "fok").code == 1
    ran = entry(desk)
    desk.done("resume", "--reason", "a test")
    return ran


# Conditions and loads

REACHED[DenyCode.CONDITION_NOT_FOUND] = lambda desk: desk.run("cond", "disable", "nobodys")
REACHED[DenyCode.BAD_SLOT] = lambda desk: desk.ask(command.FireLoad(10, "o1"))


@reaches(DenyCode.LOAD_EMPTY)
def _(desk: ReachDesk) -> Ran:
    desk.done("load", "rm", "9")
    return desk.run("load", "fire", "9")


def condition(desk: ReachDesk, when: str, *words: str) -> Ran:
    return desk.run("cond", "add", desk.lively()[0].ticker, "--when", when, "--do", "buy yes 1 @ 5", *words)


REACHED[DenyCode.ALREADY_TRUE] = lambda desk: condition(desk, "yes_bid>=1")
REACHED[DenyCode.FORECAST_UNAVAILABLE] = lambda desk: condition(desk, "q10<=35")
REACHED[DenyCode.ALREADY_EXPIRED] = lambda desk: condition(
    desk, "yes_bid<=1", "--expires", "2026-11-19 10:00"
)


@reaches(DenyCode.BAD_TRIGGER)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(low_condition("high", desk.lively()[0].ticker, 10_000))


@reaches(DenyCode.BAD_CHANGE)
def _(desk: ReachDesk) -> CommandAnswer:
    low = low_condition("turned", desk.lively()[0].ticker, 1)
    answer = desk.ask(low, command.ChangeCondition("turned", "turn"))
    desk.done("cond", "rm", "turned")
    return answer


@reaches(DenyCode.CONDITION_ENDED)
def _(desk: ReachDesk) -> Ran:
    found: list[Ran] = []

    def is_fired() -> bool:
        found.append(condition(desk, "yes_bid>=1", "--now"))
        return found[-1].code == 0

    desk.until(is_fired, "it does not fire")
    desk.done("cancel", "--all")
    return desk.run("cond", "disable", found[-1].document["condition_id"])


@reaches(DenyCode.TOO_MANY_CONDITIONS)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    names = [f"many-{number}" for number in range(200)]
    desk.ask(*(low_condition(name, ticker, 1) for name in names))
    ran = condition(desk, "yes_bid<=1")
    desk.ask(*(command.ChangeCondition(name, "remove") for name in names))
    return ran


# The exchange, and the end


@reaches(DenyCode.STALE_BOOK)
def _(desk: ReachDesk) -> Ran:
    """The exchange is silent."""
    ticker = desk.lively()[0].ticker
    with desk.exchange_stopped():
        desk.until(lambda: desk.feed_s() > 2, "the feed goes on")
        return entry(desk, ticker=ticker, wanted=DenyCode.STALE_BOOK)


@reaches(DenyCode.CANCEL_FAILED)
def _(desk: ReachDesk) -> Ran:
    name = entry(desk).document["client_order_id"]
    desk.rules({"effect": "429", "method": "DELETE", "path": "/portfolio/events/orders/*", "times": -1})
    ran = desk.run("cancel", name)
    desk.rules()
    desk.done("cancel", name)
    return ran


@reaches(DenyCode.NO_PRICE)
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


@reaches(DenyCode.NOT_SENT)
def _(desk: ReachDesk) -> Ran:
    (ticker,) = desk.held()
    with desk.without_exchange():
        ran = desk.run("close", ticker, "--price", "2")
    desk.flat()
    return ran


@reaches(DenyCode.MARKET_NOT_ACTIVE)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    desk.side_door("POST", "settle", ticker=ticker, value="yes")
    desk.until(lambda: entry(desk, ticker=ticker, price="10").code == 1, "it trades on")
    return entry(desk, ticker=ticker, price="10")


@reaches(DenyCode.EXCHANGE_PAUSED)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    desk.rules({"effect": "pause_trading"})
    desk.until(lambda: entry(desk, ticker=ticker).code == 1, "no pause")
    return entry(desk, ticker=ticker)


@reaches(DenyCode.SETTLING)
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


@reaches(DenyCode.MARKET_CLOSING)
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


@reaches(DenyCode.STOPPING)
def _(desk: ReachDesk) -> Ran:
    """Its last cancel is slow."""
    ticker = desk.lively()[0].ticker
    assert entry(desk, ticker=ticker).code == 0
    desk.rules({"effect": "delay:3000", "method": "DELETE", "times": -1})
    assert desk.run("stop", "--wait", "0").code == 1
    return desk.run("order", ticker, "--side", "yes", "--count", "1", "--price", "6")


@pytest.mark.parametrize("code", REACHED)
def test_a_code_is_reached(desk: ReachDesk, code: DenyCode) -> None:
    if code in SLOW and not WHOLE:
        pytest.skip("with SPARKO_REACH=1")
    told = REACHED[code](desk)
    if isinstance(told, Ran):
        # What no order can have is wrong usage: sparko says the engine's word before it is asked.
        ends = 2 if code is DenyCode.COUNT_NOT_POSITIVE else 1
        assert (told.code, told.deny_code) == (ends, code), told
        text = told.line
    else:
        assert told.deny_code == code, told
        text = told.text
    assert re.search(r"\w+", text), text


def test_every_code_has_a_way_or_a_reason() -> None:
    assert set(REACHED) | set(HIDDEN) | STRATEGIES == set(DenyCode)
    assert not set(REACHED) & set(HIDDEN)
    assert all(HIDDEN.values())
