"""One subscription: a sid, its channel, what it covers and its own sequence."""

from __future__ import annotations

from typing import Protocol

from engine.sandbox.server.stream.channels import RULES, Channel, MarketRule
from engine.sandbox.server.stream.encoding import head


class Listener(Protocol):
    """Whose subscription it is: the connection that takes its frames."""

    @property
    def account_id(self) -> str: ...

    def deliver(self, subscription: Subscription, frame: bytes, effect: str | None = None) -> None: ...

    def wake(self) -> None: ...


class Subscription:
    """``markets`` maps each named ticker to the clock of its last snapshot (0 without one).

    ``covers_all`` is a subscription without names: all markets, or all indices. ``names`` are index ids or
    underlyings where the channel takes those. Only its session changes a subscription.
    """

    __slots__ = (
        "_heads",
        "channel",
        "covers_all",
        "held",
        "is_over",
        "is_sequenced",
        "listener",
        "market_ids",
        "markets",
        "names",
        "seq",
        "sid",
        "skips_ticker_ack",
        "use_yes_price",
        "waiting",
    )

    def __init__(
        self, sid: int, channel: Channel, listener: Listener, *, use_yes_price: bool = False
    ) -> None:
        self.sid = sid
        self.channel = channel
        self.listener = listener
        self.use_yes_price = use_yes_price
        self.is_sequenced = RULES[channel].is_sequenced
        self.covers_all = RULES[channel].markets is MarketRule.IGNORED
        self.markets: dict[str, int] = {}
        self.market_ids: set[str] = set()
        """Those of ``markets`` that were named by id, and are answered by id too."""
        self.names: set[str] = set()
        self.skips_ticker_ack = False
        self.is_over = False
        """Ended; whatever is still made for it goes nowhere."""
        self.seq = 0
        self.waiting = 0
        """Its frames that the connection has not taken yet."""
        self.held: bytes | None = None
        """A frame held back so that the next one overtakes it (a fault)."""
        self._heads: dict[str, bytes] = {}

    def next_seq(self) -> int:
        self.seq += 1
        return self.seq

    def frame(self, frame_type: str, body: bytes) -> bytes:
        """A data frame around a shared body; takes the next ``seq`` where the channel has one."""
        start = self._heads.get(frame_type)
        if start is None:
            start = self._heads[frame_type] = head(frame_type, self.sid, is_sequenced=self.is_sequenced)
        if self.is_sequenced:
            self.seq += 1
            return b"%b%d%b" % (start, self.seq, body)
        return start + body

    def covers(self, ticker: str) -> bool:
        return self.covers_all or ticker in self.markets

    def covers_name(self, name: str) -> bool:
        return self.covers_all or name in self.names
