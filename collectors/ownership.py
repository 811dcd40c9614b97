"""Which of several nodes collects what, by the rule of :mod:`collectors.candles.ownership`."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.candles.ownership import owner_of


def owned(keys: Iterable[str], node_id: int, total_nodes: int) -> tuple[str, ...]:
    """Those of the keys that are this node's, in their order."""
    return tuple(key for key in keys if owner_of(key, total_nodes) == node_id)
