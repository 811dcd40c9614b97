"""The account's limits, what each request costs, and the upgrade to the next tier."""

from __future__ import annotations

import msgspec

from engine.kalshi.budget_queue import Lane
from engine.kalshi.outcome import Outcome
from engine.kalshi.rate_budget import RateBudget
from engine.kalshi.reader import Reader
from engine.kalshi.rest.group import ReadGroup
from engine.kalshi.sender import Change, Sender, done
from engine.kalshi.settings import ClientSettings
from engine.wire.exchange import AccountLimits, EndpointCosts


class AccountReads(ReadGroup):
    def __init__(self, reader: Reader, settings: ClientSettings, lane: Lane, budget: RateBudget) -> None:
        super().__init__(reader, settings, lane)
        self._budget = budget

    async def limits(self) -> AccountLimits:
        """``GET /account/limits``, needs a key."""
        return await self._get("/account/limits", AccountLimits)

    async def endpoint_costs(self) -> EndpointCosts:
        """``GET /account/endpoint_costs``."""
        return await self._get("/account/endpoint_costs", EndpointCosts)

    async def seed_budget(self) -> AccountLimits:
        """Reads both and sets the client's rate budget by them."""
        costs, limits = await self.endpoint_costs(), await self.limits()
        self._budget.take_costs(costs)
        self._budget.take_limits(limits)
        return limits


class AccountWrites:
    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def upgrade(self) -> Outcome[None]:
        """``POST /account/api_usage_level/upgrade``: to the tier Advanced. Read the limits again after it."""
        change = Change(
            "POST", "/account/api_usage_level/upgrade", Lane.COLLECT, body=msgspec.json.encode({})
        )
        return await self._sender.send(change, done)
