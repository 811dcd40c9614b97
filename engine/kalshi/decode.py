"""Wire Structs of orders, fills and the account to values of the domain. It fails closed: see ``fields``."""

from __future__ import annotations

from msgspec import UnsetType

from engine.domain.fill import Fill
from engine.domain.market import Outcome
from engine.domain.order import BookSide, SelfTradePrevention, VenueOrderStatus
from engine.domain.units import SECOND_NS, Nanoseconds
from engine.domain.venue import (
    Balance,
    MoneyMovement,
    OrderGroupState,
    Settlement,
    VenueEventPosition,
    VenueOrder,
    VenuePosition,
)
from engine.kalshi.drift import DriftCounter
from engine.kalshi.fields import Fields, present
from engine.wire import orders as wire_orders
from engine.wire import portfolio as wire


def venue_order(order: wire_orders.Order, drift: DriftCounter) -> VenueOrder:
    """Raises DecodeError. An unknown status is None, with its text kept."""
    read = Fields("order", drift)
    return VenueOrder(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        ticker=order.ticker,
        side=read.word("book_side", order.book_side, BookSide),
        price_bp=read.price("yes_price_dollars", order.yes_price_dollars),
        status=read.open_word("status", order.status, VenueOrderStatus),
        status_text=order.status,
        initial_c=read.count("initial_count_fp", order.initial_count_fp),
        filled_c=read.count("fill_count_fp", order.fill_count_fp),
        remaining_c=read.count("remaining_count_fp", order.remaining_count_fp),
        taker_cost_ud=read.money("taker_fill_cost_dollars", order.taker_fill_cost_dollars),
        maker_cost_ud=read.money("maker_fill_cost_dollars", order.maker_fill_cost_dollars),
        taker_fees_ud=read.money("taker_fees_dollars", order.taker_fees_dollars),
        maker_fees_ud=read.money("maker_fees_dollars", order.maker_fees_dollars),
        created_ns=read.maybe_time("created_time", order.created_time),
        updated_ns=read.maybe_time("last_update_time", order.last_update_time),
        expires_ns=read.maybe_time("expiration_time", order.expiration_time),
        self_trade_prevention=read.open_word(
            "self_trade_prevention_type", order.self_trade_prevention_type or None, SelfTradePrevention
        ),
        order_group_id=present(order.order_group_id) or None,
        exchange_index=present(order.exchange_index) or 0,
    )


def fill(row: wire.Fill, drift: DriftCounter) -> Fill:
    """Raises DecodeError; a fill without any time is one, since a position is built in time order."""
    read = Fields("fill", drift)
    at_ns = read.maybe_time("created_time", row.created_time)
    if at_ns is None:
        seconds = present(row.ts)
        if seconds is None:
            raise read.wrong("created_time", None, "created_time or ts")
        at_ns = seconds * SECOND_NS
    return Fill(
        trade_id=row.trade_id,
        order_id=row.order_id,
        ticker=row.ticker,
        side=read.word("book_side", row.book_side, BookSide),
        price_bp=read.price("yes_price_dollars", row.yes_price_dollars),
        count_c=read.count("count_fp", row.count_fp),
        fee_ud=read.money("fee_cost", row.fee_cost),
        is_taker=row.is_taker,
        at_ns=at_ns,
        exchange_index=present(row.exchange_index) or 0,
    )


def position(row: wire.MarketPosition, drift: DriftCounter) -> VenuePosition:
    """Raises DecodeError."""
    read = Fields("market position", drift)
    return VenuePosition(
        ticker=row.ticker,
        count_c=read.signed_count("position_fp", row.position_fp),
        exposure_ud=read.money("market_exposure_dollars", row.market_exposure_dollars),
        realised_ud=read.money("realized_pnl_dollars", row.realized_pnl_dollars),
        fees_ud=read.money("fees_paid_dollars", row.fees_paid_dollars),
        total_traded_ud=read.money("total_traded_dollars", row.total_traded_dollars),
        exchange_index=present(row.exchange_index) or 0,
        updated_ns=read.maybe_time("last_updated_ts", row.last_updated_ts),
        settlement_status=present(row.settlement_status) or "",
    )


def event_position(row: wire.EventPosition, drift: DriftCounter) -> VenueEventPosition:
    """Raises DecodeError."""
    read = Fields("event position", drift)
    return VenueEventPosition(
        event_ticker=row.event_ticker,
        cost_ud=read.money("total_cost_dollars", row.total_cost_dollars),
        shares_c=read.signed_count("total_cost_shares_fp", row.total_cost_shares_fp),
        exposure_ud=read.money("event_exposure_dollars", row.event_exposure_dollars),
        realised_ud=read.money("realized_pnl_dollars", row.realized_pnl_dollars),
        fees_ud=read.money("fees_paid_dollars", row.fees_paid_dollars),
    )


def balance(row: wire.Balance, drift: DriftCounter) -> Balance:
    """Raises DecodeError. The cash is the exact dollar text, not the cents beside it."""
    read = Fields("balance", drift)
    return Balance(
        cash_ud=read.money("balance_dollars", row.balance_dollars),
        portfolio_value_ud=read.cents("portfolio_value", row.portfolio_value),
        by_shard_ud={
            shard.exchange_index: read.money("balance_breakdown.balance", shard.balance)
            for shard in present(row.balance_breakdown) or ()
        },
        updated_ns=row.updated_ts * SECOND_NS,
    )


def settlement(row: wire.Settlement, drift: DriftCounter) -> Settlement:
    """Raises DecodeError. ``revenue`` and ``value`` are whole cents on the wire."""
    read = Fields("settlement", drift)
    value_cents = present(row.value)
    if value_cents is not None and not 0 <= value_cents <= 100:
        raise read.wrong("value", value_cents, "0 to 100 cents")
    return Settlement(
        ticker=row.ticker,
        event_ticker=present(row.event_ticker) or "",
        result=read.open_word("market_result", row.market_result, Outcome),
        result_text=row.market_result,
        yes_c=read.count("yes_count_fp", row.yes_count_fp),
        yes_cost_ud=read.money("yes_total_cost_dollars", row.yes_total_cost_dollars),
        no_c=read.count("no_count_fp", row.no_count_fp),
        no_cost_ud=read.money("no_total_cost_dollars", row.no_total_cost_dollars),
        revenue_ud=read.cents("revenue", row.revenue),
        value_bp=None if value_cents is None else value_cents * 100,
        fee_ud=read.money("fee_cost", row.fee_cost),
        settled_ns=read.time("settled_time", row.settled_time),
        exchange_index=present(row.exchange_index) or 0,
    )


def money_movement(row: wire.MoneyMovement, drift: DriftCounter) -> MoneyMovement:
    """Raises DecodeError. Times come as ISO text or as unix seconds."""
    read = Fields("money movement", drift)

    def time_of(field: str, value: str | int | UnsetType | None) -> Nanoseconds | None:
        if isinstance(value, int):
            return value * SECOND_NS
        return read.maybe_time(field, value)

    return MoneyMovement(
        movement_id=present(row.id) or "",
        amount_ud=read.cents("amount_cents", row.amount_cents),
        fee_ud=read.cents("fee_cents", present(row.fee_cents) or 0),
        status=row.status,
        created_ns=time_of("created_ts", row.created_ts),
        finalized_ns=time_of("finalized_ts", row.finalized_ts),
    )


def order_group(
    group_id: str, row: wire_orders.OrderGroup | wire_orders.OrderGroupDetail, drift: DriftCounter
) -> OrderGroupState:
    """Raises DecodeError. Only the detail of one group lists its orders."""
    read = Fields("order group", drift)
    limit = present(row.contracts_limit_fp)
    return OrderGroupState(
        order_group_id=group_id,
        contracts_limit_c=None if limit is None else read.count("contracts_limit_fp", limit),
        is_auto_cancel_enabled=row.is_auto_cancel_enabled,
        exchange_index=present(row.exchange_index) or 0,
        order_ids=tuple(row.orders) if isinstance(row, wire_orders.OrderGroupDetail) else (),
    )
