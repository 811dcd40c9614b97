"""An order group over real sockets: made, on the orders there, triggered there, and reset by a resume."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from live_engine import LiveEngine
from rests_bids import Buyer
from running_sandbox import RunningSandbox, sandbox_in
from wide_limits import WIDE_LIMITS

from engine.core.group_record import GroupState
from engine.core.settings import EngineSettings
from engine.domain.command import Resume
from engine.kalshi.budget_queue import Lane
from engine.kalshi.outcome import Answered
from engine.ledger.verifying import verify_file

SERIES = "KXHIGHNY"
SETTINGS = EngineSettings(series=(SERIES,), limits=WIDE_LIMITS)
OPTIONS = ("--seed", "7", "--start", "2026-11-20T15:00:00Z")


def record(desk: LiveEngine) -> Any:
    assert desk.runtime is not None
    (found,) = desk.runtime.engine.money.groups.values()
    return found


def sent(desk: LiveEngine) -> list[Any]:
    assert desk.runtime is not None
    return list(desk.runtime.engine.money.orders.values())


def resting(desk: LiveEngine) -> list[Any]:
    return [order for order in sent(desk) if order.state == "resting"]


async def lived(sandbox: RunningSandbox, ledger: Path) -> None:
    desk = LiveEngine(sandbox, ledger, SETTINGS, strategies=[Buyer(SERIES)])
    await desk.start()
    await desk.until(lambda: len(resting(desk)) > 1)
    group_id = record(desk).group_id
    there = await desk.client.reads(Lane.RECONCILE).order_groups.one(group_id)
    assert {order.order_id for order in resting(desk)} <= set(there.order_ids)
    assert isinstance(await desk.client.writes.order_groups.trigger(group_id), Answered)
    await desk.until(lambda: record(desk).state is GroupState.TRIGGERED and not resting(desk))
    assert "order group triggered" in {order.cause for order in sent(desk)}
    await desk.until(lambda: "ORDER_GROUP" in [alert.code for alert in desk.heard.alerts])
    await desk.stop(graceful=False)

    desk = LiveEngine(sandbox, ledger, SETTINGS, strategies=[Buyer(SERIES)])
    runtime = await desk.start()
    count = len(sent(desk))
    assert (record(desk).state, list(runtime.engine.money.breakers)) == (
        GroupState.TRIGGERED,
        ["order_group"],
    )
    await desk.ask(Resume("looked at it"))
    await desk.until(lambda: len(resting(desk)) > 0)
    assert (record(desk).state, record(desk).group_id) == (GroupState.READY, group_id)
    assert len(sent(desk)) > count
    await desk.stop()


@pytest.mark.slow
async def test_made_triggered_and_reset(tmp_path: Path) -> None:
    with sandbox_in(tmp_path, *OPTIONS) as sandbox:
        await lived(sandbox, tmp_path / "ledger.sqlite")
    assert verify_file(tmp_path / "ledger.sqlite").fault == ""
