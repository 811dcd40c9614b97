"""The production adapter at a running sandbox: a client, orders far from the market, the exchange itself."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

from running_sandbox import RunningSandbox

from engine.domain.order import BookSide, OrderRequest
from engine.domain.venue import MarketSheet
from engine.kalshi.client import KalshiClient
from engine.kalshi.credentials import load_credentials_file
from engine.kalshi.hosts import Venue, endpoint_of
from engine.kalshi.settings import ClientSettings

_numbers = count()


def client_of(sandbox: RunningSandbox, settings: ClientSettings | None = None) -> KalshiClient:
    key = load_credentials_file(sandbox.key_id, Path(sandbox.private_key_path), Venue.SANDBOX)
    return KalshiClient(endpoint_of(sandbox.rest, sandbox.ws), key, settings=settings)


def bid(sheet: MarketSheet, price_bp: int = 100, count_c: int = 500, **changes: object) -> OrderRequest:
    """A bid far below the market, unless told otherwise."""
    fields: dict[str, object] = {
        "ticker": sheet.ticker,
        "side": BookSide.BID,
        "price_bp": price_bp,
        "count_c": count_c,
        "client_order_id": f"adapter-{time.time_ns()}-{next(_numbers)}",
    }
    return OrderRequest(**(fields | changes))  # type: ignore[arg-type]


def sandbox_orders(sandbox: RunningSandbox, client_order_id: str) -> list[dict[str, object]]:
    """What the exchange itself has under a client id."""
    found = sandbox.side_door("GET", "orders")["orders"]
    assert isinstance(found, list)
    return [order for order in found if order["client_order_id"] == client_order_id]
