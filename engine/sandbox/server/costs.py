"""What a request costs in tokens, and which buckets it bills.

Facts: the default is 10; a cancel 2, a batch its item's cost times its length, reading one order 2, the tier
upgrade 30, settlement indexes 150. Writes bill the bucket of the shard they name; those that leave the
routing to the exchange bill every shard's.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec

from engine.wire.exchange import EndpointCost, EndpointCosts
from engine.wire.signing import REST_ROOT

DEFAULT_COST = 10
BALANCE_PATH = "/portfolio/balance"

_ORDERS = "/portfolio/events/orders"
_LISTED: tuple[tuple[str, str, int], ...] = (
    ("DELETE", f"{_ORDERS}/:order_id", 2),
    ("DELETE", f"{_ORDERS}/batched", 2),
    ("GET", "/portfolio/orders/:order_id", 2),
    ("POST", "/account/api_usage_level/upgrade", 30),
    ("GET", "/cfbenchmarks/values", 150),
)

_SEGMENT = re.compile(r":[a-z_]+")
_SHARD = re.compile(r"-?\d{1,18}", re.ASCII)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_SEGMENT.sub("[^/]+", template))


# The path of all batches also fits the template of one order, so exact paths are looked at first.
_EXACT = {(method, path): cost for method, path, cost in _LISTED if ":" not in path}
_TEMPLATES = [(method, _pattern(path), cost) for method, path, cost in _LISTED if ":" in path]
_NOT_ONE_ORDER = frozenset({"/portfolio/orders/queue_positions"})


def endpoint_costs() -> EndpointCosts:
    """The body of ``GET /account/endpoint_costs``: what does not cost the default."""
    return EndpointCosts(
        default_cost=DEFAULT_COST,
        endpoint_costs=[
            EndpointCost(method=method, path=REST_ROOT + path, cost=cost) for method, path, cost in _LISTED
        ],
    )


def item_cost(method: str, path: str) -> int:
    """Tokens of one request, or of one item of a batch; ``path`` is relative to the REST root."""
    exact = _EXACT.get((method, path))
    if exact is not None:
        return exact
    if path in _NOT_ONE_ORDER:
        return DEFAULT_COST
    for wanted, pattern, cost in _TEMPLATES:
        if wanted == method and pattern.fullmatch(path):
            return cost
    return DEFAULT_COST


class Billing(msgspec.Struct, frozen=True):
    """What one write bills: tokens for each named shard, and tokens for every shard."""

    by_shard: dict[int, int]
    everywhere: int = 0


_Count: TypeAlias = int | None


class _Routed(msgspec.Struct, frozen=True):
    """The part of a body that says where it goes. Everything else is looked over."""

    exchange_index: int | None = None
    ticker: str | None = None
    market_ticker: str | None = None
    orders: list[dict[str, object]] | None = None


_decoder = msgspec.json.Decoder(_Routed)


def bill_write(method: str, path: str, query_index: str | None, has_market: bool, body: bytes) -> Billing:
    """What a write costs and where. A body that cannot be read is billed as one item to shard 0."""
    cost = item_cost(method, path)
    try:
        routed = _decoder.decode(body) if body else _Routed()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return Billing({0: cost})
    if path.endswith("/batched") and routed.orders is not None:
        return _sum([_one(cost, _index(item), _names_market(item)) for item in routed.orders])
    index = _whole(query_index) if routed.exchange_index is None else routed.exchange_index
    names_market = has_market or bool(routed.ticker or routed.market_ticker)
    return _one(cost, index, names_market)


def _one(cost: int, index: _Count, names_market: bool) -> Billing:
    if index is None:
        return Billing({}, cost) if names_market else Billing({0: cost})
    return Billing({}, cost) if index < 0 else Billing({index: cost})


def _sum(parts: list[Billing]) -> Billing:
    by_shard: dict[int, int] = {}
    for part in parts:
        for shard, cost in part.by_shard.items():
            by_shard[shard] = by_shard.get(shard, 0) + cost
    return Billing(by_shard, sum(part.everywhere for part in parts))


def _index(item: dict[str, object]) -> _Count:
    found = item.get("exchange_index")
    return found if isinstance(found, int) else None


def _names_market(item: dict[str, object]) -> bool:
    return bool(item.get("ticker") or item.get("market_ticker"))


def _whole(text: str | None) -> _Count:
    return int(text) if text is not None and _SHARD.fullmatch(text) else None
