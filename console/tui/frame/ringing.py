"""The terminal's bell and title: how somebody hears of the desk who is not looking at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.tui.frame.alerts import (
    SOURCE_BACK,
    SOURCE_LOST,
    URGENT,
    Alerts,
    about_source,
    is_running_again,
)
from console.tui.frame.messages import Level
from console.tui.ticket.ways_out import KILLED
from engine.control.rows.history import LogRow

if TYPE_CHECKING:
    from console.tui.app import DeskApp

_NAME = "sparko"


class Ringer:
    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._alerts = Alerts()
        self._title = ""

    def ring(self) -> None:
        """Tells the lines of the log that came since the last look and are not for the log alone."""
        app = self._app
        status = app.desk.status
        fresh = self._alerts.fresh("" if status is None else status.run_id, app.desk.replica.log)
        urgent = [line for line in fresh if line.level == URGENT]
        for line in fresh:
            if line.level == URGENT:
                self._tell_urgent(line)
            elif line.code == SOURCE_LOST:
                app.messages.fail(f"{line.text}; : FEED tells more", about_source(line))
            elif line.code == SOURCE_BACK:
                app.messages.say(line.text, about_source(line))
            else:
                if is_running_again(line):
                    app.messages.settle(KILLED)
                app.messages.say(f"{line.code}: {line.text}")
        if urgent:
            app.bell()
            self.title(f"! {urgent[-1].code} - {_NAME}")

    def _tell_urgent(self, line: LogRow) -> None:
        """A halt that was asked for here is told with what came of it, and what to do next."""
        messages, about = self._app.messages, KILLED if line.code == KILLED else ""
        if not messages.is_told(about):
            messages.fail(f"{line.code}: {line.text}", about)

    def seen(self) -> None:
        """A person dismissed a message."""
        if self._app.messages.current.level < Level.ERROR:
            self._alerts.untold = 0
            self.title(_NAME)

    def title(self, text: str) -> None:
        """The terminal's title; empty gives it back."""
        if text != self._title:
            self._title = text
            self._app.set_terminal_title(text)
