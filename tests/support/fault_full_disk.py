"""An engine on a disk that fills up: python -m fault_full_disk FOLDER SANDBOX.json

Prints one JSON document: what happened when the disk was full the first time, the second time, and after
there was room again.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import uuid
from pathlib import Path

import msgspec
from fault_bench import FaultBench
from running_sandbox import RunningSandbox

from engine.assembly.low_space import watch_space
from engine.domain.command import CancelOrder, ClosePosition, PlaceOrder
from engine.domain.order import Leg, TimeInForce
from engine.ledger.verifying import verify_file
from engine.runtime import JournalFailed

_GTC, _IOC = TimeInForce.GOOD_TILL_CANCELED, TimeInForce.IMMEDIATE_OR_CANCEL
_MOST_TRIES = 200


class FullDisk(msgspec.Struct):
    """What the process found."""

    entries_off: bool = False
    told: bool = False
    closed: str = ""
    ended: str = ""
    agrees: bool = False
    sound: bool = False


class Filler:
    """Takes all the room that there is."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def fill(self) -> None:
        with self._path.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(4096)) == 4096:
                pass

    def free(self) -> None:
        self._path.unlink()


async def main(folder: Path, sandbox: RunningSandbox) -> FullDisk:
    found, filler = FullDisk(), Filler(folder / "filler")
    bench = FaultBench(sandbox, folder)
    runtime = await bench.live.start()
    watch_space(bench.live.ledger, runtime, bench.live.heard)
    market, other = await bench.markets(2)
    ask_bp = bench.engine.books[market].book.best_ask_bp or 9_900
    answer = await bench.live.ask(_buy(market, ask_bp, _IOC))
    assert answer.deny_code == "", answer
    await bench.settled()

    filler.fill()
    names = await _rest_until_refused(bench, other)
    found.entries_off = bench.engine.mode == "NO_NEW_ENTRIES"
    found.told = "DISK_FULL" in [alert.code for alert in bench.live.heard.alerts]
    answer = await bench.live.ask(ClosePosition(str(uuid.uuid4()), market, limit_bp=100))
    found.closed = str(answer.numbers.get("state", answer.deny_code))

    filler.fill()
    found.ended = await _cancel_until_the_end(bench, names)
    filler.free()
    again = FaultBench(sandbox, folder)
    await again.live.start()
    await again.settled()
    found.agrees = True
    await again.live.stop()
    found.sound = verify_file(again.ledger).is_sound
    return found


async def _rest_until_refused(bench: FaultBench, ticker: str) -> list[str]:
    """Ids of orders that rest, the last of which was refused."""
    names = []
    for _ in range(_MOST_TRIES):
        order = _buy(ticker, 100, _GTC)
        names.append(order.client_order_id)
        answer = await bench.live.ask(order)
        if answer.deny_code == "ENTRIES_OFF":
            break
    return names


async def _cancel_until_the_end(bench: FaultBench, names: list[str]) -> str:
    """Each cancel is written down, until one cannot be."""
    running = bench.live.running
    assert running is not None
    for name in names * 20:
        if running.done():
            break
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1):
                await bench.live.ask(CancelOrder(name))
    try:
        async with asyncio.timeout(20):
            await running
    except JournalFailed:
        return "JournalFailed"
    return ""


def _buy(ticker: str, price_bp: int, time_in_force: TimeInForce) -> PlaceOrder:
    name = str(uuid.uuid4())
    return PlaceOrder(
        name, ticker, Leg.YES, True, price_bp, 100, time_in_force=time_in_force, again=True, far=True
    )


if __name__ == "__main__":
    given = msgspec.json.decode(Path(sys.argv[2]).read_bytes(), type=RunningSandbox)
    print(msgspec.json.encode(asyncio.run(main(Path(sys.argv[1]), given))).decode())
