"""Everything the exchange knows, in one place. The modules beside it change it; nothing else does."""

from __future__ import annotations

from hashlib import sha256

from engine.domain.market import Event, Series
from engine.domain.units import MicroDollars, Nanoseconds
from engine.sandbox.core.accounts import Account
from engine.sandbox.core.clock import Agenda, Clock
from engine.sandbox.core.dirty import Dirty
from engine.sandbox.core.feed import EventFeesChanged, FeedEvent, IndexValue
from engine.sandbox.core.groups import OrderGroup
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.core.shards import ShardStatus


class State:
    """The data of one exchange. Ids come from a counter and the world's name: equal commands, equal ids."""

    def __init__(self, world_id: str, now_ns: Nanoseconds, rules: ExchangeRules) -> None:
        self.world_id = world_id
        self.rules = rules
        self.clock = Clock(now_ns)
        self.agenda = Agenda()
        self.dirty = Dirty()
        self.feed: list[FeedEvent] = []
        self.series: dict[str, Series] = {}
        self.events: dict[str, Event] = {}
        self.markets: dict[str, MarketRecord] = {}
        self.events_by_series: dict[str, list[Event]] = {}
        self.markets_by_event: dict[str, list[MarketRecord]] = {}
        self.settled_bp: dict[str, int] = {}
        """What the finalized markets of an exclusive event have paid in all, per contract."""
        self.fee_changes: list[EventFeesChanged] = []
        """Every change of an event's fees, oldest first."""
        self.accounts: dict[str, Account] = {}
        self.orders: dict[str, Order] = {}
        self.groups: dict[str, OrderGroup] = {}
        self.statuses: dict[int, ShardStatus] = {
            shard: ShardStatus(shard, exchange_active=True, trading_active=True) for shard in rules.shards
        }
        self.in_maintenance: set[int] = set()
        """Shards whose trading the maintenance window stopped, and will resume."""
        self.index_values: dict[str, IndexValue] = {}
        self.fees_ud: dict[int, MicroDollars] = dict.fromkeys(rules.shards, 0)
        """Fees collected on each shard."""
        self.next_id = 1
        self.next_priority = 1

    def draw_id(self) -> str:
        """The next id, shaped like a UUID."""
        number = self.next_id
        self.next_id = number + 1
        return uuid_shaped(f"{self.world_id}:{number}")

    def draw_priority(self) -> int:
        """The next place in time."""
        priority = self.next_priority
        self.next_priority = priority + 1
        return priority

    def account(self, account_id: str) -> Account:
        """Raises Refusal (user not found)."""
        account = self.accounts.get(account_id)
        if account is None:
            raise Refusal(Reason.USER_NOT_FOUND, f"account: got {account_id}")
        return account

    def market(self, ticker: str) -> MarketRecord:
        """Raises Refusal (not found)."""
        record = self.markets.get(ticker)
        if record is None:
            raise Refusal(Reason.NOT_FOUND, f"market: got {ticker}")
        return record


def uuid_shaped(text: str) -> str:
    """A deterministic id in the form of a UUID."""
    digest = sha256(text.encode()).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
