"""Collectors beside a real daemon: seen by sparko, killed, flooding, writing nonsense; never longer there
than the daemon, and never in its way."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import told_child
from daemon_client import client_of, lively_quotes
from running_daemon import LIVELY_WORLD, ROOT, RunningDaemon

from collectors.tap.rows import TABLES
from engine.control.protocol import OUTSIDE
from engine.control.rows.outside import ObservationRow, SourceRow
from engine.core.triggers.condition_record import ConditionRecord
from engine.lake.check import check
from engine.lake.journal import read_journal
from engine.lake.tables import table_named

COLLECTORS = """
[forecaster]
is_on = false
[recording]
is_on = true
[collectors.tsa]
is_on = false
[collectors.spot]
options = ["--sources", "kalshi"]
[collectors.candles]
options = ["--series", "KXHIGHNY"]
"""


class Watched(RunningDaemon):
    """A daemon with one collector that does what its folder says, and one of the house on its exchange."""

    def __init__(self, folder: Path) -> None:
        self.told = folder / "told"
        self.told.mkdir()
        program = json.dumps([sys.executable, told_child.__file__])
        super().__init__(
            folder / "home",
            LIVELY_WORLD + COLLECTORS + f"[collectors.mine]\ncommand = {program}\nstale_seconds = 30\n",
            TOLD_CHILD=str(self.told),
            PYTHONPATH=str(ROOT),
        )

    def do(self, *words: str) -> None:
        draft = self.told / "draft"
        draft.write_text(" ".join(words))
        draft.replace(self.told / "do")

    @property
    def child(self) -> int:
        return int((self.told / "pid").read_text())

    def source(self, name: str = "mine/coinbase") -> SourceRow:
        """As consoles are told it."""

        async def told() -> tuple[SourceRow, ...]:
            async with client_of(self.home) as client:
                status = client.replica.desk.status
                return () if status is None else status.sources

        found = {row.name: row for row in asyncio.run(told())}
        return found.get(name, SourceRow(name="", state="none"))

    def until_source(self, state: str, name: str = "mine/coinbase") -> SourceRow:
        self.until(lambda: self.source(name).state == state, f"{name} is not {state}")
        return self.source(name)

    def until_said(self, code: str, times: int) -> str:
        """The last of so many lines of that code."""
        self.until(lambda: len(said(self, code)) >= times, f"no {code}")
        return said(self, code)[-1]


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    running = Watched(tmp_path_factory.mktemp("collectors"))
    try:
        running.do("live", "value=95000")
        running.start()
        yield running
    finally:
        running.close()


def is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def said(daemon: Watched, code: str) -> list[str]:
    """Of the collector that does as it is told."""
    lines = [line["event"] for line in daemon.log_lines() if line.get("code") == code]
    return [line for line in lines if "source mine/" in line]


def test_a_source_is_seen_with_its_age_and_rate_and_one_that_is_off_too(daemon: Watched) -> None:
    daemon.until_source("live")
    feeds = {feed["name"]: feed for feed in daemon.sparko("status")["feeds"]}
    live = feeds["mine/coinbase"]
    assert live.pop("age_s") < 30
    assert live == {
        "name": "mine/coinbase",
        "state": "live",
        "rate": 5.0,
        "note": None,
        "restarts": 0,
        "dropped": 0,
    }
    assert feeds["tsa"]["state"] == "off"
    daemon.until_source("live", "recording")
    daemon.until_source("live", "compaction")


def test_the_index_of_the_exchange_comes_by_the_collector_of_the_house_too(daemon: Watched) -> None:
    async def told() -> ObservationRow:
        async with client_of(daemon.home) as client:
            await client.subscribe(OUTSIDE)
            await client.until(lambda replica: ("index", "BRTI") in replica.observations)
            return client.replica.observations["index", "BRTI"]

    row = asyncio.run(told())
    assert 10_000 < Decimal(row.value) < 1_000_000
    assert row.source == "spot.kalshi"
    daemon.until_source("live", "spot/kalshi")


def test_the_past_of_a_series_comes_by_the_collector_of_candles(daemon: Watched) -> None:
    daemon.until_source("live", "candles")
    daemon.until(lambda: (daemon.source("candles").rate or 0) > 0, "nothing is asked for")
    assert daemon.source("candles").age_ns is not None


def test_a_condition_on_a_spot_price_fires_by_what_a_collector_tells(daemon: Watched) -> None:
    async def tradable() -> str:
        async with client_of(daemon.home) as client:
            return (await lively_quotes(client, 1))[0].ticker

    ticker = asyncio.run(tradable())
    when = ("--when", "spot:BTC-USD>=96000", "--do", "buy yes 1 @ 10")
    assert daemon.sparko("cond", "add", ticker, *when)["state"] == "armed"
    daemon.until(lambda: condition(daemon).is_primed, "not seen under its level")
    daemon.do("live", "value=95000", "value=96000.5")
    daemon.until(lambda: condition(daemon).state == "fired", "not fired")
    (order,) = daemon.money().orders.values()
    assert (order.terms.ticker, order.terms.price_bp) == (ticker, 1_000)


def condition(daemon: Watched) -> ConditionRecord:
    (record,) = daemon.money().conditions.values()
    return record


def test_one_that_is_killed_is_said_to_be_lost_and_begun_anew(daemon: Watched) -> None:
    pid = daemon.child
    daemon.do()
    os.kill(pid, signal.SIGKILL)
    text = "source mine/coinbase is lost: its collector was killed by SIGKILL"
    assert daemon.until_said("SOURCE_LOST", 1) == text
    daemon.until(lambda: daemon.child != pid and is_there(daemon.child), "no other one")
    assert daemon.source().state == "down"
    daemon.do("live", "value=95001")
    assert daemon.until_source("live").restarts == 1
    assert daemon.until_said("SOURCE_BACK", 1) == "source mine/coinbase is back"


def test_one_that_writes_nonsense_is_one_clear_line(daemon: Watched) -> None:
    daemon.do("live", "value=95001", "garbage")
    assert daemon.until_said("SOURCE_LOST", 2) == (
        "source mine/coinbase is lost: its collector was ended, for it wrote what is no message: "
        "frame: got b'Traceback (most recent c', wanted a length"
    )
    daemon.do("live")
    daemon.until_source("live")
    daemon.until_said("SOURCE_BACK", 2)


def test_a_flood_leaves_the_engine_as_it_was_and_is_counted(daemon: Watched) -> None:
    before = resident_kb(daemon.pid)
    daemon.do("live", "flood=12", "live")
    daemon.until(lambda: daemon.source().dropped > 10_000, "not counted")
    assert resident_kb(daemon.pid) - before < 16_000
    assert any("values came too fast" in text for text in daemon.events())


def test_a_collector_ends_with_its_daemon_however_that_ends(daemon: Watched) -> None:
    pid = daemon.child
    daemon.kill()
    daemon.process = None
    daemon.until(lambda: not is_there(pid), "it outlives its daemon")
    daemon.do("live")
    daemon.start()
    daemon.until_source("live")
    pid = daemon.child
    os.kill(daemon.pid, signal.SIGTERM)
    assert daemon.wait() == 0
    assert not is_there(pid)


def test_the_feed_is_in_the_lake_over_a_kill_and_an_end_in_order(daemon: Watched) -> None:
    """The daemon before was killed, and the one after it ended; there is a recording of each."""
    lake = daemon.home / "lake"
    (journal,) = (lake / "candles").rglob("*.journal")
    past, _ = read_journal(journal)
    assert past is not None
    assert sum(batch.num_rows for batch in past.batches) > 100, "candlesticks, over the kill and the end"
    assert check(lake, [table_named(name) for name in TABLES]) == []
    books = pq.read_table(lake / "book_snapshots", columns=["ticker", "session_ns", "number"]).to_pylist()
    deltas = pq.read_table(lake / "book_deltas", columns=["session_ns", "number"]).to_pylist()
    sessions = sorted({row["session_ns"] for row in books})
    assert len(sessions) == 2
    for session in sessions:
        numbers = sorted(row["number"] for row in (*books, *deltas) if row["session_ns"] == session)
        assert numbers == list(range(1, len(numbers) + 1)), "nothing twice, nothing missing"
        assert len({row["ticker"] for row in books if row["session_ns"] == session}) > 12


def resident_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
