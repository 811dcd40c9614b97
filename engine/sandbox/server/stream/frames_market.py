"""Messages of ``ticker`` and ``trade``."""

from __future__ import annotations

from engine.domain.units import CONTRACT_BP, DOLLAR_UD, ONE_CONTRACT_C, Nanoseconds, complement
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.rest.projection import PRICE_TEXTS, count_of
from engine.sandbox.server.rest.projection_portfolio import outcome_side
from engine.sandbox.server.rest.times import milliseconds_of, seconds_of
from engine.wire.iso_time import iso_text
from engine.wire.stream import TickerMessage, TradeMessage

TICKER = "ticker"
TRADE = "trade"

Figures = tuple[int, ...]


def ticker_figures(record: MarketRecord) -> Figures:
    """What a ticker message says of a market, as integers; a new message is due when these differ."""
    book = record.levels
    bid, ask = book.best_bid_bp, book.best_ask_bp
    return (
        record.last_trade_bp or 0,
        0 if bid is None else bid,
        CONTRACT_BP if ask is None else ask,
        0 if bid is None else book.bids[bid],
        0 if ask is None else book.asks[ask],
        record.last_trade_c,
        record.volume_c,
        record.open_interest_c,
        record.dollar_volume_ud,
    )


def ticker_message(record: MarketRecord, figures: Figures, at_ns: Nanoseconds) -> TickerMessage:
    """An empty side is a bid of 0 or an ask of $1, as in REST.

    In every published example the dollar open interest is half a dollar for each contract.
    """
    price, bid, ask, bid_size, ask_size, last_size, volume, open_interest, dollar_volume = figures
    return TickerMessage(
        market_ticker=record.ticker,
        market_id=record.market_id,
        price_dollars=PRICE_TEXTS[price],
        yes_bid_dollars=PRICE_TEXTS[bid],
        yes_ask_dollars=PRICE_TEXTS[ask],
        yes_bid_size_fp=count_of(bid_size),
        yes_ask_size_fp=count_of(ask_size),
        last_trade_size_fp=count_of(last_size),
        volume_fp=count_of(volume),
        open_interest_fp=count_of(open_interest),
        dollar_volume=dollar_volume // DOLLAR_UD,
        dollar_open_interest=open_interest // (2 * ONE_CONTRACT_C),
        ts=seconds_of(at_ns),
        ts_ms=milliseconds_of(at_ns),
        time=iso_text(at_ns),
    )


def trade_message(trade: Traded) -> TradeMessage:
    outcome = outcome_side(trade.taker_side)
    return TradeMessage(
        trade_id=trade.trade_id,
        market_ticker=trade.ticker,
        yes_price_dollars=PRICE_TEXTS[trade.price_bp],
        no_price_dollars=PRICE_TEXTS[complement(trade.price_bp)],
        count_fp=count_of(trade.count_c),
        taker_side=outcome,
        taker_outcome_side=outcome,
        taker_book_side=trade.taker_side.value,
        is_block_trade=False,
        ts=seconds_of(trade.at_ns),
        ts_ms=milliseconds_of(trade.at_ns),
    )
