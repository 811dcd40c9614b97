"""Balance, positions, fills, settlements and money movements, as REST sends them."""

from __future__ import annotations

from typing import Any

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeInt, MaybeText, Shape


class ShardBalance(Shape, frozen=True, kw_only=True):
    exchange_index: int
    balance: str
    """Dollars."""


class Balance(Shape, frozen=True, kw_only=True):
    """``balance`` and ``portfolio_value`` are whole cents, truncated; the dollar text is exact to $0.0001."""

    balance: int
    balance_dollars: str
    portfolio_value: int
    updated_ts: int
    balance_breakdown: list[ShardBalance] | UnsetType | None = ABSENT


class MarketPosition(Shape, frozen=True, kw_only=True):
    """``position_fp`` is signed: above zero YES, below zero NO."""

    ticker: str
    exchange_index: MaybeInt = ABSENT
    total_traded_dollars: str
    position_fp: str
    market_exposure_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str
    last_updated_ts: MaybeText = ABSENT
    settlement_status: MaybeText = ABSENT


class EventPosition(Shape, frozen=True, kw_only=True):
    event_ticker: str
    total_cost_dollars: str
    total_cost_shares_fp: str
    event_exposure_dollars: str
    realized_pnl_dollars: str
    fees_paid_dollars: str


class PositionPage(Shape, frozen=True, kw_only=True):
    market_positions: list[MarketPosition]
    event_positions: list[EventPosition]
    cursor: MaybeText = ABSENT


class Fill(Shape, frozen=True, kw_only=True):
    """``trade_id`` equals ``fill_id``; the client order id is not here."""

    fill_id: MaybeText = ABSENT
    trade_id: str
    order_id: str
    ticker: str
    market_ticker: MaybeText = ABSENT
    side: MaybeText = ABSENT
    action: MaybeText = ABSENT
    outcome_side: str
    book_side: str
    count_fp: str
    yes_price_dollars: str
    no_price_dollars: str
    is_taker: bool
    fee_cost: str
    created_time: MaybeText = ABSENT
    ts: MaybeInt = ABSENT
    subaccount_number: MaybeInt = ABSENT
    exchange_index: MaybeInt = ABSENT


class FillPage(Shape, frozen=True, kw_only=True):
    fills: list[Fill]
    cursor: MaybeText = ABSENT


class Settlement(Shape, frozen=True, kw_only=True):
    """``revenue`` and ``value`` are whole cents."""

    ticker: str
    event_ticker: MaybeText = ABSENT
    exchange_index: MaybeInt = ABSENT
    market_result: str
    yes_count_fp: str
    yes_total_cost_dollars: str
    no_count_fp: str
    no_total_cost_dollars: str
    revenue: int
    value: MaybeInt = ABSENT
    fee_cost: str
    settled_time: str


class SettlementPage(Shape, frozen=True, kw_only=True):
    settlements: list[Settlement]
    cursor: MaybeText = ABSENT


class MoneyMovement(Shape, frozen=True, kw_only=True):
    """A deposit or a withdrawal; ``status`` is pending, applied, failed or returned."""

    id: MaybeText = ABSENT
    amount_cents: int
    fee_cents: MaybeInt = ABSENT
    status: str
    created_ts: str | int | UnsetType | None = ABSENT
    finalized_ts: str | int | UnsetType | None = ABSENT
    type: MaybeText = ABSENT


class DepositPage(Shape, frozen=True, kw_only=True):
    deposits: list[MoneyMovement]
    cursor: MaybeText = ABSENT


class WithdrawalPage(Shape, frozen=True, kw_only=True):
    withdrawals: list[MoneyMovement]
    cursor: MaybeText = ABSENT


class RestingOrderValue(Shape, frozen=True, kw_only=True):
    """Whole cents."""

    total_resting_order_value: int
    resting_order_value_breakdown: list[dict[str, Any]] | UnsetType | None = ABSENT


class ShardTransfer(Shape, frozen=True, kw_only=True):
    """``amount`` in hundredths of a cent. Accepted at once, executed some time after."""

    amount: int
    source_exchange_shard: int = 0
    destination_exchange_shard: int = 0
    source: str | UnsetType = ABSENT
    destination: str | UnsetType = ABSENT


class ShardTransferAccepted(Shape, frozen=True, kw_only=True):
    transfer_id: str
