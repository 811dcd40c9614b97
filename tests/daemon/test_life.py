"""From an empty home to a position, its end, and its next start."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from running_daemon import RunningDaemon, is_exchange


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home")
    yield made
    made.close()


def cheapest_ask(desk: RunningDaemon) -> dict[str, Any]:
    rows = [row for row in desk.sparko("markets") if row["yes_ask_cents"] and row["yes_ask_cents"] >= 10]
    return min(rows, key=lambda row: float(row["yes_ask_cents"]))


def cash(desk: RunningDaemon) -> tuple[str, Decimal]:
    """The world, and what its one account has there, in dollars."""
    (account,) = desk.side_door("GET", "accounts")["accounts"]
    available_ud = sum(int(shard["available_ud"]) for shard in account["shards"])
    return desk.side_door("GET", "world")["world_id"], Decimal(available_ud) / 1_000_000


def test_an_order_fills_and_everything_is_there_again_after_a_stop(desk: RunningDaemon) -> None:
    desk.start()
    market = cheapest_ask(desk)
    price = str(market["yes_ask_cents"] + 2)
    bought = desk.sparko("order", market["ticker"], "--side", "yes", "--count", "3", "--price", price)
    assert (bought["status"], bought["filled"]) == ("filled", 3)
    (held,) = desk.sparko("positions")
    assert (held["ticker"], held["side"], held["count"]) == (market["ticker"], "yes", 3)
    exchange, before = desk.endpoint, cash(desk)

    stopped = desk.sparko("stop")
    assert stopped["pid"] == desk.pid
    assert [row["ticker"] for row in stopped["unguarded"]] == [market["ticker"]]
    assert desk.wait() == 0
    assert not is_exchange(exchange.pid)

    desk.start()
    assert cash(desk) == before
    assert desk.endpoint.rest == exchange.rest
    assert desk.endpoint.pid != exchange.pid
    (again,) = desk.sparko("positions")
    kept = ("ticker", "side", "count", "entry_cents", "fees_dollars", "owner")
    assert {name: again[name] for name in kept} == {name: held[name] for name in kept}
    assert Decimal(desk.sparko("status")["balance_dollars"]) == before[1]
    assert desk.wrong() == []
