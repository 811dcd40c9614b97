"""Public prints."""

from __future__ import annotations

from engine.domain.feed import PublicTrade
from engine.domain.units import Nanoseconds
from engine.kalshi import decode_market
from engine.kalshi.iso_time import ceil_seconds, floor_seconds
from engine.kalshi.listing import Listing, ListSpec
from engine.kalshi.query import Parameter
from engine.kalshi.rest.group import ReadGroup
from engine.wire import markets as wire

TRADES = ListSpec("trades", wire.Trade, decode_market.public_trade, lambda trade: trade.trade_id)


class TradeReads(ReadGroup):
    def list(
        self,
        *,
        ticker: str | None = None,
        from_ns: Nanoseconds | None = None,
        to_ns: Nanoseconds | None = None,
        is_block_trade: bool | None = None,
        limit: int = 1000,
    ) -> Listing[PublicTrade]:
        """``GET /markets/trades``, newest first; only what is after the cutoff."""
        return self._list(
            "/markets/trades",
            TRADES,
            ticker=ticker,
            is_block_trade=is_block_trade,
            limit=limit,
            **time_range(from_ns, to_ns),
        )


def time_range(from_ns: Nanoseconds | None, to_ns: Nanoseconds | None) -> dict[str, Parameter]:
    """``min_ts`` and ``max_ts`` in whole seconds that hold the range."""
    return {
        "min_ts": None if from_ns is None else floor_seconds(from_ns),
        "max_ts": None if to_ns is None else ceil_seconds(to_ns),
    }
