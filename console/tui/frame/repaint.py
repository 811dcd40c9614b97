"""The whole screen painted anew after its size changed."""

from __future__ import annotations

from textual.app import App
from textual.timer import Timer

QUIET_S = 0.1
"""A terminal whose size changes tells many sizes in a row."""


class Repaint:
    """A terminal cuts off what does not fit at once, and Textual paints what it believes to have changed: of
    sizes that come and go faster than it looks, nothing. So after the last of them everything is painted."""

    def __init__(self, app: App[str]) -> None:
        self._app = app
        self._due: Timer | None = None

    def soon(self) -> None:
        """When no other size has come for a moment."""
        if self._due is not None:
            self._due.stop()
        self._due = self._app.set_timer(QUIET_S, self.now)

    def now(self) -> None:
        """A desk that its user is leaving has no screen any more."""
        if self._app.screen_stack:
            self._app.screen.refresh()
