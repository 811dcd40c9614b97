"""What a person reads: a title that tells the worst, and a line for each alert."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ops.alerts.entries import Entry

MOST_ENTRIES = 10
MOST_CHARACTERS = 900
"""Pushover takes 1,024 in a message and 250 in a title."""
_LONGEST_LINE = 400
_LONGEST_TEXT = 2_000


def plain(text: str) -> str:
    """One line without anything that a terminal or a service would take for a command."""
    printable = "".join(letter if letter.isprintable() else " " for letter in text[:_LONGEST_TEXT])
    return " ".join(printable.split())


def line(entry: Entry) -> str:
    often = f" x{entry.count}" if entry.count > 1 else ""
    again = ", again" if entry.times > 1 else ""
    text = f"{entry.code}{often}: {entry.text}"
    text = text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
    return f"{text} [#{entry.no}{again}]" if entry.is_open else text


def title(venue: str, entries: Sequence[Entry]) -> str:
    """The worst comes first in a message."""
    worst = entries[0]
    more = f" and {len(entries) - 1} more" if len(entries) > 1 else ""
    return f"Sparko {venue.upper()} {worst.level}: {worst.code}{more}"


def body(entries: Sequence[Entry], left: int, dropped: int) -> str:
    """``left`` wait for the next message; ``dropped`` are lost for want of room."""
    lines = [line(entry) for entry in entries]
    if any(entry.is_open for entry in entries):
        lines.append("Repeats until acknowledged: sparko ack, or the console's key.")
    if left:
        lines.append(f"({left} more follow)")
    if dropped:
        lines.append(f"({dropped} older alerts were dropped: too many waited)")
    return "\n".join(lines)


def fitting(entries: Sequence[Entry]) -> list[Entry]:
    """As many from the front as one message holds; at least one."""
    chosen: list[Entry] = []
    length = 0
    for entry in entries[:MOST_ENTRIES]:
        length += len(line(entry)) + 1
        if chosen and length > MOST_CHARACTERS:
            break
        chosen.append(entry)
    return chosen
