"""Collectors through drops, silence, floods and every failure of an answer: the lake holds what was served.

Some seconds in the usual run; ten minutes with SPARKO_SOAK=600.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import msgspec
import pytest
from bad_days import BAD_ANSWERS, CoinbaseOnABadDay, ExchangeOnABadDay, Hurried, ServiceOnABadDay
from collecting import taken_of
from outside import Asked, http_source, socket_source
from soaking import EVERY_S, SECONDS, Soak

from collectors.fetching import Fetcher, FetchSettings
from collectors.index.delayed import Yahoo
from collectors.index.symbols import SYMBOLS
from collectors.news.desk import NewsDesk
from collectors.news.feeds import Feeds
from collectors.observations import Observation
from collectors.polling import Poller, PollSettings, PollSource
from collectors.spot.coinbase import Coinbase
from collectors.spot.coinbase_exchange import CoinbaseExchange
from collectors.spot.missed_trades import MissedTrades
from collectors.streaming import Streamer, StreamSettings
from collectors.tsa.throughput import Throughput
from collectors.weather.portal import Portal
from collectors.weather.stations import BY_SERIES
from collectors.weather.topics import Topics

FEEDS: dict[str, tuple[type[CoinbaseOnABadDay], type[Coinbase] | type[CoinbaseExchange]]] = {
    "coinbase": (CoinbaseOnABadDay, Coinbase),
    "coinbase_exchange": (ExchangeOnABadDay, CoinbaseExchange),
}


@pytest.mark.parametrize("feed", sorted(FEEDS))
async def test_every_trade_that_was_served_is_in_the_lake_once(feed: str, tmp_path: Path) -> None:
    make_day, make = FEEDS[feed]
    soak, day = Soak(tmp_path, "spot"), make_day()
    async with socket_source(day) as url, http_source(day.rest) as rest:
        settings = StreamSettings(silent_s=0.5, backoff_s=0.01, longest_backoff_s=0.05)
        source, random = make(("BTC-USD",), url), Random(1).random
        streamer = Streamer(source, soak.health, soak.put, soak.clock, random, settings)
        missed = Hurried(MissedTrades(("BTC-USD",), [source.holes], rest.url), EVERY_S)
        filler = Poller(missed, Fetcher(soak.clock), soak.other_health("list"), soak.put, soak.clock, random)
        await soak.run([streamer, filler], lambda: day.has_ended() and not source.holes.count("BTC-USD"))
    trades = [row for row in soak.every_row("spot") if row["kind"] == "trade"]
    kept = {int(str(row["id"])) for row in trades}
    last = max(kept)
    assert kept == set(range(1, last + 1)), "none missing"
    rows = soak.rows("source", "kind", "id")
    assert len(rows) == len(set(rows)), "each once"
    assert len(trades) == len(kept) or feed == "coinbase", "a list of the same source doubles nothing"
    assert day.listed, "a hole was filled from the list"
    assert day.last - last <= 1_100, "what was sent in the last moments alone is not there"
    assert {"lost", "gap", "shape", "silent", "error_text"} <= soak.health.counts().faults.keys()
    assert day.connections - 1 <= soak.health.connections <= day.connections
    told = [float(one.value) for one in soak.sink.observations if one.kind == "spot"]
    assert told[-1] == max(told) == 78_000.1 + last
    assert len(soak.lines) <= 20 + SECONDS / 5, "a line for each kind of trouble, not for each trouble"


def portal_body(asked: Asked, number: int) -> bytes:
    minute, second = divmod(number % 3_600, 60)
    data = {"maxTemp": 40 + number % 60, "issueTime": f"2026-11-18T08:{minute:02}:{second:02}Z"}
    site = {"station": {"cliId": "NYC", "icao": "KNYC"}, "status": "preliminary", "data": data}
    return msgspec.json.encode({"results": [site]})


def tsa_body(asked: Asked, number: int) -> bytes:
    if asked.path == "/mirror":
        return f"date,passengers\n2026-01-01,{2_000_000 + number}\n".encode()
    rows = "".join(f"<tr><td>1/{day}/2026</td><td>{2_000_000 + number}</td></tr>" for day in range(1, 9))
    return f"<table><tr><th>Date</th><th>Numbers</th></tr>{rows}</table>".encode()


def yahoo_body(asked: Asked, number: int) -> bytes:
    price, at_s = 6000.25 + number, 1_794_000_000 + number
    meta = {"symbol": "^GSPC", "regularMarketPrice": price, "regularMarketTime": at_s}
    return msgspec.json.encode({"chart": {"result": [{"meta": meta}], "error": None}})


def feed_body(asked: Asked, number: int) -> bytes:
    items = "".join(
        f"<item><title>Notice {one} of the court in case {one * 7}</title><guid>g{one}</guid></item>"
        for one in range(number, number + 5)
    )
    return f"<rss><channel>{items}</channel></rss>".encode()


Make = Callable[[str], PollSource]
SOURCES: dict[str, tuple[str, Make, Callable[[Asked, int], bytes], tuple[str, ...]]] = {
    "weather": (
        "weather_climate",
        lambda url: Portal([BY_SERIES["KXHIGHNY"]], Topics(), url),
        portal_body,
        ("climate_date", "id", "max_text"),
    ),
    "tsa": (
        "tsa",
        lambda url: Throughput(f"{url}/page", f"{url}/mirror", f"{url}/archive"),
        tsa_body,
        ("source", "day", "passengers"),
    ),
    "index": (
        "index_levels",
        lambda url: Yahoo([SYMBOLS["SPX"]], url),
        yahoo_body,
        ("symbol", "source_ns", "value_text"),
    ),
    "news": (
        "news",
        lambda url: Feeds(NewsDesk(), [f"{url}/rss"]),
        feed_body,
        ("id", "title", "duplicate_of"),
    ),
}


@pytest.mark.parametrize("name", sorted(SOURCES))
async def test_every_answer_that_was_served_is_in_the_lake_once(name: str, tmp_path: Path) -> None:
    table, make, bodies, columns = SOURCES[name]
    soak, day = Soak(tmp_path, table), ServiceOnABadDay(bodies)
    async with http_source(day) as server:
        source = Hurried(make(server.url), EVERY_S)
        fetcher = Fetcher(soak.clock, settings=FetchSettings(deadline_s=0.3))
        settings = PollSettings(backoff_s=0.01, longest_backoff_s=0.05)
        part = Poller(source, fetcher, soak.health, soak.put, soak.clock, Random(1).random, settings)
        await soak.run([part], lambda: len(day.bad) == len(BAD_ANSWERS) and len(day.served) > 30)
    faults = soak.health.counts().faults
    taken = [(errand, data) for errand, data in source.taken if data in day.served]
    assert len(taken) >= len(day.served) - faults["unreachable"] - 1, "but for what came too late"
    rows, told = _expected(make(server.url), taken, columns)
    assert len(rows) > 10
    assert soak.rows(*columns) == rows
    assert {"refused", "rate_limited", "server", "unreachable"} <= faults.keys()
    heard = [one.value for one in soak.sink.observations] + [one.title for one in soak.sink.headlines]
    assert heard == told, "the engine heard all of it, in order"
    assert len(soak.lines) <= 30 + SECONDS


def _expected(
    source: PollSource, taken: list[tuple[str, bytes]], columns: tuple[str, ...]
) -> tuple[list[tuple[object, ...]], list[str]]:
    """What a source that saw the good answers alone makes of them: rows, and what it tells."""
    rows: list[tuple[object, ...]] = []
    told: list[str] = []
    now_ns = time.time_ns()
    for name, data in taken:
        found = taken_of(source, name, data, now_ns)
        rows += [tuple(getattr(row, column) for column in columns) for row in found.rows]
        told += [one.value if isinstance(one, Observation) else one.title for one in found.told]
    return sorted(rows), told
