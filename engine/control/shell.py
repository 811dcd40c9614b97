"""What the control server asks of the engine's shell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.core.effects import Answer
from engine.core.engine import Engine
from engine.core.inputs import Command
from engine.core.step import Step


class Shell(Protocol):
    """``rev`` counts steps that changed something; listeners are called after each step, at once."""

    engine: Engine
    rev: int

    def subscribe(self, listener: Callable[[Step], None]) -> Callable[[], None]: ...

    async def command(self, command: Command) -> Answer:
        """Raises TimeoutError; what was asked for goes on."""
        ...
