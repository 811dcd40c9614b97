"""An engine whose exchange does not answer at its start: with a position to guard it waits for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from running_daemon import SMALL_WORLD, RunningDaemon

SILENT = {"method": "GET", "path": "/**", "effect": "503", "times": 100_000}
ASKS_AGAIN = "the exchange does not answer, it is asked again"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    """Its practice position has a plan, its engine was killed, and its exchange answers nothing but 503."""
    made = RunningDaemon(tmp_path / "home", SMALL_WORLD)
    made.start("--practice")
    made.until(lambda: bool(made.money().positions), "nothing held")
    made.sparko("plan", *made.money().positions, "--tp", "+20", "--sl", "-20")
    made.kill()
    made.side_door("POST", "faults", rules=[SILENT])
    made.begin()
    yield made
    made.close()


@pytest.mark.slow
def test_it_guards_its_position_once_the_exchange_answers(desk: RunningDaemon) -> None:
    desk.until(lambda: any(text.startswith(ASKS_AGAIN) for text in desk.events()), "not asked again")
    desk.side_door("DELETE", "faults")
    desk.until_listening()
    (held,) = desk.sparko("positions")
    assert held["plan"] is not None
    assert (held["take_profit_cents"], held["stop_loss_cents"]) == (
        held["entry_cents"] + 20,
        held["entry_cents"] - 20,
    )
    # Its take profit goes out while one looks.
    desk.until(lambda: not desk.wrong(), "ledger and exchange differ")


@pytest.mark.slow
def test_it_ends_in_order_while_it_waits(desk: RunningDaemon) -> None:
    desk.until(lambda: desk.events().count("engine starts") == 2, "not started")
    os.kill(desk.pid, signal.SIGTERM)
    assert desk.wait() == 0
    assert desk.events()[-1] == "engine has ended"
    stopped = [line for line in desk.log_lines() if line.get("code") == "ENGINE_STOPPED"]
    assert "NOT GUARDED until it runs again" in stopped[-1]["event"]
