"""What was said last, at the foot of the screen; what went wrong stays until it is dismissed."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import IntEnum

from console.tui import roles
from console.tui.cells import Row, clip
from engine.domain.units import SECOND_NS, Nanoseconds

NOTE_NS: Nanoseconds = 20 * SECOND_NS
"""So long a note is shown; then the hint comes back."""
MOST_ROWS = 3
_KEPT = 20
_MARGIN = 2


class Level(IntEnum):
    """HINT gives way to anything, ERROR to errors alone."""

    HINT = 0
    NOTE = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Message:
    """``about`` names what it is about, such as an order: the next word about that takes its place."""

    level: Level
    text: str
    about: str = ""


_ROLES = {Level.HINT: roles.LABEL, Level.NOTE: roles.TEXT, Level.ERROR: roles.WARNING}


class MessageBoard:
    """``current`` is what is shown; errors that came on top of others wait their turn."""

    def __init__(self, hint: str = "") -> None:
        self.hint = hint
        self._note: Message | None = None
        self._noted_ns: Nanoseconds | None = None
        self._errors: list[Message] = []
        self._drawn: Message | None = None

    @property
    def current(self) -> Message:
        if self._errors:
            return self._errors[-1]
        return self._note or Message(Level.HINT, self.hint)

    def say(self, text: str, about: str = "") -> None:
        """Something was done; what went wrong about the same is past."""
        self.settle(about)
        self._note, self._noted_ns = Message(Level.NOTE, text, about), None

    def fail(self, text: str, about: str = "") -> None:
        """Something went wrong; it stays until :meth:`dismiss`, or until there is news about the same."""
        self.settle(about)
        others = [error for error in self._errors if error.text != text]
        self._errors = [*others[1 - _KEPT :], Message(Level.ERROR, text, about)]

    def settle(self, about: str) -> None:
        """What was said about this holds no longer."""
        if about:
            self._errors = [error for error in self._errors if error.about != about]
            if self._note is not None and self._note.about == about:
                self._note = None

    def is_told(self, about: str) -> bool:
        """Whether something that went wrong about this still stands."""
        return bool(about) and any(error.about == about for error in self._errors)

    def dismiss(self) -> bool:
        """Takes the message away; false when there was none."""
        if self._errors:
            self._errors.pop()
            return True
        had, self._note = self._note is not None, None
        return had

    @property
    def is_passing(self) -> bool:
        """Whether what is shown goes away by itself."""
        return self._note is not None and not self._errors

    @property
    def is_news(self) -> bool:
        """Whether another message is to be shown than was drawn last."""
        return self.current is not self._drawn and self.current != self._drawn

    def age(self, now_ns: Nanoseconds) -> None:
        """A note has had its time once it was shown long enough; one under an error waits."""
        if self._note is None or self._errors:
            self._noted_ns = None
        elif self._noted_ns is None:
            self._noted_ns = now_ns
        elif now_ns - self._noted_ns >= NOTE_NS:
            self._note = self._noted_ns = None

    def rows(self, width: int, most: int = MOST_ROWS) -> tuple[Row, ...]:
        """The message in as many rows as it needs, at most ``most``; the last says what else waits."""
        message = self._drawn = self.current
        role = _ROLES[message.level]
        room = max(width - _MARGIN, 1)
        more = self._more() if message.level is Level.ERROR else ""
        lines = textwrap.wrap(message.text, room) or [""]
        if len(lines) > most:
            lines = [*lines[: most - 1], clip(" ".join(lines[most - 1 :]), room)]
        lines = _with_end(lines, more, room, most)
        mark = "! " if message.level is Level.ERROR else "  "
        return tuple(
            ((clip((mark if at == 0 else "  ") + line, width), role),) for at, line in enumerate(lines)
        )

    def _more(self) -> str:
        waiting = len(self._errors) - 1
        return f"(Esc, {waiting} more)" if waiting else "(Esc)"


def _with_end(lines: list[str], end: str, room: int, most: int) -> list[str]:
    """``end`` behind the last line if it fits, else in a line of its own if there may be one."""
    if not end:
        return lines
    if len(lines[-1]) + 1 + len(end) <= room:
        return [*lines[:-1], f"{lines[-1]} {end}"]
    if len(lines) < most:
        return [*lines, end]
    return [*lines[:-1], f"{clip(lines[-1], room - len(end) - 1)} {end}"]
