"""What is loaded when nobody has chosen yet, and what is said first."""

from __future__ import annotations

from console.tui.desk import Desk
from engine.control.rows import StatusRow
from engine.domain.market import MarketStatus
from engine.domain.units import CONTRACT_BP

FIRST_HINT = {
    "sandbox": "Prices are generated here, nothing can be spent.  Enter: market  Y N: ticket",
    "paper": "Real prices, fake money.  ↑↓ Enter: choose a market  ? all keys",
    "demo": "The exchange's own practice money.  ↑↓ Enter: choose a market  ? all keys",
    "live": "REAL MONEY.  ↑↓ Enter: choose a market  A: arm the keys  ? all keys",
}


def first_market(desk: Desk) -> str:
    """The market that a desk begins with: what is held, else of the event that closes first the market whose
    outcome is most open. Empty while there is none."""
    held = sorted(desk.replica.desk.positions)
    if held:
        return held[0]
    for event in desk.events():
        legs = [leg for leg in desk.legs_of(event) if leg.status is MarketStatus.ACTIVE]
        if legs:
            return min(legs, key=lambda leg: (_from_even(desk, leg.ticker), leg.ticker)).ticker
    markets = sorted(desk.replica.watch.markets)
    return markets[0] if markets else ""


def _from_even(desk: Desk, ticker: str) -> int:
    quote = desk.quote(ticker)
    if quote is None or quote.bid_bp is None or quote.ask_bp is None:
        return CONTRACT_BP
    return abs(quote.bid_bp + quote.ask_bp - CONTRACT_BP)


def first_hint(status: StatusRow) -> str:
    """One line: what is real here, and which key does what next."""
    if status.exchange.prices == "recorded":
        return "A recorded day, fake money.  ↑↓ Enter: choose a market  ? all keys"
    return FIRST_HINT.get(status.venue, "? all keys")
