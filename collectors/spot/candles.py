"""One-minute candlesticks of Coinbase Exchange: the recent past, whole, whatever the stream missed.

Each is ``[time, low, high, open, close, volume]``, low before high; newest first; a minute without a trade is
left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collectors.fetching import Body, Request, json_of
from collectors.numbers import decimal_of, positive
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.spot.rows import SpotCandleRow
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line
from engine.domain.units import SECOND_NS, Nanoseconds

_SECONDS = 60
_EVERY_S = 60.0


class CoinbaseCandles:
    """A :class:`collectors.polling.PollSource`."""

    name = "coinbase_candles"
    spacing_s = 0.5
    keeps_raw = False

    def __init__(self, products: Sequence[str], url: str) -> None:
        self._errands = [
            Errand(
                name=product,
                request=Request(
                    url=f"{url}/products/{product}/candles", params={"granularity": str(_SECONDS)}
                ),
                every_s=_EVERY_S,
            )
            for product in products
        ]
        self._seen = Seen(20_000)

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return self._errands

    def take(self, errand: Errand, body: Body) -> Taken:
        found = json_of(body)
        if not isinstance(found, list):
            kind = FaultKind.ERROR_TEXT if isinstance(found, dict) and "message" in found else FaultKind.SHAPE
            raise SourceFault(kind, f"candles {errand.name}: got {one_line(repr(found), 80)}, wanted a list")
        taken = Taken()
        for raw in found:
            row = _row(errand.name, raw, body.received_ns)
            if (row.start_s + _SECONDS) * SECOND_NS > body.received_ns:
                continue
            content = (row.open, row.high, row.low, row.close, row.volume)
            if self._seen.is_new((row.product, row.start_s), content):
                taken.rows.append(row)
            else:
                taken.repeats += 1
        return taken


def _row(product: str, raw: Any, received_ns: Nanoseconds) -> SpotCandleRow:
    if not isinstance(raw, list) or len(raw) != 6 or not isinstance(raw[0], int):
        raise SourceFault(FaultKind.SHAPE, f"candles {product}: got {one_line(repr(raw), 80)}")
    low, high, opened, close = (float(positive(value, "price")) for value in raw[1:5])
    if not low <= min(opened, close) <= max(opened, close) <= high:
        raise SourceFault(FaultKind.SHAPE, f"candles {product}: {raw[0]}: low {low}, high {high} do not span")
    return SpotCandleRow(
        source="coinbase_exchange",
        product=product,
        seconds=_SECONDS,
        start_s=raw[0],
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=float(decimal_of(raw[5], "volume")),
        received_ns=received_ns,
    )
