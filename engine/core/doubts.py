"""Orders of which we do not know enough, and when to look for them next."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import ReadOrders
from engine.core.long_unknown import watch_unknown
from engine.core.timers import Due
from engine.domain.units import Nanoseconds

_LOOKS_BEFORE_SLOW = 15


class Doubt:
    """``since_at``: a listing must be newer than this to settle it. ``looks`` counts answered listings."""

    __slots__ = ("last_miss_mono", "looks", "misses", "since_at")

    def __init__(self, since_at: Nanoseconds) -> None:
        self.since_at = since_at
        self.looks = 0
        self.misses = 0
        self.last_miss_mono: Nanoseconds | None = None


class Doubts:
    """By client order id. One listing a market is under way at a time."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.by_order: dict[str, Doubt] = {}
        self._under_way: dict[str, Nanoseconds] = {}

    def begin(self, client_order_id: str) -> None:
        """Looks at once; a second call renews what the listing must be newer than."""
        desk = self._desk
        self.by_order[client_order_id] = Doubt(desk.at)
        watch_unknown(desk, client_order_id)
        self.look(desk.money.orders[client_order_id].terms.ticker)

    def end(self, client_order_id: str) -> None:
        self.by_order.pop(client_order_id, None)

    def of_market(self, ticker: str) -> list[tuple[str, Doubt]]:
        orders = self._desk.money.orders
        return [(name, doubt) for name, doubt in self.by_order.items() if orders[name].terms.ticker == ticker]

    def look(self, ticker: str) -> None:
        """Lists the market's orders, unless a listing is under way."""
        desk = self._desk
        patience = desk.timings.read_patience_ns
        if desk.mono - self._under_way.get(ticker, -patience - 1) <= patience:
            return
        self._under_way[ticker] = desk.mono
        desk.timers.after_mono(desk.mono + patience + 1, Due.LOOKUP, ticker)
        desk.ask(ReadOrders(ticker, self._since(ticker)))

    def looked(self, ticker: str) -> None:
        """A listing came, or failed; the next one follows after a pause if any doubt is left."""
        self._under_way.pop(ticker, None)
        desk = self._desk
        left = self.of_market(ticker)
        if not left:
            desk.timers.drop(Due.LOOKUP, ticker)
            return
        for _, doubt in left:
            doubt.looks += 1
        is_slow = min(doubt.looks for _, doubt in left) > _LOOKS_BEFORE_SLOW
        pause = desk.timings.lookup_slow_ns if is_slow else desk.timings.lookup_spacing_ns
        desk.timers.after_mono(desk.mono + pause, Due.LOOKUP, ticker)

    def look_everywhere(self) -> None:
        """What a pause hid can be told now: all of them are looked for at once, and fast again."""
        for client_order_id, doubt in self.by_order.items():
            doubt.looks = 0
            self.look(self._desk.money.orders[client_order_id].terms.ticker)

    def _since(self, ticker: str) -> Nanoseconds:
        """From a minute before the oldest intent in doubt; of a market alone, its newest minute."""
        orders = self._desk.money.orders
        times = [orders[name].intended_at for name, _ in self.of_market(ticker)]
        return max(0, min(times, default=self._desk.at) - self._desk.timings.listing_overlap_ns)
