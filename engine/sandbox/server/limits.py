"""Rate limits: token buckets for each account, refilled by wall time. No floats, so no drift."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.server.answers import TOO_MANY_REQUESTS, BodyRefusal
from engine.sandbox.server.costs import BALANCE_PATH, Billing, bill_write, item_cost
from engine.sandbox.server.wall import Wall
from engine.wire.exchange import AccountLimits, Bucket, Grant

EVENT_CONTRACTS = "event_contract"
"""The exchange instance of all event contracts; the other one trades on margin."""


class Tier(StrEnum):
    BASIC = "basic"
    ADVANCED = "advanced"
    EXPERT = "expert"
    PREMIER = "premier"
    PARAGON = "paragon"
    PRIME = "prime"
    PRESTIGE = "prestige"


class TierLimits(msgspec.Struct, frozen=True):
    """Tokens a second and how many seconds' worth can be saved up."""

    read: int
    write: int
    read_seconds: int
    write_seconds: int
    balance: int
    """Requests a second of the balance's own bucket."""


TIERS: dict[Tier, TierLimits] = {
    Tier.BASIC: TierLimits(200, 100, 2, 1, 1),
    Tier.ADVANCED: TierLimits(300, 300, 2, 2, 1),
    Tier.EXPERT: TierLimits(600, 600, 1, 2, 5),
    Tier.PREMIER: TierLimits(1_000, 1_000, 1, 2, 5),
    Tier.PARAGON: TierLimits(2_000, 2_000, 1, 2, 5),
    Tier.PRIME: TierLimits(4_000, 4_000, 1, 2, 5),
    Tier.PRESTIGE: TierLimits(10_000, 8_000, 1, 2, 5),
}

PUBLIC_RATE = 20_000
"""Tokens a second for each address without a key. The exchange's number is not published; ours is generous,
for a workstation that runs many clients at once."""


class TooManyRequests(BodyRefusal):
    """429; no header says when to come back."""

    def __init__(self) -> None:
        super().__init__(429, TOO_MANY_REQUESTS)


class TokenBucket:
    """Holds at most ``capacity`` tokens and gains ``rate`` a second."""

    __slots__ = ("_at_ns", "_level", "capacity", "rate")

    def __init__(self, rate: int, capacity: int, now_ns: Nanoseconds) -> None:
        self.rate = rate
        self.capacity = capacity
        self._level = capacity * SECOND_NS
        self._at_ns = now_ns

    def holds(self, tokens: int, now_ns: Nanoseconds) -> bool:
        """Whether that many can be taken now."""
        if now_ns > self._at_ns:
            gained = (now_ns - self._at_ns) * self.rate
            self._level = min(self.capacity * SECOND_NS, self._level + gained)
        self._at_ns = now_ns
        return self._level >= tokens * SECOND_NS

    def take(self, tokens: int) -> None:
        """Takes what :meth:`holds` has just said is there."""
        self._level -= tokens * SECOND_NS


class TierRecord(msgspec.Struct, frozen=True):
    """An account's tier as it is kept."""

    account_id: str
    tier: Tier


class _AccountBuckets:
    __slots__ = ("balance", "read", "writes")

    def __init__(self, limits: TierLimits, shards: tuple[int, ...], now_ns: Nanoseconds) -> None:
        self.read = TokenBucket(limits.read, limits.read * limits.read_seconds, now_ns)
        self.balance = TokenBucket(limits.balance, limits.balance, now_ns)
        capacity = limits.write * limits.write_seconds
        self.writes = {shard: TokenBucket(limits.write, capacity, now_ns) for shard in shards}


class RateLimits:
    """Who may ask how often. Paths are relative to the REST root."""

    def __init__(
        self,
        wall: Wall,
        *,
        default_tier: Tier = Tier.BASIC,
        shards: tuple[int, ...] = (0,),
        records: Iterable[TierRecord] = (),
        public_rate: int = PUBLIC_RATE,
    ) -> None:
        self._wall = wall
        self._shards = shards
        self._default_tier = default_tier
        self._tiers = {record.account_id: record.tier for record in records}
        self._accounts: dict[str, _AccountBuckets] = {}
        self._addresses: dict[str, TokenBucket] = {}
        self._public_rate = public_rate
        self._unsaved: list[TierRecord] = []

    def tier_of(self, account_id: str) -> Tier:
        return self._tiers.get(account_id, self._default_tier)

    def set_tier(self, account_id: str, tier: Tier) -> None:
        """Moves an account to a tier, with full buckets."""
        self._tiers[account_id] = tier
        self._accounts.pop(account_id, None)
        self._unsaved.append(TierRecord(account_id, tier))

    def upgrade(self, account_id: str) -> Tier:
        """The self-service step from Basic to Advanced; higher tiers stay what they are."""
        if self.tier_of(account_id) is Tier.BASIC:
            self.set_tier(account_id, Tier.ADVANCED)
        return self.tier_of(account_id)

    def describe(self, account_id: str) -> AccountLimits:
        """The body of ``GET /account/limits``."""
        tier = self.tier_of(account_id)
        limits = TIERS[tier]
        return AccountLimits(
            usage_tier=tier.value,
            read=Bucket(refill_rate=limits.read, bucket_capacity=limits.read * limits.read_seconds),
            write=Bucket(refill_rate=limits.write, bucket_capacity=limits.write * limits.write_seconds),
            grants=[Grant(exchange_instance=EVENT_CONTRACTS, level=tier.value, source="default")],
        )

    def charge_read(self, account_id: str, path: str) -> None:
        """Bills a GET; the balance has a bucket of its own. Raises TooManyRequests."""
        buckets = self._buckets(account_id)
        if path == BALANCE_PATH:
            self._pay([(buckets.balance, 1)])
        else:
            self._pay([(buckets.read, item_cost("GET", path))])

    def charge_write(
        self,
        account_id: str,
        method: str,
        path: str,
        *,
        query_index: str | None,
        has_market: bool,
        body: bytes,
    ) -> None:
        """Bills a write, a batch as a whole: either every bucket can pay or none is touched.

        Raises TooManyRequests.
        """
        billing = bill_write(method, path, query_index, has_market, body)
        self._pay(self._write_payments(self._buckets(account_id), billing))

    def charge_address(self, address: str, method: str, path: str) -> None:
        """Bills a request that nobody signed to where it came from. Raises TooManyRequests."""
        bucket = self._addresses.get(address)
        if bucket is None:
            bucket = TokenBucket(self._public_rate, self._public_rate, self._wall.now_ns())
            self._addresses[address] = bucket
        self._pay([(bucket, item_cost(method, path))])

    def take_changes(self) -> list[TierRecord]:
        changed, self._unsaved = self._unsaved, []
        return changed

    def _buckets(self, account_id: str) -> _AccountBuckets:
        found = self._accounts.get(account_id)
        if found is None:
            limits = TIERS[self.tier_of(account_id)]
            found = _AccountBuckets(limits, self._shards, self._wall.now_ns())
            self._accounts[account_id] = found
        return found

    def _write_payments(self, buckets: _AccountBuckets, billing: Billing) -> list[tuple[TokenBucket, int]]:
        first = self._shards[0]
        owed = dict.fromkeys(self._shards, billing.everywhere)
        for shard, cost in billing.by_shard.items():
            # A shard that does not exist is refused later; until then it is billed as the first one.
            owed[shard if shard in owed else first] += cost
        return [(buckets.writes[shard], cost) for shard, cost in owed.items() if cost]

    def _pay(self, payments: list[tuple[TokenBucket, int]]) -> None:
        now_ns = self._wall.now_ns()
        if not all(bucket.holds(tokens, now_ns) for bucket, tokens in payments):
            raise TooManyRequests
        for bucket, tokens in payments:
            bucket.take(tokens)
