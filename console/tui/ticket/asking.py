"""Commands of a console on their way to the engine, each as a task of its own; answers come as calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from console.tui.ticket import events
from console.tui.ticket.flight import Flight
from console.tui.tie import Tie
from engine.control.errors import ControlError, NotAllowed, QueryRefused
from engine.control.errors import NoAnswer as AnswerMissing
from engine.control.protocol import AnswerState, CommandAnswer, ControlCode
from engine.control.queries import OrderArgs
from engine.domain.command import AlertBody, CommandBody


class Asking:
    """``tell`` is called with what became of an order's command."""

    def __init__(self, tie: Tie, tell: Callable[[events.Event], None]) -> None:
        self._tie = tie
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()

    def order(self, flight: Flight) -> None:
        """Gives an order's command to the engine, or asks again what became of it: the same id, one order."""
        self.start(self._order(flight))

    def look_up(self, flight: Flight) -> None:
        self.start(self._look_up(flight))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Waits until nothing is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await self.settled()

    async def command(self, body: CommandBody | AlertBody, command_id: str = "") -> CommandAnswer | str:
        """The answer, or in one line why there is none."""
        try:
            return await self._tie.command(body, command_id=command_id, is_interactive=True)
        except ControlError as error:
            return str(error)

    async def _order(self, flight: Flight) -> None:
        try:
            answer = await self._tie.command(flight.body, command_id=flight.command_id, is_interactive=True)
        except AnswerMissing as error:
            self._tell(events.NoAnswer(flight.command_id, str(error)))
        except NotAllowed as error:
            self._tell(events.Answered(_refused(flight, str(error))))
        except ControlError as error:
            self._tell(events.ConnectionLost(flight.command_id, str(error)))
        else:
            self._tell(events.Answered(answer))

    async def _look_up(self, flight: Flight) -> None:
        try:
            page = await self._tie.query("order", OrderArgs(flight.client_order_id))
        except QueryRefused as refused:
            if refused.code == ControlCode.NOT_FOUND:
                self._tell(events.NeverArrived(flight.command_id))
        except ControlError:
            return  # asked again at the next tick that is due
        else:
            for order in page.items:
                self._tell(events.OrderSeen(order))


def _refused(flight: Flight, text: str) -> CommandAnswer:
    return CommandAnswer(
        flight.command_id, AnswerState.DENIED, flight.client_order_id, ControlCode.NOT_ALLOWED, text
    )
