"""Which node collects what: each key belongs to exactly one of N, by a hash that every machine agrees on."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5


def owner_of(key: str, total_nodes: int) -> int:
    """``int(md5(key), 16) mod N``."""
    return int(md5(key.encode(), usedforsecurity=False).hexdigest(), 16) % total_nodes


def owned(keys: Iterable[str], node_id: int, total_nodes: int) -> tuple[str, ...]:
    """Those of the keys that are this node's, in their order."""
    return tuple(key for key in keys if owner_of(key, total_nodes) == node_id)
