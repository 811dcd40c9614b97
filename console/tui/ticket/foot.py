"""The keys of an open ticket for the last row of the screen, the most wanted first."""

from __future__ import annotations

from collections.abc import Collection

from console.tui.actions import keys_text
from console.tui.ticket.entry import Stage
from console.tui.ticket.keys import TICKET_KEYS, TicketKey, key_row

KeyLabels = tuple[tuple[str, str], ...]
_FIRST = ("enter", "escape", "K")
_ALWAYS: KeyLabels = (("K", "KILL"),)


def foot(
    stage: Stage,
    *,
    is_asked: bool,
    rests: bool = False,
    of_sheet: KeyLabels = (),
    blocks: Collection[str] = (),
) -> KeyLabels:
    """``rests``: of the order that was sent something works. ``is_asked``: a question is open, which only
    Enter and Esc answer; ``of_sheet`` are the keys of what else is open instead of a ticket; ``blocks`` the
    codes of what forbids sending what is reviewed."""
    if is_asked:
        return (("Enter", "do it"), ("Esc", "leave"), *_ALWAYS)
    if of_sheet:
        return (*of_sheet[:2], *_ALWAYS, *of_sheet[2:])
    if stage is not Stage.TICKET:
        return (*key_row(stage, rests=rests, blocks=blocks), *_ALWAYS)
    first = [each for name in _FIRST for each in TICKET_KEYS if name in each.keys]
    ordered = (*first, *(each for each in TICKET_KEYS if each not in first))
    return tuple((ticket_keys_text(each), each.label) for each in ordered)


def ticket_keys_text(each: TicketKey) -> str:
    """``1 2 3 4 5`` -> ``1-5``; of Tab and Shift+Tab the first."""
    if all(key.isdigit() for key in each.keys) and len(each.keys) > 2:
        return f"{each.keys[0]}-{each.keys[-1]}"
    return keys_text(tuple(key for key in each.keys if not key.startswith("shift+")))
