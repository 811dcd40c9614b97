"""What recording 5,000 messages a second of the engine's own feed costs: inside the engine, and beside it."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq

from engine.assembly.tapping import Tap
from engine.core.inputs import Input
from engine.domain.feed import BookUpdated
from engine.domain.order import BookSide

ROOT = Path(__file__).parent.parent.parent
RATE, SECONDS, EACH_S = 5_000, 20, 0.1
MOST_INSIDE, MOST_BESIDE = 0.02, 0.15
"""Of one core."""


def test_recording_5000_messages_a_second(tmp_path: Path) -> None:
    rng = random.Random(1)
    tickers = [f"KXBTCD-26NOV2015-T{95_000 + number}" for number in range(500)]
    inputs = [
        Input(1, 1, BookUpdated(rng.choice(tickers), BookSide.BID, rng.randrange(100, 9_900), 100, None, 1))
        for _ in range(RATE)
    ]
    command = [sys.executable, "-m", "collectors.tap", str(tmp_path), "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as recorder:
        assert recorder.stdin is not None
        assert recorder.stdout is not None
        recorder.stdout.read(1)  # it has begun
        tap = Tap(dict)
        tap.begin()
        inside_s, before_s, began = 0.0, cpu_s(recorder.pid), time.monotonic()
        for turn in range(round(SECONDS / EACH_S)):
            spent = time.process_time()
            for given in inputs[: round(RATE * EACH_S)]:
                tap.record(given)
            held = tap.take_held()
            inside_s += time.process_time() - spent
            recorder.stdin.write(held)
            recorder.stdin.flush()
            time.sleep(max(0.0, began + (turn + 1) * EACH_S - time.monotonic()))
        beside_s, lasted_s = cpu_s(recorder.pid) - before_s, time.monotonic() - began
        recorder.stdin.close()
        recorder.stdout.read()
    rows = pq.read_table(tmp_path / "book_deltas", columns=["number"]).num_rows
    print(
        f"\n{rows / lasted_s:,.0f} messages/s: engine {inside_s / lasted_s:.2%} of a core "
        f"(limit {MOST_INSIDE:.0%}), recorder {beside_s / lasted_s:.2%} (limit {MOST_BESIDE:.0%})"
    )
    assert rows == RATE * SECONDS
    assert inside_s / lasted_s < MOST_INSIDE
    assert beside_s / lasted_s < MOST_BESIDE


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100
