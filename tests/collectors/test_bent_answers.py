"""Answers and messages bent at every place: taken or refused in one line, and none ends a collector."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import httpx
import msgspec
import pytest
from coinbase_words import match, ticker, trades
from collecting import NOW_NS, Bench, PlayedSockets, taken_of, told, values
from known_shapes import KEY, KNOWN, URL
from manual_clock import settle

from collectors.fetching import Body, Fetcher, Request
from collectors.index.massive import Massive
from collectors.index.symbols import SYMBOLS
from collectors.news.desk import NewsDesk
from collectors.news.feeds import Feeds
from collectors.observations import encode
from collectors.polling import Errand, Poller
from collectors.spot.coinbase import Coinbase
from collectors.spot.coinbase_exchange import CoinbaseExchange
from collectors.spot.index import IndexTaker
from collectors.streaming import Streamer, StreamSource
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.tsa.throughput import Throughput
from engine.domain.feed import FeedEvent, StreamFault
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.kalshi.drift import DriftCounter
from engine.kalshi.stream.decode import DecodeRefused, index_seen
from engine.kalshi.stream.frame_reader import UNREADABLE, FrameReader
from engine.kalshi.stream.machine import StreamMachine
from engine.wire.stream import IndexValueFrame

BENT: tuple[object, ...] = (
    *(None, True, 0, -1, 1.5, 1e300, 10**30),
    *("", "x", "0", "-5", "NaN", "9" * 5_000, "A" * 20_000, "\x00\n"),
    *("http://[", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "99991231T235959"),
    *([], [[]], [None], {}, {"value": None}),
)
TEXTS = (
    *(b"", b"null", b"[]", b"{}", b"1", b'"x"', b"<html><title>Denied</title></html>", b"Please limit"),
    *(b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b'{"a":NaN}', b"[1e400]"),
)


def places(document: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield at
    if isinstance(document, dict | list):
        for name in document if isinstance(document, dict) else range(len(document)):
            yield from places(document[name], (*at, name))


def bent(document: Any, at: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> bytes:
    copy = msgspec.json.decode(msgspec.json.encode({"all": document}))
    *way, last = ("all", *at)
    found = copy
    for name in way:
        found = found[name]
    change(found, last)
    return json.dumps(copy.get("all")).encode()


def drop(found: Any, name: Any) -> None:
    del found[name]


def every_bend(document: Any) -> Iterator[bytes]:
    yield from TEXTS
    for at in list(places(document)):
        yield bent(document, at, drop)
        for value in BENT:
            yield bent(document, at, lambda found, name, value=value: found.__setitem__(name, value))


def taken_or_refused(take: Callable[[bytes], Taken], data: bytes) -> None:
    """Fails for any other error, and for what the engine could not be told."""
    try:
        taken = take(data)
    except SourceFault as error:
        assert KEY not in error.fault.line
        return
    for message in taken.told:
        encode(message)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_an_answer_of_another_shape_is_taken_or_refused(name: str) -> None:
    make, errand, answer = KNOWN[name]
    assert not taken_of(make(), errand, msgspec.json.encode(answer)).faults
    for data in every_bend(answer):
        taken_or_refused(partial(taken_of, make(), errand), data)


STREAMS: dict[str, tuple[Callable[[], StreamSource], bytes]] = {
    "coinbase trades": (lambda: Coinbase(("BTC-USD",)), trades(0, 1)),
    "coinbase_exchange match": (lambda: CoinbaseExchange(("BTC-USD",)), match(3)),
    "coinbase_exchange ticker": (lambda: CoinbaseExchange(("BTC-USD",)), ticker(3)),
    "massive value": (
        lambda: Massive([SYMBOLS["SPX"]], KEY, "wss://m.example"),
        b'[{"ev":"V","val":6012.34,"T":"I:SPX","t":1794999999123}]',
    ),
    "massive refusal": (
        lambda: Massive([SYMBOLS["SPX"]], KEY, "wss://m.example"),
        b'[{"ev":"status","status":"auth_failed","message":"no"}]',
    ),
}


@pytest.mark.parametrize("name", sorted(STREAMS))
async def test_a_message_of_another_shape_leaves_the_connection_and_what_comes_after_it(name: str) -> None:
    make, good = STREAMS[name]
    document = msgspec.json.decode(good)
    bench, sockets = Bench("spot", "index_levels"), PlayedSockets()
    state = bench.health(name)
    put = partial(bench.recorder.put, name)
    streamer = Streamer(make(), state, put, bench.clock, lambda: 0.5, connect=sockets)
    task = asyncio.ensure_future(streamer.run())
    await bench.clock.advance(0)
    bends = list(every_bend(document))
    for data in bends:
        sockets.opened[-1].play(data)
        await settle()
        if sockets.opened[-1].is_closed:
            await bench.clock.advance(31 * SECOND_NS)
    assert not task.done(), task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert state.messages + sum(state.faults.values()) >= len(bends)
    assert all(len(line) < 400 and line.isprintable() for line in bench.lines)
    assert not any(KEY in line for line in bench.lines)


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="foo"?><rss/>',
        b'<?xml version="1.0" encoding="big5"?><rss/>',
        b"<rss>" + b"<a>" * 50_000,
        *TEXTS,
    ],
)
def test_a_feed_in_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(SourceFault):
        taken_of(Feeds(NewsDesk(), [f"{URL}/rss"]), "source.example/rss", data)


@pytest.mark.parametrize(
    "inside",
    [
        "<link>http://[</link>",
        "<link>https://a.example:99999999/x</link>",
        "<pubDate>Wed, 18 Nov 99999 11:00:00 GMT</pubDate>",
        "<pubDate>1 Jan 2020 10:10:10 +99999999999</pubDate>",
    ],
)
def test_an_item_with_one_odd_part_is_news_without_it(inside: str) -> None:
    good = "<item><title>The second piece of news today</title></item>"
    text = f"<rss><item><title>The first piece of news</title>{inside}</item>{good}</rss>"
    taken = taken_of(Feeds(NewsDesk(), [f"{URL}/rss"]), "source.example/rss", text.encode())
    assert values(taken.rows, "title", "published_ns") == [
        ("The first piece of news", None),
        ("The second piece of news today", None),
    ]


@pytest.mark.parametrize("day", ["11/17/2026", "0/0/0", "1/1/99999", "1/2", "x", "9" * 5_000 + "/1/1"])
@pytest.mark.parametrize("number", ["", "-1", "1e9", "9" * 5_000, "٢٤٠١١١٢"])
def test_a_table_of_travellers_with_an_odd_cell_is_refused(day: str, number: str) -> None:
    rows = f"<tr><th>Date</th><th>Numbers</th></tr><tr><td>{day}</td><td>{number}</td></tr>"
    source = Throughput(f"{URL}/p", f"{URL}/m.csv", f"{URL}/a")
    for errand, text in (
        ("page", f"<table>{rows}</table>"),
        ("mirror", f"date,passengers\n{day},{number}\n"),
    ):
        with pytest.raises(SourceFault):
            taken_of(source, errand, text.encode())


class Broken:
    """Two addresses; what comes of the first ends in an error that nobody thought of."""

    name, spacing_s, keeps_raw = "broken", 0.5, False

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [Errand(name=name, request=Request(url=f"{URL}/{name}"), every_s=60.0) for name in ("a", "b")]

    def take(self, errand: Errand, body: Body) -> Taken:
        if errand.name == "a":
            raise KeyError("nobody thought of it")
        return Taken()


async def test_an_error_that_nobody_thought_of_is_one_line_and_the_rest_goes_on() -> None:
    bench = Bench("spot")
    state = bench.health("broken")
    fetcher = Fetcher(bench.clock, transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    put = partial(bench.recorder.put, "broken")
    poller = Poller(Broken(), fetcher, state, put, bench.clock, lambda: 0.5)
    assert not await poller.ask(Broken().errands(NOW_NS)[0])
    assert await poller.ask(Broken().errands(NOW_NS)[1])
    assert bench.lines == ["broken: shape: not understood: KeyError: 'nobody thought of it'"]
    assert state.is_connected


def test_a_product_that_nobody_asked_for_is_told_to_nobody() -> None:
    other = match(3).replace(b"BTC-USD", b"DOGE-USD")
    with pytest.raises(SourceFault, match="unrecognised: product 'DOGE-USD'"):
        CoinbaseExchange(("BTC-USD",)).take(other, NOW_NS)
    dollars = CoinbaseExchange(("BTC-USDC",)).take(match(3), NOW_NS)
    assert told(dollars) == [("spot", "BTC-USD", "78003.1")], "the two have one book"


def test_quotes_whose_numbers_are_gone_are_no_repeats_of_each_other() -> None:
    source = CoinbaseExchange(("BTC-USD",))
    first, second = (
        msgspec.json.encode(msgspec.json.decode(ticker(3)) | {"sequence": None, "time": time, "price": price})
        for time, price in (("2026-11-18T11:00:00Z", "1.5"), ("2026-11-18T11:00:01Z", "2.5"))
    )
    assert told(source.take(first, NOW_NS))[0] == ("spot", "BTC-USD", "1.5")
    assert told(source.take(second, NOW_NS))[0] == ("spot", "BTC-USD", "2.5")


_WINDOW = {"value": "78000.1", "window_size": 6, "window_start_ts_ms": 1, "window_end_ts_exclusive": 2}
INDEX_FRAME = {
    "type": "cfbenchmarks_value",
    "sid": 1,
    "seq": 1,
    "msg": {
        "index_id": "BRTI",
        "received_at": 1_795_000_000_000,
        "data": '{"type":"value","id":"BRTI","time":1795000000000,"value":"78000.10"}',
        "avg_60s_data": _WINDOW,
        "last_60s_windowed_average_15min": _WINDOW,
    },
}


def index_taken(text: bytes) -> Taken:
    """What is made of a frame of the exchange's stream. Raises SourceFault for what is refused anywhere."""
    reader = FrameReader(DriftCounter())
    try:
        frame = reader.decode(text)
    except UNREADABLE as error:
        frame = reader.reread(text, error)
    if not isinstance(frame, IndexValueFrame):
        raise SourceFault(FaultKind.SHAPE, "no value of an index")
    try:
        return IndexTaker().take(index_seen(frame), NOW_NS)
    except DecodeRefused as error:
        raise SourceFault(FaultKind.SHAPE, "refused") from error


def test_a_value_of_a_settlement_index_of_another_shape_is_taken_or_refused() -> None:
    good = index_taken(json.dumps(INDEX_FRAME).encode())
    assert told(good) == [
        ("index", "BRTI", "78000.1"),
        ("index_average", "BRTI", "78000.1"),
        ("settlement_average", "BRTI", "78000.1"),
    ]
    for data in every_bend(INDEX_FRAME):
        taken_or_refused(index_taken, data)
    message: Any = INDEX_FRAME["msg"]
    for inner in every_bend(json.loads(message["data"])):
        whole = INDEX_FRAME | {"msg": message | {"data": inner.decode(errors="replace")}}
        taken_or_refused(index_taken, json.dumps(whole).encode())


def test_an_average_that_no_price_can_have_is_told_to_nobody() -> None:
    message: Any = INDEX_FRAME["msg"]
    bad = INDEX_FRAME | {"msg": message | {"avg_60s_data": _WINDOW | {"value": "-1"}}}
    with pytest.raises(SourceFault, match="BRTI: got -1, wanted above 0"):
        index_taken(json.dumps(bad).encode())


def test_a_frame_that_is_nested_too_deep_is_a_fault_of_the_stream() -> None:
    seen = list[FeedEvent]()
    machine = StreamMachine(seen.append, lambda: 0, DriftCounter())
    for text in TEXTS:
        machine.on_text(text)
    assert {type(event) for event in seen} == {StreamFault}
