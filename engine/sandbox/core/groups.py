"""Order groups: a limit on what may match within a rolling window; past it, their orders are canceled."""

from __future__ import annotations

from collections import deque

from engine.domain.units import CountC, Nanoseconds


class OrderGroup:
    """``order_ids`` are the group's resting orders. Once triggered it takes no orders until it is reset."""

    __slots__ = (
        "account_id",
        "contracts_limit_c",
        "exchange_index",
        "is_triggered",
        "matched_c",
        "matches",
        "number",
        "order_group_id",
        "order_ids",
    )

    def __init__(
        self,
        order_group_id: str,
        account_id: str,
        contracts_limit_c: CountC,
        exchange_index: int,
        number: int,
    ) -> None:
        self.order_group_id = order_group_id
        self.account_id = account_id
        self.contracts_limit_c = contracts_limit_c
        self.exchange_index = exchange_index
        self.number = number
        """Its place among all ids that were drawn."""
        self.is_triggered = False
        self.order_ids: set[str] = set()
        self.matches: deque[tuple[Nanoseconds, CountC]] = deque()
        self.matched_c: CountC = 0
        """The sum of ``matches``, which are those of the window."""

    def matched(self, at_ns: Nanoseconds, count_c: CountC, window_ns: Nanoseconds) -> None:
        """Counts a match of one of the group's orders."""
        self.matches.append((at_ns, count_c))
        self.matched_c += count_c
        self.expire(at_ns, window_ns)

    def expire(self, at_ns: Nanoseconds, window_ns: Nanoseconds) -> None:
        """Drops the matches that are no longer within the window that ends now."""
        while self.matches and self.matches[0][0] <= at_ns - window_ns:
            self.matched_c -= self.matches.popleft()[1]

    @property
    def is_over(self) -> bool:
        """Whether more than the limit has matched within the window of the last match."""
        return self.matched_c > self.contracts_limit_c

    def clear(self) -> None:
        """Forgets the window, and that it was triggered."""
        self.matches.clear()
        self.matched_c = 0
        self.is_triggered = False
