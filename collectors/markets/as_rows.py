"""What the exchange's stream told, as rows: the same whether it was heard here or by an engine."""

from __future__ import annotations

from collectors.markets.rows import BookDeltaRow, QuoteRow, TradeRow
from engine.domain.feed import BookUpdated, PublicTrade, TickerQuote
from engine.domain.tapped import TappedDelta, TappedQuote, TappedTrade
from engine.domain.units import Nanoseconds


def delta_row(
    told: BookUpdated | TappedDelta, received_ns: Nanoseconds, session_ns: Nanoseconds, number: int
) -> BookDeltaRow:
    return BookDeltaRow(
        ticker=told.ticker,
        session_ns=session_ns,
        number=number,
        clock=told.clock,
        at_ns=told.at_ns,
        side=told.side.value,
        price_bp=told.price_bp,
        delta_c=told.delta_c,
        received_ns=received_ns,
    )


def quote_row(told: TickerQuote | TappedQuote, received_ns: Nanoseconds) -> QuoteRow:
    """A side without a price has no size either."""
    return QuoteRow(
        ticker=told.ticker,
        at_ns=told.at_ns,
        yes_bid_bp=told.yes_bid_bp,
        yes_bid_c=None if told.yes_bid_bp is None else told.yes_bid_c,
        yes_ask_bp=told.yes_ask_bp,
        yes_ask_c=None if told.yes_ask_bp is None else told.yes_ask_c,
        last_bp=told.last_bp,
        last_trade_c=told.last_trade_c,
        volume_c=told.volume_c,
        open_interest_c=told.open_interest_c,
        received_ns=received_ns,
    )


def trade_row(told: PublicTrade | TappedTrade, received_ns: Nanoseconds) -> TradeRow:
    return TradeRow(
        ticker=told.ticker,
        trade_id=told.trade_id,
        at_ns=told.at_ns,
        price_bp=told.price_bp,
        count_c=told.count_c,
        taker_side=told.taker_side.value,
        is_block=told.is_block,
        received_ns=received_ns,
    )
