"""``sparko doctor`` on homes that are well, and on homes that are not."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from money_history import MoneyHistory

from engine.ledger.sqlite_ledger import SqliteLedger
from engine.ops.home import Binding, Home

BOUND = Binding("sandbox", "world-1", "account-1")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a ledger of some history; the one that ``sparko`` works on."""
    found = Home(tmp_path)
    found.root.chmod(0o700)
    found.make()
    found.bind(BOUND)

    async def write() -> None:
        ledger = SqliteLedger.open(found.ledger, loop=asyncio.get_running_loop())
        for changes, rows in MoneyHistory(random.Random(3)).steps(40):
            ledger.append(changes, rows)
        await ledger.close()

    asyncio.run(write())
    return found


def verdicts(document: Any) -> dict[str, str]:
    return {finding["what"]: finding["verdict"] for finding in document["findings"]}


def test_a_home_that_is_well(sparko: Any, home: Home) -> None:
    ran = sparko("doctor", "--verify", "--json")
    assert ran.code == 0
    assert ran.document["healthy"]
    assert set(verdicts(ran.document)) == {"home", "binding", "config", "disk", "ledger", "journal"}
    assert "world-1" in sparko("doctor").out


def test_a_journal_that_was_changed(sparko: Any, home: Home) -> None:
    connection = sqlite3.connect(home.ledger, isolation_level=None)
    connection.execute("UPDATE journal SET at = at + 1 WHERE seq = 30")
    connection.close()
    assert sparko("doctor").code == 0
    ran = sparko("doctor", "--verify", "--json")
    assert ran.code == 1
    assert verdicts(ran.document)["journal"] == "failed"
    assert "record 30" in ran.line


def test_money_that_the_journal_does_not_know(sparko: Any, home: Home) -> None:
    connection = sqlite3.connect(home.ledger, isolation_level=None)
    (ticker,) = connection.execute("SELECT ticker FROM fills LIMIT 1").fetchone()
    connection.execute("DELETE FROM fills WHERE ticker = ?", (ticker,))
    connection.close()
    assert "the journal folds to" in sparko("doctor", "--verify").line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("serie = ['KXBTC']", "serie: got a field unknown here"),
        ("[sandbox]\nseed = 'seven'", "sandbox.seed: got str, wanted int"),
        ("[limits]\norder_contracts = 0", "limits.order_contracts: got 0, wanted 0.01 to 1000000"),
        ("[limits]\norder_loss_dollars = 5.0000001", "in steps of 1/1000000"),
        ("series = ['kxbtc']", "series: got 'kxbtc', wanted a series such as KXHIGHNY"),
        ("series = [", "config.toml"),
    ],
)
def test_a_configuration_that_cannot_be_used(sparko: Any, home: Home, text: str, line: str) -> None:
    home.config.write_text(text)
    ran = sparko("doctor")
    assert ran.code == 1
    assert line in ran.line


def test_a_home_that_lets_others_in_or_is_not_there(sparko: Any, home: Home) -> None:
    home.root.chmod(0o755)
    ran = sparko("doctor", "--json")
    assert ran.code == 0
    assert verdicts(ran.document)["home"] == "warning"
    (home.root / "binding.json").write_text("{")
    assert "binding.json cannot be read" in sparko("doctor").line
    assert "is not there" in sparko("doctor", "--home", str(home.root / "none")).line
