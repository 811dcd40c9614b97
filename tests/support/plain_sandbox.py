"""The sandbox without the command line around it, which would take a third of its start:

    python plain_sandbox.py --port 0 --key-out DIR --seed 7 --series KXHIGHNY

The options are those of ``sparko sandbox`` that tests ask for; it prints the same line when it is ready.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from engine.sandbox.server.run import CannotStart, run_sandbox
from engine.sandbox.server.settings import Settings

_KINDS: dict[str, Callable[[str], object]] = {
    "port": int,
    "seed": int,
    "speed": float,
    "key_out": Path,
    "state": Path,
    "replay": Path,
    "series": lambda text: tuple(text.split(",")),
}
_FIELDS = {"from": "day_from", "to": "day_to"}
_FLAGS = ("strict_shards",)


def settings_of(words: list[str]) -> Settings:
    """Of options, each followed by its value where it has one."""
    given: dict[str, object] = {}
    left = iter(words)
    for option in left:
        name = option.removeprefix("--").replace("-", "_")
        value = True if name in _FLAGS else _KINDS.get(name, str)(next(left))
        given[_FIELDS.get(name, name)] = value
    return Settings(**given)  # type: ignore[arg-type]


if __name__ == "__main__":
    try:
        run_sandbox(settings_of(sys.argv[1:]), lambda endpoint: print(endpoint.line, flush=True))
    except CannotStart as error:
        sys.exit(f"error: {error}")
