"""``sparko collect`` as a person and as a daemon runs it: a process, real sockets, a lake on the disk."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from coinbase_words import trades
from outside import Asked, Reply, http_source, json_reply, socket_source
from running_sandbox import RunningSandbox, start_sandbox
from typer.testing import CliRunner
from websockets.asyncio.server import ServerConnection

from collectors.observations import FrameReader, Health, Observation
from console.tools.app import app

PATIENCE_S = 40


@asynccontextmanager
async def collecting(*words: str, **environment: str) -> AsyncIterator[Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "console.tools.app",
        "collect",
        *words,
        stdout=PIPE,
        stderr=PIPE,
        env=os.environ | environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: Process) -> tuple[int, str, str]:
    """Exit code, standard output and standard error."""
    async with asyncio.timeout(PATIENCE_S):
        out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(errors="replace"), err.decode()


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def rows(lake: Path, table: str) -> list[dict[str, object]]:
    return [row for path in sorted(lake.rglob("*.parquet")) if table in path.parts for row in _rows(path)]


def _rows(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.ParquetFile(path).read().to_pylist()
    return found


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    process, running = start_sandbox(tmp_path_factory.mktemp("keys"), "--series", "KXBTCD,KXHIGHNY")
    with process:
        yield running
        process.terminate()


async def test_spot_tells_a_daemon_what_it_sees_and_leaves_it_in_the_lake(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    async def coinbase(connection: ServerConnection) -> None:
        await connection.recv()
        for number in range(40):
            await connection.send(trades(number, number + 1))
        await connection.wait_closed()

    lake = tmp_path / "lake"
    async with (
        socket_source(coinbase) as url,
        collecting(
            "spot",
            "--exchange",
            sandbox.root,
            "--sources",
            "kalshi,coinbase",
            "--products",
            "BTC-USD",
            "--indexes",
            "BRTI",
            "--lake",
            str(lake),
            "--home",
            str(tmp_path / "home"),
            "--observations",
            "--url",
            f"coinbase={url}",
        ) as process,
    ):
        reader, seen, states = FrameReader(), dict[tuple[str, str], Observation](), dict[str, Health]()
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while not {("index", "BRTI"), ("spot", "BTC-USD")} <= seen.keys():
                for message in reader.take(await process.stdout.read(65_536)):
                    if isinstance(message, Observation):
                        seen[message.kind, message.key] = message
                    elif isinstance(message, Health):
                        states[message.name] = message
        process.send_signal(signal.SIGTERM)
        code, _, said = await ended(process)
    assert (code, said) == (0, "")
    assert seen["spot", "BTC-USD"].value == "78040.1"
    assert seen["spot", "BTC-USD"].source == "spot.coinbase"
    assert seen["index", "BRTI"].about == ("BRTI",)
    assert set(states) == {"spot.kalshi", "spot.coinbase"}
    found = rows(lake, "spot")
    kept = [str(row["id"]) for row in found if row["source"] == "coinbase"]
    assert sorted(kept, key=int) == [str(number + 1) for number in range(40)]
    assert {row["product"] for row in found if row["source"] == "kalshi"} == {"BRTI"}


async def test_a_collector_ends_when_nobody_listens_any_more(tmp_path: Path) -> None:
    async def coinbase(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with (
        socket_source(coinbase) as url,
        collecting(
            "spot",
            "--sources",
            "coinbase",
            "--home",
            str(tmp_path),
            "--observations",
            "--url",
            f"coinbase={url}",
        ) as process,
    ):
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            await process.stdout.read(1)
            process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
            assert await process.wait() == 0


async def test_weather_once_reads_rules_and_publications_and_says_what_it_could_not_have(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/climate/primary":
            site = {"station": {"cliId": "NYC", "icao": "KNYC"}, "status": "official"}
            data = {"maxTemp": 48, "issueTime": "2026-11-18T08:00:00Z"}
            return json_reply({"results": [site | {"data": data}]})
        return Reply(403, b"<html><title>Access Denied</title></html>")

    async with (
        http_source(answer) as source,
        collecting(
            "weather",
            "--series",
            "KXHIGHNY",
            "--exchange",
            sandbox.root,
            "--home",
            str(tmp_path),
            "--once",
            "--json",
            "--url",
            f"weather_company={source.url}",
            "--url",
            f"nws={source.url}",
        ) as process,
    ):
        code, out, said = await ended(process)
    assert code == 1
    lines = said.splitlines()
    assert any(line.startswith("weather.nws: refused:") and "Access Denied" in line for line in lines)
    assert lines[-1].startswith("error: weather: not everything could be had")
    summary = json.loads(out)
    by_name = {found["name"]: found for found in summary["sources"]}
    assert by_name["weather.weather_company"]["rows"] == 3
    assert by_name["weather.rules"]["faults"] == {}
    assert len(rows(tmp_path / "lake", "weather_climate")) == 3
    assert len(rows(tmp_path / "lake", "raw_bodies")) == 3


async def test_no_key_is_ever_said_whatever_a_source_answers(tmp_path: Path) -> None:
    key = "v3ry-s3cr3t"

    def answer(asked: Asked) -> Reply:
        return json_reply({"Information": f"your API key as {key} has a limit of 25 requests per day"})

    async with (
        http_source(answer) as source,
        collecting(
            "news",
            "--sources",
            "alphavantage,newsapi",
            "--home",
            str(tmp_path),
            "--once",
            SPARKO_COLLECT_URLS=f"alphavantage={source.url}",
            ALPHAVANTAGE_KEY=key,
            NEWSAPI_KEY="",
        ) as process,
    ):
        code, out, said = await ended(process)
    assert code == 1
    assert key not in out + said
    assert "your API key as *** has a limit" in said
    assert "news.newsapi: left out, it needs a key: set NEWSAPI_KEY" in said
    assert key.encode() not in everything(tmp_path)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("spot", "--sources", "kraken"), "--sources: got 'kraken'"),
        (("weather", "--series", "KXHIGHXX"), "--series: got 'KXHIGHXX'"),
        (("tsa", "--url", "tsa=http://example.com"), "wanted https://"),
        (("tsa", "--url", "tsb=https://example.com"), "wanted name=url"),
        (("tsa", "--node-id", "2", "--total-nodes", "2"), "--node-id: got 2 of 2 nodes"),
        (("spot", "--exchange", "http://127.0.0.1:1"), "cannot be reached"),
        (("spot", "--venue", "live"), "needs a key id"),
    ],
)
def test_what_cannot_be_collected_is_one_line(
    words: tuple[str, ...], line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KALSHI_API_KEY_ID", "KALSHI_KEY_ID", "KALSHI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, ["collect", *words, "--home", str(tmp_path)])
    assert done.exit_code == 1
    assert done.stderr.count("\n") == 1
    assert line in done.stderr
