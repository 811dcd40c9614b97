"""What an engine tells at its start and end, and when its heartbeat must fall silent."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engine.assembly.telling import Telling, Workings, check_alerts, first_line, trouble_of
from engine.control.rows.alerts import AlertRow
from engine.control.rows.status import FeedRow, StatusRow
from engine.domain.plan import PlanState
from engine.ops.alerts.places import AlertsConfig, AlertsInvalid
from engine.ops.alerts.store import FILE_NAME, read_alerts
from engine.ops.home import Home

WELL = StatusRow(
    venue="live", mode="RUNNING", pid=1, uptime_ns=1, rev=1, is_ready=True, feeds=(FeedRow("x", "live", 5),)
)


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({}, ""),
        ({"mode": "HALTED"}, ""),
        ({"is_ready": False}, "the engine is not ready: it reconciles with the exchange"),
        ({"is_stopping": True}, "the engine is stopping"),
        ({"feeds": (FeedRow("x", "live"), FeedRow("y", "stale", 9))}, "feed y is stale"),
        ({"feeds": (FeedRow("x", "lost"),)}, "feed x is lost"),
        ({"exits_off": "killed by me"}, "exits by plan are off: killed by me"),
        ({"alerts": (AlertRow("1", "urgent", "SL_BLOCKED", "was", 1),)}, ""),
        ({"alerts": (AlertRow("1", "urgent", "KILLED", "x", 1),)}, ""),
    ],
)
def test_what_silences_the_heartbeat(changes: dict[str, object], trouble: str) -> None:
    assert trouble_of(msgspec.structs.replace(WELL, **changes), 0) == trouble


def test_an_exit_that_is_blocked_silences_it() -> None:
    plans = [PlanState.GUARDING, PlanState.EXITING, PlanState.RETIRED]
    workings = Workings(lambda: WELL, lambda: plans, lambda: 1, lambda: 1)
    assert workings.trouble() == ""
    plans[1] = PlanState.BLOCKED
    assert workings.trouble() == "1 exits are blocked"


def test_a_ledger_whose_writer_stands_still_silences_it() -> None:
    appended, durable = 5, 5
    workings = Workings(lambda: WELL, lambda: (), lambda: appended, lambda: durable)
    assert workings.trouble() == ""
    appended = 9
    assert workings.trouble() == "", "what came just now may still be on its way"
    assert workings.trouble() == "the ledger's writer stands still at record 5 of 9"
    durable = 9
    assert workings.trouble() == ""


async def told(tmp_path: Path, **end: str) -> list[tuple[str, str, str]]:
    home = Home(tmp_path)
    home.make()
    telling = Telling(home, "live", AlertsConfig(), {"PUSHOVER_USER": "x"})
    telling.start()
    telling.engine_started("acc", 2, ended_in_order=False)
    await telling.told()
    telling.engine_stopped([("KXA", 150), ("KXB", -200)], end.get("failure", ""))
    rows = await telling.told()
    await telling.close()
    assert len(read_alerts(tmp_path / FILE_NAME)) == len(rows)
    return [(row.level, row.code, row.text) for row in reversed(rows)]


async def test_start_and_end_are_told_with_what_is_not_guarded(tmp_path: Path) -> None:
    assert await told(tmp_path) == [
        (
            "warning",
            "ALERTS_INCOMPLETE",
            "PUSHOVER_USER is set but PUSHOVER_TOKEN is not: no alerts go there",
        ),
        (
            "warning",
            "ENGINE_STARTED",
            "engine runs on live, account acc, 2 positions; the run before did not end in order, everything "
            "was reconciled with the exchange",
        ),
        (
            "warning",
            "ENGINE_STOPPED",
            "engine has ended: it was asked to; NOT GUARDED until it runs again: 1.5 YES KXA, 2 NO KXB",
        ),
    ]


async def test_an_end_that_nobody_asked_for_is_urgent(tmp_path: Path) -> None:
    level, code, text = (await told(tmp_path, failure="journal: disk full"))[-1]
    assert (level, code) == ("urgent", "ENGINE_STOPPED")
    assert text.startswith("engine has ended: journal: disk full; NOT GUARDED")


async def test_a_number_that_is_none_acknowledges_nothing(tmp_path: Path) -> None:
    telling = Telling(Home(tmp_path), "live", AlertsConfig(), {})
    telling.start()
    assert await telling.acknowledge("x; drop", "me") == 0
    assert await telling.acknowledge("1", "me") == 0
    await telling.close()


def test_an_address_that_cannot_be_used_is_found_before_anything_starts() -> None:
    with pytest.raises(AlertsInvalid, match=r"alerts\.urls, entry 2"):
        check_alerts(AlertsConfig(("json://localhost", "pover://nothing")), {})


def test_of_several_failures_the_first_is_told_in_one_line() -> None:
    inner = ExceptionGroup("a", [ValueError("one\n  two"), ValueError("three")])
    assert first_line(ExceptionGroup("b", [inner])) == "one two"
    assert first_line(ValueError()) == "ValueError"
