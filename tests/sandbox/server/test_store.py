"""The store: whole commits, one process at a time, and files that are not ours."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.sandbox.server.store import FILE_NAME, Store, StoreError


def test_rows_are_kept_replaced_and_deleted(tmp_path: Path) -> None:
    store = Store.at(tmp_path / "deep" / "state")
    store.write([("a", "1", b"x"), ("a", "2", b"y"), ("b", "1", b"z")])
    store.write([("a", "1", b"xx"), ("a", "2", None), ("none", "none", None)])
    store.close()
    again = Store.at(tmp_path / "deep" / "state")
    assert list(again.rows()) == [("a", "1", b"xx"), ("b", "1", b"z")]
    again.close()


def test_a_commit_that_fails_changes_nothing(tmp_path: Path) -> None:
    store = Store.at(tmp_path)
    store.write([("a", "1", b"x")])
    with pytest.raises(StoreError, match="cannot be written"):
        store.write([("a", "1", b"new"), ("a", None, b"y")])  # type: ignore[list-item]
    assert list(store.rows()) == [("a", "1", b"x")]
    store.write([("a", "1", b"newer")])
    assert list(store.rows()) == [("a", "1", b"newer")]
    store.close()


def test_only_one_process_may_have_it_open(tmp_path: Path) -> None:
    store = Store.at(tmp_path)
    with pytest.raises(StoreError, match="in use by another sandbox"):
        Store.at(tmp_path)
    store.close()
    Store.at(tmp_path).close()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    store = Store.at(tmp_path)
    assert list(store.rows()) == []
    store.close()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"these are not the rows you are looking for" * 100)
    with pytest.raises(StoreError, match="corrupt or foreign file"):
        Store.at(tmp_path)
    assert path.read_bytes().startswith(b"these are not")


def test_another_programs_database(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    with pytest.raises(StoreError, match="another program's database"):
        Store.at(tmp_path)


def test_another_format(tmp_path: Path) -> None:
    Store.at(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StoreError, match="got format 99, wanted 2"):
        Store.at(tmp_path)


def test_a_database_with_a_hole_in_it(tmp_path: Path) -> None:
    store = Store.at(tmp_path)
    store.write([("kind", f"{number:06d}", b"x" * 200) for number in range(2_000)])
    store.close()
    path = tmp_path / FILE_NAME
    text = bytearray(path.read_bytes())
    text[len(text) // 2 : len(text) // 2 + 8_192] = b"\xff" * 8_192
    path.write_bytes(text)
    with pytest.raises(StoreError, match=r"corrupt") as raised:
        list(Store.at(tmp_path).rows())
    assert "\n" not in str(raised.value)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.at(tmp_path / "file" / "state")
