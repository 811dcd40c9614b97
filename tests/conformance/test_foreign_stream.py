"""A second foreign client: plain `websockets`, json and decimals, written without a line of ours.

It follows fifty books through ten thousand deltas; with the clock standing still its books, written out as
the order book endpoint writes them, equal the endpoint's answers byte for byte.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from running_sandbox import RunningSandbox
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

BOOKS = 50
DELTAS = 10_000

Levels = dict[str, dict[Decimal, Decimal]]


def upgrade_headers(sandbox: RunningSandbox, *, skew_s: int = 0) -> dict[str, str]:
    key = serialization.load_pem_private_key(Path(sandbox.private_key_path).read_bytes(), password=None)
    assert isinstance(key, RSAPrivateKey)
    stamp = str(int((time.time() + skew_s) * 1000))
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    signature = key.sign(f"{stamp}GET/trade-api/ws/v2".encode(), pss, hashes.SHA256())
    return {
        "KALSHI-ACCESS-KEY": sandbox.key_id,
        "KALSHI-ACCESS-TIMESTAMP": stamp,
        "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
    }


class Follower:
    """Books of bids on both legs, kept from the frames alone."""

    def __init__(self) -> None:
        self.books: dict[str, Levels] = {}
        self.deltas = 0
        self.seq: dict[int, int] = {}

    def take(self, frame: dict[str, Any]) -> None:
        if "seq" in frame:
            expected = self.seq.get(frame["sid"], 0) + 1
            assert frame["seq"] == expected, f"sid {frame['sid']}: got seq {frame['seq']}, wanted {expected}"
            self.seq[frame["sid"]] = expected
        message = frame.get("msg", {})
        if frame["type"] == "orderbook_snapshot":
            self.books[message["market_ticker"]] = {
                leg: {Decimal(p): Decimal(c) for p, c in message.get(f"{leg}_dollars_fp", [])}
                for leg in ("yes", "no")
            }
        elif frame["type"] == "orderbook_delta":
            self.deltas += 1
            levels = self.books[message["market_ticker"]][message["side"]]
            price = Decimal(message["price_dollars"])
            levels[price] = levels.get(price, Decimal(0)) + Decimal(message["delta_fp"])
            assert levels[price] >= 0
            if not levels[price]:
                del levels[price]

    def as_rest(self, ticker: str) -> bytes:
        sides = {
            f"{leg}_dollars": [[f"{p:.4f}", f"{c:.2f}"] for p, c in sorted(self.books[ticker][leg].items())]
            for leg in ("yes", "no")
        }
        return json.dumps({"orderbook_fp": sides}, separators=(",", ":")).encode()


async def frames(socket: ClientConnection) -> AsyncIterator[dict[str, Any]]:
    async for text in socket:
        yield json.loads(text)


def open_tickers(sandbox: RunningSandbox) -> list[str]:
    answer = httpx.get(f"{sandbox.rest}/markets", params={"status": "open", "limit": 1000}).json()
    markets = [m for m in answer["markets"] if m["yes_bid_dollars"] > "0.0500" < m["no_bid_dollars"]]
    return [m["ticker"] for m in markets[:BOOKS]]


@pytest.mark.slow
async def test_fifty_books_equal_rest_byte_for_byte(sandbox: RunningSandbox) -> None:
    tickers = open_tickers(sandbox)
    assert len(tickers) == BOOKS
    follower = Follower()
    async with connect(sandbox.ws, additional_headers=upgrade_headers(sandbox), max_size=None) as socket:
        subscribe = {"channels": ["orderbook_delta"], "market_tickers": tickers}
        await socket.send(json.dumps({"id": 1, "cmd": "subscribe", "params": subscribe}))
        await asyncio.to_thread(sandbox.side_door, "POST", "clock", speed=30)
        try:
            async with asyncio.timeout(240):
                async for frame in frames(socket):
                    follower.take(frame)
                    if follower.deltas >= DELTAS:
                        break
        finally:
            await asyncio.to_thread(sandbox.side_door, "POST", "clock", pause=True)
        # Whatever the exchange said before it stood still is ahead of the answer to this.
        await socket.send(json.dumps({"id": 2, "cmd": "list_subscriptions"}))
        async with asyncio.timeout(60):
            async for frame in frames(socket):
                follower.take(frame)
                if frame.get("id") == 2:
                    break
    assert follower.deltas >= DELTAS
    assert len(follower.books) == BOOKS
    async with httpx.AsyncClient() as http:
        for ticker in tickers:
            answer = await http.get(f"{sandbox.rest}/markets/{ticker}/orderbook")
            assert answer.content == follower.as_rest(ticker), ticker
    await asyncio.to_thread(sandbox.side_door, "POST", "clock", pause=False, speed=1)


async def test_an_upgrade_without_a_good_signature_is_refused(sandbox: RunningSandbox) -> None:
    for headers in ({}, upgrade_headers(sandbox, skew_s=-60)):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(sandbox.ws, additional_headers=headers):
                pass
        assert refused.value.response.status_code == 401


async def test_an_unknown_channel_has_its_code(sandbox: RunningSandbox) -> None:
    async with connect(sandbox.ws, additional_headers=upgrade_headers(sandbox)) as socket:
        await socket.send(json.dumps({"id": 9, "cmd": "subscribe", "params": {"channels": ["ticker_v2"]}}))
        frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
        assert (frame["type"], frame["id"], frame["msg"]["code"]) == ("error", 9, 8)
