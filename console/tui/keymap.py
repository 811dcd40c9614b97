"""Which key does what: the table of actions, changed by a person's own file.

``<config>/keymap.toml`` has one table ``keys`` from an action's id to its key or keys::

    [keys]
    "panel.zoom" = "v"
    "move.down" = ["down", "ctrl+n"]
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from console.tui.actions import ACTIONS, BY_ID, Action, Safety, Scope, acts_in, keys_text

RESERVED = {
    "ctrl+c": "the terminal's own",
    "ctrl+z": "the terminal's own",
    "ctrl+a": "screen's prefix",
    "ctrl+b": "tmux's prefix",
    "ctrl+s": "it stops the terminal",
    "ctrl+q": "it starts the terminal again",
    "ctrl+h": "the same as Backspace",
    "ctrl+i": "the same as Tab",
    "ctrl+j": "the same as Enter",
    "ctrl+m": "the same as Enter",
}
"""Keys that no action may have, and why."""


class KeymapInvalid(ValueError):
    """A keymap that cannot be used: one line naming the file, the action, the key and what would be right."""


class Keymap:
    """``keys`` are those of each action, by its id."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]] | None = None, where: str = "keymap") -> None:
        """Raises KeymapInvalid."""
        self.keys = {action.id: action.keys for action in ACTIONS} | dict(keys or {})
        problem = next(iter(problems(self.keys)), None)
        if problem is not None:
            raise KeymapInvalid(f"{where}: {problem}")
        self._found: dict[tuple[bool, str], list[Action]] = {}
        for action in ACTIONS:
            for key in self.keys[action.id]:
                self._found.setdefault((action.scope is Scope.TICKET, key), []).append(action)

    def action(self, key: str, panel: str, *, in_ticket: bool = False) -> Action | None:
        """What a key does while that panel has the keys."""
        for action in self._found.get((in_ticket, key), ()):
            if acts_in(action, panel):
                return action
        return None

    def text(self, action_id: str) -> str:
        """The keys of an action as people read them; empty when it has none."""
        return keys_text(self.keys[action_id])

    def for_row(self, panel: str, *, in_ticket: bool = False) -> list[Action]:
        """Actions of the key row for a panel, the most wanted first."""
        shown = [
            action
            for action in ACTIONS
            if action.rank
            and self.keys[action.id]
            and acts_in(action, panel)
            and (action.scope is Scope.TICKET) == in_ticket
        ]
        return sorted(shown, key=lambda action: action.rank)


def read_keymap(path: Path) -> Keymap:
    """The keymap with the changes of a file, or the table's own where there is none. Raises KeymapInvalid."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KeymapInvalid(f"{path}: {error}") from None
    told = table.get("keys", {})
    if not isinstance(told, dict) or set(table) - {"keys"}:
        raise KeymapInvalid(f"{path}: wanted one table, keys")
    return Keymap({name: _keys(name, value, path) for name, value in told.items()}, str(path))


def _keys(name: str, value: object, path: Path) -> tuple[str, ...]:
    if name not in BY_ID:
        raise KeymapInvalid(f"{path}: got action {name!r}, wanted one of {', '.join(sorted(BY_ID))}")
    told = [value] if isinstance(value, str) else value
    if not isinstance(told, list) or not all(isinstance(key, str) and key for key in told):
        raise KeymapInvalid(f"{path}: {name}: got {value!r}, wanted a key or a list of keys")
    return tuple(told)


def problems(keys: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """What is wrong with a set of keys, each in one line."""
    yield from _taken_twice(keys)
    yield from _across_the_line(keys)
    for name, its_keys in keys.items():
        for key in its_keys:
            if key in RESERVED:
                yield f"{name}: got {key}, which is {RESERVED[key]}"


def _taken_twice(keys: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    seen: list[tuple[str, Action]] = []
    for action in ACTIONS:
        for key in keys[action.id]:
            for other_key, other in seen:
                if key == other_key and _meet(action, other):
                    yield f"{action.id}: got {key}, which {other.id} has already"
            seen.append((key, action))


def _meet(one: Action, other: Action) -> bool:
    if (one.scope is Scope.TICKET) != (other.scope is Scope.TICKET):
        return False
    return not one.panels or not other.panels or bool(set(one.panels) & set(other.panels))


def _across_the_line(keys: Mapping[str, tuple[str, ...]]) -> Iterable[str]:
    """A slip of the shift key must not turn looking into acting."""
    letters: dict[tuple[bool, str], dict[bool, Action]] = {}
    for action in ACTIONS:
        for key in keys[action.id]:
            if len(key) == 1 and key.isalpha():
                sides = letters.setdefault((action.scope is Scope.TICKET, key.lower()), {})
                sides[action.safety is Safety.ACT] = action
    for (_, letter), sides in letters.items():
        if len(sides) == 2:
            yield f"{sides[True].id}: {letter} in one case acts and in the other ({sides[False].id}) does not"
