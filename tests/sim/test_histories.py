"""Seeded histories of the whole engine against the whole exchange, in virtual time.

Orders at random under every fault of the side door, lost and damaged streams, pauses, and ends of either
process at any instant. Then quiet: nothing may be in doubt after 12 seconds, and the ledger must agree with
the exchange's truth to the micro-dollar, also after one more crash. ``SPARKO_HISTORIES`` says how many there
are; a failure names its seed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sim_history import Failed, Shape, Tally, one_history

from engine.domain.units import SECOND_NS
from engine.sandbox.sim.loop import simulate

MANY = int(os.environ.get("SPARKO_HISTORIES", "40"))
TROUBLED = Shape()
SETTLING = Shape(trading_s=70, event_life_ns=30 * SECOND_NS, result_s=6)
"""Markets open, close and pay while all this goes on."""


def play(shape: Shape, seeds: range) -> Tally:
    tally, failures = Tally(), []
    for seed in seeds:
        try:
            tally.add(simulate(one_history(seed, shape)))
        except Failed as failed:
            failures.append(failed)
    if failures:
        raise AssertionError(f"{len(failures)} of {len(seeds)} histories failed") from failures[0]
    return tally


@pytest.mark.slow
def test_no_order_is_doubled_forgotten_or_left_in_doubt() -> None:
    tally = play(TROUBLED, range(MANY))
    assert tally.orders > 10 * MANY
    assert tally.fills > 5 * MANY
    assert min(tally.crashes, tally.kills) > MANY // 2
    assert tally.resent > MANY // 4


@pytest.mark.slow
def test_the_same_while_markets_close_and_pay() -> None:
    tally = play(SETTLING, range(1_000_000, 1_000_000 + MANY // 2))
    assert tally.settlements > MANY
    assert tally.crashes > MANY


def test_a_history_is_the_same_in_any_process() -> None:
    """Under another seed of hashes, too: the same story, and the same digest of the money."""
    told = {_digest_in_a_process(hash_seed) for hash_seed in ("0", "1", "4711")}
    assert len(told) == 1


def _digest_in_a_process(hash_seed: str) -> str:
    support = Path(__file__).parent.parent / "support"
    environment = os.environ | {
        "PYTHONHASHSEED": hash_seed,
        "PYTHONPATH": f"{support}:{support.parent.parent}",
    }
    command = [sys.executable, "-m", "sim_history", "11"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_quiet_history_is_the_same_twice() -> None:
    shape = Shape(trouble_s=0, trading_s=40)
    first = simulate(one_history(5, shape))
    assert first == simulate(one_history(5, shape))
    assert first.crashes == 0
    assert first.fills > 5
