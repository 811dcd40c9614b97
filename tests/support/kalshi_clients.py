"""Adapter clients for tests: keys made on the spot, short time-outs, chosen transports."""

from __future__ import annotations

from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.kalshi.client import KalshiClient, KalshiReader
from engine.kalshi.credentials import Credentials
from engine.kalshi.hosts import Venue, endpoint_of
from engine.kalshi.settings import ClientSettings

MOCK_REST = "http://127.0.0.1:1/trade-api/v2"
TRADE = {
    "trade_id": "t-1",
    "ticker": "T",
    "count_fp": "0.50",
    "yes_price_dollars": "0.4710",
    "no_price_dollars": "0.5290",
    "taker_outcome_side": "yes",
    "taker_book_side": "bid",
    "created_time": "2026-11-20T10:00:00.5Z",
}
"""A public trade as it is listed."""
QUICK = ClientSettings(
    post_timeout_ns=300 * MILLISECOND_NS,
    read_timeout_ns=300 * MILLISECOND_NS,
    read_deadline_ns=5 * SECOND_NS,
    read_attempts=3,
    backoff_ns=2 * MILLISECOND_NS,
    connect_timeout_ns=200 * MILLISECOND_NS,
    pool_timeout_ns=50 * MILLISECOND_NS,
)


def credentials(venue: Venue = Venue.SANDBOX) -> Credentials:
    return Credentials("11111111-2222-3333-4444-555555555555", Ed25519PrivateKey.generate(), venue)


def client_at(rest: str, **options: Any) -> KalshiClient:
    options.setdefault("settings", QUICK)
    options.setdefault("jitter", lambda: 0.5)
    return KalshiClient(endpoint_of(rest), credentials(), **options)


class Script:
    """A mock network: answers by (method, path) with a list of responses, the last one again and again."""

    def __init__(self, **_: object) -> None:
        self.answers: dict[tuple[str, str], list[httpx.Response | Exception]] = {}
        self.requests: list[httpx.Request] = []

    def on(self, method: str, path: str, *answers: Any, status: int = 200) -> Script:
        made = [
            a if isinstance(a, httpx.Response | Exception) else httpx.Response(status, json=a)
            for a in answers
        ]
        self.answers[method, path] = made
        return self

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/trade-api/v2")
        queue = self.answers[request.method, path]
        found = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)

    def client(self, **options: Any) -> KalshiClient:
        return client_at(MOCK_REST, http_transport=httpx.MockTransport(self), **options)

    def reader(self, **options: Any) -> KalshiReader:
        options.setdefault("settings", QUICK)
        return KalshiReader(
            endpoint_of(MOCK_REST), http_transport=httpx.MockTransport(self), jitter=lambda: 0.5, **options
        )


def order(client_order_id: str = "c-1", **changes: Any) -> OrderRequest:
    fields: dict[str, Any] = {
        "ticker": "KXHIGHNY-26NOV21-B83.5",
        "side": BookSide.BID,
        "price_bp": 4_700,
        "count_c": 300,
        "client_order_id": client_order_id,
    }
    return OrderRequest(**(fields | changes))
