"""Which node collects an event: the same on every machine, with nobody to ask."""

from __future__ import annotations

import hashlib

import msgspec


class BadShare(ValueError):
    """A node number that is none of its nodes. One line."""

    def __init__(self, node_id: int, total_nodes: int) -> None:
        super().__init__(
            f"--node-id: got {node_id} of --total-nodes {total_nodes}, wanted 0 to {max(0, total_nodes - 1)}"
        )
        self.node_id, self.total_nodes = node_id, total_nodes


def owner_of(event_ticker: str, total_nodes: int) -> int:
    """``int(md5(event_ticker), 16) mod total_nodes``."""
    digest = hashlib.md5(event_ticker.encode(), usedforsecurity=False).hexdigest()
    return int(digest, 16) % total_nodes


class Share(msgspec.Struct, frozen=True):
    """One node of several. Raises BadShare."""

    node_id: int = 0
    total_nodes: int = 1

    def __post_init__(self) -> None:
        if self.total_nodes < 1 or not 0 <= self.node_id < self.total_nodes:
            raise BadShare(self.node_id, self.total_nodes)

    def owns(self, event_ticker: str) -> bool:
        return owner_of(event_ticker, self.total_nodes) == self.node_id
