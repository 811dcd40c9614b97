"""Many histories at once, in processes of their own, with the count of each fault at the end.

    PYTHONPATH=tests/support:. python -m history_run 10000 [--workers 2] [--first 0] [--twice-every 20]

One in twenty is of markets that close and pay meanwhile. ``--twice-every`` plays some again in a process of
another hash seed, to the same story and the same hash of the money. A failure is told with its seed and story
as it comes; exit 1 if there was any. An interrupt ends it with the counts so far.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from hashlib import sha256

import msgspec
from sim_history import Failed, History, Shape, Tally

from engine.core.state_hash import state_hash
from engine.domain.units import SECOND_NS
from engine.sandbox.sim.loop import simulate

TROUBLED = Shape()
SETTLING = Shape(trading_s=70, event_life_ns=30 * SECOND_NS, result_s=6)
"""Markets open, close and pay while all this goes on."""
SETTLING_SHARE = 20
HASH_SEEDS = ("0", "4711")
_TELL_EACH_S = 60.0


class Played(msgspec.Struct, frozen=True):
    """What became of one history. ``digest`` is of its story and of the money; ``failure`` is empty or why it
    failed, with the story."""

    seed: int
    tally: Tally
    digest: str = ""
    failure: str = ""


def shape_of(seed: int) -> Shape:
    return SETTLING if seed % SETTLING_SHARE == SETTLING_SHARE - 1 else TROUBLED


def play(seed: int) -> Played:
    """One history from its beginning to its judgement."""

    async def lived() -> Played:
        history = History(seed, shape_of(seed))
        tally = await history.run()
        told = sha256("\n".join(history.told).encode()).hexdigest()
        return Played(seed, tally, f"{told} {state_hash(history.engine.disk.load())}")

    try:
        return simulate(lived())
    except Exception as error:
        text = str(error) if isinstance(error, Failed) else f"seed {seed}: {type(error).__name__}: {error}"
        return Played(seed, Tally(), failure=text)


class Count:
    """What all histories came to so far."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.settling = Tally()
        self.done = 0
        self.compared = 0
        self.failures: list[str] = []
        self._digests: dict[int, str] = {}
        self._told_s = time.monotonic()

    def take(self, played: Played) -> None:
        """A history, or the same one again."""
        known = self._digests.pop(played.seed, None)
        if known is not None:
            self.compared += 1
            if known != played.digest and not played.failure:
                self._fail(f"seed {played.seed}: another story or other money under another hash seed")
            return
        self._digests[played.seed] = played.digest
        self.done += 1
        if played.failure:
            self._fail(played.failure)
            return
        self.tally.add(played.tally)
        if shape_of(played.seed) is SETTLING:
            self.settling.add(played.tally)

    def say_now_and_then(self) -> None:
        if time.monotonic() - self._told_s > _TELL_EACH_S:
            self._told_s = time.monotonic()
            print(f"{self.done} done, {len(self.failures)} failed", flush=True)

    def lines(self) -> Iterator[str]:
        yield f"{self.done} histories, {len(self.failures)} failed, {self.compared} played twice the same"
        yield from self.tally.lines()
        yield f"of those in which markets close and pay: {self.settling.settlements} settlements"

    def _fail(self, text: str) -> None:
        self.failures.append(text)
        print(f"FAILED {text}", flush=True)


def pools(workers: int) -> list[ProcessPoolExecutor]:
    """One of each hash seed; processes get theirs when they start."""
    context = multiprocessing.get_context("spawn")
    found = []
    for hash_seed in HASH_SEEDS:
        os.environ["PYTHONHASHSEED"] = hash_seed
        pool = ProcessPoolExecutor(workers, context, initializer=gc.freeze)
        # All at once: a pool starts a process for each task that finds none idle.
        for started in [pool.submit(gc.collect) for _ in range(workers)]:
            started.result()
        found.append(pool)
    return found


def run(found: Count, first: int, count: int, workers: int, twice_every: int) -> None:
    one, other = pools(workers)
    with one, other:
        for begin in range(first, first + count, 100):
            seeds = range(begin, min(begin + 100, first + count))
            asked: list[Future[Played]] = [one.submit(play, seed) for seed in seeds]
            if twice_every:
                asked += [other.submit(play, seed) for seed in seeds if seed % twice_every == 0]
            for played in as_completed(asked):
                found.take(played.result())
                found.say_now_and_then()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--twice-every", type=int, default=0)
    chosen = parser.parse_args()
    found = Count()
    with contextlib.suppress(KeyboardInterrupt):
        run(found, chosen.first, chosen.count, chosen.workers, chosen.twice_every)
    print("\n".join(found.lines()))
    return 1 if found.failures else 0


if __name__ == "__main__":
    sys.exit(main())
