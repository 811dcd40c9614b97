"""An account's exchange in this process and imports of it: no sockets, a network that a test may bend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
from traded_account import ANN, TradedAccount

from engine.assembly.account_import import AccountImport, Imported
from engine.domain.account_history import AccountName
from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.client import KalshiReader
from engine.kalshi.credentials import Credentials, load_credentials
from engine.kalshi.hosts import Venue, endpoint_of
from engine.kalshi.settings import ClientSettings
from engine.ledger.account_store import AccountStore
from engine.sandbox.server.app import build_app
from engine.sandbox.server.keys import KeyType

ADDRESS = "http://127.0.0.1:1/trade-api/v2"
QUICK = ClientSettings(
    read_deadline_ns=2 * SECOND_NS, read_attempts=2, backoff_ns=MILLISECOND_NS, read_timeout_ns=SECOND_NS
)
Meddling = Callable[[httpx.Request], httpx.Response | None]


class Wire(httpx.AsyncBaseTransport):
    """Hands requests to the exchange's application. ``meddle`` may answer in its place; ``asked`` holds the
    paths and cursors in their order."""

    def __init__(self, life: TradedAccount) -> None:
        self._inner = httpx.ASGITransport(app=build_app(life.world), client=("127.0.0.1", 1))
        self.meddle: Meddling = lambda request: None
        self.asked: list[tuple[str, str]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/trade-api/v2")
        self.asked.append((path, request.url.params.get("cursor", "")))
        answer = self.meddle(request)
        return await self._inner.handle_async_request(request) if answer is None else answer


class Desk:
    """A traded account, its exchange on a wire, and a file for its history."""

    def __init__(self, life: TradedAccount, folder: Path) -> None:
        self.life = life
        self.wire = Wire(life)
        self.path = folder / "account.sqlite"
        self.name = AccountName("sandbox", life.exchange.world_id, ANN)

    def key(self, *scopes: str) -> Credentials:
        made = self.life.world.keys.create(ANN, scopes, KeyType.ED25519)
        self.life.world.commit()
        return load_credentials(made.record.key_id, made.private_key, Venue.SANDBOX)

    def client(self) -> KalshiReader:
        """With a key that may only read."""
        return KalshiReader(
            endpoint_of(ADDRESS),
            self.key("read"),
            settings=QUICK,
            http_transport=self.wire,
            jitter=lambda: 0.0,
        )

    async def read(self, *, page: int = 50) -> Imported:
        """One import."""
        async with self.client() as client:
            with AccountStore(self.path, self.name) as store:
                return await AccountImport(client, store, page=page).run()
