"""What becomes of a market that closed while something of it is held: determined, disputed, paid.

The list of open markets does not have it any more and the stream tells no dispute, so it is read by itself
until it is paid. A market that a start does not find among the open ones is read the same way. One answer has
the other markets of the event too, so what is held in one event is followed by one read.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ReadMarket
from engine.core.inputs import MarketRead, MarketsRead
from engine.core.settlements import Settlements
from engine.core.timers import Due
from engine.core.universe import Universe
from engine.domain.market import Market, MarketStatus
from engine.domain.units import Nanoseconds, cents

_TOLD = {
    MarketStatus.DETERMINED: (AlertLevel.NOTE, "is determined"),
    MarketStatus.DISPUTED: (AlertLevel.WARNING, "is DISPUTED: its result may still change"),
    MarketStatus.AMENDED: (AlertLevel.WARNING, "has another result than it had"),
}


class Aftermath:
    def __init__(self, desk: Desk, universe: Universe, settlements: Settlements) -> None:
        self._desk = desk
        self._universe = universe
        self._settlements = settlements
        self._asked_mono: dict[str, Nanoseconds] = {}
        """By event: when one of its markets was asked for last."""
        self._told_mono: dict[str, Nanoseconds] = {}
        """By market that is held: when an answer had it last."""

    def start(self) -> None:
        """What is held may have closed while nobody ran."""
        desk = self._desk
        for ticker, held in desk.money.positions.items():
            if held.position.count_c:
                desk.timers.after_mono(desk.mono + desk.timings.aftermath_first_ns, Due.AFTERMATH, ticker)

    def closed(self, ticker: str) -> None:
        """A market's close has come."""
        self._desk.touch(ticker)
        self.look(ticker)

    def look(self, ticker: str) -> None:
        """Reads it now and again later, while it is held and does not trade.

        Markets of one event wait for the answer to the first of them, and ask themselves if it lacks them.
        """
        desk = self._desk
        market = desk.markets.get(ticker)
        if not desk.held_c(ticker) or (market is not None and desk.at < market.close_ns):
            self._told_mono.pop(ticker, None)
            return
        mono, each_ns = desk.mono, desk.timings.aftermath_each_ns
        told_mono = self._told_mono.get(ticker)
        if told_mono is not None and mono - told_mono < each_ns:
            next_mono = told_mono + each_ns
        elif market is not None and self._is_asked(market.event_ticker):
            next_mono = mono + desk.timings.aftermath_first_ns
        else:
            self._ask(ticker, market)
            next_mono = mono + each_ns
        desk.timers.after_mono(next_mono, Due.AFTERMATH, ticker)

    def read(self, read: MarketRead) -> None:
        """Takes in what closed, and tells what is new of what is held. Of the event's markets that trade the
        stream knows more."""
        desk = self._desk
        told = [read.market, *(market for market in read.others if self._is_over(market))]
        held = [(market, desk.markets.get(market.ticker)) for market in told if desk.held_c(market.ticker)]
        series_ticker = read.event.series_ticker
        self._universe.read(MarketsRead(series_ticker, (read.event,), tuple(told), is_complete=True))
        for market, before in held:
            self._told_mono[market.ticker] = desk.mono
            self._tell(before, market)
        if any(market.status is MarketStatus.FINALIZED for market, _ in held):
            self._settlements.ask()

    def _is_over(self, market: Market) -> bool:
        desk = self._desk
        is_ours = market.ticker in desk.markets or desk.held_c(market.ticker) != 0
        return is_ours and market.close_ns <= desk.at

    def _ask(self, ticker: str, market: Market | None) -> None:
        self._desk.ask(ReadMarket(ticker))
        self._asked_mono = {
            event: asked for event, asked in self._asked_mono.items() if self._is_asked(event)
        }
        if market is not None:
            self._asked_mono[market.event_ticker] = self._desk.mono

    def _is_asked(self, event_ticker: str) -> bool:
        """Whether an answer with its markets is under way, as far as time tells."""
        asked_mono = self._asked_mono.get(event_ticker)
        return asked_mono is not None and self._desk.mono - asked_mono < self._desk.timings.aftermath_first_ns

    def _tell(self, before: Market | None, market: Market) -> None:
        """Each step once, and a result that became another one."""
        words = _TOLD.get(market.status)
        if words is None:
            return
        known = None if before is None else (before.status, before.settlement_bp)
        if known == (market.status, market.settlement_bp):
            return
        level, text = words
        value = market.settlement_bp
        paid = "" if value is None else f", one YES would be paid {cents(value)} c"
        code = market.status.upper()
        self._desk.alert(level, code, f"{market.ticker} {text}{paid}", market.ticker)
