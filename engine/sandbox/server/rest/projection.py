"""Markets, events, series and books as the wire shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache

from msgspec import UNSET, UnsetType

from engine.domain import market as domain
from engine.domain.fee import MULTIPLIER_ONE
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CONTRACT_BP, CountC, Nanoseconds, PriceBp
from engine.sandbox.core.feed import EventFeesChanged, Traded
from engine.sandbox.core.listing import MarketRecord
from engine.wire.fixed_point import count_text, price_text
from engine.wire.iso_time import iso_text
from engine.wire.markets import (
    Event,
    EventFeeChange,
    Level,
    Market,
    OrderBookLevels,
    PriceRange,
    Series,
    SettlementSource,
    Trade,
)
from engine.wire.shape import MaybeNumber

PRICE_TEXTS: tuple[str, ...] = tuple(price_text(bp) for bp in range(CONTRACT_BP + 1))
"""Every price of a contract as text, by basis points."""


@lru_cache(maxsize=1 << 15)
def count_of(count_c: CountC) -> str:
    return count_text(count_c)


@lru_cache(maxsize=64)
def ranges_of(grid: PriceGrid) -> list[PriceRange]:
    """The grid as dollar strings; shared between markets, so read only."""
    return [
        PriceRange(
            start=price_text(part.start_bp), end=price_text(part.end_bp), step=price_text(part.step_bp)
        )
        for part in grid.ranges
    ]


def number(value: Decimal | None) -> int | float | UnsetType:
    """A strike as a JSON number, whole where it is whole; absent where there is none."""
    if value is None:
        return UNSET
    return int(value) if value == value.to_integral_value() else float(value)


def multiplier(millionths: int) -> int | float:
    whole, rest = divmod(millionths, MULTIPLIER_ONE)
    return millionths / MULTIPLIER_ONE if rest else whole


def maybe_time(at_ns: Nanoseconds | None) -> str | UnsetType:
    return UNSET if at_ns is None else iso_text(at_ns)


def market_shape(record: MarketRecord) -> Market:
    """A market with its quote. An empty side is a bid of "0.0000" or an ask of "1.0000", size "0.00"."""
    market, levels = record.market, record.levels
    bid_bp = levels.best_bid_bp or 0
    ask_bp = CONTRACT_BP if levels.best_ask_bp is None else levels.best_ask_bp
    latest = iso_text(market.latest_expiration_ns)
    expected = iso_text(market.expected_expiration_ns)
    settlement_bp = market.settlement_bp
    return Market(
        ticker=market.ticker,
        event_ticker=market.event_ticker,
        market_type="binary",
        title=market.title,
        yes_sub_title=market.yes_sub_title,
        no_sub_title=market.no_sub_title,
        created_time=iso_text(market.created_ns),
        updated_time=iso_text(market.updated_ns),
        open_time=iso_text(market.open_ns),
        close_time=iso_text(market.close_ns),
        latest_expiration_time=latest,
        expected_expiration_time=expected,
        expiration_time=latest,
        occurrence_datetime=expected,
        settlement_timer_seconds=market.settlement_timer_s,
        status=market.status.value,
        yes_bid_dollars=PRICE_TEXTS[bid_bp],
        yes_bid_size_fp=count_of(levels.bids.get(bid_bp, 0)),
        yes_ask_dollars=PRICE_TEXTS[ask_bp],
        yes_ask_size_fp=count_of(levels.asks.get(ask_bp, 0)),
        no_bid_dollars=PRICE_TEXTS[CONTRACT_BP - ask_bp],
        no_ask_dollars=PRICE_TEXTS[CONTRACT_BP - bid_bp],
        last_price_dollars=PRICE_TEXTS[record.last_trade_bp or 0],
        previous_yes_bid_dollars=PRICE_TEXTS[record.previous_yes_bid_bp or 0],
        previous_yes_ask_dollars=PRICE_TEXTS[record.previous_yes_ask_bp or 0],
        previous_price_dollars=PRICE_TEXTS[record.previous_price_bp or 0],
        volume_fp=count_of(record.volume_c),
        volume_24h_fp=count_of(record.volume_24h_c),
        open_interest_fp=count_of(record.open_interest_c),
        notional_value_dollars=PRICE_TEXTS[CONTRACT_BP],
        result=result_of(market),
        can_close_early=market.can_close_early,
        expiration_value=market.expiration_value,
        settlement_bounds_type="default",
        settlement_value_dollars=UNSET if settlement_bp is None else PRICE_TEXTS[settlement_bp],
        settlement_ts=maybe_time(market.settled_ns),
        strike_type=market.strike.kind.value,
        floor_strike=number(market.strike.floor),
        cap_strike=number(market.strike.cap),
        rules_primary=market.rules_primary,
        rules_secondary=market.rules_secondary,
        price_level_structure=market.price_level_structure,
        price_ranges=ranges_of(market.grid),
        exchange_index=market.exchange_index,
    )


def result_of(market: domain.Market) -> str:
    """``yes``, ``no``, ``scalar``, or empty while it is not determined."""
    return "" if market.settlement_bp is None else domain.outcome_of(market.settlement_bp).value


def book_levels(record: MarketRecord, depth: int = 0) -> OrderBookLevels:
    """Bids of both legs, ascending, best last; with a ``depth`` the best so many of each (0 is all)."""
    levels = record.levels
    yes = sorted(levels.bids.items())
    no = sorted(((CONTRACT_BP - price_bp, count_c) for price_bp, count_c in levels.asks.items()))
    if depth:
        yes, no = yes[-depth:], no[-depth:]
    return OrderBookLevels(yes_dollars=_levels(yes), no_dollars=_levels(no))


def _levels(pairs: Iterable[tuple[PriceBp, CountC]]) -> list[Level]:
    return [(PRICE_TEXTS[price_bp], count_of(count_c)) for price_bp, count_c in pairs]


def trade_shape(trade: Traded) -> Trade:
    outcome = "yes" if trade.taker_side.sign > 0 else "no"
    return Trade(
        trade_id=trade.trade_id,
        ticker=trade.ticker,
        count_fp=count_of(trade.count_c),
        yes_price_dollars=PRICE_TEXTS[trade.price_bp],
        no_price_dollars=PRICE_TEXTS[CONTRACT_BP - trade.price_bp],
        taker_side=outcome,
        taker_outcome_side=outcome,
        taker_book_side=trade.taker_side.value,
        created_time=iso_text(trade.at_ns),
        is_block_trade=False,
    )


def sources_of(series: domain.Series | None) -> list[SettlementSource]:
    return [
        SettlementSource(name=name, url=url) for name, url in (series.settlement_sources if series else ())
    ]


def series_shape(series: domain.Series, volume_c: CountC | None = None) -> Series:
    """``volume_c`` is shown only where it was asked for."""
    return Series(
        ticker=series.ticker,
        frequency=series.frequency,
        title=series.title,
        category=series.category,
        categories=[series.category],
        tags=list(series.tags),
        settlement_sources=sources_of(series),
        contract_url="",
        contract_terms_url="",
        fee_type=series.fees.fee_type.value,
        fee_multiplier=multiplier(series.fees.multiplier_millionths),
        additional_prohibitions=[],
        volume_fp=UNSET if volume_c is None else count_text(volume_c),
        exchange_index=series.exchange_index,
    )


def fee_change_shape(change: EventFeesChanged, series_ticker: str) -> EventFeeChange:
    millionths = change.multiplier_millionths
    return EventFeeChange(
        id=change.fee_change_id,
        event_ticker=change.event_ticker,
        series_ticker=series_ticker,
        fee_type_override=UNSET if change.fee_type is None else change.fee_type.value,
        fee_multiplier_override=UNSET if millionths is None else multiplier(millionths),
        scheduled_ts=iso_text(change.at_ns),
    )


def event_shape(
    event: domain.Event,
    series: domain.Series | None,
    records: Sequence[MarketRecord],
    markets: list[Market] | UnsetType = UNSET,
) -> Event:
    """``records`` are all markets of the event; ``markets`` is what is shown nested, if anything."""
    updated_ns = max((record.market.updated_ns for record in records), default=None)
    return Event(
        event_ticker=event.ticker,
        series_ticker=event.series_ticker,
        title=event.title,
        sub_title=event.sub_title,
        collateral_return_type="MECNET" if event.mutually_exclusive else "",
        mutually_exclusive=event.mutually_exclusive,
        category=series.category if series else "",
        strike_date=maybe_time(event.strike_ns),
        strike_period=UNSET if event.strike_ns is not None else "",
        markets=markets,
        settlement_sources=sources_of(series),
        last_updated_ts=maybe_time(updated_ns),
        available_on_brokers=True,
        exchange_index=event.exchange_index,
        fee_type_override=UNSET if event.fee_type_override is None else event.fee_type_override.value,
        fee_multiplier_override=_multiplier_override(event, records, series),
    )


def _multiplier_override(
    event: domain.Event, records: Sequence[MarketRecord], series: domain.Series | None
) -> MaybeNumber:
    """The event's own fee multiplier; one whose markets were listed with another than the series' has one."""
    if event.fee_multiplier_override_millionths is not None:
        return multiplier(event.fee_multiplier_override_millionths)
    if series is None or not records:
        return UNSET
    charged = records[0].market.fees.multiplier_millionths
    return UNSET if charged == series.fees.multiplier_millionths else multiplier(charged)
