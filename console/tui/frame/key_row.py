"""The last row: the keys that act here, as many as fit."""

from __future__ import annotations

from console.tui import roles
from console.tui.cells import Row, Span, width_of
from console.tui.keymap import Keymap


def key_row(keymap: Keymap, panel: str, width: int, *, in_ticket: bool = False, can_act: bool = True) -> Row:
    """Actions by their rank; those of trading only where something may be sent. Help is always there."""
    chosen: list[tuple[int, str, str]] = []
    left = width - 1
    actions = keymap.for_row(panel, in_ticket=in_ticket)
    shown = [each for each in actions if can_act or each.safety.value == "look"]
    for action in sorted(shown, key=lambda each: (each.id != "desk.help", each.rank)):
        keys = keymap.text(action.id).split(" ")[0]
        size = width_of(keys) + width_of(action.label) + 3
        if size > left:
            break
        left -= size
        chosen.append((action.rank, keys, action.label))
    spans: list[Span] = [(" ", roles.LABEL)]
    for _, keys, label in sorted(chosen):
        spans += [(keys, roles.ACCENT), (f" {label}  ", roles.LABEL)]
    return tuple(spans)
