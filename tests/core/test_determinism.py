"""The same inputs make the same steps in any process, whatever the seed of its hashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
from hashlib import sha256
from core_world import run_history
from engine.core.money import MoneyState
from engine.core.state_hash import state_hash

world = run_history(7, 120, 0.3)
print(state_hash(world.engine.money), sha256(repr(world.journal).encode()).hexdigest(), world.steps)
calm = run_history(8, 120, 0.0)
engine = calm.new_engine(MoneyState())
steps = sha256()
for given in calm.inputs:
    steps.update(repr(engine.step(given)).encode())
print(state_hash(engine.money), steps.hexdigest(), len(calm.inputs))
"""


def said(hash_seed: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    environment["PYTHONPATH"] = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "support")))
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, cwd=ROOT)
    return done.stdout


def test_three_processes_with_three_hash_seeds_agree() -> None:
    first = said("0")
    assert len(first.split()) == 6
    assert int(first.split()[2]) > 1_000
    for hash_seed in ("1", "2"):
        assert said(hash_seed) == first


@pytest.mark.parametrize(
    "module", ["time", "random", "uuid", "asyncio", "socket", "sqlite3", "datetime", "os"]
)
def test_the_core_has_no_clock_no_chance_and_no_socket(module: str) -> None:
    """Neither by name in its sources, nor loaded by the parts of ours that it stands on."""
    sources = [
        path
        for folder in ("core", "domain")
        for path in sorted((ROOT / "engine" / folder).glob("*.py"))
        if f"import {module}\n" in path.read_text() or f"from {module} " in path.read_text()
    ]
    assert sources == []
