"""Which markets the feed carries: per event the legs nearest the money, and all that somebody needs."""

from __future__ import annotations

from decimal import Decimal

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import ReadMarkets, WatchBooks
from engine.core.inputs import MarketsRead
from engine.core.timers import Due
from engine.domain.feed import TickerQuote
from engine.domain.market import Market, MarketStatus
from engine.domain.units import CONTRACT_BP, PriceBp

_ENDED = (MarketStatus.FINALIZED,)


class Universe:
    """``watched`` is what the feed was last asked for."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.watched: dict[str, None] = {}
        self.ended: dict[str, None] = {}
        """Markets that ended and that somebody still holds or looks at: without a book, with a result."""
        self._wanted_by: dict[str, tuple[str, ...]] = {}
        self.strategies_want: dict[str, None] = {}
        """Markets and (by prefix) series that strategies need."""
        self.prepared: dict[str, None] = {}
        """Markets of conditions and loaded tickets."""
        self._asked_mono: dict[str, int] = {}

    def series(self) -> list[str]:
        """Configured ones, those of strategies, and those of markets that somebody needs."""
        names = dict.fromkeys((*self._desk.settings.series, *self.strategies_want))
        for ticker in self._needed():
            market = self._desk.markets.get(ticker)
            names[market.series_ticker if market else ticker.partition("-")[0]] = None
        return list(names)

    def refresh(self) -> list[str]:
        """Reads the markets of every series anew; returns their names."""
        names = self.series()
        for series_ticker in names:
            self.ask(series_ticker)
        desk = self._desk
        desk.timers.after_at(desk.at + desk.timings.universe_refresh_ns, Due.UNIVERSE)
        return names

    def ask(self, series_ticker: str) -> None:
        self._asked_mono[series_ticker] = self._desk.mono
        self._desk.ask(ReadMarkets(series_ticker))

    def hint(self, series_ticker: str) -> None:
        """Something was listed in a series: it is read soon, unless it was just read."""
        if series_ticker not in self.series():
            return
        desk = self._desk
        spacing = desk.timings.universe_spacing_ns
        soonest = self._asked_mono.get(series_ticker, -spacing) + spacing
        desk.timers.after_mono(max(desk.mono, soonest), Due.UNIVERSE, series_ticker)

    def read(self, read: MarketsRead) -> None:
        """Takes what is listed. A market that is missing is not forgotten by that: closing or a fault may
        be why; it leaves some time after its close."""
        desk = self._desk
        for event in read.events:
            desk.events[event.ticker] = event
        for market in read.markets:
            known = desk.markets.get(market.ticker)
            if known is not None and known.status in _ENDED and market.status not in _ENDED:
                continue  # read before it was paid, heard of after: nothing comes back from there
            if known != market:
                desk.markets[market.ticker] = market
                desk.touch(market.ticker)
            if known is None or known.close_ns != market.close_ns:
                desk.timers.after_at(market.close_ns, Due.MARKET_CLOSE, market.ticker)
        for quote in read.quotes:
            if quote.ticker not in self.watched or quote.ticker not in desk.quotes:
                desk.quotes[quote.ticker] = quote
        self.choose()

    def watch(self, who: str, tickers: tuple[str, ...]) -> Denial | None:
        """Somebody looks at these now; replaces the list that they gave before."""
        if len(tickers) > self._desk.settings.most_markets:
            text = f"watch: got {len(tickers)} markets, wanted at most {self._desk.settings.most_markets}"
            return Denial(DenyCode.TOO_MANY_MARKETS, text)
        if tickers:
            self._wanted_by[who] = tickers
        else:
            self._wanted_by.pop(who, None)
        self.carry()
        return None

    def carry(self) -> None:
        """Takes in what came to be held or working since; a market that is not known is read."""
        for ticker in self._needed():
            if ticker not in self._desk.markets:
                self.hint(ticker.partition("-")[0])
        self.choose()

    def choose(self) -> None:
        """Sets the markets of the feed anew and says so if they changed."""
        desk = self._desk
        self._prune()
        needed = self._needed()
        chosen = dict.fromkeys(ticker for ticker in needed if self._is_carried(ticker))
        self._keep_ended({ticker for ticker in needed if ticker in desk.markets} - chosen.keys())
        for legs in self._by_event().values():
            for market in self._nearest(legs):
                if len(chosen) >= desk.settings.most_markets:
                    break
                chosen[market.ticker] = None
        for ticker in [ticker for ticker in desk.books if ticker not in chosen]:
            del desk.books[ticker]
        for ticker in chosen:
            if ticker not in desk.books:
                desk.new_book(ticker)
        if sorted(chosen) != sorted(self.watched):
            self.watched = chosen
            desk.ask(WatchBooks(tuple(sorted(chosen))))

    def _keep_ended(self, tickers: set[str]) -> None:
        for ticker in tickers ^ self.ended.keys():
            self._desk.touch(ticker)
        self.ended = dict.fromkeys(sorted(tickers))

    def _needed(self) -> dict[str, None]:
        """Held, working, looked at, prepared: in the universe whatever the money."""
        desk = self._desk
        held = [ticker for ticker, record in desk.money.positions.items() if record.position.count_c]
        working = [record.terms.ticker for record in desk.working()]
        watched = [ticker for tickers in self._wanted_by.values() for ticker in tickers]
        return dict.fromkeys((*held, *working, *watched, *self.prepared))

    def _is_carried(self, ticker: str) -> bool:
        market = self._desk.markets.get(ticker)
        return market is not None and market.status not in _ENDED

    def _by_event(self) -> dict[str, list[Market]]:
        """Open legs of the series we follow that close within the horizon; the next to close first."""
        desk = self._desk
        series = dict.fromkeys((*desk.settings.series, *self.strategies_want))
        last_ns = desk.at + desk.timings.horizon_ns
        open_now = [
            market
            for market in desk.markets.values()
            if market.series_ticker in series and desk.at < market.close_ns <= last_ns
        ]
        events: dict[str, list[Market]] = {}
        for market in sorted(open_now, key=lambda market: (market.close_ns, market.ticker)):
            events.setdefault(market.event_ticker, []).append(market)
        return events

    def _nearest(self, legs: list[Market]) -> list[Market]:
        """Nearest to an even price first; legs without a quote by their place among the strikes."""
        ladder = sorted(legs, key=_strike)
        middle = len(ladder) // 2
        place = {market.ticker: abs(index - middle) for index, market in enumerate(ladder)}

        def distance(market: Market) -> tuple[bool, int, int, str]:
            middle_bp = _middle_bp(self._desk.quotes.get(market.ticker))
            away = 0 if middle_bp is None else abs(middle_bp - CONTRACT_BP // 2)
            return (middle_bp is None, away, place[market.ticker], market.ticker)

        return sorted(ladder, key=distance)[: self._desk.settings.legs_per_event]

    def _prune(self) -> None:
        """Forgets markets that closed a while ago and that nobody needs."""
        desk = self._desk
        needed = self._needed()
        before = desk.at - desk.timings.keep_closed_ns
        for ticker in [t for t, m in desk.markets.items() if m.close_ns < before and t not in needed]:
            del desk.markets[ticker]
            desk.quotes.pop(ticker, None)
            desk.touch(ticker)
        if len(desk.events) > len(desk.markets):
            alive = {market.event_ticker for market in desk.markets.values()}
            for event_ticker in [event for event in desk.events if event not in alive]:
                del desk.events[event_ticker]


def _strike(market: Market) -> tuple[bool, Decimal, str]:
    low = market.strike.floor if market.strike.floor is not None else market.strike.cap
    return (low is not None, low or Decimal(0), market.ticker)


def _middle_bp(quote: TickerQuote | None) -> PriceBp | None:
    """Between bid and ask; a side alone stands for itself."""
    if quote is None:
        return None
    if quote.yes_bid_bp is None or quote.yes_ask_bp is None:
        return quote.yes_bid_bp if quote.yes_ask_bp is None else quote.yes_ask_bp
    return (quote.yes_bid_bp + quote.yes_ask_bp) // 2
