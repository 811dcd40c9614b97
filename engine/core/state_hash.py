"""A digest of everything that is money."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from engine.core.money import MoneyState
from engine.domain.venue import Balance


def state_hash(state: MoneyState) -> str:
    """A digest of everything that is money; equal states give equal digests in any process."""
    parts = [
        state.mode,
        state.halt_id,
        state.exits_off,
        sorted(state.stages.items()),
        sorted(state.orders.items()),
        sorted(state.fills.items()),
        sorted(state.positions.items()),
        sorted(state.settlements.items()),
        _cash_parts(state.cash),
        sorted(state.read_through.items()),
        sorted(state.strategies.items()),
        sorted(state.conditions.items()),
        sorted(state.loads.items()),
        sorted(state.limits.items()),
        sorted(state.limits_configured.items()),
        sorted(state.breakers.items()),
        state.losses,
        state.streaks,
        sorted(state.groups.items()),
        sorted(state.sales.items()),
        sorted(state.plans.items()),
    ]
    return sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()


def _cash_parts(cash: Balance | None) -> list[Any] | None:
    """A balance without a mapping of numbers, which has no one order in JSON."""
    if cash is None:
        return None
    shards = sorted(cash.by_shard_ud.items())
    return [cash.cash_ud, cash.portfolio_value_ud, shards, cash.updated_ns]
