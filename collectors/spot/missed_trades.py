"""Trades that no stream brought, read from Coinbase Exchange: ``GET /products/{id}/trades``.

Newest first, 1,000 at most; ``after`` a number gives those before it. Nothing is asked while nothing is
missing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from collectors.fetching import Body, Request
from collectors.moments import iso_moment
from collectors.numbers import positive
from collectors.polling import Errand
from collectors.shapes import shaped
from collectors.spot.coinbase_exchange import NAME as EXCHANGE
from collectors.spot.holes import Holes
from collectors.spot.rows import SpotRow
from collectors.taking import Fault, FaultKind, SourceFault, Taken
from engine.domain.units import Nanoseconds

_EVERY_S, _A_PAGE = 0.5, 1_000
_TRADES = "trades"


class _Trade(msgspec.Struct):
    trade_id: int
    time: str
    price: str
    size: str
    side: str = ""


class MissedTrades:
    """A :class:`collectors.polling.PollSource` that fills the holes of others."""

    name = "coinbase_trades"
    spacing_s = 0.5
    keeps_raw = False

    def __init__(self, products: Sequence[str], holes: Sequence[Holes], url: str) -> None:
        self._products = tuple(products)
        self._holes = tuple(holes)
        self._url = url

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        wanted = ((product, self._newest(product)) for product in self._products)
        return [self._errand(product, newest) for product, newest in wanted if newest is not None]

    def _newest(self, product: str) -> int | None:
        found = [newest for holes in self._holes if (newest := holes.newest(product)) is not None]
        return max(found, default=None)

    def _errand(self, product: str, newest: int) -> Errand:
        params = {"limit": str(_A_PAGE), "after": str(newest + 1)}
        request = Request(url=f"{self._url}/products/{product}/trades", params=params)
        return Errand(name=f"{_TRADES} {product}", request=request, every_s=_EVERY_S)

    def take(self, errand: Errand, body: Body) -> Taken:
        product, newest = errand.name.partition(" ")[2], int(errand.request.params["after"]) - 1
        found = [_row(product, one, body.received_ns) for one in shaped(body, list[_Trade])]
        numbers = [int(row.id) for row in found]
        if max(numbers, default=0) > newest:
            detail = f"{product}: asked for trades up to {newest}, got {max(numbers)}"
            raise SourceFault(FaultKind.SHAPE, detail)
        wanted = {n for n in numbers if any(holes.is_missing(product, n) for holes in self._holes)}
        for holes in self._holes:
            for number in numbers:
                holes.came(product, number)
        oldest = 0 if len(found) < _A_PAGE else min(numbers)
        gone = max(holes.give_up(product, oldest, newest) for holes in self._holes)
        faults = [Fault(FaultKind.GAP, f"{product}: {gone} trades are missing for good")] if gone else []
        return Taken(rows=[row for row in found if int(row.id) in wanted], faults=faults)


def _row(product: str, trade: _Trade, received_ns: Nanoseconds) -> SpotRow:
    return SpotRow(
        source=EXCHANGE,
        product=product,
        kind="trade",
        id=str(trade.trade_id),
        value=float(positive(trade.price, "price")),
        value_text=trade.price,
        size=float(positive(trade.size, "size")),
        size_text=trade.size,
        side=trade.side or None,
        source_ns=iso_moment(trade.time, "time"),
        received_ns=received_ns,
    )
