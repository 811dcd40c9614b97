"""``sparko`` on a home whose account is at a served sandbox world."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import msgspec
from traded_account import ANN, TradedAccount
from typer.testing import CliRunner

from console.tools.app import app
from engine.assembly.connecting import External
from engine.ops.home import Binding, Home, write_whole
from engine.sandbox.server.keys import KeyType

WITHIN_S = 60


class Command:
    """Runs ``sparko`` on a home whose account is at the served world."""

    def __init__(self, life: TradedAccount, root: str, folder: Path) -> None:
        self.life = life
        self.home = Home(folder / "home")
        self.home.make()
        made = life.world.keys.create(ANN, ("read",), KeyType.ED25519)
        life.world.commit()
        self.key_id = made.record.key_id
        write_whole(self.home.key, made.private_key.encode())
        known = External(root, life.exchange.world_id, self.key_id, ANN)
        self.home.external.write_bytes(msgspec.json.encode(known))
        self.home.bind(Binding("sandbox", life.exchange.world_id, ANN))

    @property
    def path(self) -> Path:
        return self.home.account

    async def start(self, *args: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "console.tools.app", *args, "--home", str(self.home.root)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"NO_COLOR": "1", "COLUMNS": "120"},
        )

    async def run(self, *args: str) -> tuple[int, str, str]:
        process = await self.start(*args)
        out, err = await asyncio.wait_for(process.communicate(), WITHIN_S)
        return process.returncode or 0, out.decode(), err.decode()

    def look(self, *args: str) -> tuple[int, str, str]:
        """A command that reads files only, in this process."""
        result = CliRunner().invoke(app, [*args, "--home", str(self.home.root)])
        return result.exit_code, result.stdout, result.stderr
