"""``sparko import account``, ``export`` and ``xray`` as a person runs them, at a served exchange."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from account_command import WITHIN_S, Command
from small_world import served
from traded_account import ANN, TradedAccount
from typer.testing import CliRunner

from console.tools.app import app
from engine.assembly.connecting import External
from engine.ledger.account_store import NoHistory, read_history
from engine.ops.home import write_whole
from engine.sandbox.server.keys import KeyType


@pytest.fixture
async def sparko(tmp_path: Path) -> AsyncIterator[Command]:
    life = TradedAccount(11, events=34, orders=6)
    life.cancel_all()
    async with served(life.world) as root:
        yield Command(life, root, tmp_path)


async def _filled(path: Path, least: int, process: asyncio.subprocess.Process) -> None:
    """Until the file holds so many fills."""
    async with asyncio.timeout(WITHIN_S):
        while process.returncode is None:
            await asyncio.sleep(0.02)
            with contextlib.suppress(NoHistory):
                if len(read_history(path).fills) >= least:
                    return
    pytest.fail(f"the import ended with {process.returncode} before it was killed")


async def test_a_killed_import_goes_on_and_everything_is_reconciled(sparko: Command) -> None:
    code, _, err = sparko.look("export", "closed", "--year", "2026")
    assert (code, err.count("\n")) == (1, 1)
    assert "sparko import account" in err
    stopped = await sparko.start("import", "account", "--page", "2")
    await _filled(sparko.path, 6, stopped)
    stopped.send_signal(signal.SIGINT)
    _, said = await asyncio.wait_for(stopped.communicate(), WITHIN_S)
    assert stopped.returncode == 1
    assert said.decode().splitlines()[-1].startswith("error: stopped; what was read is kept")
    killed = await sparko.start("import", "account", "--page", "2")
    await _filled(sparko.path, 30, killed)
    killed.send_signal(signal.SIGKILL)
    await killed.communicate()
    before = read_history(sparko.path)
    assert 30 <= len(before.fills) < len(sparko.life.account.fills), "it was killed on its way"
    assert "NOT COMPLETE" in sparko.look("export", "fills", "--year", "2026")[1]
    assert "NOT COMPLETE" in sparko.look("xray")[1], "its sums are of a part"

    code, out, err = await sparko.run("import", "account", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert next(row for row in document["read"] if row["list"] == "fills")["resumed"]
    found = read_history(sparko.path)
    assert len(found.fills) == len(sparko.life.account.fills) == document["held"]["fill"]
    assert len(found.settlements) == len(sparko.life.account.settlements)

    _exports_agree(sparko)
    assert "$-" not in sparko.look("export", "closed", "--year", "2027")[1], "the sign comes first"
    _says_how_much_of_a_year_there_is(sparko)
    code, out, err = sparko.look("xray", "--json")
    assert code == 0, err
    xray = json.loads(out)
    assert xray["fills"] == len(found.fills)
    assert {row["label"] for row in xray["groups"]["entry as"]} == {"maker", "taker"}
    gains = {name: sum(float(row["gain_dollars"]) for row in rows) for name, rows in xray["groups"].items()}
    assert all(abs(gain - float(xray["overall"]["gain_dollars"])) < 1e-6 for gain in gains.values())


def _says_how_much_of_a_year_there_is(sparko: Command) -> None:
    """The account's clock stands in 2027."""
    said = {
        year: sparko.look("export", "cash", "--year", year, "--json")[1] for year in ("2026", "2027", "2028")
    }
    whole = {year: json.loads(out)["whole_year"] for year, out in said.items()}
    assert whole == {"2026": True, "2027": False, "2028": False}
    for year, words in (("2027", "THE YEAR GOES ON"), ("2028", "NOTHING OF THIS YEAR")):
        assert words in sparko.look("export", "cash", "--year", year)[1]
        head = sparko.look("export", "cash", "--year", year, "--csv")[1].splitlines()[:4]
        assert any(words in line for line in head)
    assert "YEAR" not in sparko.look("export", "cash", "--year", "2026")[1]


def _exports_agree(sparko: Command) -> None:
    """Each table has what the exchange has, and its differences are nothing."""
    account = sparko.life.account
    rows = {}
    for what in ("closed", "fills", "settlements", "cash"):
        rows[what] = []
        for year in ("2026", "2027"):
            target = sparko.home.root / f"{what}-{year}.csv"
            code, out, err = sparko.look("export", what, "--year", year, "--csv", "--out", str(target))
            assert code == 0, err
            assert "tax year" in out
            lines = target.read_text().splitlines()
            head = [line for line in lines if line.startswith("#")]
            checks = [line for line in head if "difference" in line]
            assert len(checks) == 6
            for line in checks:
                assert line.endswith("difference 0"), line
            rows[what] += list(csv.DictReader(line for line in lines if not line.startswith("#")))
    assert {(row["trade_id"], row["order_id"]) for row in rows["fills"]} == {
        (fill.trade_id, fill.order_id) for fill in account.fills
    }
    assert sum(_ud(row["fee"]) for row in rows["fills"]) == sum(fill.fee_ud for fill in account.fills)
    assert {row["ticker"] for row in rows["settlements"]} == {row.ticker for row in account.settlements}
    assert sum(_ud(row["revenue_exact"]) for row in rows["settlements"]) == sum(
        row.revenue_ud for row in account.settlements
    )
    is_flat = {ticker for ticker, holding in account.holdings.items() if not holding.count_c}
    theirs = sum(account.holdings[ticker].realised_ud for ticker in is_flat)
    ours = sum(_ud(row["proceeds"]) - _ud(row["cost"]) for row in rows["closed"] if row["ticker"] in is_flat)
    assert ours == theirs
    deposits = [row for row in rows["cash"] if row["kind"] == "deposit"]
    assert sum(_ud(row["amount"]) for row in deposits) == sum(row.amount_ud for row in account.deposits)


def _ud(text: str) -> int:
    """Micro-dollars of a decimal with six places."""
    return int(text.replace(".", ""))


async def test_a_key_that_may_not_read_is_one_line(sparko: Command) -> None:
    made = sparko.life.world.keys.create(ANN, ("write",), KeyType.ED25519)
    sparko.life.world.commit()
    known = msgspec.json.decode(sparko.home.external.read_bytes(), type=External)
    write_whole(sparko.home.key, made.private_key.encode())
    known = msgspec.structs.replace(known, key_id=made.record.key_id)
    sparko.home.external.write_bytes(msgspec.json.encode(known))
    code, out, err = await sparko.run("import", "account")
    assert code == 1
    assert not out
    last = err.splitlines()[-1]
    assert last.startswith("error: this key may not read that: it needs the scope read")
    assert "goes on from there" in last


async def test_wrong_usage_is_said_before_anything_is_asked(tmp_path: Path) -> None:
    home = ["--home", str(tmp_path / "none")]
    cases = {
        ("export", "taxes", "--year", "2026"): "wanted one of closed, fills, settlements, cash",
        ("export", "closed", "--year", "2026", "--out", "x.csv"): "without --csv",
        ("export", "closed", "--year", "2026", "--csv", "--json"): "got both",
        ("import", "account", "--key-id", "k"): "wanted both or none",
    }
    for args, words in cases.items():
        result = CliRunner().invoke(app, [*args, *home])
        assert result.exit_code == 2, args
        assert words in result.output
    result = CliRunner().invoke(app, ["import", "account", *home])
    assert result.exit_code == 1
    assert "no engine has run here" in result.output
    assert not (tmp_path / "none").exists(), "nothing was made"
