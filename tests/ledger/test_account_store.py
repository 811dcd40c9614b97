"""The file of an account's history refuses what is not its own, and never half-writes a page."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.domain.account_history import AccountName, Movement, MovementKind
from engine.domain.fill import Fill
from engine.domain.order import BookSide
from engine.domain.venue import MoneyMovement
from engine.ledger.account_store import AccountStore, Kept, NoHistory, Walk, read_history, read_report
from engine.ledger.account_tables import FILLS, MOVEMENTS, VERSION
from engine.ledger.errors import ForeignFile, NewerSchema

NAME = AccountName("sandbox", "world", "ann")


def fill(number: int, fee_ud: int = 0) -> Fill:
    return Fill(f"t{number}", "o", "T", BookSide.BID, 5_000, 100, fee_ud, True, number)


def test_a_page_and_its_walk_are_one(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    with AccountStore(path, NAME) as store:
        first = store.keep(FILLS, [fill(1), fill(2)], ("fills", Walk(began_ns=9, cursor="next")))
        assert first == Kept(new=2)
        with pytest.raises(AttributeError):
            store.keep(FILLS, [fill(3), None], ("fills", Walk(known_ns=9)))  # type: ignore[list-item]
    with AccountStore(path, NAME) as store:
        assert store.walk("fills") == Walk(began_ns=9, cursor="next")
        assert store.counts()["fill"] == 2
        again = store.keep(FILLS, [fill(1), fill(2, fee_ud=7)], ("fills", Walk(known_ns=9)))
        assert again == Kept(new=0, changed=1)
        assert store.walk("fills") == Walk(known_ns=9)
    assert read_history(path).fills == (fill(1), fill(2, fee_ud=7))


def test_two_sides_of_one_trade_and_two_movements_of_one_amount_are_two(tmp_path: Path) -> None:
    own = [Fill("t", order, "T", BookSide.BID, 5_000, 100, 0, True, 1) for order in ("a", "b")]
    money = [MoneyMovement(name, 5, 0, "applied", 1, 1) for name in ("x", "y")]
    moved = [Movement(MovementKind.DEPOSIT, money[0]), Movement(MovementKind.DEPOSIT, money[1])]
    moved.append(Movement(MovementKind.WITHDRAWAL, money[0]))
    with AccountStore(tmp_path / "account.sqlite", NAME) as store:
        assert store.keep(FILLS, own).new == 2
        assert store.keep(MOVEMENTS, moved).new == 3


def test_nothing_imported_is_said(tmp_path: Path) -> None:
    path = tmp_path / "account.sqlite"
    with pytest.raises(NoHistory, match="sparko import account"):
        read_history(path)
    path.touch()
    with pytest.raises(NoHistory):
        read_report(path, "xray", Walk)


def test_files_of_others_are_left_as_they_are(tmp_path: Path) -> None:
    foreign, newer = tmp_path / "foreign.sqlite", tmp_path / "newer.sqlite"
    with sqlite3.connect(foreign) as base:
        base.execute("CREATE TABLE mine (a)")
    base.close()
    held = foreign.read_bytes()
    with pytest.raises(ForeignFile):
        AccountStore(foreign, NAME)
    with pytest.raises(ForeignFile):
        read_history(foreign)
    assert foreign.read_bytes() == held
    AccountStore(newer, NAME).close()
    with sqlite3.connect(newer) as base:
        base.execute(f"PRAGMA user_version = {VERSION + 1}")
    base.close()
    for use in (lambda: AccountStore(newer, NAME), lambda: read_history(newer)):
        with pytest.raises(NewerSchema):
            use()
