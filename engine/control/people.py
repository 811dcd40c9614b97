"""What the control server asks of whoever keeps the alerts, and its answers to clients."""

from __future__ import annotations

import asyncio
from typing import Protocol

from engine.control.protocol import AnswerState, CommandAnswer, ControlCode
from engine.control.rows.alerts import AlertRow, SinkRow, ToldRow
from engine.domain.command import Acknowledge, AlertBody

ANSWER_WITHIN_S = 12.0
"""A test waits for services; clients wait for fifteen seconds."""


class People(Protocol):
    """Tells people what happens. Nothing here may block the loop; each wait may end in TimeoutError."""

    @property
    def open_alerts(self) -> tuple[AlertRow, ...]:
        """The newest urgent ones that nobody has acknowledged, newest last; the same object until they
        change."""
        ...

    async def acknowledge(self, alert_id: str, who: str) -> int:
        """Of one alert, or (empty) of all; how many were open."""
        ...

    async def try_sinks(self) -> dict[str, str]:
        """Sends a test to each sink: its failure by its name, empty where it was taken."""
        ...

    async def told(self) -> tuple[ToldRow, ...]:
        """Newest first."""
        ...

    async def sinks(self) -> tuple[SinkRow, ...]: ...


async def people_answer(people: People | None, command_id: str, body: AlertBody, who: str) -> CommandAnswer:
    """Never raises for what a client may send."""
    if people is None:
        return _denied(command_id, ControlCode.FAILED, "this engine keeps no alerts")
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            if isinstance(body, Acknowledge):
                return _acknowledged(command_id, body, await people.acknowledge(body.alert_id, who))
            return _tried(command_id, await people.try_sinks())
    except TimeoutError:
        text = f"no answer within {ANSWER_WITHIN_S:g} s; see: sparko alerts"
        return CommandAnswer(command_id, AnswerState.UNKNOWN, deny_code=ControlCode.NO_ANSWER, text=text)


def _acknowledged(command_id: str, body: Acknowledge, count: int) -> CommandAnswer:
    if body.alert_id and not count:
        text = f"alert: got {body.alert_id[:40]}, which is not open; see: sparko alerts"
        return _denied(command_id, ControlCode.NOT_FOUND, text)
    text = {0: "no alert is open", 1: "1 alert acknowledged"}.get(count, f"{count} alerts acknowledged")
    return CommandAnswer(command_id, AnswerState.ACCEPTED, text=text, numbers={"alerts": count})


def _tried(command_id: str, failures: dict[str, str]) -> CommandAnswer:
    """``numbers`` holds each sink's failure by its name."""
    failed = sum(1 for failure in failures.values() if failure)
    text = f"{len(failures) - failed} of {len(failures)} sinks took the test"
    return CommandAnswer(command_id, AnswerState.ACCEPTED, text=text, numbers={**failures})


def _denied(command_id: str, code: ControlCode, text: str) -> CommandAnswer:
    return CommandAnswer(command_id, AnswerState.DENIED, deny_code=code, text=text)
