"""``sparko doctor --drill``: it passes on what we ship, and keeps off every venue but the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from engine.assembly.drill import TROUBLES, Drilled, drill
from engine.ops.home import Binding, Home

ROOT = Path(__file__).parents[2]
IS_LONG = "SPARKO_FAULTS" in os.environ


def sparko(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "console.tools.app", "doctor", "--drill", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=180,
        check=False,
    )


def test_a_home_of_real_money_is_refused_in_one_line(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.make()
    home.bind(Binding("demo", "demo-api.kalshi.co", "key"))
    before = sorted(path.name for path in home.root.iterdir())
    ran = sparko("--home", str(home.root))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"error: home {home.root}: trades on demo; a drill is for a home of the sandbox alone\n"
    )
    assert sorted(path.name for path in home.root.iterdir()) == before


@pytest.mark.parametrize("venue", ["paper", "live"])
def test_another_venue_is_refused(tmp_path: Path, venue: str) -> None:
    ran = sparko("--venue", venue, "--home", str(tmp_path / "none"))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert f"trades on {venue}" in ran.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.slow
async def test_a_reset_order_is_sent_again_and_one_that_was_taken_is_not() -> None:
    told: list[Drilled] = []
    chosen = [
        trouble for trouble in TROUBLES if trouble.words.startswith(("connection reset", "answered 429"))
    ]
    fault = await drill(told.append, [*chosen, TROUBLES[1]])
    assert fault == ""
    assert [(one.problem, one.at_exchange, one.sends) for one in told] == [
        ("", 1, 2),
        ("", 0, 1),
        ("", 1, 1),
    ]


@pytest.mark.slow
@pytest.mark.skipif(not IS_LONG, reason="a minute; with SPARKO_FAULTS")
def test_the_whole_drill_passes(tmp_path: Path) -> None:
    ran = sparko("--home", str(tmp_path / "home"), "--json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert (document["passed"], document["ledger"]) == (True, "sound")
    assert len(document["faults"]) == len(TROUBLES)
    assert {one["problem"] for one in document["faults"]} == {""}
    assert msgspec.convert(document["faults"][0], Drilled).at_exchange == 1
