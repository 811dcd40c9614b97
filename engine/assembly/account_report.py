"""Gives consoles what the last import of the account's history worked out; the engine works out nothing."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

from engine.domain.xray import XRAY, Xray
from engine.ledger.account_store import NoHistory, read_report
from engine.ledger.errors import CorruptLedger


class KeptXray:
    """Implements :class:`engine.control.xray.XrayReader`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def xray(self) -> Xray | None:
        return await asyncio.to_thread(self._read)

    def _read(self) -> Xray | None:
        try:
            return read_report(self._path, XRAY, Xray)
        except NoHistory:
            return None
        except (sqlite3.Error, OSError) as error:
            raise CorruptLedger(self._path, str(error)) from error
