"""The keeper of a lake: real files, joined by a real process of its own, and what it tells of that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lake_rows import TickingClock, trades

from collectors.compaction.joining import join
from collectors.compaction.keeping import Keeper
from collectors.observations import Health
from engine.lake.check import check
from engine.lake.compact import COMPACT_LOCK
from engine.lake.digest import digest
from engine.lake.layout import segments
from engine.lake.node_lock import FolderLock
from engine.lake.tables import TABLES, TRADES
from engine.lake.writer import LakeWriter

_LONG_AGO_NS = 1_690_000_000_000_000_000


def written(root: Path, count: int = 3) -> None:
    """Files of days that are over, and were written then."""
    writer = LakeWriter(root, TRADES, 0, now_ns=TickingClock(_LONG_AGO_NS))
    for part in range(count):
        rows = trades(part * 10, part * 10 + 10)
        writer.append([{**row, "at_ns": _LONG_AGO_NS} for row in rows])
        writer.roll()
    writer.close()


class Told:
    """A keeper, and everything that it says."""

    def __init__(self, root: Path, program: str = "") -> None:
        self.health: list[Health] = []
        self.lines: list[str] = []
        self.began = 0
        self._program = program
        begin = self._begin if program else None
        self.keeper = Keeper(root, tell=self.health.append, say=self.lines.append, begin=begin, every_s=0.001)

    def _begin(self, root: Path, names: Sequence[str]) -> subprocess.Popen[bytes]:
        self.began += 1
        return subprocess.Popen([sys.executable, "-S", "-c", self._program], stdout=subprocess.PIPE)

    def look(self) -> Health:
        """What it tells after it."""
        self.keeper.look()
        self.keeper.tell()
        return self.health[-1]


def test_what_is_due_is_joined_by_another_process_and_told_once(tmp_path: Path) -> None:
    written(tmp_path)
    before = digest(tmp_path, TRADES)
    told = Told(tmp_path)
    health = told.look()
    assert health.connected
    assert health.note.startswith("6 files joined into 2: 30 rows, ")
    assert [health.note.partition(", at ")[0]] == told.lines
    assert told.health[0].note == "joins files"
    assert len(segments(tmp_path / "trades")) == 2
    assert digest(tmp_path, TRADES) == before
    assert check(tmp_path, list(TABLES.values())) == []
    assert told.look().note == health.note
    assert len(told.lines) == 1


def test_nothing_is_begun_where_nothing_is_due(tmp_path: Path) -> None:
    written(tmp_path, 1)
    told = Told(tmp_path, "raise SystemExit(1)")
    health = told.look()
    assert (told.began, health.connected, health.note) == (0, True, "")
    assert Told(tmp_path / "none", "raise SystemExit(1)").look().connected, "no lake is no trouble"


def test_a_joining_that_dies_is_said_once_and_tried_again(tmp_path: Path) -> None:
    written(tmp_path)
    told = Told(tmp_path, "import os; os.kill(os.getpid(), 9)")
    health = told.look()
    line = "joining files was killed by SIGKILL; nothing is lost, it is tried again"
    assert (health.connected, health.note) == (False, line)
    told.look()
    assert (told.began, told.lines) == (2, [line])


def test_a_table_that_cannot_be_read_or_is_joined_by_another_keeps_no_other(tmp_path: Path) -> None:
    written(tmp_path)
    folder = tmp_path / "candles" / "_manifest"
    folder.mkdir(parents=True)
    (folder / "node-0-00000001.json").write_bytes(b"garbage")
    names = ["candles", "no_table", "trades"]
    other = FolderLock(tmp_path / "trades", COMPACT_LOCK)
    done = join(tmp_path, names, now_ns=lambda: 2 * _LONG_AGO_NS, is_wanted=lambda: True)
    other.release()
    assert done.files == 0
    assert done.trouble.startswith(f"lake {folder}/node-0-00000001.json: cannot be read: ")
    done = join(tmp_path, names, now_ns=lambda: 2 * _LONG_AGO_NS, is_wanted=lambda: True)
    assert (done.files, done.made, done.rows) == (6, 2, 30)


def test_it_ends_after_a_file_when_nobody_wants_it_any_more(tmp_path: Path) -> None:
    written(tmp_path)
    done = join(tmp_path, ["trades"], now_ns=lambda: 2 * _LONG_AGO_NS, is_wanted=lambda: False)
    assert (done.made, done.trouble) == (1, "")
    assert check(tmp_path, [TRADES]) == []
