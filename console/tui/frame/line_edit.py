"""A line being typed, as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from console.tui.command_line import LONGEST


@dataclass(frozen=True, slots=True)
class LineEdit:
    """``at`` is where the next character goes."""

    text: str = ""
    at: int = 0

    def set(self, text: str) -> LineEdit:
        return LineEdit(text[:LONGEST], min(len(text), LONGEST))

    def inserted(self, text: str) -> LineEdit:
        """With what was typed or pasted; line ends become blanks, what does not fit is cut off."""
        text = "".join(char if char.isprintable() else " " for char in text)[: LONGEST - len(self.text)]
        return LineEdit(self.text[: self.at] + text + self.text[self.at :], self.at + len(text))

    def after(self, key: str) -> LineEdit | None:
        """The line after an editing key; None for a key that edits nothing."""
        match key:
            case "left":
                return replace(self, at=max(0, self.at - 1))
            case "right":
                return replace(self, at=min(len(self.text), self.at + 1))
            case "home":
                return replace(self, at=0)
            case "end":
                return replace(self, at=len(self.text))
            case "backspace":
                return self._without(max(0, self.at - 1), self.at)
            case "delete":
                return self._without(self.at, self.at + 1)
            case "ctrl+u":
                return self._without(0, self.at)
            case "ctrl+w":
                before = self.text[: self.at].rstrip()
                return self._without(before.rfind(" ") + 1, self.at)
        return None

    def _without(self, start: int, end: int) -> LineEdit:
        return LineEdit(self.text[:start] + self.text[end:], start)
