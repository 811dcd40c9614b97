"""Wire Structs of series, events, markets, books, trades and candlesticks to values of the domain."""

from __future__ import annotations

from decimal import Decimal

from msgspec import UnsetType

from engine.domain.book import Book
from engine.domain.candle import Candlestick, Ohlc
from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.feed import PublicTrade
from engine.domain.market import (
    Event,
    MarketStatus,
    Outcome,
    Series,
    Strike,
    StrikeType,
    outcome_of,
)
from engine.domain.order import BookSide
from engine.domain.price_grid import InvalidGrid, PriceGrid, PriceRange
from engine.domain.units import CONTRACT_BP, MILLISECOND_NS, CountC, PriceBp, complement
from engine.domain.venue import EventSheet, IndexPoint, MarketSheet, Quote
from engine.kalshi.drift import DriftCounter
from engine.kalshi.fields import Fields, present
from engine.wire import markets as wire
from engine.wire.index import IndexPoint as WireIndexPoint


def series(row: wire.Series, drift: DriftCounter) -> Series:
    """Raises DecodeError; a fee type that is not known is one, since its fee cannot be told."""
    read = Fields("series", drift)
    sources = present(row.settlement_sources) or []
    return Series(
        ticker=row.ticker,
        title=row.title,
        category=row.category,
        frequency=row.frequency,
        fees=FeeSchedule(
            fee_type=read.word("fee_type", row.fee_type, FeeType),
            multiplier_millionths=read.millionths("fee_multiplier", row.fee_multiplier),
        ),
        settlement_sources=tuple((present(s.name) or "", present(s.url) or "") for s in sources),
        exchange_index=present(row.exchange_index) or 0,
        tags=tuple(present(row.tags) or ()),
    )


def event_sheet(
    row: wire.Event, drift: DriftCounter, markets: list[wire.Market] | UnsetType | None = None
) -> EventSheet:
    """Raises DecodeError. ``markets`` are those that came beside the event; else its nested ones count."""
    read = Fields("event", drift)
    fee_type = present(row.fee_type_override) or None
    multiplier = present(row.fee_multiplier_override)
    rows = present(markets) or present(row.markets) or ()
    return EventSheet(
        event=Event(
            ticker=row.event_ticker,
            series_ticker=row.series_ticker,
            title=row.title,
            sub_title=row.sub_title,
            mutually_exclusive=row.mutually_exclusive,
            strike_ns=read.maybe_time("strike_date", row.strike_date),
            exchange_index=present(row.exchange_index) or 0,
        ),
        category=present(row.category) or "",
        collateral_return=row.collateral_return_type,
        fee_type_override=None if fee_type is None else read.word("fee_type_override", fee_type, FeeType),
        fee_multiplier_override_millionths=(
            None if multiplier is None else read.millionths("fee_multiplier_override", multiplier)
        ),
        markets=tuple(market_sheet(market, drift) for market in rows),
    )


def market_sheet(row: wire.Market, drift: DriftCounter) -> MarketSheet:
    """Raises DecodeError. An unknown status, strike type or result is None, with its text kept."""
    read = Fields("market", drift)
    settlement = present(row.settlement_value_dollars) or None
    result = read.open_word("result", row.result, Outcome)
    settlement_bp = None if settlement is None else read.price("settlement_value_dollars", settlement)
    _check_result(read, result, settlement_bp)
    return MarketSheet(
        ticker=row.ticker,
        event_ticker=row.event_ticker,
        title=present(row.title) or "",
        yes_sub_title=row.yes_sub_title,
        no_sub_title=row.no_sub_title,
        rules_primary=row.rules_primary,
        rules_secondary=row.rules_secondary,
        open_ns=read.time("open_time", row.open_time),
        close_ns=read.time("close_time", row.close_time),
        expected_expiration_ns=read.maybe_time("expected_expiration_time", row.expected_expiration_time),
        latest_expiration_ns=read.time("latest_expiration_time", row.latest_expiration_time),
        created_ns=read.time("created_time", row.created_time),
        updated_ns=read.time("updated_time", row.updated_time),
        strike=_strike(read, row),
        price_level_structure=row.price_level_structure,
        grid=grid(row.price_ranges, drift),
        status=read.open_word("status", row.status, MarketStatus),
        status_text=row.status,
        settlement_timer_s=row.settlement_timer_seconds,
        can_close_early=row.can_close_early,
        exchange_index=present(row.exchange_index) or 0,
        quote=_quote(read, row),
        last_bp=read.price("last_price_dollars", row.last_price_dollars) or None,
        volume_c=read.count("volume_fp", row.volume_fp),
        volume_24h_c=read.count("volume_24h_fp", row.volume_24h_fp),
        open_interest_c=read.count("open_interest_fp", row.open_interest_fp),
        result=result,
        result_text=row.result,
        settlement_bp=settlement_bp,
        settled_ns=read.maybe_time("settlement_ts", row.settlement_ts),
        fee_waiver_until_ns=read.maybe_time("fee_waiver_expiration_time", row.fee_waiver_expiration_time),
        expiration_value=row.expiration_value,
        is_combo=bool(present(row.mve_collection_ticker)),
    )


def grid(ranges: list[wire.PriceRange], drift: DriftCounter) -> PriceGrid:
    """Raises DecodeError where the ranges do not tile [0, $1]."""
    read = Fields("price_ranges", drift)
    parts = tuple(
        PriceRange(read.price("start", r.start), read.price("end", r.end), read.price("step", r.step))
        for r in ranges
    )
    try:
        return PriceGrid(tuple(sorted(parts, key=lambda part: part.start_bp)))
    except InvalidGrid as problem:
        raise read.wrong("price_ranges", ranges, str(problem)) from None


def book(levels: wire.OrderBookLevels, drift: DriftCounter) -> Book:
    """Bids of both legs to a book on the YES leg. Raises DecodeError on a bad or repeated level."""
    read = Fields("orderbook", drift)
    bids = _levels(read, "yes_dollars", levels.yes_dollars)
    no_bids = _levels(read, "no_dollars", levels.no_dollars)
    found = Book()
    found.replace(bids, {complement(price): count for price, count in no_bids.items()})
    return found


def public_trade(row: wire.Trade, drift: DriftCounter) -> PublicTrade:
    """Raises DecodeError."""
    read = Fields("trade", drift)
    return PublicTrade(
        trade_id=row.trade_id,
        ticker=row.ticker,
        price_bp=read.price("yes_price_dollars", row.yes_price_dollars),
        count_c=read.count("count_fp", row.count_fp),
        taker_side=read.word("taker_book_side", row.taker_book_side, BookSide),
        is_block=bool(present(row.is_block_trade)),
        at_ns=read.time("created_time", row.created_time),
    )


def live_candlestick(row: wire.LiveCandlestick, drift: DriftCounter) -> Candlestick:
    """A candlestick of the live tier, where keys without a value are left out. Raises DecodeError."""
    read = Fields("candlestick (live)", drift)
    price = row.price

    def bar(name: str, found: wire.LiveQuoteBar) -> Ohlc:
        return Ohlc(
            open_bp=read.maybe_price(f"{name}.open_dollars", found.open_dollars),
            high_bp=read.maybe_price(f"{name}.high_dollars", found.high_dollars),
            low_bp=read.maybe_price(f"{name}.low_dollars", found.low_dollars),
            close_bp=read.maybe_price(f"{name}.close_dollars", found.close_dollars),
        )

    return Candlestick(
        end_s=row.end_period_ts,
        yes_bid=bar("yes_bid", row.yes_bid),
        yes_ask=bar("yes_ask", row.yes_ask),
        price=bar("price", price),
        mean_bp=read.maybe_price("price.mean_dollars", price.mean_dollars),
        previous_bp=read.maybe_price("price.previous_dollars", price.previous_dollars),
        volume_c=read.count("volume_fp", row.volume_fp),
        open_interest_c=read.count("open_interest_fp", row.open_interest_fp),
    )


def historical_candlestick(row: wire.HistoricalCandlestick, drift: DriftCounter) -> Candlestick:
    """A candlestick of the historical tier, where values that are not there are null. Raises DecodeError."""
    read = Fields("candlestick (historical)", drift)
    price = row.price

    def bar(name: str, found: wire.HistoricalQuoteBar) -> Ohlc:
        return Ohlc(
            open_bp=read.maybe_price(f"{name}.open", found.open),
            high_bp=read.maybe_price(f"{name}.high", found.high),
            low_bp=read.maybe_price(f"{name}.low", found.low),
            close_bp=read.maybe_price(f"{name}.close", found.close),
        )

    return Candlestick(
        end_s=row.end_period_ts,
        yes_bid=bar("yes_bid", row.yes_bid),
        yes_ask=bar("yes_ask", row.yes_ask),
        price=bar("price", price),
        mean_bp=read.maybe_price("price.mean", price.mean),
        previous_bp=read.maybe_price("price.previous", price.previous),
        volume_c=read.count("volume", row.volume),
        open_interest_c=read.count("open_interest", row.open_interest),
    )


def index_point(index_id: str, row: WireIndexPoint, drift: DriftCounter) -> IndexPoint:
    """Raises DecodeError."""
    read = Fields("cfbenchmarks value", drift)
    try:
        value = Decimal(row.value)
    except ArithmeticError:
        raise read.wrong("value", row.value, "a decimal number") from None
    if not value.is_finite():
        raise read.wrong("value", row.value, "a finite number")
    return IndexPoint(index_id, value, row.time * MILLISECOND_NS)


def _quote(read: Fields, row: wire.Market) -> Quote:
    """An empty side is written as a bid of 0 and an ask of $1."""
    bid_bp = read.price("yes_bid_dollars", row.yes_bid_dollars)
    ask_bp = read.price("yes_ask_dollars", row.yes_ask_dollars)
    return Quote(
        bid_bp=bid_bp if bid_bp > 0 else None,
        bid_c=read.count("yes_bid_size_fp", row.yes_bid_size_fp),
        ask_bp=ask_bp if 0 < ask_bp < CONTRACT_BP else None,
        ask_c=read.count("yes_ask_size_fp", row.yes_ask_size_fp),
    )


def _strike(read: Fields, row: wire.Market) -> Strike | None:
    kind = read.open_word("strike_type", present(row.strike_type) or None, StrikeType)
    if kind is None:
        return None
    floor, cap = present(row.floor_strike), present(row.cap_strike)
    return Strike(
        kind=kind,
        floor=None if floor is None else read.decimal("floor_strike", floor),
        cap=None if cap is None else read.decimal("cap_strike", cap),
    )


def _check_result(read: Fields, result: Outcome | None, settlement_bp: PriceBp | None) -> None:
    """A result must go with its settlement value: a market that says yes and pays 0 is an error."""
    if result in (None, Outcome.UNKNOWN) or settlement_bp is None:
        return
    implied = outcome_of(settlement_bp)
    if result is not implied and result is not Outcome.SCALAR:
        raise read.wrong("settlement_value_dollars", settlement_bp, f"the value of result {result}")


def _levels(read: Fields, field: str, rows: list[wire.Level]) -> dict[PriceBp, CountC]:
    found: dict[PriceBp, CountC] = {}
    for price_text, count_text in rows:
        price_bp = read.price(field, price_text)
        if price_bp in found:
            raise read.wrong(field, price_text, "each price once")
        found[price_bp] = read.count(field, count_text)
    return found
