"""An account's history as lots, with what its markets paid."""

from __future__ import annotations

import msgspec

from engine.domain.account_history import AccountHistory, TradedMarket
from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp
from engine.domain.venue import Settlement
from engine.research.account.lots import ClosedLot, Lots, Payout, lots_of

_VALUES = {Outcome.YES: CONTRACT_BP, Outcome.NO: 0}


class Books(msgspec.Struct, frozen=True):
    """``unpriced`` are markets that were settled at a value that nobody tells: their lots stay open."""

    history: AccountHistory
    lots: Lots
    payouts: dict[str, Payout]
    unpriced: tuple[str, ...]

    def event_of(self, ticker: str) -> str:
        market = self.history.markets.get(ticker)
        return ticker.rpartition("-")[0] or ticker if market is None else market.event_ticker

    def series_of(self, ticker: str) -> str:
        market = self.history.markets.get(ticker)
        return ticker.partition("-")[0] if market is None else market.series_ticker

    def result_of(self, ticker: str) -> str:
        """yes, no, scalar, or empty while it is not known."""
        market = self.history.markets.get(ticker)
        return "" if market is None else market.result_text

    def settled_lots(self) -> dict[str, list[ClosedLot]]:
        """Those that the settlement closed, by market."""
        found: dict[str, list[ClosedLot]] = {}
        for lot in self.lots.closed:
            if lot.closing is None:
                found.setdefault(lot.ticker, []).append(lot)
        return found


def books_of(history: AccountHistory) -> Books:
    payouts, unpriced = _payouts(history)
    return Books(history, lots_of(as_executed(history), payouts), payouts, unpriced)


def as_executed(history: AccountHistory) -> list[Fill]:
    """Fills in the order in which they were made: several of one instant are those of one order that took
    several others, which it does from the best price on and at one price from the oldest (price-time
    priority). The exchange gives them one time and ids that say nothing."""
    created = {order.order_id: order.created_ns or 0 for order in history.orders}

    def place(fill: Fill) -> tuple[Nanoseconds, str, PriceBp, Nanoseconds]:
        buys_upwards = (fill.side is BookSide.BID) is fill.is_taker
        best_first = fill.price_bp if buys_upwards else -fill.price_bp
        return fill.at_ns, fill.ticker, best_first, created.get(fill.order_id, 0)

    return sorted(history.fills, key=place)


def _payouts(history: AccountHistory) -> tuple[dict[str, Payout], tuple[str, ...]]:
    """The market's own value, exact, before the settlement's, which is in whole cents."""
    found = {
        market.ticker: Payout(market.settlement_bp, market.settled_ns)
        for market in history.markets.values()
        if market.settled_ns is not None and market.settlement_bp is not None
    }
    unpriced: list[str] = []
    for settlement in history.settlements:
        if settlement.ticker in found:
            found[settlement.ticker] = Payout(found[settlement.ticker].value_bp, settlement.settled_ns)
            continue
        value_bp = _value_bp(settlement, history.markets.get(settlement.ticker))
        if value_bp is None:
            unpriced.append(settlement.ticker)
        else:
            found[settlement.ticker] = Payout(value_bp, settlement.settled_ns)
    return found, tuple(sorted(unpriced))


def _value_bp(settlement: Settlement, market: TradedMarket | None) -> PriceBp | None:
    if market is not None and market.settlement_bp is not None:
        return market.settlement_bp
    if settlement.result in _VALUES:
        return _VALUES[settlement.result]
    return settlement.value_bp
