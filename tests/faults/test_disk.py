"""A disk without room, and a file that cannot be written: what was released is kept, nothing behind it is
sent, and the next start agrees with the exchange."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fault_full_disk
import msgspec
import pytest
from fault_bench import OPTIONS
from running_daemon import SMALL_WORLD, RunningDaemon, daemon_words
from running_sandbox import RunningSandbox, sandbox_in

from engine.ledger.verifying import verify_file

ROOT = Path(__file__).parents[2]
MEGABYTES = 12
"""Eight of them are the ledger's reserve."""


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[RunningSandbox]:
    with sandbox_in(tmp_path, *OPTIONS) as running:
        yield running


def can_mount(folder: Path) -> bool:
    if shutil.which("unshare") is None:
        return False
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "none", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_full_disk_stops_entries_first_and_then_everything(sandbox: RunningSandbox, tmp_path: Path) -> None:
    """On a file system of its own: the reserve carries the exit, and what cannot be written is not sent."""
    folder = tmp_path / "small"
    folder.mkdir()
    if not can_mount(folder):
        pytest.skip("this machine lets nobody mount")
    known = tmp_path / "sandbox.json"
    known.write_bytes(msgspec.json.encode(sandbox))
    mount = f"mount -t tmpfs -o size={MEGABYTES}m none {folder}"
    run = f"exec {sys.executable} -m {fault_full_disk.__name__} {folder} {known}"
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", f"{mount} && {run}"],
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'tests' / 'support'}:{ROOT}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=ROOT,
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "entries_off": True,
        "told": True,
        "closed": "filled",
        "ended": "JournalFailed",
        "agrees": True,
        "sound": True,
    }


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[RunningDaemon]:
    made = RunningDaemon(tmp_path / "home", SMALL_WORLD)
    yield made
    made.close()


def test_a_file_that_cannot_be_written_ends_the_engine_before_anything_is_sent(desk: RunningDaemon) -> None:
    desk.start()
    market = desk.sparko("markets")[0]["ticker"]
    words = ("--side", "yes", "--count", "1", "--price", "1", "--far")
    desk.sparko("order", market, *words)
    size = (desk.home / "ledger.sqlite-wal").stat().st_size
    resource.prlimit(desk.pid, resource.RLIMIT_FSIZE, (size, size))
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "console.tools.app",
            "order",
            market,
            *words,
            "--again",
            "--home",
            str(desk.home),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert desk.wait() == 1
    assert "journal: " in desk.said
    assert len(desk.side_door("GET", "orders")["orders"]) == 1
    desk.start()
    desk.until(lambda: desk.wrong() == [], "no agreement")
    assert verify_file(desk.home / "ledger.sqlite").is_sound


def test_a_ledger_that_may_only_be_read_is_refused_in_one_line(desk: RunningDaemon) -> None:
    """Mounted so, since whoever runs this may write every file."""
    desk.start()
    desk.sparko("stop")
    desk.wait()
    if not can_mount(desk.home / "exchange"):
        pytest.skip("this machine lets nobody mount")
    ledger = desk.home / "ledger.sqlite"
    before = ledger.read_bytes()
    mount = f"mount --bind {ledger} {ledger} && mount -o remount,ro,bind {ledger}"
    command = f"{mount} && exec {' '.join(daemon_words(desk.home))}"
    ran = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    (line,) = ran.stderr.splitlines()
    assert line.startswith("error: ")
    assert ledger.name in line
    assert ledger.read_bytes() == before
    assert not desk.exchanges()
