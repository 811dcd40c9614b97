"""A small world for tests of the server: a quiet source, a wall that a test may move, and signed requests."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from engine.domain.candle import Candlestick
from engine.domain.fee import FeeSchedule
from engine.domain.market import Event, Market, Series, Strike, StrikeType
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import HOUR_NS, SECOND_NS, Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.keys import KeyType
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.opening import Plan, open_world
from engine.sandbox.server.serving import SandboxServer
from engine.sandbox.server.store import Store
from engine.sandbox.server.wall import Wall
from engine.sandbox.server.world import World
from engine.sandbox.source import SourceSummary
from engine.wire.signing import KEY_HEADER, REST_ROOT, SIGNATURE_HEADER, TIMESTAMP_HEADER, text_to_sign

START_NS = 1_790_000_000 * SECOND_NS
ORDERS = "/portfolio/events/orders"


class MovableWall:
    """Wall time that stands until a test moves it; sleeping lets others run and passes no time."""

    def __init__(self, at_ns: Nanoseconds = START_NS) -> None:
        self.at_ns = at_ns
        self.slept: list[float] = []

    def now_ns(self) -> Nanoseconds:
        return self.at_ns

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0.001)


class QuietSource:
    """Lists two markets of one event, and quotes nothing."""

    def open(self, exchange: Exchange) -> None:
        if "SER" in exchange.series:
            return
        exchange.list_series(Series("SER", "series", "test", "daily", FeeSchedule()))
        exchange.list_event(Event("EV", "SER", "event", "", mutually_exclusive=False))
        for ticker in ("M1", "M2"):
            exchange.list_market(_market(ticker, exchange.now_ns))
        exchange.advance(exchange.now_ns)

    def advance(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        return None

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        return None

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        return ()

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        return ()

    def summary(self) -> SourceSummary:
        return SourceSummary("quiet", {"markets": 2})


def _market(ticker: str, now_ns: Nanoseconds) -> Market:
    return Market(
        ticker=ticker,
        event_ticker="EV",
        series_ticker="SER",
        title=ticker,
        yes_sub_title="yes",
        no_sub_title="no",
        rules_primary="",
        open_ns=now_ns - HOUR_NS,
        close_ns=now_ns + 48 * HOUR_NS,
        expected_expiration_ns=now_ns + 48 * HOUR_NS,
        latest_expiration_ns=now_ns + 72 * HOUR_NS,
        strike=Strike(StrikeType.CUSTOM),
        price_level_structure="linear_cent",
        grid=STRUCTURES["linear_cent"],
        fees=FeeSchedule(),
    )


def quiet_plan(**changed: object) -> Plan:
    fields: dict[str, object] = {
        "kind": "quiet",
        "options": {},
        "make_source": lambda options: QuietSource(),
        "catches_up": True,
        "default_tier": Tier.PRESTIGE,
        "rules": ExchangeRules(maintenance=None),
    }
    return Plan(**(fields | changed))  # type: ignore[arg-type]


def small_world(wall: Wall | None = None, store: Store | None = None, **plan: object) -> World:
    return open_world(quiet_plan(**plan), store or Store.in_memory(), wall or MovableWall())


class Signer:
    """Signs as a client does, at the time of a wall."""

    def __init__(self, wall: Wall, key_id: str, private_key: str) -> None:
        self.wall = wall
        self.key_id = key_id
        self.key = load_pem_private_key(private_key.encode(), None)

    def headers(self, method: str, path: str, *, late_ms: int = 0, salt: object = 32) -> dict[str, str]:
        at_ms = self.wall.now_ns() // 1_000_000 + late_ms
        text = text_to_sign(at_ms, method, path)
        if isinstance(self.key, ed25519.Ed25519PrivateKey):
            signature = self.key.sign(text)
        else:
            assert isinstance(self.key, rsa.RSAPrivateKey)
            pss = padding.PSS(padding.MGF1(hashes.SHA256()), salt)  # type: ignore[arg-type]
            signature = self.key.sign(text, pss, hashes.SHA256())
        return {
            KEY_HEADER: self.key_id,
            TIMESTAMP_HEADER: str(at_ms),
            SIGNATURE_HEADER: base64.b64encode(signature).decode(),
        }


def signer_for(
    world: World, account_id: str = "ann", key_type: KeyType = KeyType.ED25519, **options: object
) -> Signer:
    """A key of an account with $10,000 on the first shard."""
    if account_id not in world.exchange.accounts:
        world.exchange.open_account(account_id, {0: 10_000_000_000, 2: 10_000_000_000})
    made = world.keys.create(account_id, key_type=key_type, **options)  # type: ignore[arg-type]
    world.commit()
    return Signer(world.wall, made.record.key_id, made.private_key)


def order_body(client_order_id: str = "", price: str = "0.4000", **changed: object) -> dict[str, object]:
    body: dict[str, object] = {
        "ticker": "M1",
        "side": "bid",
        "count": "1.00",
        "price": price,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    }
    if client_order_id:
        body["client_order_id"] = client_order_id
    return body | changed


class Client:
    """Signed requests to one server. Paths are relative to the REST root, or start with ``/sandbox``."""

    def __init__(self, http: httpx.AsyncClient, signer: Signer | None = None) -> None:
        self.http = http
        self.signer = signer

    async def __call__(self, method: str, path: str, **options: object) -> httpx.Response:
        if path.startswith("/sandbox"):
            return await self.http.request(method, path, **options)  # type: ignore[arg-type]
        full = REST_ROOT + path
        headers = self.signer.headers(method, full) if self.signer else {}
        return await self.http.request(method, full, headers=headers, **options)  # type: ignore[arg-type]

    async def place(
        self, client_order_id: str = "", price: str = "0.4000", **changed: object
    ) -> httpx.Response:
        return await self("POST", ORDERS, json=order_body(client_order_id, price, **changed))

    async def place_within(self, seconds: float, client_order_id: str) -> httpx.Response:
        """Raises httpx.ReadTimeout when no answer comes in that time."""
        return await self("POST", ORDERS, json=order_body(client_order_id), timeout=seconds)


def in_process(world: World, signer: Signer | None = None) -> Client:
    """A client that calls the application without sockets."""
    from engine.sandbox.server.app import build_app

    transport = httpx.ASGITransport(app=build_app(world), client=("127.0.0.1", 1))
    return Client(httpx.AsyncClient(transport=transport, base_url="http://sandbox"), signer)


@contextlib.asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """Serves a world on a loopback socket; yields its address."""
    ready = asyncio.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = SandboxServer(world, ready.set)
        running = asyncio.create_task(server.run_on(listener))
        await ready.wait()
        host, port = listener.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.stop()
            await running
