"""Whether an engine keeps a lake beside it, and that one which is switched off says so."""

from __future__ import annotations

from pathlib import Path

from console.supervision.compaction import compaction
from engine.assembly.observing import Observing
from engine.control.outside_board import OutsideBoard
from engine.ops.collectors_config import LakeConfig


def kept(home: Path, *, is_written: bool, compact: bool = True) -> list[tuple[str, str]]:
    observing = Observing(lambda event: None, OutsideBoard())
    found = compaction(LakeConfig(compact), home, observing, is_written=is_written)
    return [(row.state, row.note) for one in found for row in one.rows()]


def test_a_lake_is_kept_where_there_is_one_or_somebody_writes_one(tmp_path: Path) -> None:
    assert kept(tmp_path, is_written=False) == []
    assert kept(tmp_path, is_written=True) == [("down", "its collector begins")]
    (tmp_path / "lake").mkdir()
    assert kept(tmp_path, is_written=False) == [("down", "its collector begins")]


def test_one_that_is_switched_off_says_by_what(tmp_path: Path) -> None:
    assert kept(tmp_path, is_written=True, compact=False) == [("off", "compact = false in [lake]")]
