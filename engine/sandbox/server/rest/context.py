"""What a handler needs from the application: the world, and what the routes keep beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from starlette.requests import Request

from engine.domain.units import DAY_NS, Nanoseconds
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order
from engine.sandbox.server.answers import not_found
from engine.sandbox.server.rest.market_cache import MarketCache

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange
    from engine.sandbox.server.world import World

LIVE_WINDOW_NS: Nanoseconds = 90 * DAY_NS
"""How long settled markets, trades, orders and positions stay in the live tier (about three months)."""


class OrderIndex:
    """Every order of each account in the order of creation; follows the exchange's own growing list."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._seen = 0
        self._by_account: dict[str, list[Order]] = {}

    def of(self, account_id: str) -> Sequence[Order]:
        """Oldest first; the list only ever grows at its end."""
        orders = self._exchange.orders
        missing = len(orders) - self._seen
        if missing > 0:
            newest = reversed(cast("dict[str, Order]", orders).values())
            for order in reversed([next(newest) for _ in range(missing)]):
                self._by_account.setdefault(order.account_id, []).append(order)
            self._seen = len(orders)
        return self._by_account.get(account_id, ())


class Desk:
    """What the routes derive from one exchange and keep between requests."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.markets = MarketCache(exchange)
        self.orders = OrderIndex(exchange)


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def exchange_of(request: Request) -> Exchange:
    return world_of(request).exchange


def desk_of(request: Request) -> Desk:
    """The desk of the application's exchange, made when it is first asked for."""
    state = request.app.state
    desk = getattr(state, "rest_desk", None)
    if not isinstance(desk, Desk) or desk.exchange is not state.world.exchange:
        desk = state.rest_desk = Desk(state.world.exchange)
    return desk


def record_of(request: Request) -> MarketRecord:
    """The market that the path names; raises 404."""
    return find_record(exchange_of(request), request.path_params["ticker"])


def find_record(exchange: Exchange, ticker: str) -> MarketRecord:
    """Raises 404 for a ticker that is not listed."""
    record = exchange.markets.get(ticker)
    if record is None:
        raise not_found(f"market: got {ticker}")
    return record


def cutoff_ns(request: Request) -> Nanoseconds:
    """What is older than this is served under ``/historical`` alone."""
    window_ns: Nanoseconds = getattr(request.app.state, "live_window_ns", LIVE_WINDOW_NS)
    return exchange_of(request).now_ns - window_ns


def is_historical(record: MarketRecord, cutoff: Nanoseconds) -> bool:
    """Whether a market was settled before the cutoff."""
    settled_ns = record.market.settled_ns
    return settled_ns is not None and settled_ns < cutoff
