"""What each request costs in tokens, as ``GET /account/endpoint_costs`` lists it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.wire.exchange import EndpointCost, EndpointCosts
from engine.wire.signing import REST_ROOT

_ANY = "*"


def _known(*rows: tuple[str, str, int]) -> EndpointCosts:
    return EndpointCosts(
        default_cost=10,
        endpoint_costs=[EndpointCost(method=m, path=REST_ROOT + p, cost=c) for m, p, c in rows],
    )


PUBLISHED_COSTS = _known(
    ("DELETE", "/portfolio/events/orders/:order_id", 2),
    ("DELETE", "/portfolio/events/orders/batched", 2),
    ("GET", "/portfolio/orders/:order_id", 2),
    ("POST", "/account/api_usage_level/upgrade", 30),
    ("GET", "/cfbenchmarks/values", 150),
)
"""The documented costs of 2026-10: in use until the account's own table was read."""


class CostTable:
    """Looks a request's cost up. Batches are listed with the cost of one item: see :meth:`cost`."""

    def __init__(self, costs: EndpointCosts = PUBLISHED_COSTS) -> None:
        self._default = costs.default_cost
        self._rows: dict[tuple[str, int], list[tuple[tuple[str, ...], int]]] = {}
        self._add(costs.endpoint_costs)

    def cost(self, method: str, path: str, items: int = 1) -> int:
        """Tokens for ``method`` and ``path`` (relative to ``/trade-api/v2``), times the items of a batch.

        A literal path goes before a template such as ``/portfolio/orders/:order_id``.
        """
        segments = _segments(path)
        best: tuple[int, int] | None = None
        for template, cost in self._rows.get((method.upper(), len(segments)), ()):
            if all(part in (_ANY, segment) for part, segment in zip(template, segments, strict=True)):
                literal = sum(part != _ANY for part in template)
                if best is None or literal > best[0]:
                    best = (literal, cost)
        return (self._default if best is None else best[1]) * items

    def _add(self, rows: Iterable[EndpointCost]) -> None:
        for row in rows:
            template = tuple(
                _ANY if part[:1] in (":", "{") else part
                for part in _segments(row.path.removeprefix(REST_ROOT))
            )
            self._rows.setdefault((row.method.upper(), len(template)), []).append((template, row.cost))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))
