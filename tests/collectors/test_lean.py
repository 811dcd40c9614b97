"""A collector's process holds what it needs and no more, and writes the lake all the same."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pyarrow.parquet as pq
from outside import Asked, Reply, http_source

_HEAVY = ("numpy", "pandas", "duckdb", "rich", "pygments")
_COLLECTOR = f"""
import sys
sys.argv = ["sparko", "collect", *sys.argv[1:]]
from console.tools.app import main
try:
    main()
finally:
    print("loaded:", [name for name in {_HEAVY} if name in sys.modules])
"""


def page(asked: Asked) -> Reply:
    rows = "".join(f"<tr><td>1/{day}/2026</td><td>2,000,{day:03}</td></tr>" for day in range(1, 9))
    return Reply(body=f"<table><tr><th>Date</th><th>Numbers</th></tr>{rows}</table>".encode())


def passengers(root: Path) -> set[int]:
    tables = (pq.ParquetFile(path).read(["passengers"]) for path in root.rglob("tsa/**/*.parquet"))
    return {count for table in tables for count in table["passengers"].to_pylist()}


async def test_a_collector_leaves_out_what_it_has_no_use_for(tmp_path: Path) -> None:
    async with http_source(page) as source, asyncio.timeout(60):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _COLLECTOR, "tsa", "--home", str(tmp_path), "--once"),
            *("--url", f"tsa={source.url}/page"),
            stdout=PIPE,
        )
        out, _ = await process.communicate()
    assert process.returncode == 0
    assert out.decode().splitlines()[-1] == "loaded: []"
    assert passengers(tmp_path) == {2_000_000 + day for day in range(1, 9)}
