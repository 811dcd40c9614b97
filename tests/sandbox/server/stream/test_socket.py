"""The stream over real sockets, to the plain client of the ``websockets`` library."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import Any

import httpx
import pytest
from book_follower import BookFollower
from stream_harness import BID, Bench
from stream_server import serving
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Opcode

from engine.sandbox.server.stream.limits import StreamLimits
from engine.sandbox.server.stream.protocol import UVICORN_OPTIONS


async def command(client: ClientConnection, cmd: str, **params: Any) -> None:
    await client.send(json.dumps({"id": 1, "cmd": cmd, "params": params}))


async def receive(client: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(20):
        found: dict[str, Any] = json.loads(await client.recv())
        return found


async def test_fifty_books_through_ten_thousand_deltas_equal_rest_byte_for_byte() -> None:
    random = Random(50)
    tickers = [f"M{number}" for number in range(50)]
    bench = Bench(*tickers)
    follower = BookFollower()
    async with serving(bench) as server, server.connect() as client, httpx.AsyncClient() as http:
        await command(client, "subscribe", channels=["orderbook_delta"], market_tickers=tickers)
        while len(follower.books) < 50:
            follower.take(await receive(client))
        while follower.deltas < 10_000:
            for _ in range(200):
                bench.random_action(random, tickers)
                bench.publish()
            # Whatever was said before this answer comes ahead of it.
            await command(client, "list_subscriptions")
            while (frame := await receive(client))["type"] != "ok":
                follower.take(frame)
        for ticker in tickers:
            answer = await http.get(f"{server.rest}/markets/{ticker}/orderbook")
            assert answer.content == follower.rest_body(ticker)


@pytest.mark.parametrize(
    ("spoil", "code", "details"),
    [
        ("KALSHI-ACCESS-SIGNATURE", "authentication_error", "INCORRECT_API_KEY_SIGNATURE"),
        ("KALSHI-ACCESS-KEY", "authentication_error", "NOT_FOUND"),
        ("KALSHI-ACCESS-TIMESTAMP", "header_timestamp_expired", None),
        ("all", "signature_is_missing_from_headers", None),
    ],
)
async def test_a_refused_upgrade_answers_401_with_the_body(
    spoil: str, code: str, details: str | None
) -> None:
    async with serving(Bench()) as server:
        headers = {} if spoil == "all" else server.headers() | {spoil: "1234"}
        with pytest.raises(InvalidStatus) as refused:
            async with connect(server.ws, additional_headers=headers):
                pass
    response = refused.value.response
    assert response.status_code == 401
    error = json.loads(response.body)["error"]
    assert (error["code"], error.get("details")) == (code, details)


async def test_one_connection_too_many_is_refused_and_a_closed_one_makes_room() -> None:
    bench = Bench(limits=StreamLimits(connections_per_account=2))
    async with serving(bench) as server, server.connect() as first:
        async with server.connect(), server.connect("bob"):
            leaving = bench.hub.sessions[1:]
            assert len(leaving) == 2
            with pytest.raises(InvalidStatus) as refused:
                async with server.connect():
                    pass
            assert refused.value.response.status_code == 429
            assert json.loads(refused.value.response.body) == {"error": "too many requests"}
        async with asyncio.timeout(20):
            for session in leaving:
                await session.ended.wait()
        async with server.connect() as third:
            await command(third, "list_subscriptions")
            assert (await receive(third))["msg"] == []
        await first.close()


async def test_pings_of_the_client_are_answered() -> None:
    async with serving(Bench()) as server, server.connect() as client:
        async with asyncio.timeout(20):
            assert await (await client.ping(b"still there?")) >= 0


class Watching(ClientConnection):
    """Keeps the bodies of the server's pings."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.pings: asyncio.Queue[bytes] = asyncio.Queue()

    def process_event(self, event: Any) -> None:
        if getattr(event, "opcode", None) is Opcode.PING:
            self.pings.put_nowait(bytes(event.data))
        super().process_event(event)


async def test_the_server_pings_with_the_body_heartbeat_again_and_again() -> None:
    assert UVICORN_OPTIONS["ws_ping_interval"] == 10.0
    async with (
        serving(Bench(), ws_ping_interval=0.02) as server,
        server.connect(create_connection=Watching) as client,
    ):
        assert isinstance(client, Watching)
        async with asyncio.timeout(20):
            assert [await client.pings.get() for _ in range(3)] == [b"heartbeat"] * 3


async def test_a_client_that_answers_no_ping_is_let_go() -> None:
    bench = Bench()
    quick = {"ws_ping_interval": 0.02, "ws_ping_timeout": 0.05}
    async with serving(bench, **quick) as server, server.connect() as client:
        client.transport.pause_reading()
        (session,) = bench.hub.sessions
        async with asyncio.timeout(20):
            await session.ended.wait()
        client.transport.resume_reading()
    assert bench.hub.connections == 0


async def test_a_dropped_connection_ends_without_a_closing_frame() -> None:
    bench = Bench()
    async with serving(bench) as server, server.connect() as client:
        await command(client, "subscribe", channels=["orderbook_delta"], market_ticker="M")
        assert (await receive(client))["type"] == "subscribed"
        bench.fault("ws_drop")
        bench.order("ann", BID, 4_000, 100)
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await receive(client)
        assert closed.value.rcvd is None
    assert bench.hub.connections == 0


async def test_closing_the_hub_says_goodbye() -> None:
    bench = Bench()
    async with serving(bench) as server, server.connect() as client:
        await command(client, "list_subscriptions")
        await receive(client)
        await bench.hub.close()
        with pytest.raises(ConnectionClosed) as closed:
            await receive(client)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001


async def test_a_client_that_does_not_read_overflows_alone() -> None:
    bench = Bench(limits=StreamLimits(buffer_messages=300))
    async with serving(bench) as server, server.connect() as slow, server.connect() as quick:
        for client in (slow, quick):
            await command(client, "subscribe", channels=["orderbook_delta"], market_ticker="M")
            await receive(client)
            await receive(client)
        slow.transport.pause_reading()
        heard = 0
        rounds = 0
        while all(session.subscriptions for session in bench.hub.sessions):
            for price in range(1_000, 2_000, 10):
                bench.order("ann", BID, price, 100)
            bench.exchange.cancel_all("ann")
            bench.publish()
            rounds += 1
            while heard < rounds * 200:
                assert (await receive(quick))["type"] == "orderbook_delta"
                heard += 1
            assert rounds < 2_000, "the slow client never overflowed"
        slow.transport.resume_reading()
        seqs = []
        while (frame := await receive(slow))["type"] == "orderbook_delta":
            seqs.append(frame["seq"])
        assert seqs == list(range(2, len(seqs) + 2))
        assert (frame["sid"], frame["msg"]["code"]) == (1, 25)


async def test_big_frames_arrive_whole() -> None:
    bench = Bench()
    for price in range(10, 4_010, 10):
        bench.exchange.open_account(f"u{price}", {0: 10**12})
        bench.order(f"u{price}", BID, price, 123_456)
    async with serving(bench) as server, server.connect() as client:
        await command(client, "subscribe", channels=["orderbook_delta"], market_ticker="M")
        await receive(client)
        snapshot = await receive(client)
        assert len(snapshot["msg"]["yes_dollars_fp"]) == 400


async def test_a_server_that_compresses_is_served_too() -> None:
    bench = Bench()
    async with serving(bench, ws_per_message_deflate=True) as server, server.connect() as client:
        assert client.protocol.extensions
        await command(client, "subscribe", channels=["orderbook_delta"], market_ticker="M")
        assert (await receive(client))["type"] == "subscribed"
        assert (await receive(client))["type"] == "orderbook_snapshot"


@pytest.mark.parametrize("options", [{}, {"ws": "websockets-sansio"}])
async def test_a_client_that_vanishes_is_forgotten(options: dict[str, str]) -> None:
    bench = Bench()
    async with serving(bench, **options) as server, server.connect() as client:
        await command(client, "subscribe", channels=["orderbook_delta"], market_ticker="M")
        await receive(client)
        (session,) = bench.hub.sessions
        client.transport.abort()
        for price in range(1_000, 3_000, 10):
            bench.order("ann", BID, price, 100)
        async with asyncio.timeout(20):
            await session.ended.wait()
        assert not session.subscriptions
        bench.order("ann", BID, 5_000, 100)


async def test_another_asgi_server_is_served_too() -> None:
    bench = Bench()
    async with serving(bench, ws="websockets-sansio") as server, server.connect() as client:
        await command(client, "subscribe", channels=["orderbook_delta"], market_ticker="M")
        assert (await receive(client))["type"] == "subscribed"
        assert (await receive(client))["type"] == "orderbook_snapshot"
        bench.fault("ws_drop")
        bench.order("ann", BID, 4_000, 100)
        with pytest.raises(ConnectionClosed):
            await receive(client)
