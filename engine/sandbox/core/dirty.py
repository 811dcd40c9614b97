"""What changed since the state was last saved. Marking is one dictionary store; rows are made later."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sandbox.core.accounts import Account
    from engine.sandbox.core.feed import EventFeesChanged
    from engine.sandbox.core.listing import MarketRecord
    from engine.sandbox.core.orders import Order
    from engine.sandbox.core.past import Past


class Dirty:
    """Names of what must be written again, in the order of their first change."""

    __slots__ = (
        "accounts",
        "burnt",
        "events",
        "fee_changes",
        "groups",
        "markets",
        "orders",
        "pasts",
        "series",
        "statuses",
        "tallies",
    )

    def __init__(self) -> None:
        self.series: dict[str, None] = {}
        self.events: dict[str, None] = {}
        self.fee_changes: dict[int, EventFeesChanged] = {}
        """New ones, by their place."""
        self.markets: dict[str, None] = {}
        self.pasts: dict[str, Past] = {}
        """Markets that were given a past."""
        self.tallies: dict[str, MarketRecord] = {}
        """Markets whose running figures moved or that printed a trade."""
        self.accounts: dict[str, Account] = {}
        """Accounts whose cash, holdings, fills, settlements or deposits changed."""
        self.orders: dict[str, Order] = {}
        self.groups: dict[str, None] = {}
        self.statuses: dict[int, None] = {}
        self.burnt: list[tuple[str, str]] = []
        """Client order ids that no order carries any more, with their accounts."""
