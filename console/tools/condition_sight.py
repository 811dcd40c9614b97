"""Armed conditions that see nothing now, and why."""

from __future__ import annotations

import time
from collections.abc import Sequence

from console.tools.prepared import told_soon
from console.tools.tickers import exchange_now_ns
from console.tools.words import duration
from engine.control.client import ControlClient
from engine.control.condition_sight import waits_for
from engine.control.protocol import INDEX, OUTSIDE, WATCH
from engine.control.replica import Replica
from engine.control.rows.orders import ConditionRow
from engine.domain.trigger import ConditionState, Source

_TOPICS = {
    Source.SPOT: (INDEX, OUTSIDE),
    Source.BID: (WATCH,),
    Source.ASK: (WATCH,),
    Source.MID: (WATCH,),
    Source.LAST: (WATCH,),
}
"""What tells a source's values, beside the desk."""


async def blind_conditions(client: ControlClient, rows: Sequence[ConditionRow]) -> dict[str, str]:
    """By id, one line each: ``waits: BTC-USD is 42 s old; source spot/coinbase is down: not connected``."""
    armed = [row for row in rows if row.state is ConditionState.ARMED]
    topics = dict.fromkeys(topic for row in armed for topic in _TOPICS.get(row.terms.trigger.source, ()))
    for topic in topics:
        await client.subscribe(topic)

    def is_told(replica: Replica) -> bool:
        return all(replica.rev(topic) is not None for topic in topics) and (
            WATCH not in topics or replica.watch.is_whole
        )

    await told_soon(client, is_told)
    now_ns, wall_ns = exchange_now_ns(client), time.time_ns()
    said = {row.condition_id: waits_for(client.replica, row, now_ns, wall_ns, duration) for row in armed}
    return {name: line for name, line in said.items() if line}
