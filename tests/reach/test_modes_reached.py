"""Who may send what in which mode: the table of the design, on a running engine and by ``sparko`` alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from reach_desk import WIDE, ReachDesk

from engine.domain.units import SECOND_NS

NEW_YORK = ZoneInfo("America/New_York")
WHOLE = os.environ.get("SPARKO_REACH") == "1"
MODES: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "RUNNING": ((), "", True),
    "NO_NEW_ENTRIES": (("mode", "no_new_entries"), "ENTRIES_OFF", True),
    "HALTED": (("kill", "--reason", "a test"), "ENTRIES_OFF", True),
    "HALTED, exits off": (("kill", "--exits-off", "--reason", "a test"), "ENTRIES_OFF", False),
}
"""How it is entered, how entries are refused then, and whether plans sell."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReachDesk]:
    running = ReachDesk(tmp_path_factory.mktemp("modes") / "home", WIDE)
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture
def calm(desk: ReachDesk) -> Iterator[None]:
    yield
    desk.done("resume", "--reason", "a test ends")
    desk.done("cancel", "--all")
    desk.flat()


@pytest.mark.parametrize("name", MODES)
@pytest.mark.usefixtures("calm")
def test_a_row_of_the_table(desk: ReachDesk, name: str) -> None:
    if name != "HALTED, exits off" and not WHOLE:
        pytest.skip("with SPARKO_REACH=1")
    words, refusal, exits = MODES[name]
    guarded, closed, free = desk.held(least=3)[:3]
    sale = resting_sale(desk, closed)
    entry = desk.taken("order", free, "--side", "yes", "--count", "1", "--price", "6", "--again")[
        "client_order_id"
    ]
    desk.done("load", "set", "1", free, "--do", "buy yes 1 @ 5")
    if words:
        desk.done(*words)
    mode = name.partition(",")[0]
    desk.until(lambda: desk.status()["mode"] == mode, "another mode")

    condition = armed_for_soon(desk, free)
    assert (
        desk.patient("order", free, "--side", "no", "--count", "1", "--price", "5", "--again").deny_code
        == refusal
    )
    assert desk.patient("load", "fire", "1").deny_code == refusal
    desk.until(lambda: row_of(desk, condition)["state"] != "armed", "the condition does not fire")
    fired = row_of(desk, condition)
    assert (fired["client_order_id"] is None) == bool(refusal), fired
    assert refusal in str(fired), "it says why"
    stays = [row["client_order_id"] for row in desk.done("orders")]
    assert (entry in stays) == (mode != "HALTED"), "a halt takes resting entries back"

    assert desk.done("cancel", sale)["status"] == "canceled"
    assert closes(desk, closed)
    desk.done("plan", guarded, "--hold", "1s")
    if exits:
        desk.until(lambda: guarded not in holds(desk), "the plan does not sell")
        return
    late_ns = desk.now_ns() + 4 * SECOND_NS
    desk.until(lambda: desk.now_ns() > late_ns, "time stands still")
    assert guarded in holds(desk), "exits are off"
    assert desk.done("resume", "--exits-only", "--reason", "a test")["mode"] == mode
    desk.until(lambda: guarded not in holds(desk), "the plan does not sell")


@pytest.mark.skipif(not WHOLE, reason="with SPARKO_REACH=1")
@pytest.mark.usefixtures("calm")
def test_a_mode_and_exits_that_are_off_stay_over_a_death(desk: ReachDesk) -> None:
    (guarded,) = desk.held()
    desk.done("kill", "--exits-off", "--reason", "a test")
    desk.done("plan", guarded, "--hold", "1s")
    desk.again()
    assert desk.status()["mode"] == "HALTED"
    assert guarded in holds(desk)
    desk.done("resume", "--exits-only", "--reason", "a test")
    desk.until(lambda: guarded not in holds(desk), "the plan does not sell")
    desk.again()
    told = desk.done("mode", "halted")
    assert (told["mode"], told["exits_off"]) == ("HALTED", None), "a death changes neither"
    desk.until(lambda: desk.wrong() == [], "ledger and exchange differ")
    desk.done("doctor", "--verify")


def resting_sale(desk: ReachDesk, ticker: str) -> str:
    """One of those held, far above the market."""
    desk.done("load", "set", "2", ticker, "--do", "sell yes 1 @ 99")
    return str(desk.taken("load", "fire", "2")["client_order_id"])


def armed_for_soon(desk: ReachDesk, ticker: str) -> str:
    """A condition that is true in two seconds."""
    soon = datetime.fromtimestamp(desk.now_ns() // SECOND_NS, NEW_YORK) + timedelta(seconds=2)
    when = f"time>={soon:%Y-%m-%d %H:%M:%S}"
    added = desk.done("cond", "add", ticker, "--when", when, "--do", "buy yes 2 @ 5")
    return str(added["condition_id"])


def row_of(desk: ReachDesk, condition: str) -> dict[str, Any]:
    rows = {row["condition_id"]: row for row in desk.done("cond", "list", "--all")}
    found: dict[str, Any] = rows[condition]
    return found


def holds(desk: ReachDesk) -> list[str]:
    return [row["ticker"] for row in desk.done("positions")]


def closes(desk: ReachDesk, ticker: str) -> bool:
    """All of it, in as many sales as a moving book takes."""

    def is_closed() -> bool:
        desk.run("close", ticker)
        return ticker not in holds(desk)

    desk.until(is_closed, "the close does not close")
    return True
