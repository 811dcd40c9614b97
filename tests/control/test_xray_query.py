"""A console asks for the account's own results and gets those of the last import."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from control_desk import ControlDesk
from panel_results import results

from engine.assembly.account_report import KeptXray
from engine.control.errors import QueryRefused
from engine.domain.account_history import AccountName
from engine.domain.xray import XRAY, Xray
from engine.ledger.account_store import AccountStore
from engine.ops.home import Home


async def asked(folder: Path) -> tuple[Xray, ...]:
    async with ControlDesk(folder, xray=KeptXray(Home(folder).account)) as desk:
        client = await desk.connect()
        try:
            return (await client.query("xray")).items
        finally:
            await client.close()


async def test_before_the_first_import_there_is_none(tmp_path: Path) -> None:
    assert await asked(tmp_path) == ()
    assert not Home(tmp_path).account.exists()


async def test_the_report_of_the_last_import_comes_whole(tmp_path: Path) -> None:
    with AccountStore(Home(tmp_path).account, AccountName("sandbox", "w", "a")) as store:
        store.keep_report(XRAY, results(fills=1))
        store.keep_report(XRAY, results())
        assert await asked(tmp_path) == (results(),), "also while an import writes"


async def test_a_damaged_file_is_one_line_and_the_engine_goes_on(tmp_path: Path) -> None:
    AccountStore(Home(tmp_path).account, AccountName("sandbox", "w", "a")).close()
    base = sqlite3.connect(Home(tmp_path).account)
    base.execute("INSERT INTO meta VALUES ('report:xray', x'ff')")
    base.commit()
    base.close()
    with pytest.raises(QueryRefused, match="damaged"):
        await asked(tmp_path)
