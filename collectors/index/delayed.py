"""Levels that may be late, for checks and for when there is nothing better: Yahoo's chart and Cboe's quotes.

Both are stamped with the source's own time of the price, never with ours, and both count as delayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from collectors.fetching import Body, Request
from collectors.index.symbols import DELAYED, Symbol, level_taken
from collectors.moments import iso_moment, unix_moment
from collectors.numbers import positive
from collectors.polling import Errand
from collectors.seen import Seen
from collectors.shapes import shaped
from collectors.taking import FaultKind, SourceFault, Taken
from collectors.words import one_line
from engine.domain.eastern import of_eastern
from engine.domain.units import SECOND_NS, Nanoseconds

YAHOO, CBOE = "yahoo", "cboe"
_EVERY_S = 60.0
_HEADERS = {"User-Agent": "Mozilla/5.0 (compatible; sparko-console/0.1)"}


class _Meta(msgspec.Struct):
    symbol: str
    regularMarketPrice: int | float
    regularMarketTime: int


class _Series(msgspec.Struct):
    meta: _Meta


class _Chart(msgspec.Struct):
    result: list[_Series] | None = None
    error: dict[str, Any] | None = None


class _YahooAnswer(msgspec.Struct):
    chart: _Chart


class Yahoo:
    """A :class:`collectors.polling.PollSource`."""

    name = YAHOO
    spacing_s = 2.0
    keeps_raw = False

    def __init__(self, symbols: Sequence[Symbol], url: str) -> None:
        self._symbols = {symbol.name: symbol for symbol in symbols}
        self._url = url
        self._seen = Seen()

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [
            Errand(
                name=symbol.name,
                request=Request(
                    url=f"{self._url}/v8/finance/chart/{quote(symbol.yahoo)}",
                    params={"interval": "1m", "range": "1d"},
                    headers=_HEADERS,
                ),
                every_s=_EVERY_S,
            )
            for symbol in self._symbols.values()
        ]

    def take(self, errand: Errand, body: Body) -> Taken:
        chart, symbol = shaped(body, _YahooAnswer).chart, self._symbols[errand.name]
        if chart.error is not None:
            raise SourceFault(FaultKind.ERROR_TEXT, f"{symbol.name}: {one_line(str(chart.error))}")
        if not chart.result:
            raise SourceFault(FaultKind.SHAPE, f"{symbol.name}: no result")
        meta = chart.result[0].meta
        if meta.symbol != symbol.yahoo:
            raise SourceFault(FaultKind.UNRECOGNISED, f"{symbol.name}: got {one_line(meta.symbol, 20)!r}")
        value = positive(meta.regularMarketPrice, "regularMarketPrice")
        source_ns = unix_moment(meta.regularMarketTime, "regularMarketTime", SECOND_NS)
        if not self._seen.is_new((symbol.name, source_ns), value):
            return Taken(repeats=1)
        return level_taken(YAHOO, symbol, value, DELAYED, source_ns, body.received_ns)


class _Quote(msgspec.Struct):
    current_price: int | float
    last_trade_time: str


class _CboeAnswer(msgspec.Struct):
    data: _Quote


class Cboe:
    """A :class:`collectors.polling.PollSource`."""

    name = CBOE
    spacing_s = 2.0
    keeps_raw = False

    def __init__(self, symbols: Sequence[Symbol], url: str) -> None:
        self._symbols = {symbol.name: symbol for symbol in symbols}
        self._url = url
        self._seen = Seen()

    def errands(self, now_ns: Nanoseconds) -> Sequence[Errand]:
        return [
            Errand(name=symbol.name, request=Request(url=f"{self._url}/{symbol.cboe}.json"), every_s=_EVERY_S)
            for symbol in self._symbols.values()
        ]

    def take(self, errand: Errand, body: Body) -> Taken:
        found, symbol = shaped(body, _CboeAnswer).data, self._symbols[errand.name]
        value = positive(found.current_price, "current_price")
        source_ns = _eastern(found.last_trade_time)
        if not self._seen.is_new((symbol.name, source_ns), value):
            return Taken(repeats=1)
        return level_taken(CBOE, symbol, value, DELAYED, source_ns, body.received_ns)


def _eastern(text: str) -> Nanoseconds:
    """A time without a zone is New York's."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None:
        return iso_moment(text, "last_trade_time")
    return of_eastern(found.year, found.month, found.day, found.hour, found.minute, found.second)
