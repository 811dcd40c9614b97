"""The markets of each event by strike, and which event comes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from console.tui.strikes import StrikeOrder, strike_order
from engine.control.replica import Replica, WatchPicture
from engine.control.rows.markets import FactsRow, MarketRow, QuoteRow
from engine.domain.market import MarketStatus
from engine.domain.units import CONTRACT_BP


class Ladders:
    """Made anew when markets or facts change: panels ask for them with every picture."""

    def __init__(self, replica: Replica, facts: Mapping[str, FactsRow]) -> None:
        self._replica = replica
        self._facts = facts
        self._watch: WatchPicture | None = None
        self._made_of = (0, 0)
        self._events: tuple[str, ...] = ()
        self._kept: dict[str, tuple[MarketRow, ...]] = {}

    def legs_of(self, event: str) -> tuple[MarketRow, ...]:
        """The known markets of an event, by strike."""
        return self._all().get(event, ())

    def events(self) -> tuple[str, ...]:
        """The known events, the one that closes first at the front."""
        self._all()
        return self._events

    def nearest_the_money(self, legs: Sequence[MarketRow]) -> MarketRow:
        """The one whose outcome is most open: active before ended, then by the middle of its quote. Raises
        ValueError if there is none."""
        return min(legs, key=lambda leg: (leg.status is not MarketStatus.ACTIVE, self._from_even_bp(leg)))

    def _from_even_bp(self, leg: MarketRow) -> tuple[int, str]:
        quote: QuoteRow | None = self._replica.watch.quotes.get(leg.ticker)
        if quote is None or quote.bid_bp is None or quote.ask_bp is None:
            return CONTRACT_BP, leg.ticker
        return abs(quote.bid_bp + quote.ask_bp - CONTRACT_BP), leg.ticker

    def _all(self) -> dict[str, tuple[MarketRow, ...]]:
        watch = self._replica.watch
        made_of = (watch.listings, len(self._facts))
        if self._watch is not watch or self._made_of != made_of:
            found: dict[str, list[MarketRow]] = {}
            for market in watch.markets.values():
                found.setdefault(market.event_ticker, []).append(market)
            self._kept = {event: tuple(sorted(legs, key=self._by_strike)) for event, legs in found.items()}
            closes = {event: min(leg.close_ns for leg in legs) for event, legs in self._kept.items()}
            self._events = tuple(sorted(closes, key=lambda event: (closes[event], event)))
            self._watch, self._made_of = watch, made_of
        return self._kept

    def _by_strike(self, market: MarketRow) -> StrikeOrder:
        facts = self._facts.get(market.ticker)
        return strike_order(market.ticker, None if facts is None else facts.market.strike)
