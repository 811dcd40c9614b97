"""``sparko lake`` and ``sparko collect status`` as they print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lake_rows import TickingClock, trades
from typer.main import get_command

from console.tools.app import app
from engine.lake.layout import segments
from engine.lake.tables import TRADES
from engine.lake.writer import LakeWriter

COMMAND = get_command(app)


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    writer = LakeWriter(tmp_path, TRADES, 0, now_ns=TickingClock())
    for first in (0, 50):
        writer.append(trades(first, first + 60))
        writer.roll()
    writer.close()
    return tmp_path


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(COMMAND, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_tables_tell_what_there_is(lake: Path, tmp_path: Path) -> None:
    document = json.loads(said("lake", "tables", "trades", "--lake", str(lake), "--json"))
    [found] = document["tables"]
    assert (found["rows"], found["files"], found["first_date"]) == (120, 4, "2026-09-21")
    assert said("lake", "tables", "--lake", str(lake)).splitlines()[1].split()[:3] == ["trades", "120", "4"]
    (tmp_path / "empty").mkdir()
    assert "Begin with: sparko collect candles" in said("lake", "tables", "--lake", str(tmp_path / "empty"))


@pytest.mark.parametrize("words", [["tables"], ["check"], ["compact"], ["digest", "trades"]])
def test_a_lake_that_is_named_has_to_be_there(words: list[str], tmp_path: Path) -> None:
    """A mistyped name, or a disk that is not mounted, would look sound and equal to any other."""
    (tmp_path / "file").touch()
    for name in ("none", "file"):
        line = f"error: lake {tmp_path / name}: no such folder\n"
        assert said("lake", *words, "--lake", str(tmp_path / name), code=1) == line
    assert said("lake", *words, "--home", str(tmp_path / "home"))


def test_what_a_kill_left_is_a_note_and_no_error_unless_it_shall_be(lake: Path) -> None:
    said("lake", "compact", "--lake", str(lake))
    draft = segments(lake / "trades")[0].with_name(".node-0-00000009.parquet.tmp")
    draft.touch()
    path = draft.relative_to(lake)
    note = f"note: draft_left {path}: never finished\n"
    assert said("lake", "check", "--lake", str(lake)) == f"{note}{lake}: sound, 1 note\n"
    document = json.loads(said("lake", "check", "--lake", str(lake), "--json"))
    assert (document["sound"], document["findings"][0]["is_note"]) == (True, True)
    strict = said("lake", "check", "--lake", str(lake), "--strict", code=1)
    assert strict == f"{note}error: 1 finding: draft_left {path}\n"


def test_check_finds_and_compact_mends_rows_that_come_twice(lake: Path) -> None:
    found = said("lake", "check", "--lake", str(lake), code=1)
    assert "duplicate_key" in found
    before = json.loads(said("lake", "digest", "trades", "--lake", str(lake), "--json"))
    assert before["rows"] == 110
    done = json.loads(said("lake", "compact", "--lake", str(lake), "--json"))
    assert [(one["files"], one["rows_before"], one["rows_after"]) for one in done["partitions"]] == [
        (2, 60, 55)
    ] * 2
    assert said("lake", "check", "--lake", str(lake)) == f"{lake}: sound\n"
    assert json.loads(said("lake", "digest", "trades", "--lake", str(lake), "--json")) == before
    assert said("lake", "compact", "--lake", str(lake)) == f"{lake}: nothing to join\n"


def test_a_torn_file_is_one_clear_line_and_exit_code_1(lake: Path) -> None:
    path = segments(lake / "trades")[0]
    path.write_bytes(b"PAR1")
    document = json.loads(
        said("lake", "check", "--lake", str(lake), "--json", code=1).partition("\nerror")[0]
    )
    assert document["sound"] is False
    assert document["findings"][0]["kind"] == "torn_segment"
    joined, error = said("lake", "compact", "--lake", str(lake), code=1).splitlines()
    assert joined == "trades series=KXETH/date=2026-09-21: 2 files joined, 55 rows, 5 came twice"
    assert error.startswith(f"error: lake {path}: cannot be read: ")


def test_a_table_that_there_is_none_of_is_wrong_usage(tmp_path: Path) -> None:
    assert "wanted one of candles, markets" in said(
        "lake", "check", "tardes", "--lake", str(tmp_path), code=2
    )


def test_candles_refuse_what_makes_no_sense_before_anything_is_asked(tmp_path: Path) -> None:
    words = ("collect", "candles", "--lake", str(tmp_path))
    assert "got 3 of --total-nodes 3, wanted 0 to 2" in said(
        *words, "--node-id", "3", "--total-nodes", "3", code=2
    )
    assert "--period: got 5, wanted one of 1, 60, 1440" in said(*words, "--period", "5", code=2)
    assert "name --venue live for the real one (no key needed)" in said(
        *words, "--home", str(tmp_path), code=1
    )
    assert "cannot be reached" in said(*words, "--exchange", "http://127.0.0.1:1", code=1)
    assert "Begin with: sparko collect candles" in said("collect", "status", "--lake", str(tmp_path))
