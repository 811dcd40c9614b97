"""No secret leaves the files that are there to keep it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_client import client_of, lively_quotes
from running_daemon import LIVELY_WORLD, RunningDaemon

from engine.domain.command import PlaceOrder
from engine.domain.order import Leg, TimeInForce

CONFIG = f"record_inputs = true\npost_timeout_s = 0.5\n{LIVELY_WORLD}"
WINDOW = 24
"""Characters of a key in a row that nobody else has."""
SIGNATURE = re.compile(rb"[A-Za-z0-9+/]{300,}={0,2}")
"""A signature in base64 has 344 characters."""
KEPT_IN = "sandbox.pem"


class Troubled(RunningDaemon):
    """``seen`` is what ``ps`` shows of its processes while they run."""

    seen = b""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    """A home that has seen orders, failures of all kinds, deaths and both kinds of end."""
    made = Troubled(tmp_path_factory.mktemp("secrets") / "home", CONFIG)
    made.start()
    asyncio.run(trouble(made))
    made.until_exchange_is_back(made.kill_exchange())
    made.kill()
    made.start()
    made.seen = process_lines(made)
    os.kill(made.pid, signal.SIGTERM)
    assert made.wait() == 0
    yield made
    made.close()


async def trouble(desk: RunningDaemon) -> None:
    """Requests that fail, so that whatever is logged of them is logged."""
    rules = [
        {"method": "POST", "path": "/portfolio/events/orders", "effect": effect}
        for effect in ("accept_then_reset", "garbage_body", "500", "accept_then_stall")
    ]
    await asyncio.to_thread(desk.side_door, "POST", "faults", rules=rules)
    async with client_of(desk.home) as client:
        quotes = (await lively_quotes(client, 4))[:4]
        await asyncio.gather(*(client.command(far_below(quote.ticker)) for quote in quotes))


def far_below(ticker: str) -> PlaceOrder:
    tif = TimeInForce.GOOD_TILL_CANCELED
    return PlaceOrder(f"order-{ticker}", ticker, Leg.YES, True, 100, 100, tif, again=True, far=True)


def process_lines(desk: RunningDaemon) -> bytes:
    """The command lines and environments of engine and exchange."""
    pids = [desk.pid, desk.endpoint.pid]
    return b"".join(
        Path(f"/proc/{pid}/{name}").read_bytes() for pid in pids for name in ("cmdline", "environ")
    )


def pieces(desk: RunningDaemon) -> set[bytes]:
    """Every line's beginning and end of the private key, without its frame."""
    lines = (desk.home / "exchange" / KEPT_IN).read_bytes().splitlines()[1:-1]
    return {line[:WINDOW] for line in lines if len(line) >= WINDOW} | {line[-WINDOW:] for line in lines}


def leaks(data: bytes, secrets: set[bytes]) -> bool:
    return (
        b"PRIVATE KEY" in data
        or any(piece in data for piece in secrets)
        or SIGNATURE.search(data) is not None
        or b"KALSHI-ACCESS-SIGNATURE" in data.upper()
    )


def test_the_key_is_where_it_is_kept(desk: Troubled) -> None:
    """The measure itself finds a key, and a signature."""
    kept = desk.home / "exchange" / KEPT_IN
    assert leaks(kept.read_bytes(), set())
    assert leaks(b"\n".join(kept.read_bytes().splitlines()[3:5]), pieces(desk))
    assert leaks(b"x " + b"Ab0/" * 86, set())
    assert kept.stat().st_mode & 0o777 == 0o600


def test_no_file_of_the_home_has_it(desk: Troubled) -> None:
    secrets = pieces(desk)
    files = [path for path in desk.home.rglob("*") if path.is_file() and path.name != KEPT_IN]
    names = {path.name for path in files}
    assert {"engine.jsonl", "exchange.log", "ledger.sqlite", "binding.json", "endpoint.json"} <= names
    assert any((desk.home / "lake" / "inputs").rglob("*.inputs"))
    assert [path for path in files if leaks(path.read_bytes(), secrets)] == []


def test_neither_standard_error_nor_a_command_line_has_it(desk: Troubled) -> None:
    assert "engine is ready" in desk.said
    assert not leaks(desk.errors.read_bytes(), pieces(desk))
    assert not leaks(desk.seen, pieces(desk))


def test_others_may_read_nothing_that_an_engine_wrote(desk: Troubled) -> None:
    written = [path for path in desk.home.rglob("*") if path.name != "config.toml"]
    assert [path for path in written if path.stat().st_mode & 0o077] == []
