"""A process that trades a little and is killed at a chosen place of the order path.

    python -m fault_child HOME AT

reads ``HOME/sandbox.json`` and prints how many places there were, if it was not killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import uuid
from pathlib import Path

import msgspec
from fault_bench import FaultBench
from fault_points import Points
from running_sandbox import RunningSandbox

from engine.domain.command import CancelOrder, ClosePosition, PlaceOrder
from engine.domain.order import Leg, TimeInForce

SANDBOX = "sandbox.json"


async def trade(home: Path, at: int) -> int:
    """An entry that trades, one that rests and is extended, its cancel, and a close."""
    sandbox = msgspec.json.decode((home / SANDBOX).read_bytes(), type=RunningSandbox)
    points = Points(at, lambda: os.kill(os.getpid(), signal.SIGKILL))
    bench = FaultBench(sandbox, home, points)
    await bench.live.start()
    market, other = await bench.markets(2)
    ask_bp = bench.engine.books[market].book.best_ask_bp or 9_900
    await bench.live.ask(_buy(market, ask_bp, TimeInForce.IMMEDIATE_OR_CANCEL))
    rests = _buy(other, 100, TimeInForce.GOOD_TILL_CANCELED)
    await bench.live.ask(rests)
    first = bench.money.orders[rests.client_order_id].terms.expires_ns
    await bench.live.until(lambda: bench.money.orders[rests.client_order_id].terms.expires_ns != first)
    await bench.live.ask(CancelOrder(rests.client_order_id))
    await bench.live.ask(ClosePosition(str(uuid.uuid4()), market, limit_bp=100))
    await bench.settled()
    places = len(points.seen)
    await bench.live.stop()
    return places


def _buy(ticker: str, price_bp: int, time_in_force: TimeInForce) -> PlaceOrder:
    return PlaceOrder(
        str(uuid.uuid4()),
        ticker,
        Leg.YES,
        True,
        price_bp,
        100,
        time_in_force=time_in_force,
        again=True,
        far=True,
    )


if __name__ == "__main__":
    print(asyncio.run(trade(Path(sys.argv[1]), int(sys.argv[2]))))
