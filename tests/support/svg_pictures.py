"""Pictures of the screen as SVG beside those that were looked at, several of one test."""

from __future__ import annotations

from syrupy import SnapshotAssertion
from textual.app import App


class Pictures:
    """:meth:`look` compares one by its name; :meth:`judge` fails with the names of all that differ."""

    def __init__(self, kept: SnapshotAssertion) -> None:
        self._kept = kept
        self._differing: list[str] = []

    def look(self, app: App[str], name: str) -> None:
        drawn = app.export_screenshot(title=app.title, simplify=True)
        if self._kept(name=name) != drawn:
            self._differing.append(name)

    def judge(self) -> None:
        assert not self._differing, "look at them, with --snapshot-update and the difference"
