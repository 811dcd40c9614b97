"""Which subscription each sid of the connection belongs to."""

from __future__ import annotations

from engine.kalshi.stream.book_shard import BookShard
from engine.kalshi.stream.plain_subscription import PlainSubscription


class SidTable:
    """``retired`` are sids that were left: what still comes on them is ignored."""

    def __init__(self) -> None:
        self.shards: dict[int, BookShard] = {}
        self.plain: dict[int, PlainSubscription] = {}
        self.retired: set[int] = set()

    def find(self, sid: object) -> BookShard | PlainSubscription | None:
        if not isinstance(sid, int):
            return None
        return self.shards.get(sid) or self.plain.get(sid)

    def add(self, sid: int, subscription: BookShard | PlainSubscription) -> None:
        self.retired.discard(sid)
        if isinstance(subscription, BookShard):
            self.shards[sid] = subscription
        else:
            self.plain[sid] = subscription

    def retire(self, sid: int) -> None:
        self.shards.pop(sid, None)
        self.plain.pop(sid, None)
        self.retired.add(sid)

    def clear(self) -> None:
        self.shards.clear()
        self.plain.clear()
        self.retired.clear()
