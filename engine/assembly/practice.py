"""The position that a new home of the embedded exchange begins with, so that there is something to look at.

It is bought with generated money by an ordinary order through the gate, once in a home's life.
"""

from __future__ import annotations

import logging
import uuid

from engine.core.engine import Engine
from engine.core.inputs import Command
from engine.domain.command import PlaceOrder
from engine.domain.market import Market, MarketStatus
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import CENT_BP, CONTRACT_BP, HOUR_NS, ONE_CONTRACT_C, Nanoseconds, PriceBp
from engine.runtime import Runtime

_log = logging.getLogger(__name__)
WHO = "practice"
COUNT_C = 5 * ONE_CONTRACT_C
LIVELY = ("KXBTCD", "KXBTC", "KXETH")
"""Series whose strikes move while one looks, in this order; without them any other."""
SHORTEST_NS = HOUR_NS
"""Exchange time that the market has left, so that the position is still there after a first look around.
Markets with more of it are younger, and a past is what a chart and a forecast are made of."""
DEAREST_BP: PriceBp = 60 * CENT_BP
TRIES = 3


async def take_practice_position(runtime: Runtime, now_ns: Nanoseconds) -> str:
    """Buys YES of a market whose outcome is open; returns its ticker, empty if this home is not new or no
    market would do."""
    engine = runtime.engine
    if engine.money.orders or engine.money.positions:
        return ""
    for market, ask_bp in _candidates(engine, now_ns)[:TRIES]:
        order = PlaceOrder(
            str(uuid.uuid4()),
            market.ticker,
            Leg.YES,
            True,
            ask_bp,
            COUNT_C,
            TimeInForce.IMMEDIATE_OR_CANCEL,
        )
        try:
            answer = await runtime.command(Command(str(uuid.uuid4()), WHO, order))
        except TimeoutError:
            break
        if not answer.deny_code:
            _log.info("practice position taken", extra={"ticker": market.ticker})
            return market.ticker
        _log.info("practice position refused", extra={"code": answer.deny_code})
    return ""


def _candidates(engine: Engine, now_ns: Nanoseconds) -> list[tuple[Market, PriceBp]]:
    """The liveliest series first, its soonest close, and there what is most open."""
    found: list[tuple[tuple[int, Nanoseconds, int, str], Market, PriceBp]] = []
    for ticker, view in engine.books.items():
        market = engine.markets.get(ticker)
        bid_bp, ask_bp = view.book.best_bid_bp, view.book.best_ask_bp
        if market is None or not view.is_fresh or bid_bp is None or ask_bp is None or ask_bp > DEAREST_BP:
            continue
        if market.status is not MarketStatus.ACTIVE or market.close_ns - now_ns < SHORTEST_NS:
            continue
        series = market.series_ticker
        liveliness = LIVELY.index(series) if series in LIVELY else len(LIVELY)
        openness = abs(bid_bp + ask_bp - CONTRACT_BP)
        found.append(((liveliness, market.close_ns, openness, ticker), market, ask_bp))
    return [(market, ask_bp) for _, market, ask_bp in sorted(found, key=lambda row: row[0])]
