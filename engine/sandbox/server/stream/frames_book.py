"""Messages of ``orderbook_delta``: snapshots and deltas, bids of both legs.

NO levels are in NO prices unless the subscription asked for ``use_yes_price``: then the same level is shown
at its YES price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.domain.order import BookSide, Leg
from engine.domain.units import CountC, PriceBp, complement
from engine.sandbox.core.feed import BookChanged
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.server.rest.projection import PRICE_TEXTS, count_of
from engine.sandbox.server.rest.times import milliseconds_of
from engine.wire.iso_time import iso_text
from engine.wire.markets import Level
from engine.wire.shape import ABSENT
from engine.wire.stream import BookDeltaMessage, BookSnapshotMessage

SNAPSHOT = "orderbook_snapshot"
DELTA = "orderbook_delta"


def snapshot_message(record: MarketRecord, *, use_yes_price: bool) -> BookSnapshotMessage:
    """The whole book as it is now."""
    book = record.levels
    return _snapshot(record, book.bids, book.asks, record.clock, use_yes_price=use_yes_price)


def stale_snapshot_message(
    record: MarketRecord, undone: Iterable[BookChanged], *, use_yes_price: bool
) -> BookSnapshotMessage:
    """The book as it was before the changes ``undone``, with the clock of then: an honest old snapshot."""
    bids, asks, clock = dict(record.levels.bids), dict(record.levels.asks), record.clock
    for change in undone:
        side = bids if change.side is BookSide.BID else asks
        side[change.price_bp] = side.get(change.price_bp, 0) - change.delta_c
        clock = min(clock, change.clock - 1)
    return _snapshot(record, bids, asks, clock, use_yes_price=use_yes_price)


def delta_message(
    change: BookChanged, record: MarketRecord, *, use_yes_price: bool, shows_client_order_id: bool
) -> BookDeltaMessage:
    """One change of one level; only the customer who made it is shown the client order id."""
    is_bid = change.side is BookSide.BID
    price_bp = change.price_bp if is_bid or use_yes_price else complement(change.price_bp)
    return BookDeltaMessage(
        market_ticker=change.ticker,
        market_id=record.market_id,
        clock=change.clock,
        price_dollars=PRICE_TEXTS[price_bp],
        delta_fp=count_of(change.delta_c),
        side=Leg.YES.value if is_bid else Leg.NO.value,
        client_order_id=change.client_order_id if shows_client_order_id else ABSENT,
        ts=iso_text(change.at_ns),
        ts_ms=milliseconds_of(change.at_ns),
    )


def _snapshot(
    record: MarketRecord,
    bids: Mapping[PriceBp, CountC],
    asks: Mapping[PriceBp, CountC],
    clock: int,
    *,
    use_yes_price: bool,
) -> BookSnapshotMessage:
    no_leg = asks if use_yes_price else {complement(price): count for price, count in asks.items()}
    return BookSnapshotMessage(
        market_ticker=record.ticker,
        market_id=record.market_id,
        clock=clock,
        yes_dollars_fp=_levels(bids) or ABSENT,
        no_dollars_fp=_levels(no_leg) or ABSENT,
    )


def _levels(side: Mapping[PriceBp, CountC]) -> list[Level]:
    return [(PRICE_TEXTS[price], count_of(count)) for price, count in sorted(side.items()) if count > 0]
