"""Commands of clients on their way to the core, and their answers back.

A command id stands for one request: asked again while it is under way it joins the first, asked again later
the core gives the first one's answer, and used for another request it is refused here.
"""

from __future__ import annotations

import asyncio

import msgspec

from engine.control.money_rows import order_row
from engine.control.people import People, people_answer
from engine.control.protocol import (
    AnswerState,
    CommandAnswer,
    CommandRequest,
    ControlCode,
    Role,
)
from engine.control.shell import Shell
from engine.core.effects import Answer
from engine.core.inputs import Command
from engine.domain.command import Acknowledge, TryAlerts, WatchMarkets
from engine.domain.order import OrderState

LONGEST_ID = 128
MOST_BYTES = 2_048
MOST_BYTES_OF_LIST = 200_000
"""Of a watch list."""


class CommandDesk:
    def __init__(self, shell: Shell, ids_kept: int, people: People | None = None) -> None:
        self._shell = shell
        self._people = people
        self._ids_kept = ids_kept
        self._requests: dict[str, CommandRequest] = {}
        self._under_way: dict[str, asyncio.Task[CommandAnswer]] = {}

    async def answer(self, request: CommandRequest, who: str, role: Role) -> CommandAnswer:
        """Gives the request to the core; never raises for what a client may send."""
        refusal = self._refusal(request, role)
        if refusal is not None:
            return refusal
        task = self._under_way.get(request.command_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._ask(request, who))
            self._under_way[request.command_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(request.command_id, None))
        return await asyncio.shield(task)

    def _refusal(self, request: CommandRequest, role: Role) -> CommandAnswer | None:
        command_id = request.command_id
        if role is not Role.OPERATE:
            return refused(
                command_id, ControlCode.NOT_ALLOWED, "this client only looks; it may not change anything"
            )
        unfit = _unfit(request)
        if unfit:
            return refused(command_id[:LONGEST_ID], ControlCode.BAD_ARGS, unfit)
        if not 0 < len(command_id) <= LONGEST_ID:
            text = f"command_id: got {len(command_id)} characters, wanted 1 to {LONGEST_ID}"
            return refused(command_id[:LONGEST_ID], ControlCode.COMMAND_ID_INVALID, text)
        first = self._requests.setdefault(command_id, request)
        if first != request:
            text = f"command_id {command_id}: was used for another request; take a new one"
            return refused(command_id, ControlCode.COMMAND_ID_USED, text)
        if len(self._requests) > self._ids_kept:
            del self._requests[next(iter(self._requests))]
        return None

    async def _ask(self, request: CommandRequest, who: str) -> CommandAnswer:
        body = request.body
        if isinstance(body, Acknowledge | TryAlerts):
            return await people_answer(self._people, request.command_id, body, who)
        command = Command(request.command_id, who, body, request.is_interactive)
        try:
            return self._told(await self._shell.command(command))
        except TimeoutError:
            text = "no answer yet; the command goes on, ask again by the same command_id"
            return CommandAnswer(
                request.command_id,
                AnswerState.UNKNOWN,
                client_order_id=getattr(request.body, "client_order_id", ""),
                deny_code=ControlCode.NO_ANSWER,
                text=text,
            )

    def _told(self, answer: Answer) -> CommandAnswer:
        record = self._shell.engine.money.orders.get(answer.client_order_id)
        state = AnswerState.ACCEPTED
        if answer.deny_code:
            state = AnswerState.DENIED
        elif answer.numbers.get("state") == OrderState.UNKNOWN:
            state = AnswerState.UNKNOWN
        return CommandAnswer(
            answer.command_id,
            state,
            answer.client_order_id,
            answer.deny_code,
            answer.text,
            answer.numbers,
            None if record is None else order_row(record),
        )


def _unfit(request: CommandRequest) -> str:
    """Why a request is not let near the journal and the recording of inputs; empty if it is fit."""
    longest = MOST_BYTES_OF_LIST if isinstance(request.body, WatchMarkets) else MOST_BYTES
    try:
        size = len(msgspec.msgpack.encode(request))
    except (OverflowError, UnicodeEncodeError) as error:
        return f"command: {error}"
    return f"command: got {size} bytes, wanted at most {longest}" if size > longest else ""


def refused(command_id: str, code: ControlCode, text: str) -> CommandAnswer:
    return CommandAnswer(command_id, AnswerState.DENIED, deny_code=code, text=text)
