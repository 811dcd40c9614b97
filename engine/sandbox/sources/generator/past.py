"""The past as it would have been: prints and candles of a market's life before the exchange ran.

Made when asked for, from the same fair prices, makers and crowd as the present, so history runs into it. How
much was traded is the turnover's to say; here it is told when, at what price and by whom.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import BookSide
from engine.domain.units import (
    CONTRACT_BP,
    MILLISECOND_NS,
    SECOND_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
)
from engine.sandbox.core.feed import Traded
from engine.sandbox.sources.generator.noise import Noise
from engine.sandbox.sources.generator.plan import Plan
from engine.sandbox.sources.generator.pricing import (
    MAKERS,
    half_spread,
    order_prices,
    shown,
    touch,
    wobble,
)
from engine.sandbox.sources.generator.scenario import Scenario
from engine.sandbox.sources.generator.turnover import Turnover, size_of, volume_of

_NARROWEST = MAKERS[0]
_NO_TRADES: list[Traded] = []
_IDLE_SHARE = 0.05
"""Share of minutes without any trade or new quote that still show in the candles of a quiet market."""
_MOMENTS_KEPT = 2_400
"""Of an event, minutes whose outlook is at hand: all of its markets ask for the same ones in turn."""
_HELD_PERMILLE = (200, 600)
"""Between these shares of what a market has traded is still held."""


class Quote(msgspec.Struct, frozen=True):
    """The best bid and ask as candles write them: an empty side is a bid of 0 and an ask of $1."""

    bid_bp: PriceBp
    ask_bp: PriceBp
    shown_bp: float
    """Where makers see the market."""


class EventPast:
    """The past of an event's markets: what they share is found once."""

    def __init__(self, seed: int, scenario: Scenario, plan: Plan) -> None:
        self.plan = plan
        self.turnover = Turnover(seed, scenario, plan)
        self.outlook = lru_cache(maxsize=_MOMENTS_KEPT)(plan.outlook)
        self.tickers = plan.tickers
        self.places = {ticker: place for place, ticker in enumerate(self.tickers)}
        self._seed = seed
        self._scenario = scenario
        self._markets: dict[int, MarketPast] = {}

    def market(self, place: int) -> MarketPast:
        """The market at a place of the ladder."""
        found = self._markets.get(place)
        if found is None:
            found = self._markets[place] = MarketPast(self, self._seed, self._scenario, place)
        return found


class MarketPast:
    """One market's past, a pure function of the world and the time."""

    def __init__(self, event: EventPast, seed: int, scenario: Scenario, place: int) -> None:
        self._event = event
        self._turnover = event.turnover
        self._scenario = scenario
        self._place = place
        self._ticker = event.tickers[place]
        self._noise = Noise(seed, self._ticker)
        self._draws = Noise(seed, f"{self._ticker}|past")
        self._prices = order_prices(event.plan.family.price_level_structure)
        self._salt = event.turnover.salt(place)
        self._span = event.plan.spans[place]
        self._close_s = event.plan.slot.close_s
        self._last_times: tuple[int, list[Nanoseconds]] = (-1, [])
        low, high = _HELD_PERMILLE
        self._held_permille = low + self._draws.u64(-3) % (high - low)

    def quote(self, minute: int) -> Quote:
        """At the start of a minute since 1970."""
        at_s = minute * 60
        remaining = self._close_s - at_s
        low, high = self._span
        fair = self._event.outlook(at_s).within(low, high)
        state = shown(self._scenario, self._noise, fair, at_s, remaining)
        centre = state.price_bp + wobble(_NARROWEST, self._noise, 0, at_s)
        bid, ask = touch(self._prices, centre, half_spread(_NARROWEST, self._scenario, fair, remaining))
        return Quote(
            self._prices[bid] if state.has_bids and bid >= 0 else 0,
            self._prices[ask] if state.has_asks and ask < len(self._prices) else CONTRACT_BP,
            state.price_bp,
        )

    def prints(self, start_s: int, end_s: int) -> list[Traded]:
        """Those of ``[start_s, end_s]``, oldest first."""
        numbered = self._numbered(start_s * SECOND_NS, (end_s + 1) * SECOND_NS)
        return [self._trade(number, at_ns) for number, at_ns in numbered]

    def traded_c(self, at_s: int) -> CountC:
        """What was traded before a moment."""
        return volume_of(self._salt, self._trades_before(at_s))

    def open_interest_c(self, traded_c: CountC) -> CountC:
        """What of it is held: a share that is the market's own."""
        return traded_c * self._held_permille // 1_000

    def worth_ud(self, at_s: int) -> MicroDollars:
        """About what the trades before a moment were worth: each at the fair price of its block."""
        turnover, place, trades = self._turnover, self._place, self._trades_before(at_s)
        if not trades:
            return 0
        block = turnover.block_at(min(at_s, turnover.close_s) - 1)
        low, high = turnover.before(block), turnover.before(block + 1)
        known, made = low.trades[place], high.trades[place] - low.trades[place]
        if not made:
            return low.dollars[place]
        worth_ud = high.dollars[place] - low.dollars[place]
        part_c = volume_of(self._salt, trades) - volume_of(self._salt, known)
        return low.dollars[place] + worth_ud * part_c // (
            volume_of(self._salt, known + made) - volume_of(self._salt, known)
        )

    def last_before(self, at_s: int) -> Traded | None:
        """The last print before a moment."""
        turnover, place, number = self._turnover, self._place, self._trades_before(at_s) - 1
        if number < 0:
            return None
        block = turnover.block_at(min(at_s, turnover.close_s) - 1)
        while turnover.before(block).trades[place] > number:
            block -= 1
        return self._trade(number, self._times(block)[number - turnover.before(block).trades[place]])

    def candles(self, start_s: int, end_s: int) -> Iterator[Candlestick]:
        """One-minute candles whose ends lie in ``[start_s, end_s]``; minutes without activity are missing."""
        slot = self._event.plan.slot
        first = max(-(-start_s // 60) - 1, slot.open_s // 60)
        end = min(end_s // 60, slot.close_s // 60)
        if first >= end:
            return
        last = self.last_before(first * 60)
        previous = None if last is None else last.price_bp
        traded_c = self.traded_c(first * 60)
        by_minute: dict[int, list[Traded]] = {}
        opening = self.quote(first)
        for trade in self.prints(first * 60, end * 60 - 1):
            by_minute.setdefault(trade.at_ns // SECOND_NS // 60, []).append(trade)
        for minute in range(first, end):
            closing = self.quote(minute + 1) if (minute + 1) * 60 < slot.close_s else opening
            trades = by_minute.get(minute, _NO_TRADES)
            for trade in trades:
                traded_c += trade.count_c
            moved = (opening.bid_bp, opening.ask_bp) != (closing.bid_bp, closing.ask_bp)
            if trades or moved or self._draws.uniform(minute) < _IDLE_SHARE:
                yield _candle(minute, opening, closing, trades, previous, self.open_interest_c(traded_c))
            if trades:
                previous = trades[-1].price_bp
            opening = closing

    def _numbered(self, start_ns: Nanoseconds, end_ns: Nanoseconds) -> Iterator[tuple[int, Nanoseconds]]:
        """The numbers and times of the trades in ``[start_ns, end_ns)``."""
        turnover, place = self._turnover, self._place
        first_s = max(start_ns // SECOND_NS, turnover.open_s)
        last_s = min(-(-end_ns // SECOND_NS), turnover.close_s) - 1
        for block in range(turnover.block_at(first_s), turnover.block_at(last_s) + 1):
            number = turnover.before(block).trades[place]
            for at_ns in self._times(block):
                if start_ns <= at_ns < end_ns:
                    yield number, at_ns
                number += 1

    def _times(self, block: int) -> list[Nanoseconds]:
        """When the market traded in a block, ascending; that of the last block asked for is at hand."""
        if self._last_times[0] != block:
            self._last_times = (block, self._make_times(block))
        return self._last_times[1]

    def _make_times(self, block: int) -> list[Nanoseconds]:
        turnover, place, draws = self._turnover, self._place, self._draws
        first, end = turnover.before(block).trades[place], turnover.before(block + 1).trades[place]
        start_s, end_s = turnover.span(block)
        span_ms = (end_s - start_s) * 1_000
        return [
            start_s * SECOND_NS + late_ms * MILLISECOND_NS
            for late_ms in sorted((draws.u64(4 * number + 1) >> 8) % span_ms for number in range(first, end))
        ]

    def _trades_before(self, at_s: int) -> int:
        turnover, place = self._turnover, self._place
        if at_s <= turnover.open_s:
            return 0
        block = turnover.block_at(min(at_s, turnover.close_s) - 1)
        if at_s >= turnover.span(block)[1]:
            return turnover.before(block + 1).trades[place]
        return turnover.before(block).trades[place] + bisect_left(self._times(block), at_s * SECOND_NS)

    def _trade(self, number: int, at_ns: Nanoseconds) -> Traded:
        """At the touch of its minute's start, where that has the side; else at the other, else in between."""
        quote = self.quote(at_ns // SECOND_NS // 60)
        bits = self._draws.u64(4 * number + 2)
        side = BookSide.BID if bits & 1 else BookSide.ASK
        if side is BookSide.BID and quote.ask_bp == CONTRACT_BP and quote.bid_bp:
            side = BookSide.ASK
        elif side is BookSide.ASK and not quote.bid_bp and quote.ask_bp < CONTRACT_BP:
            side = BookSide.BID
        price_bp = quote.ask_bp if side is BookSide.BID else quote.bid_bp
        if not 0 < price_bp < CONTRACT_BP:
            price_bp = self._prices[min(bisect_left(self._prices, quote.shown_bp), len(self._prices) - 1)]
        digest = hashlib.blake2b(f"{self._ticker}|{number}".encode(), digest_size=16, key=b"past").hexdigest()
        return Traded(
            trade_id=f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}",
            ticker=self._ticker,
            price_bp=price_bp,
            count_c=size_of(self._salt, number),
            taker_side=side,
            at_ns=at_ns,
        )


def _candle(
    minute: int,
    opening: Quote,
    closing: Quote,
    trades: list[Traded],
    previous: PriceBp | None,
    open_interest_c: CountC,
) -> Candlestick:
    volume_c = sum(trade.count_c for trade in trades)
    paid = [trade.price_bp for trade in trades]
    turnover = sum(trade.price_bp * trade.count_c for trade in trades)
    return Candlestick(
        end_s=(minute + 1) * 60,
        yes_bid=_bar([opening.bid_bp, closing.bid_bp]),
        yes_ask=_bar([opening.ask_bp, closing.ask_bp]),
        price=_bar(paid) if paid else Ohlc(),
        mean_bp=round(turnover / volume_c) if volume_c else None,
        previous_bp=previous,
        volume_c=volume_c,
        open_interest_c=open_interest_c,
    )


def _bar(values: list[PriceBp]) -> Ohlc:
    return Ohlc(values[0], max(values), min(values), values[-1])
