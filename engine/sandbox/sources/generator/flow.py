"""Those who trade with the makers: a crowd at random, and a few who know where the price is going."""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from engine.domain.order import BookSide
from engine.domain.units import MINUTE_NS, SECOND_NS, Nanoseconds, PriceBp
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.sources.generator.desk import Desk, MarketMaking
from engine.sandbox.sources.generator.noise import Noise
from engine.sandbox.sources.generator.pricing import trade_size

CROWD = "house-crowd"
INFORMED = "house-informed"
TRADES_PER_CALL = 10
_INFORMED_PER_CALL = 5
_INFORMED_EDGE_BP = 130.0
_CROWD_REACH_BP = 250
_CROWD_FOLLY_BP = 700.0
"""How far off the shown price even the crowd does not trade."""


class Flow:
    """Takers. What they do is a function of the seed and the exchange's time."""

    def __init__(self, seed: int) -> None:
        self._noise = Noise(seed, "flow")
        self._desks: list[Desk] = []
        self._running: list[float] = [0.0]
        self._weighed_ns = -1

    def open_accounts(self, exchange: Exchange) -> None:
        for account_id in (CROWD, INFORMED):
            if account_id not in exchange.accounts:
                exchange.open_account(account_id, {}, is_house=True)

    def crowd(
        self,
        exchange: Exchange,
        making: MarketMaking,
        from_ns: Nanoseconds,
        to_ns: Nanoseconds,
        at_most: int = TRADES_PER_CALL,
    ) -> None:
        """The random trades of a span of time, all of them now; a long span has no more than ``at_most``."""
        self._weigh(making, to_ns)
        if not self._desks:
            return
        expected = self._running[-1] * (to_ns - from_ns) / MINUTE_NS
        counter = to_ns // 1_000_000 * 64
        count = min(int(expected + self._noise.uniform(counter)), at_most)
        for number in range(count):
            place = self._noise.uniform(counter + 1 + number) * self._running[-1]
            desk = self._desks[min(bisect_right(self._running, place), len(self._desks) - 1)]
            _crowd_trade(exchange, desk, self._noise.u64(counter + 32 + number), to_ns)

    def informed(self, exchange: Exchange, desks: list[Desk], at_ns: Nanoseconds) -> None:
        """Takes what stands far off the shown price: quotes that were left behind, orders of customers."""
        left = _INFORMED_PER_CALL
        for desk in desks:
            if _informed_trade(exchange, desk, at_ns):
                left -= 1
                if left == 0:
                    return

    def _weigh(self, making: MarketMaking, at_ns: Nanoseconds) -> None:
        """Where trades fall, looked up anew every few seconds."""
        if self._weighed_ns <= at_ns < self._weighed_ns + 5 * SECOND_NS and self._weighed_ns >= 0:
            return
        self._weighed_ns = at_ns
        self._desks = [desk for event in making.events.values() for desk in event.desks if desk.rate > 1e-4]
        self._running = list(accumulate(desk.rate for desk in self._desks)) or [0.0]


def _crowd_trade(exchange: Exchange, desk: Desk, bits: int, at_ns: Nanoseconds) -> None:
    side = BookSide.BID if bits & 1 else BookSide.ASK
    best = _opposite(exchange, desk.ticker, side)
    if best is None or side.sign * (best - desk.shown.price_bp) > _CROWD_FOLLY_BP:
        return
    reach = (bits >> 1) % 3 * _CROWD_REACH_BP // 2
    limit = min(max(best + side.sign * reach, 1), 9_999)
    count_c = trade_size(desk.noise, bits >> 20)
    if exchange.take(CROWD, desk.ticker, side, _on_grid(desk, limit, side), count_c):
        _makers_notice(desk, at_ns)


def _informed_trade(exchange: Exchange, desk: Desk, at_ns: Nanoseconds) -> bool:
    draw = desk.noise.u64(at_ns // 100_000_000)
    for side in BookSide:
        best = _opposite(exchange, desk.ticker, side)
        if best is None:
            continue
        edge = side.sign * (desk.shown.price_bp - best)
        if edge < _INFORMED_EDGE_BP or draw % 3 == 0:
            continue
        limit = round(desk.shown.price_bp - side.sign * _INFORMED_EDGE_BP / 2)
        count_c = 2 * trade_size(desk.noise, draw >> 20)
        return exchange.take(INFORMED, desk.ticker, side, _on_grid(desk, limit, side), count_c) > 0
    return False


def _opposite(exchange: Exchange, ticker: str, side: BookSide) -> PriceBp | None:
    levels = exchange.markets[ticker].levels
    return levels.best_ask_bp if side is BookSide.BID else levels.best_bid_bp


def _on_grid(desk: Desk, limit_bp: int, side: BookSide) -> PriceBp:
    """The worst valid price that is no worse than the limit."""
    prices = desk.prices
    if side is BookSide.BID:
        return prices[max(bisect_right(prices, limit_bp) - 1, 0)]
    return prices[min(bisect_right(prices, limit_bp - 1), len(prices) - 1)]


def _makers_notice(desk: Desk, at_ns: Nanoseconds) -> None:
    """After a trade the makers restore their sizes, the fast ones first."""
    for number, due_ns in enumerate(desk.refreshes):
        desk.refreshes[number] = min(due_ns, at_ns + (2 + 7 * number) * SECOND_NS)
