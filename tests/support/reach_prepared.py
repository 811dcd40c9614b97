"""How conditions and loads are refused."""

from __future__ import annotations

from reach_desk import Ran, ReachDesk
from reach_ways import Ways, low_condition

from engine.control.protocol import CommandAnswer
from engine.core.denial import DenyCode
from engine.domain import command

REACHED = Ways()


REACHED[DenyCode.CONDITION_NOT_FOUND] = lambda desk: desk.run("cond", "disable", "nobodys")
REACHED[DenyCode.BAD_SLOT] = lambda desk: desk.ask(command.FireLoad(10, "o1"))


@REACHED.reaches(DenyCode.LOAD_EMPTY)
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


@REACHED.reaches(DenyCode.BAD_TRIGGER)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(low_condition("high", desk.lively()[0].ticker, 10_000))


@REACHED.reaches(DenyCode.BAD_CHANGE)
def _(desk: ReachDesk) -> CommandAnswer:
    low = low_condition("turned", desk.lively()[0].ticker, 1)
    answer = desk.ask(low, command.ChangeCondition("turned", "turn"))
    desk.done("cond", "rm", "turned")
    return answer


@REACHED.reaches(DenyCode.CONDITION_ENDED)
def _(desk: ReachDesk) -> Ran:
    found: list[Ran] = []

    def is_fired() -> bool:
        found.append(condition(desk, "yes_bid>=1", "--now"))
        return found[-1].code == 0

    desk.until(is_fired, "it does not fire")
    desk.done("cancel", "--all")
    return desk.run("cond", "disable", found[-1].document["condition_id"])


@REACHED.reaches(DenyCode.TOO_MANY_CONDITIONS)
def _(desk: ReachDesk) -> Ran:
    ticker = desk.lively()[0].ticker
    names = [f"many-{number}" for number in range(200)]
    desk.ask(*(low_condition(name, ticker, 1) for name in names))
    ran = condition(desk, "yes_bid<=1")
    desk.ask(*(command.ChangeCondition(name, "remove") for name in names))
    return ran
