"""HALT: on disk when it says so, and there as long as anything is there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from engine.domain.halt import Halt
from engine.ops.halt import UNREADABLE, HaltFile

KILL = Halt("k1", 1_790_000_000_000_000_000, "sparko kill", "prices look wrong", exits_off=True)


def test_it_is_written_whole_for_its_user_alone_and_read_back(tmp_path: Path) -> None:
    switch = HaltFile(tmp_path)
    assert (switch.is_there(), switch.read()) == (False, None)
    switch.write(KILL)
    assert (switch.is_there(), switch.read()) == (True, KILL)
    assert json.loads((tmp_path / "HALT").read_text()) == {
        "halt_id": "k1",
        "at_ns": KILL.at_ns,
        "who": "sparko kill",
        "why": "prices look wrong",
        "exits_off": True,
    }
    assert (tmp_path / "HALT").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["HALT"]


def test_file_and_folder_are_synced_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").is_dir())
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    HaltFile(tmp_path).write(KILL)
    assert synced == [False, True]


@pytest.mark.parametrize("content", [b"", b"stop!", b'{"halt_id": 1}'])
def test_one_that_cannot_be_read_halts_just_as_well(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "HALT").write_bytes(content)
    switch = HaltFile(tmp_path)
    found = switch.read()
    assert switch.is_there()
    assert found is not None
    assert (found.halt_id, found.exits_off) == (UNREADABLE, False)
    assert switch.lift(UNREADABLE) == ""
    assert not switch.is_there()


def test_a_folder_or_a_dangling_link_of_that_name_halts(tmp_path: Path) -> None:
    (tmp_path / "HALT").mkdir()
    assert HaltFile(tmp_path).is_there()
    assert HaltFile(tmp_path).lift(UNREADABLE) != "", "and what cannot be taken away is said"
    other = tmp_path / "other"
    other.mkdir()
    (other / "HALT").symlink_to("nowhere")
    assert HaltFile(other).is_there()


def test_only_the_kill_that_is_meant_is_lifted(tmp_path: Path) -> None:
    switch = HaltFile(tmp_path)
    switch.write(KILL)
    assert switch.lift("k0") == "another kill came meanwhile, by sparko kill: prices look wrong"
    assert switch.is_there()
    assert switch.lift("k1") == ""
    assert not switch.is_there()
    assert switch.lift("k1") == "", "gone is gone"
