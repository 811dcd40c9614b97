"""Journeys of plans: what a person at the desk sees of an exit that the engine does not survive."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from daemon_client import client_of
from exit_desk import COUNT_C, EXIT_CONFIG, accepted, all_is_over, is_met, profit_met, sold_c
from journey import Journey, box, journey_in, other_size, type_code
from terminal import Terminal

from engine.domain.command import SetExits

SOLD_LATE = "delay:3000"
"""The exchange carries the order out after the engine has died, and answers nobody."""


async def met(journey: Journey) -> str:
    """A position whose profit is met and not yet taken; its market."""
    async with client_of(journey.home) as client:
        return (await profit_met(client, journey.engine, SOLD_LATE)).ticker


async def exits_on(journey: Journey) -> None:
    async with client_of(journey.home) as client:
        await accepted(client, SetExits(True))


def row_of_exit(desk: Terminal) -> str:
    return next((row for row in box(desk.text, "POS") if "EXITING" in row), "")


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(80, 24), pytest.param(120, 40, marks=other_size)])
def test_engine_killed_while_the_profit_is_taken(tmp_path: Path, width: int, height: int) -> None:
    """POS goes through EXITING to closed, and what was sold was sold once."""
    with journey_in(tmp_path, EXIT_CONFIG) as journey:
        journey.start_engine()
        desk = journey.sit_down(width, height)
        desk.shows("KEYS locked", "no positions")
        ticker = asyncio.run(met(journey))
        type_code(desk, "POS")
        desk.until(lambda: any("TP" in row for row in box(desk.text, "POS")), "plan in POS")

        asyncio.run(exits_on(journey))
        desk.until(lambda: row_of_exit(desk) != "", "EXITING in POS")
        journey.engine.until(lambda: is_met(journey.engine), "no exit at the exchange")
        journey.kill_engine()
        desk.shows("ENGINE LOST")
        assert row_of_exit(desk), desk.text
        assert sold_c(journey.engine) in (0, COUNT_C)

        journey.start_engine()
        desk.hides("ENGINE LOST")
        desk.shows("no positions")
        type_code(desk, "FILL")
        desk.until(lambda: "SELL" in "".join(box(desk.text, "FILL")), "the sale in FILL")
        all_is_over(journey.engine, ticker)
