"""A market that trades again after a pause is let settle down before anything is fired on it.

Prices of the first moments are those of a few early orders. A market is calm again once its book is two-sided
with a normal spread, or a minute after trading went on. A start of the engine counts as a pause.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.desk import Desk
from engine.domain.market import MarketStatus
from engine.domain.units import Nanoseconds

_TRADES = (True, True)
"""Exchange active, trading active."""


class Settling:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._since: dict[str, Nanoseconds | None] = {}
        """Markets that are not calm: monotonic time since which they trade again; None while they do not."""

    def unsettle(self, tickers: Iterable[str]) -> None:
        """As after a pause."""
        self._since.update(dict.fromkeys(tickers))

    def is_calm(self, ticker: str) -> bool:
        """Whether it trades, and has settled down since it last did not."""
        desk = self._desk
        if not self._trades(ticker):
            self._since[ticker] = None
            return False
        if ticker not in self._since:
            return True
        since = self._since[ticker]
        if since is None:
            since = self._since[ticker] = desk.mono
        if not self._is_normal(ticker) and desk.mono - since < desk.timings.settle_down_ns:
            return False
        del self._since[ticker]
        return True

    def forget(self, ticker: str) -> None:
        self._since.pop(ticker, None)

    def _trades(self, ticker: str) -> bool:
        desk = self._desk
        market = desk.markets.get(ticker)
        if market is None or market.status is not MarketStatus.ACTIVE or desk.at >= market.close_ns:
            return False
        return desk.exchange == _TRADES and desk.shards.get(market.exchange_index, _TRADES) == _TRADES

    def _is_normal(self, ticker: str) -> bool:
        view = self._desk.books.get(ticker)
        if view is None or self._desk.is_book_stale(view):
            return False
        spread_bp = view.book.spread_bp
        return spread_bp is not None and 0 < spread_bp <= self._desk.settings.normal_spread_bp
