"""The lake: what recording costs, and compaction and reading beside plain pandas.

SPARKO_LAKE_ROWS is how many rows are compacted and read; ten million unless it is set.

pytest tests/benchmarks/test_lake.py -o addopts=--import-mode=importlib -s -q
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from lake_rows import NOON_NS, TickingClock

from engine.lake.compact import compact
from engine.lake.due import asked_for
from engine.lake.layout import segments
from engine.lake.manifest import Manifest, write_manifest
from engine.lake.partitioning import split
from engine.lake.read import LakeReader
from engine.lake.segment import write_segment
from engine.lake.tables import BOOK_DELTAS, TRADES
from engine.lake.writer import LakeWriter

T = TypeVar("T")
_Taken: TypeAlias = tuple[float, float]
"""Processor seconds and seconds that passed."""
_RATE, _SECONDS, _MARKETS = 5_000, 60, 500
_ROWS = int(os.environ.get("SPARKO_LAKE_ROWS", "10000000"))
_FILES = 20


def _delta(number: int) -> Mapping[str, object]:
    at_ns = NOON_NS + number * 1_000_000_000 // _RATE
    return {
        "ticker": f"KXBTCD-26SEP21-T{number * 7 % _MARKETS}",
        "session_ns": NOON_NS,
        "number": number,
        "clock": number,
        "at_ns": at_ns,
        "side": "bid" if number % 2 else "ask",
        "price_bp": 100 + number % 9_800,
        "delta_c": 100 - number % 200,
        "received_ns": at_ns,
    }


def test_recording_books_costs_little_of_a_core(tmp_path: Path) -> None:
    """Five thousand changes a second for a minute, written five times a second as collectors do, segments and
    their sums included."""
    writer = LakeWriter(tmp_path, BOOK_DELTAS, 0, now_ns=TickingClock(), rows_per_segment=100_000)
    began = time.process_time()
    for first in range(0, _RATE * _SECONDS, _RATE // 5):
        writer.append([_delta(number) for number in range(first, first + _RATE // 5)])
    writer.close()
    share = (time.process_time() - began) / _SECONDS
    size = sum(path.stat().st_size for path in segments(tmp_path / "book_deltas"))
    each = size / _RATE / _SECONDS
    print(f"\nbooks at {_RATE:,} messages/s: {share:.1%} of a core, {each:.1f} bytes a message")
    assert share < 0.15


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows of two hours in many segments, as recording leaves them."""
    root = tmp_path_factory.mktemp("large")
    each = _ROWS // _FILES
    for file in range(_FILES):
        numbers = np.arange(file * each, (file + 1) * each)
        rows = pa.table(
            {
                "ticker": pa.array([f"KXBTC-26SEP21-B{leg}" for leg in range(200)]).take(
                    pa.array(numbers % 200)
                ),
                "trade_id": pc.binary_join_element_wise("t", pc.cast(pa.array(numbers), pa.string()), ""),
                "at_ns": NOON_NS + numbers * 700_000,
                "price_bp": pa.array(100 + numbers % 9_800, pa.int32()),
                "count_c": np.full(each, 100),
                "taker_side": pa.array(["bid", "ask"]).take(pa.array(numbers % 2)),
                "is_block": pa.array(np.zeros(each, bool)),
                "received_ns": NOON_NS + numbers * 700_000,
            },
            schema=TRADES.schema,
        )
        name = f"node-0-{file + 1:08d}"
        parts = split(TRADES, rows)
        made = [write_segment(TRADES, root / "trades", f"{at}/{name}.parquet", part) for at, part in parts]
        manifest = Manifest(TRADES.name, TRADES.fingerprint, NOON_NS, tuple(made))
        write_manifest(root / "trades", f"{name}.json", manifest)
    return root


def test_compaction_and_reading_beside_plain_pandas(large: Path) -> None:
    files = segments(large / "trades")
    plain, plain_unique = _by_pandas(files)
    many = _by_the_lake(large)
    rule = asked_for(2, 10**10, is_due=False)
    done, compacted = _timed(lambda: list(compact(large, TRADES, now_ns=TickingClock(), rule=rule)))
    assert sum(one.rows_after for one in done) == _ROWS
    one = _by_the_lake(large)
    with LakeReader(large) as reader:
        query = f"SELECT ticker, sum(count_c) FROM ({reader.query(TRADES)}) GROUP BY ticker"
        total, summed = _timed(lambda: reader.sql(query))
    assert total.num_rows == 200
    print(f"\n{_ROWS:,} rows in {len(files)} files, processor seconds and seconds that passed:")
    for name, taken in (
        ("plain pandas, rows as they are", plain),
        ("plain pandas, each row once", plain_unique),
        ("lake, each row once", many),
        ("compaction into one file a day", compacted),
        ("lake, compacted, each row once", one),
        ("lake, compacted, a sum by market", summed),
    ):
        print(f"  {name:<34} {taken[0]:6.2f} {taken[1]:6.2f}")


def _by_pandas(files: Sequence[Path]) -> tuple[_Taken, _Taken]:
    rows, read = _timed(lambda: pd.concat([pd.read_parquet(path) for path in files], ignore_index=True))
    assert len(rows) == _ROWS
    keys = ["ticker", "trade_id"]
    _, unique = _timed(lambda: rows.sort_values("received_ns").drop_duplicates(keys, keep="last"))
    return read, (read[0] + unique[0], read[1] + unique[1])


def _by_the_lake(root: Path) -> _Taken:
    with LakeReader(root) as reader:
        rows, taken = _timed(lambda: reader.frame(TRADES))
    assert len(rows) == _ROWS
    return taken


def _timed(work: Callable[[], T]) -> tuple[T, _Taken]:
    began, wall = time.process_time(), time.perf_counter()
    found = work()
    return found, (time.process_time() - began, time.perf_counter() - wall)
