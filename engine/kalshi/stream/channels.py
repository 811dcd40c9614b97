"""The channels of the stream, and which of them number their messages."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """Names as the exchange spells them."""

    BOOK = "orderbook_delta"
    TICKER = "ticker"
    TRADE = "trade"
    FILL = "fill"
    ORDERS = "user_orders"
    POSITIONS = "market_positions"
    GROUPS = "order_group_updates"
    LIFECYCLE = "market_lifecycle_v2"
    COMBO_LIFECYCLE = "multivariate_market_lifecycle"
    INDEX = "cfbenchmarks_value"
    FAST_INDEX = "cfbenchmarks_value_5hz"
    PYTH = "pyth_value"


UNSEQUENCED = frozenset({Channel.TICKER, Channel.FILL, Channel.ORDERS, Channel.POSITIONS})
"""Channels without ``seq``: a lost message leaves no trace, so REST must be asked after every reconnect."""

BY_MARKET = frozenset(
    {Channel.BOOK, Channel.TICKER, Channel.TRADE, Channel.FILL, Channel.ORDERS, Channel.POSITIONS}
)
"""Channels that can be narrowed to a list of markets, and changed without a new subscription."""

BY_INDEX = frozenset({Channel.INDEX, Channel.FAST_INDEX})
BY_UNDERLYING = frozenset({Channel.PYTH})
