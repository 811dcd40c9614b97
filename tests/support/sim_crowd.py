"""A market source for simulations: a few markets, quoted and traded by a crowd drawn from a seed.

Everything at an instant is a function of seed, market and time, so that a restarted exchange goes on as if
nothing had happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec

from engine.domain.candle import Candlestick
from engine.domain.fee import FeeSchedule
from engine.domain.market import Event, Market, MarketStatus, Series, Strike, StrikeType
from engine.domain.order import BookSide
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DAY_NS, HOUR_NS, SECOND_NS, Nanoseconds
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.opening import Plan
from engine.sandbox.source import SourceSummary

SERIES = "KXSIM"
START_NS = 1_795_186_800 * SECOND_NS
"""Friday 2026-11-20, 15:00 UTC: no maintenance window is near."""
CENT_BP = 100


class Crowd:
    """One event an ``event_life_ns`` with ``legs`` markets, one after another; looks at some each step.

    Markets are determined ``result_s`` after their close, and paid as long after that.
    """

    def __init__(
        self,
        seed: int,
        *,
        legs: int = 3,
        event_life_ns: Nanoseconds = 30 * HOUR_NS,
        step_ns: Nanoseconds = SECOND_NS,
        result_s: int = 60,
    ) -> None:
        self._seed = seed
        self._legs = legs
        self._life_ns = event_life_ns
        self._step_ns = step_ns
        self._result_s = result_s
        self.trades = True
        """Quoting and trading go on; set it to False for a market in which nothing moves."""

    def open(self, exchange: Exchange) -> None:
        if SERIES not in exchange.series:
            exchange.list_series(Series(SERIES, "Simulated", "test", "hourly", FeeSchedule()))
        self._list(exchange)
        exchange.advance(exchange.now_ns)
        for ticker in self._open_tickers(exchange):
            self._quote(exchange, ticker)

    def advance(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        self._list(exchange)
        first, last = exchange.now_ns // self._step_ns + 1, to_ns // self._step_ns
        tickers = self._open_tickers(exchange)
        for step in range(max(first, last - 20), last + 1 if self.trades else 0):
            chance = Random(f"{self._seed}/{step}")
            for ticker in chance.sample(tickers, min(2, len(tickers))):
                self._quote(exchange, ticker)
                if chance.random() < 0.5:
                    self._trade(exchange, ticker, chance)
        self._determine(exchange, to_ns)

    def next_due_ns(self, now_ns: Nanoseconds) -> Nanoseconds | None:
        return now_ns + self._step_ns

    def history(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        return ()

    def past_trades(self, exchange: Exchange, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        return ()

    def summary(self) -> SourceSummary:
        return SourceSummary("crowd", {"legs": self._legs})

    def _list(self, exchange: Exchange) -> None:
        """The event of the present, if it is not listed yet."""
        number = (exchange.now_ns - START_NS) // self._life_ns
        event = f"{SERIES}-{number:04d}"
        if event in exchange.events:
            return
        close_ns = START_NS + (number + 1) * self._life_ns
        exchange.list_event(Event(event, SERIES, f"Event {number}", "", mutually_exclusive=False))
        for leg in range(self._legs):
            market = _market(f"{event}-T{leg}", event, leg, exchange.now_ns, close_ns)
            exchange.list_market(msgspec.structs.replace(market, settlement_timer_s=self._result_s))

    def _open_tickers(self, exchange: Exchange) -> list[str]:
        return [
            ticker
            for ticker, record in exchange.markets.items()
            if record.market.status is MarketStatus.ACTIVE
        ]

    def _quote(self, exchange: Exchange, ticker: str) -> None:
        """Three levels a side around a fair price that wanders."""
        chance = Random(f"{self._seed}/{ticker}/{exchange.now_ns // self._step_ns}")
        minutes = exchange.now_ns // (60 * SECOND_NS)
        wave = abs((minutes * 2 + Random(f"{self._seed}/{ticker}").randrange(80)) % 80 - 40)
        fair = 30 + wave + chance.choice((-1, 0, 0, 1))
        bids = [((fair - 1 - depth) * CENT_BP, 100 * chance.randint(1, 40)) for depth in range(3)]
        asks = [((fair + 1 + depth) * CENT_BP, 100 * chance.randint(1, 40)) for depth in range(3)]
        exchange.quote("crowd", ticker, bids, asks)

    def _trade(self, exchange: Exchange, ticker: str, chance: Random) -> None:
        side = chance.choice((BookSide.BID, BookSide.ASK))
        limit_bp = 9_900 if side is BookSide.BID else CENT_BP
        exchange.take("takers", ticker, side, limit_bp, chance.randint(1, 3_000))

    def _determine(self, exchange: Exchange, to_ns: Nanoseconds) -> None:
        for ticker, record in exchange.markets.items():
            market = record.market
            if market.status is MarketStatus.CLOSED and to_ns >= market.close_ns + self._result_s * SECOND_NS:
                value = Random(f"{self._seed}/{ticker}/result").choice((0, 10_000))
                exchange.determine(ticker, value)


def _market(ticker: str, event: str, leg: int, now_ns: Nanoseconds, close_ns: Nanoseconds) -> Market:
    return Market(
        ticker=ticker,
        event_ticker=event,
        series_ticker=SERIES,
        title=f"Leg {leg}",
        yes_sub_title="yes",
        no_sub_title="no",
        rules_primary="",
        open_ns=now_ns - HOUR_NS,
        close_ns=close_ns,
        expected_expiration_ns=close_ns + 60 * SECOND_NS,
        latest_expiration_ns=close_ns + DAY_NS,
        strike=Strike(StrikeType.CUSTOM),
        price_level_structure="linear_cent",
        grid=STRUCTURES["linear_cent"],
        fees=FeeSchedule(),
    )


def crowd_plan(crowd: Crowd) -> Plan:
    """A world of this crowd that begins at START_NS."""
    return Plan(
        kind="crowd",
        options={},
        make_source=lambda options: crowd,
        catches_up=True,
        start_ns=lambda source: START_NS,
        default_tier=Tier.PRESTIGE,
        rules=ExchangeRules(maintenance=None),
        world_id="00000000-0000-4000-8000-000000000000",
    )
