"""Sitting down at the desk: the engine of the home, started if none runs, and the screen on it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from console.starting import StartedEngine, ensure_engine
from console.tui.app import DeskApp
from console.tui.options import DeskOptions
from engine.control.attachment import Attachment, TieState
from engine.control.protocol import Role

_LOOK_EACH_S = 0.5
_SIZES = ("COLUMNS", "LINES")
"""A shell that exports them would have the screen keep that size whatever becomes of the terminal."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """Where somebody sits down, and as what."""

    home: Path
    venue: str
    exchange: str | None
    config: Path
    theme: str | None = None
    is_phone: bool = False
    is_observer: bool = False
    is_ascii: bool = False


class HomeDesk(DeskApp):
    """The desk of a home. It says so if the engine that it started never gets to listen."""

    def __init__(self, attachment: Attachment, options: DeskOptions, engine: StartedEngine) -> None:
        super().__init__(attachment, options)
        self._attachment = attachment
        self._engine = engine

    def on_mount(self) -> None:
        """Beside the desk's own, which the library calls too."""
        if self._engine.was_started:
            self.desk.is_starting = True
            self._looks = self.set_interval(_LOOK_EACH_S, self._look_at_start)

    def _look_at_start(self) -> None:
        if self._attachment.state is TieState.ATTACHED:
            self._looks.stop()
            self.desk.is_starting = False
            self.messages.hint = ""
            return
        failure = self._engine.failure()
        if failure:
            self._looks.stop()
            self.desk.is_starting = False
            # The home's path would fill the row before the reason is said.
            told = failure.replace(f"{self.options.home}{os.sep}", "")
            self.messages.fail(f"the engine did not start: {told}; q leaves")


def sit_down(sitting: Sitting) -> str:
    """Runs the desk until its user leaves; returns what is to be said then.

    Raises OSError if the home cannot be made, ThemeInvalid and KeymapInvalid for files of the user's.
    """
    for name in _SIZES:
        os.environ.pop(name, None)
    engine = ensure_engine(sitting.home, sitting.venue, sitting.exchange)
    greeting = f"starting the engine of {sitting.home}" if engine.was_started else ""
    attachment = Attachment(
        sitting.home / "engine.sock", role=Role.VIEW if sitting.is_observer else Role.OPERATE
    )
    options = DeskOptions(
        config=sitting.config,
        home=sitting.home,
        theme=sitting.theme,
        is_phone=sitting.is_phone,
        is_observer=sitting.is_observer,
        is_ascii=sitting.is_ascii,
        greeting=greeting,
    )
    return HomeDesk(attachment, options, engine).run() or ""
