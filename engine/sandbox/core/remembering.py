"""Giving a market the past that its source tells of it, once, before anything happens in it here."""

from __future__ import annotations

from copy import copy

from engine.domain.market import MarketStatus
from engine.sandbox.core.catalog import listed
from engine.sandbox.core.listing import ListingError, MarketRecord
from engine.sandbox.core.past import NO_PAST, Past
from engine.sandbox.core.state import State


def remember(state: State, ticker: str, past: Past) -> None:
    """Lets a market's figures begin where its past ends.

    Raises ListingError if it has a past or an order book already, or if the figures do not go together.
    """
    record = listed(state, ticker)
    if record.past is not NO_PAST or record.clock or record.trade_count:
        raise ListingError(f"past of {ticker}: got one for a market that has begun already")
    latest_ns = state.clock.now_ns
    if record.market.status is MarketStatus.FINALIZED:
        # Its life is over, so it may be listed with all of it.
        latest_ns = max(latest_ns, record.market.close_ns)
    fault = past.fault(latest_ns)
    if fault is not None:
        raise ListingError(f"past of {ticker}: {fault}")
    take_over(record, past)
    record.last_trade_bp = past.last_trade_bp
    record.last_trade_c = past.last_trade_c
    record.volume_c = past.volume_c
    record.dollar_volume_ud = past.dollar_volume_ud
    record.open_interest_c = record.told_open_interest_c
    state.dirty.pasts[ticker] = past
    state.dirty.tallies[ticker] = record


def take_over(record: MarketRecord, past: Past) -> None:
    """Keeps a past with its market; the running figures have it in them already, or are given it next."""
    record.past = past
    for step in past.day:
        record.day.load(copy(step))
