"""A process that appends to a ledger until it is killed: python ledger_writer.py LEDGER SEED

Writes the number of each durable record to standard output once the ledger has released it.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from money_history import MoneyHistory

from engine.ledger.sqlite_ledger import SqliteLedger

RECORDS_AHEAD = 24


async def main(path: Path, seed: int) -> None:
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    room = asyncio.Event()

    def released(durable: int) -> None:
        os.write(1, f"{durable}\n".encode())
        room.set()

    ledger.on_durable(released)
    history = MoneyHistory(random.Random(seed), ledger.load(), ledger.appended)
    os.write(1, b"open\n")
    while True:
        room.clear()
        for changes, rows in history.steps(random.Random(ledger.appended).randint(1, RECORDS_AHEAD)):
            ledger.append(changes, rows)
        await room.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
