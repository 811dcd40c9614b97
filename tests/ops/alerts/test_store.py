"""The file of alerts: what is kept comes back, and no file keeps an engine from anything."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.core.effects import AlertLevel
from engine.ops.alerts.entries import Entry
from engine.ops.alerts.store import FILE_NAME, AlertStore, StoreFailed, read_alerts


def entry(number: int, **changes: object) -> Entry:
    made = Entry(number, AlertLevel.URGENT, "SL_BLOCKED", "m", "text", 5, 7, 3, 2, ["a"], {"b": 3}, {"b": 9})
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    store = AlertStore.open(tmp_path / FILE_NAME)
    assert store.load() == []
    store.write([entry(1), entry(2), entry(3)], [])
    store.write([entry(2, acknowledged_by="me", acknowledged_ns=11)], [1])
    store.close()
    again = AlertStore.open(tmp_path / FILE_NAME)
    kept = [entry(2, acknowledged_by="me", acknowledged_ns=11), entry(3)]
    assert again.load() == kept
    assert read_alerts(tmp_path / FILE_NAME) == kept, "while another process has it open"
    again.close()


def test_only_its_user_may_read_it(tmp_path: Path) -> None:
    AlertStore.open(tmp_path / FILE_NAME).close()
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"this is no database" * 1_000)
    store = AlertStore.open(path)
    store.write([entry(1)], [])
    assert store.load() == [entry(1)]
    store.close()
    assert (tmp_path / f"{FILE_NAME}.damaged").read_bytes().startswith(b"this is")


def test_a_row_of_another_version_is_passed_over(tmp_path: Path) -> None:
    store = AlertStore.open(tmp_path / FILE_NAME)
    store.write([entry(1), entry(2)], [])
    store.close()
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("UPDATE alerts SET entry = ? WHERE no = 1", (b'{"no": "x"}',))
    other.commit()
    other.close()
    assert read_alerts(tmp_path / FILE_NAME) == [entry(2)]


def test_no_folder_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="unable to open"):
        AlertStore.open(tmp_path / "nowhere" / FILE_NAME)


def test_there_is_nothing_to_read_where_no_engine_ever_ran(tmp_path: Path) -> None:
    assert read_alerts(tmp_path / FILE_NAME) == []
    assert not (tmp_path / FILE_NAME).exists()


def test_reading_what_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"x" * 5_000)
    with pytest.raises(StoreFailed, match=FILE_NAME):
        read_alerts(tmp_path / FILE_NAME)
