"""What is loaded when nobody has chosen yet, and what is said first."""

from __future__ import annotations

from console.tui.desk import Desk
from engine.domain.market import MarketStatus

FIRST_HINT = {
    "sandbox": "Prices are generated here, nothing can be spent.  Enter: market  Y N: ticket",
    "paper": "Real prices, fake money.  ↑↓ Enter: choose a market  ? all keys",
    "demo": "The exchange's own practice money.  ↑↓ Enter: choose a market  ? all keys",
    "live": "REAL MONEY.  ↑↓ Enter: choose a market  A: arm the keys  ? all keys",
}
_LOST = "No engine: orders rest on, stops are not kept.  q, then sparko-console starts it"
_SILENT = "The engine says nothing, what is shown is old.  Ask it with: sparko status"
_UNKNOWN = "An order is UNKNOWN: it is looked up now and not sent twice.  : ORD shows it"


def first_market(desk: Desk) -> str:
    """The market that a desk begins with: what is held, else of the event that closes first the market whose
    outcome is most open. Empty while there is none."""
    held = sorted(desk.replica.desk.positions)
    if held:
        return held[0]
    for event in desk.events():
        legs = [leg for leg in desk.legs_of(event) if leg.status is MarketStatus.ACTIVE]
        if legs:
            return desk.nearest_the_money(legs).ticker
    markets = sorted(desk.replica.watch.markets)
    return markets[0] if markets else ""


def hint(desk: Desk) -> str:
    """One line for when nothing else is said: what is wrong and what to do about it, else what is real here
    and which key does what next. Empty before the engine has told anything."""
    status = desk.status
    if status is None:
        return ""
    if not desk.is_attached:
        return _LOST
    if desk.is_silent:
        return _SILENT
    if status.unknown_orders:
        return _UNKNOWN
    if status.exchange.prices == "recorded":
        return "A recorded day, fake money.  ↑↓ Enter: choose a market  ? all keys"
    return FIRST_HINT.get(status.venue, "? all keys")
