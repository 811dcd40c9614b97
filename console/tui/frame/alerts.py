"""Lines of the log that are told at the foot of the screen too, each once: urgent ones, with the terminal's
bell and title; without them what a plan sold, other warnings, and sources that are lost or back."""

from __future__ import annotations

from collections.abc import Iterable

from engine.control.rows.history import LogRow

URGENT, WARNING, NOTE = "urgent", "warning", "note"
SOURCE_LOST, SOURCE_BACK = "SOURCE_LOST", "SOURCE_BACK"
_OF_PLANS = ("TAKE_PROFIT", "PLAN_ENDED")
"""What good came of a plan; a profit that rested ends it, and says nothing else."""


class Alerts:
    """Lines that were there when the console came are past, and ring no bell."""

    def __init__(self) -> None:
        self._seen: tuple[str, int] | None = None
        self.untold = 0
        """How many were told and not yet dismissed."""

    def fresh(self, run_id: str, lines: Iterable[LogRow]) -> list[LogRow]:
        """Lines to be told that came since the last look, oldest first. Another run counts from 1 again."""
        known = tuple(lines)
        last = known[-1].no if known else 0
        seen, self._seen = self._seen, (run_id, last)
        if seen is None:
            return []
        from_no = seen[1] if seen[0] == run_id else 0
        found = [line for line in known if line.no > from_no and _is_told(line)]
        self.untold += sum(line.level == URGENT for line in found)
        return found


def _is_told(line: LogRow) -> bool:
    """A source that never was there is for the log alone."""
    return line.level in (URGENT, WARNING) or line.code in (SOURCE_BACK, *_OF_PLANS)


def about_source(line: LogRow) -> str:
    """What a line of a source is about: the next word about the same source takes its place."""
    return " ".join(line.text.split()[:2])


def is_running_again(line: LogRow) -> bool:
    """Whether a halt that was told is over."""
    return line.code == "MODE_SET" and line.text.startswith("mode is RUNNING")
