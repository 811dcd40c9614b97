"""How consoles, modes and limits are refused."""

from __future__ import annotations

import asyncio

from daemon_client import client_of
from reach_desk import Ran, ReachDesk
from reach_ways import Ways, entry

from engine.control.protocol import CommandAnswer
from engine.core.denial import DenyCode
from engine.domain import command
from engine.domain.order import Leg

REACHED = Ways()


@REACHED.reaches(DenyCode.NOT_ARMED)
def _(desk: ReachDesk) -> CommandAnswer:
    order = command.PlaceOrder("typed", desk.lively()[0].ticker, Leg.YES, True, 1_000, 100)
    return desk.ask(order, interactive=True)


@REACHED.reaches(DenyCode.ARMED_ELSEWHERE)
def _(desk: ReachDesk) -> CommandAnswer:
    async def asked() -> CommandAnswer:
        async with client_of(desk.home) as one, client_of(desk.home) as other:
            await one.command(command.Arm(60))
            answer = await other.command(command.Arm(60))
            await one.command(command.Arm(0))
            return answer

    return asyncio.run(asked())


@REACHED.reaches(DenyCode.TOO_MANY_MARKETS)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.WatchMarkets(tuple(f"T{number}" for number in range(2_001))))


@REACHED.reaches(DenyCode.REASON_MISSING)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.Resume(" "))


@REACHED.reaches(DenyCode.UNKNOWN_LIMIT)
def _(desk: ReachDesk) -> CommandAnswer:
    return desk.ask(command.SetLimit("luck", 7))


REACHED[DenyCode.UNKNOWN_MODE] = lambda desk: desk.run("mode", "fast")
REACHED[DenyCode.BAD_LIMIT] = lambda desk: desk.run("limits", "set", "order_contracts", "1000001")
REACHED[DenyCode.UNKNOWN_STRATEGY] = lambda desk: desk.run("strategies", "set", "nobody", "off")


@REACHED.reaches(DenyCode.ENTRIES_OFF)
def _(desk: ReachDesk) -> Ran:
    desk.done("mode", "no_new_entries")
    return entry(desk)


@REACHED.reaches(DenyCode.RESUME_NEEDED)
def _(desk: ReachDesk) -> Ran:
    desk.done("mode", "no_new_entries")
    ran = desk.run("mode", "running")
    desk.done("resume", "--reason", "a test")
    return ran


@REACHED.reaches(DenyCode.HALT_STAYS)
def _(desk: ReachDesk) -> Ran:
    """What cannot be read halts; what cannot be removed keeps it."""
    halt = desk.home / "HALT"
    halt.mkdir()
    desk.until(lambda: desk.status()["mode"] == "HALTED", "no halt")
    ran = desk.run("resume", "--reason", "too early")
    halt.rmdir()
    desk.done("resume", "--reason", "it is gone")
    return ran
