"""The terminal's bell and title: how somebody hears of the desk who is not looking at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.tui.frame.alerts import Alerts
from console.tui.frame.messages import Level

if TYPE_CHECKING:
    from console.tui.app import DeskApp

_NAME = "sparko"


class Ringer:
    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._alerts = Alerts()
        self._title = ""

    def ring(self) -> None:
        """Tells the urgent lines of the log that came since the last look."""
        app = self._app
        status = app.desk.status
        fresh = self._alerts.fresh("" if status is None else status.run_id, app.desk.replica.log)
        for line in fresh:
            app.messages.fail(f"{line.code}: {line.text}")
        if fresh:
            app.bell()
            self.title(f"! {fresh[-1].code} - {_NAME}")

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
