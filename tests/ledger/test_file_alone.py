"""A ledger that was closed in order is its file alone: what is copied then is all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from money_history import intent

from engine.ledger.loading import read_changes
from engine.ledger.opening import open_reader, reading
from engine.ledger.sqlite_ledger import SqliteLedger


async def test_the_log_is_in_the_file_whoever_else_has_it_open(tmp_path: Path) -> None:
    path, alone = tmp_path / "ledger.sqlite", tmp_path / "alone.sqlite"
    ledger = SqliteLedger.open(path, loop=asyncio.get_running_loop())
    ledger.append([intent(0)], [])
    reader = open_reader(path)
    reader.execute("SELECT count(*) FROM journal").fetchone()
    await ledger.close()
    alone.write_bytes(path.read_bytes())
    reader.close()
    with reading(alone) as connection:
        assert len(list(read_changes(connection))) == 1
