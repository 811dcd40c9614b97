"""What a console needs of the way to its engine; engine.control.attachment.Attachment is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from engine.control.attachment import TieState
from engine.control.errors import ControlError
from engine.control.protocol import CommandAnswer
from engine.control.queries import Args, Page
from engine.control.replica import Replica
from engine.domain.command import AlertBody, CommandBody


class Tie(Protocol):
    """What a desk needs: the engine's pictures, and a way to ask and to command."""

    @property
    def replica(self) -> Replica: ...

    @property
    def state(self) -> TieState: ...

    @property
    def reason(self) -> ControlError | None: ...

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]: ...

    async def command(
        self, body: CommandBody | AlertBody, *, command_id: str = "", is_interactive: bool = False
    ) -> CommandAnswer: ...

    async def query(
        self, kind: str, args: Args | None = None, cursor: str | None = None, limit: int = 100
    ) -> Page[Any]: ...

    async def subscribe(self, topic: str) -> None: ...

    async def unsubscribe(self, topic: str) -> None: ...


class LastingTie(Tie, Protocol):
    """A tie that comes back by itself for as long as :meth:`run` runs."""

    async def run(self) -> None: ...

    async def close(self) -> None: ...
