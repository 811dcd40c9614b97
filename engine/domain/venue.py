"""What an exchange says of its markets and of our account, in the units of the house.

A word that is not known (a new status, a new result) is None here, with the exchange's own text beside it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.market import Event, Market, MarketStatus, Outcome, Series, Strike
from engine.domain.order import BookSide, SelfTradePrevention, VenueOrderStatus
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CountC, MicroDollars, Nanoseconds, PriceBp


class Quote(msgspec.Struct, frozen=True):
    """The best of both sides on the YES leg; None where a side is empty."""

    bid_bp: PriceBp | None
    bid_c: CountC
    ask_bp: PriceBp | None
    ask_c: CountC


class MarketSheet(msgspec.Struct, frozen=True):
    """A market as it is listed, without its fees (the series and the event have those) and its series."""

    ticker: str
    event_ticker: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    rules_secondary: str
    open_ns: Nanoseconds
    close_ns: Nanoseconds
    expected_expiration_ns: Nanoseconds | None
    latest_expiration_ns: Nanoseconds
    created_ns: Nanoseconds
    updated_ns: Nanoseconds
    strike: Strike | None
    """None where there is none, or its kind is not known."""
    price_level_structure: str
    grid: PriceGrid
    status: MarketStatus | None
    status_text: str
    settlement_timer_s: int
    can_close_early: bool
    exchange_index: int
    quote: Quote
    last_bp: PriceBp | None
    """The last trade; None before the first."""
    volume_c: CountC
    volume_24h_c: CountC
    open_interest_c: CountC
    result: Outcome | None
    result_text: str
    settlement_bp: PriceBp | None
    settled_ns: Nanoseconds | None
    fee_waiver_until_ns: Nanoseconds | None
    expiration_value: str
    is_combo: bool

    def listed(self, event: Event, fees: FeeSchedule) -> Market | None:
        """The market with what its event and series know; None while its strike or status is not known."""
        if self.strike is None or self.status is None:
            return None
        return Market(
            ticker=self.ticker,
            event_ticker=self.event_ticker,
            series_ticker=event.series_ticker,
            title=self.title,
            yes_sub_title=self.yes_sub_title,
            no_sub_title=self.no_sub_title,
            rules_primary=self.rules_primary,
            rules_secondary=self.rules_secondary,
            open_ns=self.open_ns,
            close_ns=self.close_ns,
            expected_expiration_ns=self.expected_expiration_ns or self.close_ns,
            latest_expiration_ns=self.latest_expiration_ns,
            strike=self.strike,
            price_level_structure=self.price_level_structure,
            grid=self.grid,
            fees=fees,
            status=self.status,
            settlement_timer_s=self.settlement_timer_s,
            can_close_early=self.can_close_early,
            exchange_index=self.exchange_index,
            created_ns=self.created_ns,
            updated_ns=self.updated_ns,
            settlement_bp=self.settlement_bp,
            settled_ns=self.settled_ns,
            expiration_value=self.expiration_value,
        )


class EventSheet(msgspec.Struct, frozen=True):
    """An event, what it overrides of its series' fees, and its markets where they were asked for."""

    event: Event
    category: str
    collateral_return: str
    fee_type_override: FeeType | None
    fee_multiplier_override_millionths: int | None
    markets: tuple[MarketSheet, ...] = ()

    def fees(self, series: Series) -> FeeSchedule:
        """The schedule of the event's markets: the event's overrides, else the series' values."""
        multiplier = self.fee_multiplier_override_millionths
        return FeeSchedule(
            fee_type=self.fee_type_override or series.fees.fee_type,
            multiplier_millionths=series.fees.multiplier_millionths if multiplier is None else multiplier,
            rounding=series.fees.rounding,
        )


class VenueOrder(msgspec.Struct, frozen=True):
    """One of our orders as the exchange has it."""

    order_id: str
    client_order_id: str
    ticker: str
    side: BookSide
    price_bp: PriceBp
    status: VenueOrderStatus | None
    status_text: str
    initial_c: CountC
    filled_c: CountC
    remaining_c: CountC
    taker_cost_ud: MicroDollars
    maker_cost_ud: MicroDollars
    taker_fees_ud: MicroDollars
    maker_fees_ud: MicroDollars
    created_ns: Nanoseconds | None
    updated_ns: Nanoseconds | None
    expires_ns: Nanoseconds | None
    self_trade_prevention: SelfTradePrevention | None
    order_group_id: str | None
    exchange_index: int
    last_update_reason: str = ""


class VenuePosition(msgspec.Struct, frozen=True):
    """What we hold in one market: above zero YES, below zero NO."""

    ticker: str
    count_c: CountC
    exposure_ud: MicroDollars
    realised_ud: MicroDollars
    fees_ud: MicroDollars
    total_traded_ud: MicroDollars
    exchange_index: int
    updated_ns: Nanoseconds | None
    settlement_status: str = ""


class VenueEventPosition(msgspec.Struct, frozen=True):
    """What we hold in the markets of one event together."""

    event_ticker: str
    cost_ud: MicroDollars
    shares_c: CountC
    exposure_ud: MicroDollars
    realised_ud: MicroDollars
    fees_ud: MicroDollars


class Balance(msgspec.Struct, frozen=True):
    """Cash that may be spent, all in all and on each shard; the portfolio's value is cut to whole cents."""

    cash_ud: MicroDollars
    portfolio_value_ud: MicroDollars
    by_shard_ud: dict[int, MicroDollars]
    updated_ns: Nanoseconds


class Settlement(msgspec.Struct, frozen=True):
    """What one market paid us. ``value_bp`` is what one YES contract got; None where it was not said."""

    ticker: str
    event_ticker: str
    result: Outcome | None
    result_text: str
    yes_c: CountC
    yes_cost_ud: MicroDollars
    no_c: CountC
    no_cost_ud: MicroDollars
    revenue_ud: MicroDollars
    value_bp: PriceBp | None
    fee_ud: MicroDollars
    settled_ns: Nanoseconds
    exchange_index: int


class MoneyMovement(msgspec.Struct, frozen=True):
    """A deposit or a withdrawal; ``status`` is pending, applied, failed or returned."""

    movement_id: str
    amount_ud: MicroDollars
    fee_ud: MicroDollars
    status: str
    created_ns: Nanoseconds | None
    finalized_ns: Nanoseconds | None


class OrderGroupState(msgspec.Struct, frozen=True):
    """A group of orders that are canceled together when more than its limit matches within 15 s."""

    order_group_id: str
    contracts_limit_c: CountC | None
    is_auto_cancel_enabled: bool
    exchange_index: int
    order_ids: tuple[str, ...] = ()


class IndexPoint(msgspec.Struct, frozen=True):
    """One value of a published index."""

    index_id: str
    value: Decimal
    at_ns: Nanoseconds
