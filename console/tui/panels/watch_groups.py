"""The markets of WATCH by event, and which of an event's are quiet."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from console.tui.desk import Desk
from console.tui.panels.watch_rows import spread_bp
from engine.control.rows.markets import MarketRow
from engine.domain.units import CONTRACT_BP

FEW = 8
"""So many markets of an event are shown whether they are quiet or not."""


class Order(StrEnum):
    STRIKE = "strike"
    VOLUME = "volume"
    SPREAD = "spread"
    """The tightest first."""


class Group(NamedTuple):
    event: str
    legs: tuple[MarketRow, ...]


def groups_of(desk: Desk) -> list[Group]:
    """All events with their markets by strike; the event that closes first at the front."""
    return [Group(event, desk.legs_of(event)) for event in desk.events()]


def quiet_of(desk: Desk, legs: Sequence[MarketRow]) -> frozenset[str] | None:
    """Those without a bid or without an ask; None while that is so of all, or they are few."""
    if len(legs) <= FEW:
        return None
    quiet = frozenset(leg.ticker for leg in legs if not _is_two_sided(desk, leg.ticker))
    return quiet if len(quiet) < len(legs) else None


def _is_two_sided(desk: Desk, ticker: str) -> bool:
    quote = desk.quote(ticker)
    return quote is not None and quote.bid_bp is not None and quote.ask_bp is not None


def in_order(desk: Desk, order: Order) -> tuple[str, ...]:
    """The tickers in the order of now; none for the order of strikes, which does not change."""
    if order is Order.STRIKE:
        return ()
    quotes = desk.replica.watch.quotes

    def weight(ticker: str) -> int:
        quote = quotes.get(ticker)
        if order is Order.VOLUME:
            return -((quote.volume_c if quote is not None else 0) or 0)
        wide = spread_bp(quote)
        return CONTRACT_BP if wide is None else wide

    return tuple(sorted(desk.replica.watch.markets, key=lambda ticker: (weight(ticker), ticker)))


def pinned_of(desk: Desk) -> dict[str, MarketRow]:
    """What is held, by close and ticker, then what is starred."""
    held = [market for ticker in desk.replica.desk.positions if (market := desk.market(ticker)) is not None]
    starred = [market for ticker in desk.starred if (market := desk.market(ticker)) is not None]
    ordered = sorted(held, key=lambda market: (market.close_ns, market.ticker))
    return {market.ticker: market for market in (*ordered, *starred)}
