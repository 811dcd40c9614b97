"""Whatever was appended: the projections load to the state that the journal folds to."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from money_history import MoneyHistory

from engine.core.money import MoneyState, fold
from engine.core.state_hash import state_hash
from engine.ledger.inline import InlineLedger
from engine.ledger.loading import read_changes
from engine.ledger.opening import reading
from engine.ledger.sqlite_ledger import SqliteLedger


def fields_of(state: MoneyState) -> dict[str, Any]:
    """Everything of a state, with the order in which its parts came. What is only looked up has none, nor has
    `working`: an order that was reopened is listed by its age after a restart."""
    found = {name: list(v.items()) if isinstance(v, dict) else v for name, v in vars(state).items()}
    return found | {name: getattr(state, name) for name in ("working", "client_id_of", "by_key")}


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(1, 12))
def test_any_history_loads_to_its_fold(seed: int, length: int, group: int) -> None:
    history = MoneyHistory(random.Random(seed))
    waiting: list[Any] = []
    ledger = InlineLedger.in_memory(waiting.append)
    facts = []
    for number, (changes, rows) in enumerate(history.steps(length)):
        ledger.append(changes, rows)
        facts += changes
        if number % group == 0:
            waiting.pop()()
    for hand_over in waiting:
        hand_over()
    assert ledger.durable == ledger.appended == len(facts)
    loaded = ledger.load()
    assert fields_of(loaded) == fields_of(fold(facts)) == fields_of(history.state)
    assert ledger.verify().fault == ""
    asyncio.run(ledger.close())


async def test_a_file_keeps_the_state_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    history = MoneyHistory(random.Random(11))
    loop = asyncio.get_running_loop()
    for _ in range(4):
        ledger = SqliteLedger.open(path, loop=loop)
        assert fields_of(ledger.load()) == fields_of(history.state)
        for changes, rows in history.steps(40):
            ledger.append(changes, rows)
        await ledger.close()
        assert ledger.durable == ledger.appended
    with reading(path) as connection:
        assert state_hash(fold(read_changes(connection))) == state_hash(history.state)
