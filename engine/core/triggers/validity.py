"""What a condition and a prepared ticket must be, so that it can become an order at all."""

from __future__ import annotations

import re

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.exits.validity import unfit_plan
from engine.core.forecast_desk import decile_of
from engine.core.triggers.sight import MARKET_SOURCES
from engine.domain.market import Market, MarketStatus
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp, cents, contracts

ORDER_SUFFIX = "-o"
"""What makes a condition's id the client order id of its order."""
MOST_CANCELED = 8
"""Conditions that one may end when it fires."""
ENDED = (
    MarketStatus.CLOSED,
    MarketStatus.DETERMINED,
    MarketStatus.DISPUTED,
    MarketStatus.AMENDED,
    MarketStatus.FINALIZED,
)
_fits_as_id = re.compile(r"[-\w:+=/]{1,62}", re.ASCII).fullmatch
"""With the suffix, what the exchange takes as a client order id (its FIX documents)."""
_fits_as_index = re.compile(r"[-\w.]{1,32}", re.ASCII).fullmatch


def unfit_id(condition_id: str) -> Denial | None:
    if _fits_as_id(condition_id):
        return None
    text = f"condition_id: got {condition_id[:80]!r}, wanted 1 to 62 of letters, digits and -_:+=/"
    return Denial(DenyCode.ID_INVALID, text)


def unfit_terms(desk: Desk, terms: ConditionTerms) -> Denial | None:
    """Both markets are known and not over, the ticket can be sent, the trigger can come true."""
    refused = unfit_ticket(desk, terms.ticket) or _unfit_trigger(desk, terms.trigger)
    if refused is None and terms.trigger.ticker:
        refused = _unfit_market(desk, terms.trigger.ticker)
    if refused is None:
        refused = expired(desk, terms.expires_ns)
    if refused is None and len(terms.cancels) > MOST_CANCELED:
        text = f"cancels: got {len(terms.cancels)} conditions, wanted at most {MOST_CANCELED}"
        refused = Denial(DenyCode.BAD_TRIGGER, text, {"count": len(terms.cancels), "limit": MOST_CANCELED})
    return refused


def expired(desk: Desk, expires_ns: Nanoseconds | None) -> Denial | None:
    if expires_ns is None or expires_ns > desk.at:
        return None
    text = "expires: got a time that is over, wanted one to come"
    return Denial(DenyCode.ALREADY_EXPIRED, text, {"expires_ns": expires_ns, "at_ns": desk.at})


def unfit_ticket(desk: Desk, ticket: Ticket) -> Denial | None:
    """What the gate would refuse whenever it was asked: the rest is its to say when the ticket is sent."""
    refused = _unfit_market(desk, ticket.ticker)
    if refused is not None:
        return refused
    market = desk.markets[ticket.ticker]
    return _unfit_count(desk, ticket) or _unfit_price(desk, market, ticket) or _unfit_plan(ticket)


def _unfit_market(desk: Desk, ticker: str) -> Denial | None:
    market = desk.markets.get(ticker)
    if market is None:
        return Denial(DenyCode.UNKNOWN_MARKET, f"market: got {ticker[:80]}, which is not listed here")
    if market.status in ENDED or desk.at >= market.close_ns:
        text = f"market {ticker}: is over ({market.status})"
        return Denial(DenyCode.MARKET_NOT_ACTIVE, text, {"status": market.status.value})
    return None


def _unfit_count(desk: Desk, ticket: Ticket) -> Denial | None:
    count_c, step_c = ticket.count_c, desk.limits.count_step_c
    if count_c <= 0:
        text = f"count: got {contracts(count_c)}, wanted at least 0.01"
        return Denial(DenyCode.COUNT_NOT_POSITIVE, text, {"count_c": count_c})
    if ticket.buys and count_c % step_c:
        text = f"count: got {contracts(count_c)}, wanted a multiple of {contracts(step_c)}"
        return Denial(DenyCode.COUNT_TOO_FINE, text, {"count_c": count_c, "step_c": step_c})
    return None


def _unfit_price(desk: Desk, market: Market, ticket: Ticket) -> Denial | None:
    price_bp, limits = ticket.price_bp, desk.limits
    grid = market.grid if ticket.leg is Leg.YES else market.grid.mirrored()
    if not grid.accepts(price_bp):
        return Denial(DenyCode.OFF_GRID, f"price: {grid.explain(price_bp)}", {"price_bp": price_bp})
    if ticket.buys and not ticket.far and not limits.near_low_bp <= price_bp <= limits.near_high_bp:
        return _far(price_bp, limits.near_low_bp, limits.near_high_bp)
    return None


def _unfit_plan(ticket: Ticket) -> Denial | None:
    if ticket.plan is None:
        return None
    if not ticket.buys:
        return Denial(DenyCode.BAD_PLAN, "plan: got one with a sale, wanted one for what is bought")
    return unfit_plan(ticket.plan, ticket.price_bp)


def _far(price_bp: PriceBp, low_bp: PriceBp, high_bp: PriceBp) -> Denial:
    text = f"price: got {cents(price_bp)}, outside {cents(low_bp)} to {cents(high_bp)}; say far to mean it"
    return Denial(DenyCode.FAR_PRICE, text, {"price_bp": price_bp, "low_bp": low_bp, "high_bp": high_bp})


def _unfit_trigger(desk: Desk, trigger: Trigger) -> Denial | None:
    source, level = trigger.source, trigger.level
    if source is Source.FORECAST and not desk.forecasts.is_there:
        text = "trigger: there is no forecaster here yet, wanted bid, ask, mid, last, spot or time"
        return Denial(DenyCode.FORECAST_UNAVAILABLE, text)
    if source is Source.FORECAST and decile_of(trigger.key) is None:
        text = f"quantile: got {trigger.key[:8]!r} thousandths, wanted 100 to 900 in steps of 100"
        return Denial(DenyCode.BAD_TRIGGER, text)
    if source in MARKET_SOURCES or source is Source.FORECAST:
        if 0 < level < CONTRACT_BP:
            return None
        text = f"level: got {cents(level)} c, wanted more than 0 and less than 100"
        return Denial(DenyCode.BAD_TRIGGER, text, {"level": level})
    if trigger.ticker:
        return Denial(
            DenyCode.BAD_TRIGGER, f"trigger: {source} is not of a market, got {trigger.ticker[:80]}"
        )
    if source is Source.TIME and trigger.crossing is not Crossing.AT_OR_ABOVE:
        return Denial(DenyCode.BAD_TRIGGER, "trigger: time only goes on; got <=, wanted >=")
    if source is Source.SPOT and not _fits_as_index(trigger.key):
        text = f"index: got {trigger.key[:80]!r}, wanted the name of one, such as BRTI"
        return Denial(DenyCode.BAD_TRIGGER, text)
    return None
