"""A process that dies at any line of the lake's writing loses no row and doubles none.

A child writes, rolls and compacts; at one line, another in each run, it is gone without a word. What it said
was written must then be there once. SPARKO_KILLS is how many lines are tried.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import pytest
from lake_rows import TickingClock, trades

from engine.lake.check import check
from engine.lake.compact import compact
from engine.lake.digest import digest
from engine.lake.findings import NOTES
from engine.lake.manifest import manifest_files
from engine.lake.tables import TRADES
from engine.lake.writer import LakeWriter

_PARTS = ((0, 40), (40, 90), (90, 91))
_KILLS = int(os.environ.get("SPARKO_KILLS", "8"))


def _write(root: Path, told: int) -> None:
    """Appends each part, says so on ``told``, rolls after some, compacts at the end."""
    clock = TickingClock()
    writer = LakeWriter(root, TRADES, 0, now_ns=clock)
    for first, last in _PARTS:
        writer.append(trades(first, last))
        os.write(told, bytes([last]))
        if first != 90:
            writer.roll()
    writer.close()
    for _ in compact(root, TRADES, now_ns=clock):
        pass


def _join(root: Path, told: int) -> None:
    """Compacts alone."""
    for _ in compact(root, TRADES, now_ns=TickingClock()):
        pass


def _run_child(root: Path, die_at: int | None, work: Callable[[Path, int], None] = _write) -> tuple[int, int]:
    """Rows that the child said were written, and the lines of the lake's code that it came to."""
    read_end, write_end = os.pipe()
    lines_read, lines_write = os.pipe()
    child = os.fork()
    if child == 0:
        lines = 0

        def trace(frame: FrameType, event: str, argument: object) -> object:
            nonlocal lines
            if "/engine/lake/" not in frame.f_code.co_filename:
                return None
            if event == "line":
                lines += 1
                if lines == die_at:
                    os._exit(9)
            return trace

        sys.settrace(trace)  # type: ignore[arg-type]
        work(root, write_end)
        sys.settrace(None)
        os.write(lines_write, lines.to_bytes(4, "big"))
        os._exit(0)
    os.close(write_end)
    os.close(lines_write)
    told = b"".join(iter(lambda: os.read(read_end, 64), b""))
    lines_told = os.read(lines_read, 4)
    os.close(read_end)
    os.close(lines_read)
    os.waitpid(child, 0)
    return max(told, default=0), int.from_bytes(lines_told, "big")


def _recovered(root: Path) -> None:
    """The next start: goes on where the dead one was, writes everything again, compacts."""
    clock = TickingClock()
    writer = LakeWriter(root, TRADES, 0, now_ns=clock)
    writer.close()
    list(compact(root, TRADES, now_ns=clock))


def _written_at_once(folder: Path, rows: int) -> str:
    """The sum of so many rows that nobody ever interrupted."""
    root = folder / f"{rows}-rows"
    if not root.exists():
        whole = LakeWriter(root, TRADES, 0, now_ns=TickingClock())
        whole.append(trades(0, rows))
        whole.close()
    return digest(root, TRADES)[1]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> int:
    told, found = _run_child(tmp_path_factory.mktemp("whole"), None)
    assert told == 91
    assert found > 300
    return found


def test_no_line_is_a_bad_one_to_die_at(lines: int, tmp_path: Path) -> None:
    step = max(1, lines // _KILLS)
    for die_at in range(1, lines + 1, step):
        root = tmp_path / str(die_at)
        told, _ = _run_child(root, die_at)
        _recovered(root)
        rows, found = digest(root, TRADES)
        # What was told is there; more only where it was written and the child died before it could say so.
        assert rows in {told, *(last for _, last in _PARTS if last > told)}, f"died at line {die_at}"
        assert check(root, [TRADES]) == [], f"died at line {die_at}"
        assert found == _written_at_once(tmp_path, rows), f"died at line {die_at}"


def test_a_compaction_may_die_at_any_line(tmp_path: Path) -> None:
    """All rows are there whoever looks, each once; what it left is said to be left, and the next takes it."""
    whole = tmp_path / "whole"
    for first, last, is_joined in ((0, 60, False), (60, 90, True), (90, 91, False)):
        writer = LakeWriter(whole, TRADES, 0, now_ns=TickingClock())
        writer.append(trades(first, last))
        writer.close()
        if is_joined:
            _join(whole, 0)
    before = digest(whole, TRADES)
    _, lines = _run_child(shutil.copytree(whole, tmp_path / "count"), None, _join)
    assert lines > 100
    for die_at in range(1, lines + 1, max(1, lines // max(2, _KILLS // 2))):
        root = shutil.copytree(whole, tmp_path / str(die_at))
        _run_child(root, die_at, _join)
        assert digest(root, TRADES) == before, f"died at line {die_at}"
        assert {one.kind for one in check(root, [TRADES])} <= NOTES, f"died at line {die_at}"
        _join(root, 0)
        assert digest(root, TRADES) == before, f"died at line {die_at}"
        assert check(root, [TRADES]) == [], f"died at line {die_at}"
        assert len(manifest_files(root / "trades")) == 3, f"died at line {die_at}"
