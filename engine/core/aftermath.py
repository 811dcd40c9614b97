"""What becomes of a market that closed while something of it is held: determined, disputed, paid.

The list of open markets does not have it any more and the stream tells no dispute, so it is read by itself
until it is paid. A market that a start does not find among the open ones is read the same way.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ReadMarket
from engine.core.inputs import MarketRead, MarketsRead
from engine.core.settlements import Settlements
from engine.core.timers import Due
from engine.core.universe import Universe
from engine.domain.market import Market, MarketStatus
from engine.domain.units import cents

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
        """Reads it now and again later, while it is held and does not trade."""
        desk = self._desk
        market = desk.markets.get(ticker)
        if not desk.held_c(ticker) or (market is not None and desk.at < market.close_ns):
            return
        desk.ask(ReadMarket(ticker))
        desk.timers.after_mono(desk.mono + desk.timings.aftermath_each_ns, Due.AFTERMATH, ticker)

    def read(self, read: MarketRead) -> None:
        desk, market = self._desk, read.market
        before = desk.markets.get(market.ticker)
        self._universe.read(MarketsRead(market.series_ticker, (read.event,), (market,), is_complete=True))
        if not desk.held_c(market.ticker):
            return
        self._tell(before, market)
        if market.status is MarketStatus.FINALIZED:
            self._settlements.ask()

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
