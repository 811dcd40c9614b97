"""Which channels number their messages, and by what each can be narrowed."""

from __future__ import annotations

from engine.domain.feed import Channel

UNSEQUENCED = frozenset({Channel.TICKER, Channel.FILL, Channel.ORDERS, Channel.POSITIONS})
"""Channels without ``seq``: a lost message leaves no trace, so REST must be asked after every reconnect."""

OF_ACCOUNT = frozenset({Channel.FILL, Channel.ORDERS})
"""What happens to the account: what came before the subscription stood was told to nobody, and is read."""

BY_MARKET = frozenset(
    {Channel.BOOK, Channel.TICKER, Channel.TRADE, Channel.FILL, Channel.ORDERS, Channel.POSITIONS}
)
"""Channels that can be narrowed to a list of markets, and changed without a new subscription."""

BY_INDEX = frozenset({Channel.INDEX, Channel.FAST_INDEX})
BY_UNDERLYING = frozenset({Channel.PYTH})
