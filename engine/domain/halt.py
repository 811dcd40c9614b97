"""The kill as it is told from one process to another: by a file that outlives them all."""

from __future__ import annotations

import msgspec

from engine.domain.units import Nanoseconds


class Halt(msgspec.Struct, frozen=True, omit_defaults=True):
    """While it lies in a home, nothing that adds risk leaves it. ``at_ns`` is its writer's time."""

    halt_id: str
    at_ns: Nanoseconds
    who: str = ""
    why: str = ""
    exits_off: bool = False
    """Exits by plan are to stop too."""
