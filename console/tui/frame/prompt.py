"""The command row while something is typed on it: the line, what it may mean, and what Enter does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from console.tui import roles
from console.tui.cells import Row, clip, pad
from console.tui.command_line import History, Offer
from console.tui.frame.line_edit import LineEdit


class Mode(StrEnum):
    """COMMAND takes a line as it is typed; the others take one of what is offered."""

    COMMAND = "command"
    SEARCH = "search"
    PALETTE = "palette"
    LAST = "last"


_SIGNS = {Mode.COMMAND: ":", Mode.SEARCH: "/", Mode.PALETTE: "»", Mode.LAST: "≡"}
MOST_OFFERS = 12


@dataclass(frozen=True, slots=True)
class Entered:
    """Enter was pressed: on ``offer``, or on the line itself where that is None."""

    mode: Mode
    text: str
    offer: Offer | None


class Prompt:
    """``offer`` finds what a line may mean in a mode."""

    def __init__(self, history: History, offer: Callable[[Mode, str], Sequence[Offer]]) -> None:
        self.mode: Mode | None = None
        self.history = history
        self.line = LineEdit()
        self.offers: Sequence[Offer] = ()
        self.chosen: int | None = None
        self._offer = offer

    @property
    def is_open(self) -> bool:
        return self.mode is not None

    def open(self, mode: Mode, text: str = "") -> None:
        self.mode = mode
        self.history.leave()
        self._change(LineEdit().set(text))

    def close(self) -> None:
        self.mode, self.line, self.offers, self.chosen = None, LineEdit(), (), None

    def paste(self, text: str) -> bool:
        """Inserts it as one line; false when some of it did not fit."""
        before = len(self.line.text)
        self._change(self.line.inserted(text.rstrip("\r\n")))
        return len(self.line.text) - before == len(text.rstrip("\r\n"))

    def key(self, key: str, character: str | None) -> Entered | None:
        """What Enter gives; every other key changes the line or the choice."""
        mode = self.mode
        if mode is None:
            return None
        if key == "enter":
            return self._entered(mode)
        if key == "escape" or (key == "backspace" and not self.line.text):
            self.close()
        elif key in ("up", "down"):
            self._vertical(mode, key)
        elif key in ("tab", "shift+tab"):
            self._choose(1 if key == "tab" else -1)
        elif (edited := self.line.after(key)) is not None:
            self._change(edited)
        elif character is not None and character.isprintable():
            self._change(self.line.inserted(character))
        return None

    def rows(self, width: int, height: int) -> list[Row]:
        """The offers, as many as fit, the chosen one marked."""
        shown = self.offers[: max(0, min(height, MOST_OFFERS))]
        names = min(max((len(offer.label) for offer in shown), default=0) + 2, max(width // 2, 12))
        rows: list[Row] = []
        for at, offer in enumerate(shown):
            role = roles.SELECTED if at == self.chosen else roles.ACCENT
            mark = "▸" if at == self.chosen else " "
            label = pad(clip(offer.label, names - 1), names)
            help_text = pad(clip(offer.help, width - names - 2), width - names - 1)
            rows.append(
                ((mark + label, role), (help_text, roles.SELECTED if at == self.chosen else roles.TEXT))
            )
        return rows

    def row(self, width: int) -> Row:
        """The line with its cursor, seen from the end when it is longer than the row."""
        sign = _SIGNS.get(self.mode or Mode.COMMAND, ":")
        room = max(width - 4, 4)
        start = max(0, self.line.at - room + 1)
        text = self.line.text[start : start + room]
        at = self.line.at - start
        under = text[at : at + 1] or " "
        return (
            (f" {sign}", roles.TITLE),
            (text[:at], roles.TEXT),
            (under, roles.SELECTED),
            (text[at + 1 :], roles.TEXT),
        )

    def _entered(self, mode: Mode) -> Entered | None:
        offer = self.offers[self.chosen] if self.chosen is not None and self.offers else None
        if mode is not Mode.COMMAND and offer is None:
            return None
        return Entered(mode, self.line.text, offer)

    def _vertical(self, mode: Mode, key: str) -> None:
        if mode is not Mode.COMMAND:
            self._choose(1 if key == "down" else -1)
            return
        walk = self.history.older if key == "up" else self.history.newer
        self._change(self.line.set(walk(self.line.text)))

    def _choose(self, by: int) -> None:
        if not self.offers:
            return
        count = min(len(self.offers), MOST_OFFERS)
        at = -1 if self.chosen is None and by > 0 else (self.chosen or 0)
        self.chosen = (at + by) % count

    def _change(self, line: LineEdit) -> None:
        self.line = line
        if self.mode is None:
            return
        self.offers = self._offer(self.mode, line.text)
        self.chosen = None if self.mode is Mode.COMMAND or not self.offers else 0
