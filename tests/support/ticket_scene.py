"""A market as a ticket sees it: a fresh two-sided book, cash, known limits, keys armed."""

from __future__ import annotations

from typing import Any

from console.tui.ticket.bounds import Bounds
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket, Verb
from engine.control.rows.account import CashRow, PositionRow
from engine.control.rows.orders import OrderRow
from engine.domain.fee import FeeSchedule
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DOLLAR_UD, HOUR_NS, SECOND_NS

NOW = 1_795_280_531 * SECOND_NS
TICKER = "KXBTCD-26NOV2117-T95000"
BOUNDS = Bounds(1_000, 5 * DOLLAR_UD, 300, 300, 9_700)


def scene(**changes: Any) -> Scene:
    """Bid 56 (5) and 55 (10), ask 58 (3) and 59 (9)."""
    fields: dict[str, Any] = {
        "ticker": TICKER,
        "now_ns": NOW,
        "venue": "sandbox",
        "mode": "RUNNING",
        "is_attached": True,
        "is_ready": True,
        "is_armed": True,
        "status": MarketStatus.ACTIVE,
        "close_ns": NOW + 3 * HOUR_NS,
        "shard": 0,
        "grid": STRUCTURES["linear_cent"],
        "fees": FeeSchedule(),
        "bids": ((5_600, 500), (5_500, 1_000)),
        "asks": ((5_800, 300), (5_900, 900)),
        "is_book_fresh": True,
        "feed_age_ns": 200_000_000,
        "cash": CashRow(1_000 * DOLLAR_UD, 0, {0: 1_000 * DOLLAR_UD}, NOW),
        "bounds": BOUNDS,
    }
    return Scene(**{**fields, **changes})


def buy(leg: Leg = Leg.YES, count_c: int = 500, price_bp: int | None = 5_900, **changes: Any) -> Ticket:
    return Ticket(TICKER, leg, count_c=count_c, price_bp=price_bp, **changes)


def sell(leg: Leg = Leg.YES, count_c: int = 500, price_bp: int | None = 5_500, **changes: Any) -> Ticket:
    return Ticket(TICKER, leg, Verb.CLOSE, count_c, price_bp, **changes)


def held(leg: Leg = Leg.YES, count_c: int = 1_000, cost_ud: int = 5_200_000, **changes: Any) -> PositionRow:
    return PositionRow(
        ticker=TICKER, leg=leg, count_c=count_c, cost_ud=cost_ud, **{"owner": "manual", **changes}
    )


def own_order(number: int = 1, **changes: Any) -> OrderRow:
    fields: dict[str, Any] = {
        "client_order_id": f"o{number}",
        "ticker": TICKER,
        "owner": "manual",
        "leg": Leg.YES,
        "buys": True,
        "price_bp": 5_500,
        "count_c": 300,
        "state": OrderState.RESTING,
        "remaining_c": 300,
        "intended_ns": NOW - 3_600 * SECOND_NS,
        "updated_ns": NOW,
    }
    return OrderRow(**{**fields, **changes})
