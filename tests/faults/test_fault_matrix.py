"""Every fault of the side door against an entry, an exit, a cancel, an amendment and a plan's own orders, at
each moment, over real sockets: in the end each intent is at the exchange once or not at all, as the ledger
says, and position, cash and fees agree to the micro-dollar.

``SPARKO_FAULTS`` plays the whole matrix (with ``-s`` its table is printed); the normal run a sample.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fault_bench import OPTIONS, FaultBench
from fault_cases import EFFECTS, Cell, Moment, play
from running_sandbox import RunningSandbox, sandbox_in

from engine.ledger.verifying import verify_file

WHOLE = [(effect, moment) for effect in EFFECTS for moment in Moment]
SAMPLE = [
    ("accept_then_stall", Moment.BEFORE_SEND),
    ("reset_before_accept", Moment.BEFORE_SEND),
    ("ws_drop", Moment.AFTER_SEND),
    ("503", Moment.AFTER_ACK),
    ("accept_then_503", Moment.AFTER_FILL),
]
PLAYED = WHOLE if "SPARKO_FAULTS" in os.environ else SAMPLE


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    with sandbox_in(tmp_path, *OPTIONS) as running:
        yield running


@pytest.fixture
async def bench(sandbox: RunningSandbox, tmp_path: Path) -> AsyncIterator[FaultBench]:
    made = FaultBench(sandbox, tmp_path)
    await made.live.start()
    yield made
    await made.live.stop()


@pytest.mark.slow
async def test_each_intent_is_at_the_exchange_once_or_not_at_all(bench: FaultBench) -> None:
    cells = []
    for number, (effect, moment) in enumerate(PLAYED):
        cells.append(await play(bench, effect, moment, number))
        print(line(cells[-1]))
    assert max(cell.most_for_one for cell in cells) == 1
    assert [cell for cell in cells if not cell.met] == []
    assert sum(cell.in_doubt for cell in cells) >= len(cells) // 4
    assert verify_file(bench.ledger).is_sound
    print(totals(cells))


def line(cell: Cell) -> str:
    return (
        f"{cell.effect:<20}{cell.moment:<12} intents {cell.intents:>2}, "
        f"at the exchange {cell.at_exchange:>2}, most for one {cell.most_for_one}, "
        f"in doubt {cell.in_doubt}, sent again {cell.resent}, "
        f"absent {cell.absent}, met {cell.met}, {cell.seconds:.1f} s"
    )


def totals(cells: list[Cell]) -> str:
    """One line for each fault, over its moments."""
    lines = ["fault               cells intents there most in doubt again absent  met"]
    for effect in dict.fromkeys(cell.effect for cell in cells):
        mine = [cell for cell in cells if cell.effect == effect]
        sums = [sum(getattr(cell, name) for cell in mine) for name in ("in_doubt", "resent", "absent", "met")]
        lines.append(
            f"{effect:<20}{len(mine):>5}{sum(c.intents for c in mine):>8}"
            f"{sum(c.at_exchange for c in mine):>6}{max(c.most_for_one for c in mine):>5}"
            f"{sums[0]:>9}{sums[1]:>6}{sums[2]:>7}{sums[3]:>5}"
        )
    return "\n".join(lines)
