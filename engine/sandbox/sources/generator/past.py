"""The past as it would have been: prints and candles of a market's life before the exchange ran.

Made when asked for, from the same fair prices, makers and crowd as the present, so history runs into it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator

import msgspec

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, MILLISECOND_NS, ONE_CONTRACT_C, SECOND_NS, CountC, PriceBp
from engine.sandbox.core.feed import Traded
from engine.sandbox.sources.generator.noise import Noise
from engine.sandbox.sources.generator.plan import Plan
from engine.sandbox.sources.generator.pricing import (
    MAKERS,
    half_spread,
    order_prices,
    shown,
    touch,
    trade_size,
    trades_per_minute,
    wobble,
)
from engine.sandbox.sources.generator.scenario import Scenario

_TRADES_A_MINUTE = 12
_LOOK_BACK_MINUTES = 240
_IDLE_SHARE = 0.05
"""Share of minutes without any trade or new quote that still show in the candles of a quiet market."""


class Quote(msgspec.Struct, frozen=True):
    """The best bid and ask as candles write them: an empty side is a bid of 0 and an ask of $1."""

    bid_bp: PriceBp
    ask_bp: PriceBp
    fair: float


class MarketPast:
    """One market's past, a pure function of the world and the minute (since 1970)."""

    def __init__(self, seed: int, scenario: Scenario, plan: Plan, place: int) -> None:
        self._scenario = scenario
        self._plan = plan
        self._place = place
        self._ticker = plan.tickers[place]
        self._noise = Noise(seed, self._ticker)
        self._draws = Noise(seed, f"{self._ticker}|past")
        self._prices = order_prices(plan.family.price_level_structure)

    def quote(self, minute: int) -> Quote:
        """At the start of the minute."""
        at_s = minute * 60
        remaining = self._plan.slot.close_s - at_s
        (fair,) = self._plan.outlook(at_s).between((self._plan.spans[self._place],))
        state = shown(self._scenario, self._noise, fair, at_s, remaining)
        maker = MAKERS[0]
        centre = state.price_bp + wobble(maker, self._noise, 0, at_s)
        bid, ask = touch(self._prices, centre, half_spread(maker, self._scenario, fair, remaining))
        return Quote(
            self._prices[bid] if state.has_bids and bid >= 0 else 0,
            self._prices[ask] if state.has_asks and ask < len(self._prices) else CONTRACT_BP,
            fair,
        )

    def trades(self, minute: int, quote: Quote) -> list[Traded]:
        """The prints of one minute, oldest first, at the touch of the minute's start."""
        slot = self._plan.slot
        remaining = slot.close_s - minute * 60
        rate = trades_per_minute(self._plan.family.liveliness, self._scenario, quote.fair, remaining)
        rate *= 2.0 * self._draws.uniform(minute // 10 + 77_000_000)
        count = min(int(rate + self._draws.uniform(minute)), _TRADES_A_MINUTE)
        made = [self._trade(minute, number, quote) for number in range(count)]
        return sorted((t for t in made if 0 < t.price_bp < CONTRACT_BP), key=lambda t: t.at_ns)

    def _trade(self, minute: int, number: int, quote: Quote) -> Traded:
        counter = minute * 64 + number * 4
        bits = self._draws.u64(counter)
        side = BookSide.BID if bits & 1 else BookSide.ASK
        digest = hashlib.blake2b(
            f"{self._ticker}|{counter}".encode(), digest_size=16, key=b"past"
        ).hexdigest()
        return Traded(
            trade_id=f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}",
            ticker=self._ticker,
            price_bp=quote.ask_bp if side is BookSide.BID else quote.bid_bp,
            count_c=trade_size(self._draws, counter + 1),
            taker_side=side,
            at_ns=minute * 60 * SECOND_NS + (bits >> 8) % 60_000 * MILLISECOND_NS,
        )

    def prints(self, start_s: int, end_s: int) -> list[Traded]:
        """Those of ``[start_s, end_s]``, oldest first."""
        found: list[Traded] = []
        for minute in self._minutes(start_s // 60, end_s // 60 + 1):
            found.extend(self.trades(minute, self.quote(minute)))
        low, high = start_s * SECOND_NS, end_s * SECOND_NS
        return [trade for trade in found if low <= trade.at_ns <= high]

    def candles(self, start_s: int, end_s: int) -> Iterator[Candlestick]:
        """One-minute candles whose ends lie in ``[start_s, end_s]``; minutes without activity are missing."""
        minutes = self._minutes(-(-start_s // 60) - 1, end_s // 60)
        if not minutes:
            return
        previous = self._last_trade_before(minutes[0])
        opening = self.quote(minutes[0])
        for minute in minutes:
            closing = self.quote(minute + 1) if (minute + 1) * 60 < self._plan.slot.close_s else opening
            trades = self.trades(minute, opening)
            moved = (opening.bid_bp, opening.ask_bp) != (closing.bid_bp, closing.ask_bp)
            if trades or moved or self._draws.uniform(minute + 55_000_000) < _IDLE_SHARE:
                yield self._candle(minute, opening, closing, trades, previous)
            if trades:
                previous = trades[-1].price_bp
            opening = closing

    def open_interest_c(self, at_s: int) -> CountC:
        """Grows from nothing at the opening towards a level of the market's own."""
        slot = self._plan.slot
        share = (at_s - slot.open_s) / max(1, slot.close_s - slot.open_s)
        level = 2_000.0 * self._plan.family.liveliness * math.exp2(self._draws.gauss(-3))
        return round(level * (1.0 - math.exp(-3.0 * max(0.0, share)))) * ONE_CONTRACT_C

    def _minutes(self, first: int, end: int) -> range:
        """Those of the minutes ``first`` to ``end - 1`` that belong to the market's life."""
        slot = self._plan.slot
        return range(max(first, slot.open_s // 60), min(end, slot.close_s // 60))

    def _last_trade_before(self, minute: int) -> PriceBp | None:
        first = max(minute - _LOOK_BACK_MINUTES, self._plan.slot.open_s // 60)
        for earlier in range(minute - 1, first - 1, -1):
            trades = self.trades(earlier, self.quote(earlier))
            if trades:
                return trades[-1].price_bp
        return None

    def _candle(
        self, minute: int, opening: Quote, closing: Quote, trades: list[Traded], previous: PriceBp | None
    ) -> Candlestick:
        volume = sum(trade.count_c for trade in trades)
        paid = [trade.price_bp for trade in trades]
        turnover = sum(trade.price_bp * trade.count_c for trade in trades)
        return Candlestick(
            end_s=(minute + 1) * 60,
            yes_bid=_bar([opening.bid_bp, closing.bid_bp]),
            yes_ask=_bar([opening.ask_bp, closing.ask_bp]),
            price=_bar(paid) if paid else Ohlc(),
            mean_bp=round(turnover / volume) if volume else None,
            previous_bp=previous,
            volume_c=volume,
            open_interest_c=self.open_interest_c((minute + 1) * 60),
        )


def _bar(values: list[PriceBp]) -> Ohlc:
    return Ohlc(values[0], max(values), min(values), values[-1])
