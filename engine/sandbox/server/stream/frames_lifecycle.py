"""Messages of ``market_lifecycle_v2``: markets and events as their lives go on."""

from __future__ import annotations

from typing import Any

from engine.domain.market import Event, Market
from engine.sandbox.core.feed import EventFeesChanged, LifecycleEvent, MarketChanged
from engine.sandbox.server.rest.projection import PRICE_TEXTS, multiplier, number, ranges_of
from engine.sandbox.server.rest.times import seconds_of
from engine.wire.shape import ABSENT, MaybeText
from engine.wire.stream import EventFeeMessage, EventLifecycleMessage, MarketLifecycleMessage

MARKET_LIFECYCLE = "market_lifecycle_v2"
EVENT_LIFECYCLE = "event_lifecycle"
EVENT_FEE_UPDATE = "event_fee_update"

MECNET = "MECNET"
"""The collateral return of an event whose markets exclude each other."""


def market_message(change: MarketChanged, market: Market) -> MarketLifecycleMessage:
    """Which fields a message has depends on its ``event_type``."""
    kind = change.event
    event_type, ticker, at_s = kind.value, market.ticker, seconds_of(change.at_ns)
    if kind is LifecycleEvent.CREATED:
        return _created(market)
    if kind is LifecycleEvent.METADATA_UPDATED:
        return _metadata(market)
    if kind is LifecycleEvent.PRICE_LEVEL_STRUCTURE_UPDATED:
        return MarketLifecycleMessage(
            event_type=event_type,
            market_ticker=ticker,
            price_level_structure=market.price_level_structure,
            price_ranges=ranges_of(market.grid),
        )
    if kind is LifecycleEvent.CLOSE_DATE_UPDATED:
        return MarketLifecycleMessage(
            event_type=event_type, market_ticker=ticker, close_ts=seconds_of(market.close_ns)
        )
    if kind is LifecycleEvent.DETERMINED:
        return MarketLifecycleMessage(
            event_type=event_type,
            market_ticker=ticker,
            determination_ts=at_s,
            result=change.outcome.value,
            settlement_value=ABSENT if change.settlement_bp is None else PRICE_TEXTS[change.settlement_bp],
        )
    if kind is LifecycleEvent.SETTLED:
        return MarketLifecycleMessage(event_type=event_type, market_ticker=ticker, settled_ts=at_s)
    is_deactivated = kind is LifecycleEvent.DEACTIVATED
    return MarketLifecycleMessage(event_type=event_type, market_ticker=ticker, is_deactivated=is_deactivated)


def event_message(event: Event) -> EventLifecycleMessage:
    return EventLifecycleMessage(
        event_ticker=event.ticker,
        exchange_index=event.exchange_index,
        title=event.title,
        subtitle=event.sub_title,
        collateral_return_type=MECNET if event.mutually_exclusive else "",
        series_ticker=event.series_ticker,
        strike_date=ABSENT if event.strike_ns is None else seconds_of(event.strike_ns),
    )


def event_fee_message(change: EventFeesChanged) -> EventFeeMessage:
    return EventFeeMessage(
        event_ticker=change.event_ticker,
        fee_type_override=None if change.fee_type is None else change.fee_type.value,
        fee_multiplier_override=(
            None if change.multiplier_millionths is None else multiplier(change.multiplier_millionths)
        ),
    )


def _created(market: Market) -> MarketLifecycleMessage:
    return MarketLifecycleMessage(
        event_type=LifecycleEvent.CREATED.value,
        market_ticker=market.ticker,
        exchange_index=market.exchange_index,
        open_ts=seconds_of(market.open_ns),
        close_ts=seconds_of(market.close_ns),
        price_level_structure=market.price_level_structure,
        price_ranges=ranges_of(market.grid),
        additional_metadata=_additional(market),
    )


def _additional(market: Market) -> dict[str, Any]:
    strike = market.strike
    found: dict[str, Any] = {
        "name": market.yes_sub_title,
        "title": market.title,
        "yes_sub_title": market.yes_sub_title,
        "no_sub_title": market.no_sub_title,
        "rules_primary": market.rules_primary,
        "rules_secondary": market.rules_secondary,
        "can_close_early": market.can_close_early,
        "event_ticker": market.event_ticker,
        "expected_expiration_ts": seconds_of(market.expected_expiration_ns),
        "strike_type": strike.kind.value,
    }
    if strike.floor is not None:
        found["floor_strike"] = number(strike.floor)
    if strike.cap is not None:
        found["cap_strike"] = number(strike.cap)
    return found


def _metadata(market: Market) -> MarketLifecycleMessage:
    strike = market.strike
    return MarketLifecycleMessage(
        event_type=LifecycleEvent.METADATA_UPDATED.value,
        market_ticker=market.ticker,
        strike_type=strike.kind.value,
        floor_strike=number(strike.floor),
        cap_strike=number(strike.cap),
        yes_sub_title=_maybe_text(market.yes_sub_title),
        no_sub_title=_maybe_text(market.no_sub_title),
    )


def _maybe_text(text: str) -> MaybeText:
    return text or ABSENT
