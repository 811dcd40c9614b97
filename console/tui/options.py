"""How a desk is opened: what it keeps, how it looks, what it may do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from console.tui.clocks import DeskClock, MachineClock


@dataclass(frozen=True, slots=True)
class DeskOptions:
    """``config`` is the folder of keymap, themes and what the console remembers; None: nothing is kept.

    ``greeting`` is the first thing that is said, such as that the engine was started.
    """

    config: Path | None = None
    home: Path | None = None
    """Of the engine: what was drafted, reviewed and sent is noted in its logs; None: nowhere."""
    theme: str | None = None
    is_phone: bool = False
    is_observer: bool = False
    is_ascii: bool = False
    """Draw with plain ASCII although the environment does not ask for it."""
    greeting: str = ""
    clock: DeskClock = field(default_factory=MachineClock)
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
