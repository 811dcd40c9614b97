"""The message row: the last thing that was said; what went wrong stays until it is dismissed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from console.tui import roles
from console.tui.cells import Row, clip


class Level(IntEnum):
    """HINT gives way to anything, ERROR to errors alone."""

    HINT = 0
    NOTE = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Message:
    level: Level
    text: str


_ROLES = {Level.HINT: roles.LABEL, Level.NOTE: roles.TEXT, Level.ERROR: roles.WARNING}


class MessageBoard:
    """``current`` is what the row shows; errors that came on top of others wait their turn."""

    def __init__(self, hint: str = "") -> None:
        self.hint = hint
        self._note: Message | None = None
        self._errors: list[str] = []

    @property
    def current(self) -> Message:
        if self._errors:
            return Message(Level.ERROR, self._errors[-1])
        return self._note or Message(Level.HINT, self.hint)

    def say(self, text: str) -> None:
        """Something was done."""
        self._note = Message(Level.NOTE, text)

    def fail(self, text: str) -> None:
        """Something went wrong; it stays until :meth:`dismiss`."""
        if text in self._errors:
            self._errors.remove(text)
        self._errors = [*self._errors[-19:], text]

    def dismiss(self) -> bool:
        """Takes the message away; false when there was none."""
        if self._errors:
            self._errors.pop()
            return True
        had, self._note = self._note is not None, None
        return had

    def row(self, width: int) -> Row:
        message = self.current
        more = f" ({len(self._errors)} errors, Esc dismisses)" if message.level is Level.ERROR else ""
        more = more.replace("(1 errors, ", "(")
        text = clip(f" {message.text}", max(width - len(more), 10)) + more
        role = _ROLES[message.level]
        text = f"!{text}" if message.level is Level.ERROR else f" {text}"
        return ((clip(text, width), role),)
