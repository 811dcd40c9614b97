"""``sparko collect`` as a daemon and as a person run it: real sockets, a lake on the disk, clear lines."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from coinbase_words import trades
from outside import Asked, Reply, http_source, json_reply, socket_source
from running_sandbox import RunningSandbox, sandbox_in
from typer.testing import CliRunner
from websockets.asyncio.server import ServerConnection

from collectors.assembled import Collector, Order, collect
from collectors.markets.collector import MarketOptions, market_collector
from collectors.news.collector import NewsOptions, news_collector
from collectors.observations import FrameReader, Health, Observation
from collectors.running import Summary
from collectors.weather.collector import WeatherOptions, weather_collector
from console.tools.app import app
from engine.domain.units import SECOND_NS
from engine.kalshi.budget_queue import Lane
from engine.kalshi.client import KalshiReader
from engine.kalshi.hosts import endpoint_of
from engine.lake.check import check
from engine.lake.tables import TABLES
from engine.ops.home import Binding, Home

SECONDS = max(10.0, float(os.environ.get("SPARKO_SOAK", "0")))
PATIENCE_S = 40 + SECONDS


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def rows(lake: Path, table: str) -> list[dict[str, object]]:
    return [row for path in sorted(lake.rglob("*.parquet")) if table in path.parts for row in _rows(path)]


def _rows(path: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.ParquetFile(path).read().to_pylist()
    return found


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSandbox]:
    options = ("--series", "KXBTCD,KXHIGHNY", "--scenario", "volatile", "--speed", "20", "--ladders", "8")
    with sandbox_in(tmp_path_factory.mktemp("keys"), *options) as running:
        yield running


async def test_spot_tells_a_daemon_what_it_sees_and_leaves_it_in_the_lake(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    async def coinbase(connection: ServerConnection) -> None:
        await connection.recv()
        for number in range(40):
            await connection.send(trades(number, number + 1))
        await connection.wait_closed()

    words = ["--sources", "kalshi,coinbase", "--products", "BTC-USD", "--indexes", "BRTI", "--observations"]
    rest = http_source(lambda _: json_reply([]))
    async with rest as listed, socket_source(coinbase) as url, asyncio.timeout(PATIENCE_S):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "console.tools.app", "collect", "spot", "--exchange", sandbox.root),
            *("--home", str(tmp_path), "--url", f"coinbase={url}", *words),
            *("--url", f"coinbase_rest={listed.url}"),
            stdout=PIPE,
            stderr=PIPE,
        )
        assert process.stdout is not None
        reader, seen, states = FrameReader(), dict[tuple[str, str], Observation](), dict[str, Health]()
        while not {("index", "BRTI"), ("spot", "BTC-USD")} <= seen.keys():
            for message in reader.take(await process.stdout.read(65_536)):
                if isinstance(message, Observation):
                    seen[message.kind, message.key] = message
                elif isinstance(message, Health):
                    states[message.name] = message
        process.send_signal(signal.SIGTERM)
        _, said = await process.communicate()
    assert (process.returncode, said) == (0, b"")
    assert seen["spot", "BTC-USD"].value == "78040.1"
    assert seen["spot", "BTC-USD"].source == "spot.coinbase"
    assert seen["index", "BRTI"].about == ("BRTI",)
    assert set(states) == {"spot.kalshi", "spot.coinbase", "spot.coinbase_rest"}
    found = rows(tmp_path / "lake", "spot")
    kept = [str(row["id"]) for row in found if row["source"] == "coinbase"]
    assert sorted(kept, key=int) == [str(number + 1) for number in range(40)]
    assert {row["product"] for row in found if row["source"] == "kalshi"} == {"BRTI"}


async def collected(
    home: Path, collector: Collector, exchange: str | None = None, *urls: str, for_s: float | None = None
) -> tuple[Summary, bool, list[str]]:
    """In this process: what came of it, whether all went well, and what was said."""
    lines: list[str] = []
    order = Order(home=home, exchange=exchange, once=for_s is None, for_s=for_s, urls=urls)
    async with asyncio.timeout(PATIENCE_S):
        summary, is_well = await collect(order, collector, lines.append)
    return summary, is_well, lines


async def test_weather_reads_rules_and_publications_and_says_what_it_could_not_have(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.path == "/climate/primary":
            site = {"station": {"cliId": "NYC", "icao": "KNYC"}, "status": "official"}
            data = {"maxTemp": 48, "issueTime": "2026-11-18T08:00:00Z"}
            return json_reply({"results": [site | {"data": data}]})
        return Reply(403, b"<html><title>Access Denied</title></html>")

    async with http_source(answer) as source:
        summary, is_well, lines = await collected(
            tmp_path,
            weather_collector(WeatherOptions(series=("KXHIGHNY",))),
            sandbox.root,
            f"weather_company={source.url}",
            f"nws={source.url}",
        )
    assert not is_well
    assert any(line.startswith("weather.nws: refused:") and "Access Denied" in line for line in lines)
    by_name = {found.name: found for found in summary.sources}
    assert by_name["weather.weather_company"].rows == 3
    assert by_name["weather.rules"].faults == {}
    assert len(rows(tmp_path / "lake", "weather_climate")) == 3
    assert len(rows(tmp_path / "lake", "raw_bodies")) == 3, "as they came"


async def test_no_key_is_ever_said_or_kept_whatever_a_source_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "v3ry-s3cr3t"
    monkeypatch.setenv("ALPHAVANTAGE_KEY", key)
    monkeypatch.delenv("NEWSAPI_KEY", raising=False)

    def answer(asked: Asked) -> Reply:
        assert asked.query["apikey"] == key
        return json_reply({"Information": f"your API key as {key} has a limit of 25 requests per day"})

    async with http_source(answer) as source:
        monkeypatch.setenv("SPARKO_COLLECT_URLS", f"alphavantage={source.url}")
        collector = news_collector(NewsOptions(sources=("alphavantage", "newsapi")))
        summary, is_well, lines = await collected(tmp_path, collector)
    assert not is_well
    assert lines == [
        "news.newsapi: left out, it needs a key: set NEWSAPI_KEY",
        "news.alphavantage: error_text: your API key as *** has a limit of 25 requests per day",
    ]
    assert key not in repr(summary)
    assert key.encode() not in everything(tmp_path)


async def test_a_new_start_tells_no_piece_of_news_again(tmp_path: Path) -> None:
    def answer(asked: Asked) -> Reply:
        item = "<item><title>Federal Reserve holds its interest rates</title><guid>{}</guid></item>"
        return Reply(body=f"<rss><channel>{item.format(asked.path)}</channel></rss>".encode())

    async with http_source(answer) as source:
        feeds = [f"{source.url}/{name}" for name in ("a", "b")]
        for feed in (feeds[0], feeds[0], feeds[1]):
            collector = news_collector(NewsOptions(sources=("rss",), feeds=(feed,)))
            summary, is_well, _ = await collected(tmp_path, collector)
            assert is_well
    assert summary.sources[0].observations == 0
    kept = rows(tmp_path / "lake", "news")
    assert [row["duplicate_of"] is None for row in kept] == [True, False]


async def test_prints_that_a_connection_lost_are_read_and_each_is_there_once(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    rules = [
        {"effect": "ws_drop", "channel": "trade", "times": 1},
        {"effect": "ws_gap", "channel": "trade", "times": 3},
        {"effect": "ws_duplicate", "channel": "trade", "times": 3},
    ]
    collector = market_collector(MarketOptions(name="trades", series=("KXBTCD",)))
    await asyncio.to_thread(sandbox.side_door, "POST", "faults", rules=rules)
    working = asyncio.create_task(collected(tmp_path, collector, sandbox.root, for_s=SECONDS))
    drops = 1
    while not (await asyncio.wait({working}, timeout=20))[0]:
        drops += 1
        await asyncio.to_thread(sandbox.side_door, "POST", "faults", rules=rules)
    summary, _, lines = await working
    await asyncio.to_thread(sandbox.side_door, "DELETE", "faults")
    kept = rows(tmp_path / "lake", "trades")
    times = [row["at_ns"] for row in kept if isinstance(row["at_ns"], int)]
    first_ns, last_ns = min(times), max(times) - 100 * SECOND_NS
    async with KalshiReader(endpoint_of(sandbox.rest)) as reader:
        listing = reader.reads(Lane.COLLECT).trades.list(from_ns=first_ns)
        found = [one for one in await listing.collect() if one.ticker.startswith("KXBTCD")]
    there = {
        one.trade_id: (one.ticker, (one.at_ns - first_ns) / SECOND_NS)
        for one in found
        if first_ns <= one.at_ns <= last_ns
    }
    within = [row["trade_id"] for row in kept if first_ns <= row["at_ns"] <= last_ns]  # type: ignore[operator]
    assert len(there) > 20
    lost = {number: there[number] for number in there.keys() - set(within)}
    assert not lost, f"{len(lost)} of {len(there)}; {lines}"
    assert len(within) == len(set(within))
    assert 2 <= summary.sources[0].connections <= drops + 1
    assert any("trades.kalshi: lost:" in line for line in lines)


async def test_prints_while_a_collector_was_down_are_read_at_its_next_start_and_none_is_there_twice(
    tmp_path: Path, sandbox: RunningSandbox
) -> None:
    collector = market_collector(MarketOptions(name="trades", series=("KXBTCD",)))
    await collected(tmp_path, collector, sandbox.root, for_s=2)
    first_ns = min(int(str(row["at_ns"])) for row in rows(tmp_path / "lake", "trades"))
    await asyncio.sleep(0.5)
    await collected(tmp_path, collector, sandbox.root, for_s=3)
    kept = rows(tmp_path / "lake", "trades")
    last_ns = max(int(str(row["at_ns"])) for row in kept) - 20 * SECOND_NS
    async with KalshiReader(endpoint_of(sandbox.rest)) as reader:
        found = await reader.reads(Lane.COLLECT).trades.list(from_ns=first_ns).collect()
    there = {one.trade_id for one in found if one.ticker.startswith("KXBTCD") and one.at_ns <= last_ns}
    names = [row["trade_id"] for row in kept]
    assert len(there) > 10
    assert there <= set(names), len(there - set(names))
    assert len(names) == len(set(names))
    assert check(tmp_path / "lake", list(TABLES.values())) == []


def test_the_venue_is_the_homes_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KALSHI_API_KEY_ID", "KALSHI_KEY_ID", "KALSHI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    Home(tmp_path).bind(Binding("live", "external-api.kalshi.com", "k"))
    words = ["collect", "books", "--home", str(tmp_path)]
    assert "venue live needs a key id" in CliRunner().invoke(app, words).stderr
    said = CliRunner().invoke(app, [*words, "--venue", "sandbox"]).stderr
    assert "bound to venue live" in said
    assert "got --venue sandbox" in said


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("spot", "--sources", "kraken"), "--sources: got 'kraken'"),
        (("weather", "--series", "KXHIGHXX"), "--series: got 'KXHIGHXX'"),
        (("tsa", "--url", "tsa=http://example.com"), "wanted https://"),
        (("tsa", "--url", "tsb=https://example.com"), "wanted name=url"),
        (("tsa", "--url", "tsa=http://["), "Invalid IPv6 URL"),
        (("tsa", "--node-id", "2", "--total-nodes", "2"), "--node-id: got 2 of 2 nodes"),
        (("books", "--series", ""), "--series: got none"),
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
