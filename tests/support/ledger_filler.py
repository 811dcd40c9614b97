"""A process that fills a ledger until it fails: python ledger_filler.py FOLDER

Prints when space ran low, when it ended, and what verify then finds.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from money_history import intent

from engine.core.money import MoneyState, apply
from engine.ledger.errors import LedgerClosed
from engine.ledger.reserve import Reserve
from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ledger.verifying import verify_file

RESERVE_BYTES = 1024 * 1024


async def main(path: Path) -> None:
    reserve = Reserve(path, RESERVE_BYTES)
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop(), reserve=reserve)
    ended = asyncio.Event()
    ledger.on_low_space(lambda: print("low_space_after", ledger.durable))
    ledger.on_failure(lambda error: ended.set())
    await fill(ledger, ended)
    print("failed_after", ledger.durable)
    await ledger.close()
    found = verify_file(path)
    print("sound" if found.is_sound else found.fault, found.seq)


async def fill(ledger: SqliteLedger, ended: asyncio.Event) -> None:
    state = MoneyState()
    more = asyncio.Event()
    ledger.on_durable(lambda durable: more.set())
    ledger.on_failure(lambda error: more.set())
    while not ended.is_set():
        more.clear()
        for _ in range(8):
            change = intent(ledger.appended)
            try:
                ledger.append([change], apply(state, change))
            except LedgerClosed:
                return
        await more.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) / "ledger.sqlite"))
