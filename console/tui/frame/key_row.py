"""The last row: the keys that act here, as many as fit."""

from __future__ import annotations

from collections.abc import Iterable

from console.tui import roles
from console.tui.cells import Row, Span, width_of
from console.tui.keymap import Keymap

_BUYING = ("ticket.yes", "ticket.no", "desk.arm")
_ALWAYS = ("desk.help", "desk.kill")


def key_row(
    keymap: Keymap,
    panel: str,
    width: int,
    *,
    can_act: bool = True,
    can_buy: bool = True,
    is_armed: bool = False,
) -> Row:
    """Actions by their rank; those of trading only where something may be sent, those that open a ticket to
    buy where one fits. Help and the way to stop everything are there however little room there is. Armed keys
    are disarmed by the key that arms."""
    chosen: list[tuple[int, str, str]] = []
    left = width - 1
    actions = keymap.for_row(panel)
    shown = [each for each in actions if can_act or each.safety.value == "look"]
    shown = [each for each in shown if can_buy or each.id not in _BUYING]
    for action in sorted(shown, key=lambda each: (each.id not in _ALWAYS, each.rank)):
        keys = keymap.text(action.id).split(" ")[0]
        label = "disarm" if is_armed and action.id == "desk.arm" else action.label
        size = width_of(keys) + width_of(label) + 3
        if size > left:
            break
        left -= size
        chosen.append((action.rank, keys, label))
    return _row((keys, label) for _, keys, label in sorted(chosen))


def foot_row(labels: Iterable[tuple[str, str]], width: int) -> Row:
    """Keys with their labels in the order given, as many as fit."""
    chosen: list[tuple[str, str]] = []
    left = width - 1
    for keys, label in labels:
        left -= width_of(keys) + width_of(label) + 3
        if left < 0:
            break
        chosen.append((keys, label))
    return _row(chosen)


def _row(labels: Iterable[tuple[str, str]]) -> Row:
    spans: list[Span] = [(" ", roles.LABEL)]
    for keys, label in labels:
        spans += [(keys, roles.ACCENT), (f" {label}  ", roles.LABEL)]
    return tuple(spans)
