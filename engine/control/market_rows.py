"""Rows of markets, their quotes and their events, made of what the engine knows."""

from __future__ import annotations

from decimal import Decimal

from engine.control.money_rows import position_row
from engine.control.rows.markets import EventRow, LegRow, MarketRow, QuoteRow
from engine.core.engine import Engine
from engine.domain.market import Event, Market


def market_row(market: Market) -> MarketRow:
    return MarketRow(
        ticker=market.ticker,
        event_ticker=market.event_ticker,
        series_ticker=market.series_ticker,
        title=market.title,
        yes_sub_title=market.yes_sub_title,
        status=market.status,
        close_ns=market.close_ns,
        exchange_index=market.exchange_index,
        settlement_bp=market.settlement_bp,
        strike=market.strike,
    )


def quote_row(engine: Engine, ticker: str) -> QuoteRow:
    """From the book where it may be read, else from the last quote."""
    quote = engine.quotes.get(ticker)
    last_bp = None if quote is None else quote.last_bp
    volume_c = None if quote is None else quote.volume_c
    open_interest_c = None if quote is None else quote.open_interest_c
    view = engine.books.get(ticker)
    if view is not None and view.is_fresh:
        book = view.book
        bid_bp, ask_bp = book.best_bid_bp, book.best_ask_bp
        bid_c = 0 if bid_bp is None else book.bids[bid_bp]
        ask_c = 0 if ask_bp is None else book.asks[ask_bp]
        return QuoteRow(ticker, bid_bp, bid_c, ask_bp, ask_c, last_bp, volume_c, open_interest_c, True)
    if quote is None:
        return QuoteRow(ticker)
    return QuoteRow(
        ticker,
        quote.yes_bid_bp,
        quote.yes_bid_c,
        quote.yes_ask_bp,
        quote.yes_ask_c,
        last_bp,
        volume_c,
        open_interest_c,
    )


def leg_row(engine: Engine, market: Market) -> LegRow:
    held = engine.money.positions.get(market.ticker)
    position = None
    if held is not None and held.position.count_c:
        position = position_row(held, engine.books.get(market.ticker))
    return LegRow(market_row(market), quote_row(engine, market.ticker), position)


def event_row(engine: Engine, event: Event) -> EventRow:
    legs = [market for market in engine.markets.values() if market.event_ticker == event.ticker]
    return EventRow(
        event.ticker,
        event.series_ticker,
        event.title,
        event.sub_title,
        event.mutually_exclusive,
        tuple(leg_row(engine, market) for market in sorted(legs, key=_by_strike)),
    )


def _by_strike(market: Market) -> tuple[bool, Decimal, str]:
    low = market.strike.floor if market.strike.floor is not None else market.strike.cap
    return (low is not None, low or Decimal(0), market.ticker)
