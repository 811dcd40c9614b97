"""The channels of the stream and the rules that differ between them (facts sheet, section 7)."""

from __future__ import annotations

from enum import Enum, StrEnum

import msgspec


class MarketRule(Enum):
    """What a channel does with the market tickers of a subscription."""

    REQUIRED = "required"
    OPTIONAL = "optional"
    """None named means all markets."""
    IGNORED = "ignored"
    """Everything is sent, whatever markets are named."""
    INDEX_IDS = "index ids"
    """Takes index ids and refuses markets."""
    UNDERLYINGS = "underlyings"
    """Takes underlying tickers and refuses markets."""


class Channel(StrEnum):
    ORDERBOOK_DELTA = "orderbook_delta"
    TICKER = "ticker"
    TRADE = "trade"
    FILL = "fill"
    USER_ORDERS = "user_orders"
    MARKET_POSITIONS = "market_positions"
    ORDER_GROUP_UPDATES = "order_group_updates"
    MARKET_LIFECYCLE_V2 = "market_lifecycle_v2"
    MULTIVARIATE_MARKET_LIFECYCLE = "multivariate_market_lifecycle"
    COMMUNICATIONS = "communications"
    CFBENCHMARKS_VALUE = "cfbenchmarks_value"
    CFBENCHMARKS_VALUE_5HZ = "cfbenchmarks_value_5hz"
    PYTH_VALUE = "pyth_value"


class ChannelRule(msgspec.Struct, frozen=True):
    markets: MarketRule
    is_sequenced: bool
    """Whether its data messages carry ``seq``."""
    is_private: bool = False


RULES: dict[Channel, ChannelRule] = {
    Channel.ORDERBOOK_DELTA: ChannelRule(MarketRule.REQUIRED, is_sequenced=True),
    Channel.TICKER: ChannelRule(MarketRule.OPTIONAL, is_sequenced=False),
    Channel.TRADE: ChannelRule(MarketRule.OPTIONAL, is_sequenced=True),
    Channel.FILL: ChannelRule(MarketRule.OPTIONAL, is_sequenced=False, is_private=True),
    Channel.USER_ORDERS: ChannelRule(MarketRule.OPTIONAL, is_sequenced=False, is_private=True),
    Channel.MARKET_POSITIONS: ChannelRule(MarketRule.OPTIONAL, is_sequenced=False, is_private=True),
    Channel.ORDER_GROUP_UPDATES: ChannelRule(MarketRule.IGNORED, is_sequenced=True, is_private=True),
    Channel.MARKET_LIFECYCLE_V2: ChannelRule(MarketRule.IGNORED, is_sequenced=True),
    Channel.MULTIVARIATE_MARKET_LIFECYCLE: ChannelRule(MarketRule.IGNORED, is_sequenced=True),
    Channel.COMMUNICATIONS: ChannelRule(MarketRule.IGNORED, is_sequenced=True, is_private=True),
    Channel.CFBENCHMARKS_VALUE: ChannelRule(MarketRule.INDEX_IDS, is_sequenced=True),
    Channel.CFBENCHMARKS_VALUE_5HZ: ChannelRule(MarketRule.INDEX_IDS, is_sequenced=True),
    Channel.PYTH_VALUE: ChannelRule(MarketRule.UNDERLYINGS, is_sequenced=True),
}
"""The sandbox lists no combos, takes no requests for quote, and has one value a second of each index: the
channels for those (multivariate, communications, 5hz, pyth) can be subscribed to and stay silent."""

ALL_IDS = "all"
"""The index id, or underlying, that stands for every one there is."""
