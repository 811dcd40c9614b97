"""The stream and the order book endpoints of a Bench on real sockets, in this process."""

from __future__ import annotations

import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import uvicorn
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from starlette.applications import Starlette
from starlette.routing import Mount, WebSocketRoute
from stream_harness import Bench
from websockets.asyncio.client import ClientConnection, connect

from engine.domain.units import MILLISECOND_NS
from engine.sandbox.server.rest.books import routes as book_routes
from engine.sandbox.server.stream.protocol import UVICORN_OPTIONS
from engine.wire.signing import REST_ROOT, WEBSOCKET_PATH


class StreamServer:
    """Where a Bench listens, and how to come in."""

    def __init__(self, bench: Bench, port: int) -> None:
        self.bench = bench
        self.rest = f"http://127.0.0.1:{port}{REST_ROOT}"
        self.ws = f"ws://127.0.0.1:{port}{WEBSOCKET_PATH}"

    def headers(self, account_id: str = "ann") -> dict[str, str]:
        """Signed headers of a new key, at the wall time of the Bench."""
        new = self.bench.keys.create(account_id)
        key = serialization.load_pem_private_key(new.private_key.encode(), password=None)
        assert isinstance(key, RSAPrivateKey)
        stamp = str(self.bench.wall.now_ns() // MILLISECOND_NS)
        pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
        signature = key.sign(f"{stamp}GET{WEBSOCKET_PATH}".encode(), pss, hashes.SHA256())
        return {
            "KALSHI-ACCESS-KEY": new.record.key_id,
            "KALSHI-ACCESS-TIMESTAMP": stamp,
            "KALSHI-ACCESS-SIGNATURE": base64.b64encode(signature).decode(),
        }

    def connect(self, account_id: str = "ann", **options: Any) -> connect:
        """A plain client of the ``websockets`` library, to be used as a context."""
        return connect(self.ws, additional_headers=self.headers(account_id), max_size=None, **options)


@asynccontextmanager
async def serving(bench: Bench, **options: Any) -> AsyncIterator[StreamServer]:
    """Listens on a free port of 127.0.0.1; ``options`` change those of uvicorn."""
    app = Starlette(
        routes=[WebSocketRoute(WEBSOCKET_PATH, bench.hub.endpoint), Mount(REST_ROOT, routes=book_routes)]
    )
    app.state.world = SimpleNamespace(exchange=bench.exchange)
    listener = socket.create_server(("127.0.0.1", 0))
    settings = {"lifespan": "off", "log_level": "critical"} | UVICORN_OPTIONS | options
    config = uvicorn.Config(app, **settings)
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listener])
    try:
        yield StreamServer(bench, listener.getsockname()[1])
    finally:
        await bench.hub.close()
        await server.shutdown(sockets=[listener])
        listener.close()


async def next_frame(client: ClientConnection) -> bytes:
    text = await client.recv(decode=False)
    assert isinstance(text, bytes)
    return text
