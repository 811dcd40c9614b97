"""What one step of the core comes to."""

from __future__ import annotations

import msgspec

from engine.core.changes import Change
from engine.core.effects import Effect
from engine.core.row import Row
from engine.domain.units import Nanoseconds


class Step(msgspec.Struct, frozen=True, gc=False):
    """``changes`` are one record of the journal, ``rows`` what they made of the projections, ``touched`` the
    markets whose book, quote or row changed. ``effects`` wait until the record is durable."""

    changes: tuple[Change, ...]
    rows: tuple[Row, ...]
    effects: tuple[Effect, ...]
    touched: tuple[str, ...]
    next_wake_mono: Nanoseconds | None
