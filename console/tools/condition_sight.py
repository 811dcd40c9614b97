"""Armed conditions on spot that see nothing now, and why."""

from __future__ import annotations

import time
from collections.abc import Iterable

from console.tools.prepared import told_soon
from console.tools.tickers import exchange_now_ns
from console.tools.words import duration
from engine.control.client import ControlClient
from engine.control.level_sight import Blind, blind_to
from engine.control.protocol import INDEX, OUTSIDE
from engine.control.rows.orders import ConditionRow
from engine.domain.trigger import ConditionState, Source


async def blind_conditions(client: ControlClient, rows: Iterable[ConditionRow]) -> dict[str, str]:
    """By id, one line each."""
    keys = {
        row.condition_id: row.terms.trigger.key
        for row in rows
        if row.state is ConditionState.ARMED and row.terms.trigger.source is Source.SPOT
    }
    if not keys:
        return {}
    await client.subscribe(INDEX)
    await client.subscribe(OUTSIDE)
    await told_soon(client, lambda replica: None not in (replica.rev(INDEX), replica.rev(OUTSIDE)))
    now_ns, replica = exchange_now_ns(client), client.replica
    found = {name: blind_to(replica, key, now_ns, time.time_ns()) for name, key in keys.items()}
    return {name: _text(blind) for name, blind in found.items() if blind is not None}


def _text(blind: Blind) -> str:
    """``waits: BTC-USD is 42 s old; source spot/coinbase is down: not connected``."""
    if blind.age_ns is None:
        return f"waits: no value of {blind.key} has come yet"
    return f"waits: {blind.key} is {duration(blind.age_ns)} old{'; ' if blind.lost else ''}{blind.lost}"
