"""A whole desk over hours of virtual time: memory stays flat, the ledger stays equal to the exchange's truth.

``SPARKO_SOAK_HOURS=24`` lives through a day and prints a line an hour (ten minutes on one core); without
it some minutes are lived through.
"""

from __future__ import annotations

import os

import pytest
from sim_soak import Look, Soak

from engine.domain.units import MINUTE_NS
from engine.sandbox.sim.loop import simulate

HOURS = int(os.environ.get("SPARKO_SOAK_HOURS", "0"))
MANY_MARKETS = 500
MEGABYTE = 1 << 20
SIZE_OF_AN_ORDER = 2_048
"""What one order with its fills may add to the money state, in bytes."""
READS_A_MINUTE, READS_AN_ORDER = 20, 5
"""What an engine may ask the exchange while all is well: what it looks at in turns, and after orders."""
LARGEST_ENGINE = 16 * MEGABYTE
"""What the core without its money, and the stream, may occupy with all their markets."""


def show(look: Look) -> None:
    print(
        f"{look.at_ns // MINUTE_NS:5d} min: {look.books} books, {look.orders} orders, {look.fills} fills,"
        f" {look.settlements} settlements, {look.steps} steps, {look.reads} reads,"
        f" engine {look.engine_bytes / MEGABYTE:.2f} MB,"
        f" money {look.money_bytes / MEGABYTE:.2f} MB, process {look.resident_bytes / MEGABYTE:.0f} MB"
        f" (simulated exchange and files {look.simulated_bytes / MEGABYTE:.0f} MB),"
        f" {len(look.wrong)} disagreements"
    )


async def lived() -> list[Look]:
    soak = Soak(7) if HOURS else Soak(7, period_s=480, wait_s=5)
    return await soak.run(HOURS or 2, show)


@pytest.mark.slow
def test_memory_is_flat_and_the_ledger_true() -> None:
    looks = simulate(lived())
    assert [look.wrong for look in looks] == [()] * len(looks)
    assert looks[0].books >= MANY_MARKETS
    assert looks[-1].fills > 30
    for before, look in zip([None, *looks[:-1]], looks, strict=True):
        minutes = (look.at_ns - (before.at_ns if before else 0)) // MINUTE_NS
        orders = look.orders - (before.orders if before else 0)
        assert look.reads < READS_A_MINUTE * minutes + READS_AN_ORDER * orders
        assert look.engine_bytes < LARGEST_ENGINE
        assert look.money_bytes < MEGABYTE + SIZE_OF_AN_ORDER * look.orders
    early, late = looks[: len(looks) // 2], looks[len(looks) // 2 :]
    most_early = max(look.engine_bytes for look in early)
    assert max(look.engine_bytes for look in late) < 1.3 * most_early
