"""A full disk: the reserve carries what waits, an alert goes out, and the next time it ends honestly."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import ledger_filler
import pytest
from money_history import intent

from engine.ledger.codec import Chain, Record
from engine.ledger.loading import read_changes
from engine.ledger.opening import open_writer
from engine.ledger.reserve import Reserve
from engine.ledger.writer import GroupWriter, is_disk_full

SIZE = 1024 * 1024


class PageLimit:
    """Stands for the disk: so many pages may be used, and freeing the reserve allows some more."""

    def __init__(self, connection: sqlite3.Connection, more: int) -> None:
        self._connection = connection
        self._more = more
        self.taken_back = 0
        self._limit(4)

    def free(self) -> bool:
        more, self._more = self._more, 0
        self._limit(more)
        return more > 0

    def take_back(self) -> bool:
        self.taken_back += 1
        return True

    def _limit(self, more: int) -> None:
        (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
        self._connection.execute(f"PRAGMA max_page_count = {pages + more}")


def fill_up(writer: GroupWriter, chain: Chain) -> int:
    """Writes intents until there is no room; the number of the last one written."""
    written = chain.seq
    with pytest.raises(sqlite3.OperationalError) as caught:
        while True:
            group: list[Record] = [chain.record([intent(chain.seq)], []) for _ in range(4)]
            writer.write(group)
            written = chain.seq
    assert is_disk_full(caught.value)
    return written


def test_the_reserve_is_spent_once_and_says_so(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "ledger.sqlite")
    low: list[int] = []
    chain = Chain()
    writer = GroupWriter(connection, PageLimit(connection, 40), lambda: low.append(chain.seq))
    last = fill_up(writer, chain)
    assert len(low) == 1
    assert low[0] < last
    seqs = [row[0] for row in connection.execute("SELECT seq FROM journal ORDER BY seq")]
    assert seqs == list(range(1, last + 1))
    assert not connection.in_transaction
    writer.close()


def test_without_a_reserve_the_first_full_commit_fails_whole(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "ledger.sqlite")
    chain = Chain()
    writer = GroupWriter(connection, PageLimit(connection, 0), lambda: pytest.fail("there was no reserve"))
    last = fill_up(writer, chain)
    writer.close()
    again = open_writer(tmp_path / "ledger.sqlite")
    assert len(list(read_changes(again))) == last
    again.close()


def test_the_reserve_comes_back_when_there_is_room(tmp_path: Path) -> None:
    connection = open_writer(tmp_path / "ledger.sqlite")
    limit = PageLimit(connection, 10_000)
    chain = Chain()
    writer = GroupWriter(connection, limit, lambda: None)
    while writer.counts.commits < 600:
        writer.write([chain.record([intent(chain.seq)], [])])
    assert limit.taken_back == 1
    writer.close()


def test_a_reserve_is_real_room(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "ledger.sqlite", SIZE)
    assert reserve.take()
    assert reserve.path.stat().st_blocks * 512 >= SIZE
    assert reserve.take()
    assert reserve.free()
    assert not reserve.path.exists()
    assert not reserve.free()
    assert reserve.take_back()
    assert reserve.is_held


def mounted_command(script: Path, folder: Path, megabytes: int) -> list[str]:
    """Runs ``script`` on a file system of that size, which only its process sees."""
    mount = f"mount -t tmpfs -o size={megabytes}m none {folder}"
    return ["unshare", "-Urm", "sh", "-c", f"{mount} && exec {sys.executable} {script} {folder}"]


def run_filler(command: list[str], script: Path) -> list[str]:
    path = f"{script.parent}:{Path(__file__).parents[2]}"
    environment = {"PYTHONPATH": path, "PATH": os.environ["PATH"]}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    """On a file system of 6 MB: low space is reported, more is written, then it fails; all that was released
    is in the file, and verify finds it sound."""
    if not can_mount(tmp_path):
        pytest.skip("this machine lets nobody mount")
    script = Path(ledger_filler.__file__)
    said = run_filler(mounted_command(script, tmp_path, 6), script)
    low, released, verified = (line.split() for line in said)
    assert low[0] == "low_space_after"
    assert released[0] == "failed_after"
    assert int(released[1]) > int(low[1]) > 0
    assert verified == ["sound", released[1]]


def test_a_write_that_fails_otherwise_ends_it(tmp_path: Path) -> None:
    """A limit on the size of files is no full disk: the reserve is kept and the ledger stops."""
    script = Path(ledger_filler.__file__)
    limited = f"ulimit -f 6000; trap '' XFSZ; exec {sys.executable} {script} {tmp_path}"
    said = run_filler(["sh", "-c", limited], script)
    failed, verified = (line.split() for line in said)
    assert failed[0] == "failed_after"
    assert int(failed[1]) > 0
    assert verified[0] == "sound"
    assert int(verified[1]) >= int(failed[1])
    assert (tmp_path / "ledger.sqlite.reserve").exists()
