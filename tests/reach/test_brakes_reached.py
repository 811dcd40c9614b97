"""What holds one strategy and nobody else, on a running engine: an order group that its exchange triggered,
and a forecaster whose last scan is too old. Told by ``sparko``, held over a death, ended as it says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plain_http import ask
from reach_desk import WIDE, ReachDesk
from small_world import Signer

from engine.core.breaker_record import BreakerCause
from engine.core.denial import DenyCode
from engine.sandbox.server.wall import SystemWall
from engine.wire.signing import REST_ROOT

GROUPS = f"{REST_ROOT}/portfolio/order_groups"
SCANS_SELDOM = '\n[forecaster]\nbaseline = "drift"\nscan_seconds = 20\n'
OLD_S = 4
"""A scan is too old long before the next one comes."""
pytestmark = pytest.mark.skipif(os.environ.get("SPARKO_REACH") != "1", reason="with SPARKO_REACH=1")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReachDesk]:
    """With a strategy that spends."""
    running = ReachDesk(tmp_path / "home", WIDE + SCANS_SELDOM)
    try:
        running.start()
        running.bend(market=running.lively()[0].ticker)
        running.again()
        running.done("strategies", "set", "buys", "money")
        yield running
    finally:
        running.close()


class AccountHolder:
    """Whoever the account belongs to, at the exchange's own pages: asks with a key of the same account."""

    def __init__(self, desk: ReachDesk) -> None:
        (account,) = desk.side_door("GET", "accounts")["accounts"]
        made = desk.side_door("POST", "keys", account=account["account_id"])
        self._signer = Signer(SystemWall(), made["key_id"], made["private_key"])
        self._root = desk.endpoint.rest.removesuffix(REST_ROOT)

    def ask(self, method: str, path: str) -> Any:
        headers = self._signer.headers(method, path)
        body = {} if method == "PUT" else None
        answer = ask(method, self._root + path, body, headers)
        answer.raise_for_status()
        return answer.json()

    def trigger(self) -> str:
        """The account's one group; its id."""
        (group,) = self.ask("GET", GROUPS)["order_groups"]
        self.ask("PUT", f"{GROUPS}/{group['id']}/trigger")
        return str(group["id"])


def is_refused(desk: ReachDesk, code: DenyCode) -> bool:
    log = desk.bent / "refused"
    return log.exists() and code in log.read_text().split()


def orders_of_it(desk: ReachDesk) -> list[Any]:
    """Working ones of the strategy."""
    return [row for row in desk.done("orders") if row["owner"] == "buys"]


def test_a_triggered_group_holds_its_strategy_alone_until_a_resume(desk: ReachDesk) -> None:
    desk.until(lambda: orders_of_it(desk) != [], "no entry")
    AccountHolder(desk).trigger()
    desk.until(lambda: BreakerCause.ORDER_GROUP in desk.breakers(), "no breaker")
    status = desk.status()
    (row,) = status["breakers"]
    assert (row["cause"], row["probe_time"]) == ("order_group", None), "it waits for a person"
    assert "buys" in row["text"]
    assert status["entries_stopped"] is None, "nobody else is held"
    told = [alert["text"] for alert in desk.done("alerts")["alerts"] if alert["open"]]
    assert any("breaker order_group: strategy buys" in text for text in told), told
    desk.until(lambda: is_refused(desk, DenyCode.BREAKER_OPEN), "the strategy is let through")
    assert orders_of_it(desk) == []

    desk.again()
    assert {cause: found["since"] for cause, found in desk.breakers().items()} == {
        "order_group": row["since"]
    }
    other = desk.lively(2)[1].ticker
    desk.taken("order", other, "--side", "yes", "--count", "1", "--price", "5", "--again")
    desk.done("resume", "--reason", "looked at the group")
    desk.until(lambda: desk.breakers() == {}, "the breaker stays")
    desk.until(lambda: orders_of_it(desk) != [], "no entry after the resume")
    desk.until(lambda: desk.wrong() == [], "ledger and exchange differ")
    desk.done("doctor", "--verify")


def test_a_scan_that_is_too_old_holds_who_needs_one(desk: ReachDesk) -> None:
    desk.bend(stale=str(OLD_S))
    desk.again()
    desk.until(lambda: desk.status()["forecaster"]["state"] == "ok", "no scan")
    desk.until(lambda: orders_of_it(desk) != [], "no entry with a forecast")
    desk.until(lambda: desk.status()["forecaster"]["state"] == "late", "no scan is late")
    desk.done("cancel", "--all")
    desk.until(lambda: is_refused(desk, DenyCode.FORECAST_STALE), "the strategy is let through")
    desk.until(lambda: orders_of_it(desk) == [], "an order by an old forecast")
    desk.until(lambda: desk.status()["forecaster"]["state"] == "ok", "no other scan")
    desk.until(lambda: orders_of_it(desk) != [], "no entry with the next scan")
