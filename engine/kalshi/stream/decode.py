"""Frames to events. A value that is missing or odd is a DecodeRefused for that message, never a default."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from engine.domain.feed import (
    Channel,
    EventFeeSeen,
    EventSeen,
    FeedEvent,
    FillSeen,
    GroupKind,
    GroupSeen,
    IndexSeen,
    LifecycleKind,
    LifecycleSeen,
    OrderSeen,
    PositionSeen,
    PublicTrade,
    TickerQuote,
)
from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide, VenueOrderStatus
from engine.domain.price_grid import InvalidGrid, PriceGrid, PriceRange
from engine.domain.units import CONTRACT_BP, MILLISECOND_NS, SECOND_NS, Nanoseconds, PriceBp
from engine.wire import stream as wire
from engine.wire.fixed_point import FixedPointError, count_c, money_ud, price_bp
from engine.wire.markets import PriceRange as WirePriceRange

_Word = TypeVar("_Word", bound=StrEnum)


class DecodeRefused(ValueError):
    """A field of a message that cannot be used: message, field, what came, what was wanted."""

    def __init__(self, message: str, field: str, got: object, wanted: str) -> None:
        super().__init__(f"{message}.{field}: got {got!r}, wanted {wanted}")
        self.message, self.field, self.got, self.wanted = message, field, got, wanted


def ticker_quote(frame: wire.Ticker) -> TickerQuote:
    message = frame.msg
    last = _price("ticker", "price_dollars", message.price_dollars, low=0, high=CONTRACT_BP)
    bid = _price("ticker", "yes_bid_dollars", message.yes_bid_dollars, low=0, high=CONTRACT_BP)
    ask = _price("ticker", "yes_ask_dollars", message.yes_ask_dollars, low=0, high=CONTRACT_BP)
    return TickerQuote(
        ticker=message.market_ticker,
        last_bp=last or None,
        yes_bid_bp=bid or None,
        yes_ask_bp=ask if 0 < ask < CONTRACT_BP else None,
        yes_bid_c=_count("ticker", "yes_bid_size_fp", message.yes_bid_size_fp),
        yes_ask_c=_count("ticker", "yes_ask_size_fp", message.yes_ask_size_fp),
        last_trade_c=_maybe(message.last_trade_size_fp, lambda t: _count("ticker", "last_trade_size_fp", t)),
        volume_c=_count("ticker", "volume_fp", message.volume_fp),
        open_interest_c=_count("ticker", "open_interest_fp", message.open_interest_fp),
        at_ns=_sent(message.ts_ms, message.ts),
    )


def public_trade(frame: wire.TradePrint) -> PublicTrade:
    message = frame.msg
    return PublicTrade(
        trade_id=message.trade_id,
        ticker=message.market_ticker,
        price_bp=_price("trade", "yes_price_dollars", message.yes_price_dollars),
        count_c=_count("trade", "count_fp", message.count_fp),
        taker_side=_word("trade", "taker_book_side", message.taker_book_side, BookSide),
        is_block=message.is_block_trade is True,
        at_ns=_sent(message.ts_ms, message.ts),
    )


def fill_seen(frame: wire.FillNotice) -> FillSeen:
    message = frame.msg
    fill = Fill(
        trade_id=message.trade_id,
        order_id=message.order_id,
        ticker=message.market_ticker,
        side=_word("fill", "book_side", message.book_side, BookSide),
        price_bp=_price("fill", "yes_price_dollars", message.yes_price_dollars),
        count_c=_count("fill", "count_fp", message.count_fp),
        fee_ud=_money("fill", "fee_cost", message.fee_cost),
        is_taker=message.is_taker,
        at_ns=_sent(message.ts_ms, message.ts),
        client_order_id=_text(message.client_order_id),
        exchange_index=_int(message.exchange_index),
    )
    position = _signed_count("fill", "post_position_fp", message.post_position_fp)
    return FillSeen(fill, position, _int(message.subaccount))


def order_seen(frame: wire.UserOrder) -> OrderSeen:
    message = frame.msg
    unknown = message.status == "unknown"
    return OrderSeen(
        order_id=message.order_id,
        client_order_id=message.client_order_id,
        ticker=message.ticker,
        side=_word("user_order", "book_side", message.book_side, BookSide),
        status=None if unknown else _word("user_order", "status", message.status, VenueOrderStatus),
        price_bp=_price("user_order", "yes_price_dollars", message.yes_price_dollars),
        initial_c=_count("user_order", "initial_count_fp", message.initial_count_fp),
        filled_c=_count("user_order", "fill_count_fp", message.fill_count_fp),
        remaining_c=_count("user_order", "remaining_count_fp", message.remaining_count_fp),
        taker_cost_ud=_money("user_order", "taker_fill_cost_dollars", message.taker_fill_cost_dollars),
        maker_cost_ud=_money("user_order", "maker_fill_cost_dollars", message.maker_fill_cost_dollars),
        taker_fees_ud=_money("user_order", "taker_fees_dollars", message.taker_fees_dollars),
        maker_fees_ud=_money("user_order", "maker_fees_dollars", message.maker_fees_dollars),
        reason=_text(message.last_update_reason),
        order_group_id=_text(message.order_group_id) or None,
        created_ns=_ns(message.created_ts_ms),
        updated_ns=_ns(message.last_updated_ts_ms),
        expires_ns=_ns(message.expiration_ts_ms),
        exchange_index=_int(message.exchange_index),
        subaccount=_int(message.subaccount_number),
    )


def position_seen(frame: wire.MarketPositionNotice) -> PositionSeen:
    message = frame.msg
    return PositionSeen(
        ticker=message.market_ticker,
        count_c=_signed_count("market_position", "position_fp", message.position_fp),
        cost_ud=_money("market_position", "position_cost_dollars", message.position_cost_dollars),
        realised_ud=_money("market_position", "realized_pnl_dollars", message.realized_pnl_dollars),
        fees_ud=_money("market_position", "fees_paid_dollars", message.fees_paid_dollars),
        volume_c=_count("market_position", "volume_fp", message.volume_fp),
        subaccount=_int(message.subaccount),
    )


def group_seen(frame: wire.OrderGroupUpdate) -> GroupSeen:
    message = frame.msg
    return GroupSeen(
        order_group_id=message.order_group_id,
        kind=_word("order_group_updates", "event_type", message.event_type, GroupKind),
        contracts_limit_c=_maybe(
            message.contracts_limit_fp, lambda t: _count("order_group_updates", "contracts_limit_fp", t)
        ),
        at_ns=_ns(message.ts_ms),
    )


def lifecycle_seen(frame: wire.MarketLifecycle) -> LifecycleSeen:
    return lifecycle_of(frame.msg, "market_lifecycle_v2", is_combo=False)


def combo_lifecycle_seen(frame: wire.ComboLifecycle) -> LifecycleSeen:
    where = "multivariate_market_lifecycle"
    try:
        message = msgspec.convert(frame.msg, wire.MarketLifecycleMessage)
    except msgspec.ValidationError as error:
        raise DecodeRefused(where, "msg", str(error), "a lifecycle message") from error
    return lifecycle_of(message, where, is_combo=True)


def lifecycle_of(message: wire.MarketLifecycleMessage, where: str, *, is_combo: bool) -> LifecycleSeen:
    extra = message.additional_metadata if isinstance(message.additional_metadata, dict) else {}
    return LifecycleSeen(
        kind=_word(where, "event_type", message.event_type, LifecycleKind),
        ticker=message.market_ticker,
        is_combo=is_combo,
        event_ticker=_text(extra.get("event_ticker")) or None,
        open_ns=_seconds(message.open_ts),
        close_ns=_seconds(message.close_ts),
        determined_ns=_seconds(message.determination_ts),
        settled_ns=_seconds(message.settled_ts),
        outcome=_maybe(message.result, lambda t: _word(where, "result", t, Outcome)),
        settlement_bp=_maybe(
            message.settlement_value,
            lambda t: _price(where, "settlement_value", t, low=0, high=CONTRACT_BP),
        ),
        price_level_structure=_text(message.price_level_structure) or None,
        grid=_grid(where, message.price_ranges),
        strike_type=_text(message.strike_type) or _text(extra.get("strike_type")) or None,
        floor_strike=_decimal(where, "floor_strike", message.floor_strike, extra),
        cap_strike=_decimal(where, "cap_strike", message.cap_strike, extra),
        yes_sub_title=_text(message.yes_sub_title) or _text(extra.get("yes_sub_title")) or None,
        no_sub_title=_text(message.no_sub_title) or _text(extra.get("no_sub_title")) or None,
        exchange_index=message.exchange_index if isinstance(message.exchange_index, int) else None,
    )


def event_seen(frame: wire.EventLifecycle) -> EventSeen:
    message = frame.msg
    index = message.exchange_index
    return EventSeen(
        event_ticker=message.event_ticker,
        series_ticker=message.series_ticker,
        title=_text(message.title),
        mutually_exclusive=message.collateral_return_type == "MECNET",
        exchange_index=index if isinstance(index, int) else None,
    )


def event_fee_seen(frame: wire.EventFeeUpdate) -> EventFeeSeen:
    message = frame.msg
    multiplier = message.fee_multiplier_override
    millionths = None if multiplier is None else Decimal(str(multiplier)) * 1_000_000
    if millionths is not None and millionths != int(millionths):
        raise DecodeRefused("event_fee_update", "fee_multiplier_override", multiplier, "at most six places")
    return EventFeeSeen(
        message.event_ticker, message.fee_type_override, None if millionths is None else int(millionths)
    )


class _IndexData(msgspec.Struct, frozen=True):
    """The raw text of the index provider inside ``data``; its time is in milliseconds."""

    value: str | int | float
    time: int | None = None


_index_data = msgspec.json.Decoder(_IndexData)


def index_seen(frame: wire.IndexValueFrame) -> IndexSeen:
    message = frame.msg
    try:
        data = _index_data.decode(message.data)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DecodeRefused("cfbenchmarks_value", "data", message.data[:80], "a value in JSON") from error
    last_minute = message.last_60s_windowed_average_15min
    return IndexSeen(
        channel=Channel.INDEX,
        index_id=message.index_id,
        value=_number("cfbenchmarks_value", "data.value", data.value),
        source_ns=_ns(data.time),
        received_ns=message.received_at * MILLISECOND_NS,
        average_60s=_window("avg_60s_data", message.avg_60s_data),
        window_average=_window("last_60s_windowed_average_15min", last_minute),
        window_count=last_minute.window_size if isinstance(last_minute, wire.IndexWindow) else None,
    )


def fast_index_seen(frame: wire.FastIndexValueFrame) -> IndexSeen:
    message = frame.msg
    value = _number("cfbenchmarks_value_5hz", "value_usd", message.value_usd)
    source, received = message.source_ts_ms * MILLISECOND_NS, message.received_at * MILLISECOND_NS
    return IndexSeen(Channel.FAST_INDEX, message.index_id, value, source, received)


def pyth_seen(frame: wire.PythValueFrame) -> IndexSeen:
    message = frame.msg
    value = _number("pyth_value", "value_usd", message.value_usd)
    source, received = message.source_ts_ms * MILLISECOND_NS, message.received_at * MILLISECOND_NS
    return IndexSeen(Channel.PYTH, message.underlying_ticker, value, source, received)


DECODERS: dict[type[wire.Frame], tuple[Channel, Callable[[Any], FeedEvent]]] = {
    wire.Ticker: (Channel.TICKER, ticker_quote),
    wire.TradePrint: (Channel.TRADE, public_trade),
    wire.FillNotice: (Channel.FILL, fill_seen),
    wire.UserOrder: (Channel.ORDERS, order_seen),
    wire.MarketPositionNotice: (Channel.POSITIONS, position_seen),
    wire.OrderGroupUpdate: (Channel.GROUPS, group_seen),
    wire.MarketLifecycle: (Channel.LIFECYCLE, lifecycle_seen),
    wire.EventLifecycle: (Channel.LIFECYCLE, event_seen),
    wire.EventFeeUpdate: (Channel.LIFECYCLE, event_fee_seen),
    wire.ComboLifecycle: (Channel.COMBO_LIFECYCLE, combo_lifecycle_seen),
    wire.IndexValueFrame: (Channel.INDEX, index_seen),
    wire.FastIndexValueFrame: (Channel.FAST_INDEX, fast_index_seen),
    wire.PythValueFrame: (Channel.PYTH, pyth_seen),
}
"""The event of every data frame that is no book's."""


def _price(
    where: str, field: str, text: str, *, low: PriceBp = 1, high: PriceBp = CONTRACT_BP - 1
) -> PriceBp:
    try:
        price = price_bp(text)
    except FixedPointError as error:
        raise DecodeRefused(where, field, text, "a price in dollars") from error
    if not low <= price <= high:
        raise DecodeRefused(where, field, text, f"{low} to {high} basis points")
    return price


def _signed_count(where: str, field: str, text: str) -> int:
    try:
        return count_c(text)
    except FixedPointError as error:
        raise DecodeRefused(where, field, text, "a count of contracts") from error


def _count(where: str, field: str, text: str) -> int:
    count = _signed_count(where, field, text)
    if count < 0:
        raise DecodeRefused(where, field, text, "a count of zero or more")
    return count


def _money(where: str, field: str, text: str) -> int:
    try:
        return money_ud(text)
    except FixedPointError as error:
        raise DecodeRefused(where, field, text, "an amount in dollars") from error


def _word(where: str, field: str, text: str, words: type[_Word]) -> _Word:
    try:
        return words(text)
    except ValueError as error:
        raise DecodeRefused(where, field, text, " or ".join(words)) from error


def _number(where: str, field: str, value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise DecodeRefused(where, field, value, "a decimal number") from error
    if not number.is_finite():
        raise DecodeRefused(where, field, value, "a finite number")
    return number


def _decimal(where: str, field: str, value: object, extra: dict[str, Any]) -> Decimal | None:
    found = value if isinstance(value, int | float) else extra.get(field)
    return None if found is None else _number(where, field, found)


def _window(field: str, window: object) -> Decimal | None:
    if not isinstance(window, wire.IndexWindow):
        return None
    return _number("cfbenchmarks_value", f"{field}.value", window.value)


def _grid(where: str, ranges: object) -> PriceGrid | None:
    if not isinstance(ranges, list):
        return None
    try:
        parts = tuple(_range(where, part) for part in ranges)
        return PriceGrid(parts)
    except InvalidGrid as error:
        raise DecodeRefused(where, "price_ranges", str(error), "ranges that tile 0 to 1 dollar") from error


def _range(where: str, part: WirePriceRange) -> PriceRange:
    start = _price(where, "price_ranges.start", part.start, low=0, high=CONTRACT_BP)
    end = _price(where, "price_ranges.end", part.end, low=0, high=CONTRACT_BP)
    return PriceRange(start, end, _price(where, "price_ranges.step", part.step, low=1, high=CONTRACT_BP))


def _maybe(value: object, read: Callable[[str], Any]) -> Any:
    return read(value) if isinstance(value, str) else None


def _sent(ts_ms: object, ts: int) -> Nanoseconds:
    return ts_ms * MILLISECOND_NS if isinstance(ts_ms, int) else ts * SECOND_NS


def _ns(milliseconds: object) -> Nanoseconds | None:
    return milliseconds * MILLISECOND_NS if isinstance(milliseconds, int) else None


def _seconds(seconds: object) -> Nanoseconds | None:
    return seconds * SECOND_NS if isinstance(seconds, int) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
