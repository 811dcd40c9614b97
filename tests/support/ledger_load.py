"""64 concurrent senders against a ledger: python ledger_load.py LEDGER"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import NamedTuple

from money_history import intent

from engine.core.changes import Change
from engine.core.facts.orders import OrderMoved
from engine.core.inputs import Input
from engine.core.money import MoneyState, apply
from engine.core.settings import EngineSettings
from engine.domain.feed import BookUpdated
from engine.domain.order import BookSide, OrderState
from engine.ledger.recording import RecordingHeader
from engine.ledger.sqlite_ledger import SqliteLedger

SENDERS = 64
INTENTS_EACH = 50
ROUND_TRIP_S = (0.005, 0.045)
HEADER = RecordingHeader(
    run_id="run-1", settings=EngineSettings(), money_hash="", journal_seq=0, journal_head=""
)
DELTA = Input(1, 2, BookUpdated("KXBTCD-26AUG2117-T110000", BookSide.BID, 5_700, -300, 7, 9))


class Load(NamedTuple):
    intents: int
    commits: int
    seconds: float
    slowest_ms: float


class Senders:
    """Each appends an intent and waits until that one is durable."""

    def __init__(self, ledger: SqliteLedger) -> None:
        self._ledger = ledger
        self.intents = 0
        self._state = MoneyState()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        ledger.on_durable(self._release)

    def _release(self, durable: int) -> None:
        for seq, future in self._waiting:
            if seq <= durable:
                future.set_result(None)
        self._waiting = [waiting for waiting in self._waiting if waiting[0] > durable]

    async def run(self, sender: int, pauses: random.Random | None) -> None:
        for number in range(INTENTS_EACH):
            order = intent(sender * INTENTS_EACH + number)
            await self._durable(order)
            self.intents += 1
            if pauses is not None:
                await asyncio.sleep(pauses.uniform(*ROUND_TRIP_S))
                await self._durable(OrderMoved(order.terms.client_order_id, OrderState.RESTING, order.at))

    async def _durable(self, change: Change) -> None:
        seq = self._ledger.append([change], apply(self._state, change))
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((seq, future))
        await future


async def load(path: Path, pauses: random.Random | None = None) -> Load:
    """With ``pauses`` every intent goes to an exchange and its outcome is written too."""
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    senders = Senders(ledger)
    started = time.perf_counter()
    await asyncio.gather(*(senders.run(sender, pauses) for sender in range(SENDERS)))
    seconds = time.perf_counter() - started
    counts = ledger.counts
    await ledger.close()
    return Load(senders.intents, counts.commits, seconds, counts.slowest_ns / 1e6)


if __name__ == "__main__":
    print(asyncio.run(load(Path(sys.argv[1]))))
