"""What a change makes of the projections that the ledger keeps beside the journal."""

from __future__ import annotations

from typing import Any

import msgspec


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row of a projection: the value now, or None if it left."""

    kind: str
    key: str
    value: Any
