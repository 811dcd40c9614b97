"""Seeded histories of the whole engine against the whole exchange, in virtual time.

Orders at random under every fault of the side door, lost and damaged streams, pauses, and ends of either
process at any instant. Then quiet: nothing may be in doubt after 12 seconds, and the ledger must agree with
the exchange's truth to the micro-dollar, also after one more crash. ``SPARKO_HISTORIES`` says how many there
are; a failure names its seed.
"""

from __future__ import annotations

import os

import pytest
from sim_history import Failed, Shape, Tally, one_history

from engine.domain.units import SECOND_NS
from engine.sandbox.sim.loop import simulate

MANY = int(os.environ.get("SPARKO_HISTORIES", "60"))
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
    assert min(tally.crashes, tally.kills, tally.resent) > MANY // 3


@pytest.mark.slow
def test_the_same_while_markets_close_and_pay() -> None:
    tally = play(SETTLING, range(1_000_000, 1_000_000 + MANY // 2))
    assert tally.settlements > MANY
    assert tally.crashes > MANY // 3


def test_a_quiet_history_is_the_same_twice() -> None:
    shape = Shape(trouble_s=0, trading_s=40)
    first = simulate(one_history(5, shape))
    assert first == simulate(one_history(5, shape))
    assert first.crashes == 0
    assert first.fills > 5
