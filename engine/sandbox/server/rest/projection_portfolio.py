"""Orders, fills, positions and settlements as the wire shows them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET

from engine.domain.fill import Fill as DomainFill
from engine.domain.order import BookSide
from engine.domain.units import CENT_UD, CENTICENT_UD, CONTRACT_BP, CountC, MicroDollars, PriceBp
from engine.sandbox.core.accounts import Holding
from engine.sandbox.core.accounts import Settlement as CoreSettlement
from engine.sandbox.core.orders import Order as CoreOrder
from engine.sandbox.server.rest.projection import PRICE_TEXTS, count_of, maybe_time
from engine.sandbox.server.rest.times import seconds_of
from engine.wire.fixed_point import money_text, price_text
from engine.wire.iso_time import iso_text
from engine.wire.orders import Order
from engine.wire.portfolio import EventPosition, Fill, MarketPosition, Settlement

_BUYS_YES = {BookSide.BID: True, BookSide.ASK: False}


def outcome_side(side: BookSide) -> str:
    return "yes" if _BUYS_YES[side] else "no"


def order_shape(order: CoreOrder) -> Order:
    """An order as it is read. The deprecated pair describes it on the YES leg: an ask sells YES."""
    return Order(
        order_id=order.order_id,
        user_id=order.account_id,
        client_order_id=order.client_order_id,
        ticker=order.ticker,
        side="yes",
        action="buy" if _BUYS_YES[order.side] else "sell",
        outcome_side=outcome_side(order.side),
        book_side=order.side.value,
        type="limit",
        status=order.status.value,
        yes_price_dollars=PRICE_TEXTS[order.price_bp],
        no_price_dollars=PRICE_TEXTS[CONTRACT_BP - order.price_bp],
        fill_count_fp=count_of(order.filled_c),
        remaining_count_fp=count_of(order.remaining_c),
        initial_count_fp=count_of(order.initial_c),
        taker_fill_cost_dollars=money_text(order.taker_cost_ud),
        maker_fill_cost_dollars=money_text(order.maker_cost_ud),
        taker_fees_dollars=money_text(order.taker_fees_ud),
        maker_fees_dollars=money_text(order.maker_fees_ud),
        expiration_time=maybe_time(order.expires_ns),
        created_time=iso_text(order.created_ns),
        last_update_time=iso_text(order.updated_ns),
        self_trade_prevention_type=order.self_trade_prevention.value,
        order_group_id=order.order_group_id or UNSET,
        cancel_order_on_pause=order.cancel_on_pause,
        subaccount_number=0,
        exchange_index=order.exchange_index,
    )


def fill_shape(fill: DomainFill) -> Fill:
    """A fill. Unlike an order's, its deprecated ``side`` is the leg that was acquired."""
    return Fill(
        fill_id=fill.trade_id,
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        ticker=fill.ticker,
        market_ticker=fill.ticker,
        side=outcome_side(fill.side),
        action="buy" if _BUYS_YES[fill.side] else "sell",
        outcome_side=outcome_side(fill.side),
        book_side=fill.side.value,
        count_fp=count_of(fill.count_c),
        yes_price_dollars=PRICE_TEXTS[fill.price_bp],
        no_price_dollars=PRICE_TEXTS[CONTRACT_BP - fill.price_bp],
        is_taker=fill.is_taker,
        fee_cost=money_text(fill.fee_ud),
        created_time=iso_text(fill.at_ns),
        ts=seconds_of(fill.at_ns),
        subaccount_number=0,
        exchange_index=fill.exchange_index,
    )


def position_shape(holding: Holding, exchange_index: int) -> MarketPosition:
    """``market_exposure_dollars`` is what the contracts held now cost."""
    return MarketPosition(
        ticker=holding.ticker,
        exchange_index=exchange_index,
        total_traded_dollars=money_text(holding.total_traded_ud),
        position_fp=count_of(holding.count_c),
        market_exposure_dollars=money_text(holding.cost_ud),
        realized_pnl_dollars=money_text(holding.realised_ud),
        fees_paid_dollars=money_text(holding.fees_ud),
        last_updated_ts=iso_text(holding.updated_ns),
        settlement_status="settled" if holding.is_settled else "unsettled",
    )


def event_position_shape(event_ticker: str, holdings: Iterable[Holding]) -> EventPosition:
    """The sums over an event's markets. Costs and shares are of everything traded."""
    parts = list(holdings)
    return EventPosition(
        event_ticker=event_ticker,
        total_cost_dollars=money_text(sum(part.total_traded_ud for part in parts)),
        total_cost_shares_fp=count_of(sum(part.traded_c for part in parts)),
        event_exposure_dollars=money_text(sum(part.cost_ud for part in parts)),
        realized_pnl_dollars=money_text(sum(part.realised_ud for part in parts)),
        fees_paid_dollars=money_text(sum(part.fees_ud for part in parts)),
    )


def settlement_shape(settlement: CoreSettlement) -> Settlement:
    """``revenue`` and ``value`` are whole cents, cut off."""
    return Settlement(
        ticker=settlement.ticker,
        event_ticker=settlement.event_ticker,
        exchange_index=settlement.exchange_index,
        market_result=settlement.outcome.value,
        yes_count_fp=count_of(settlement.yes_count_c),
        yes_total_cost_dollars=money_text(settlement.yes_cost_ud),
        no_count_fp=count_of(settlement.no_count_c),
        no_total_cost_dollars=money_text(settlement.no_cost_ud),
        revenue=whole_cents(settlement.revenue_ud),
        value=settlement.settlement_bp // 100,
        fee_cost=money_text(settlement.fee_ud),
        settled_time=iso_text(settlement.at_ns),
    )


def whole_cents(amount_ud: MicroDollars) -> int:
    """Cents, cut off toward zero."""
    cents = abs(amount_ud) // CENT_UD
    return -cents if amount_ud < 0 else cents


def four_places(amount_ud: MicroDollars) -> str:
    """Dollars to $0.0001, cut off toward zero."""
    rest = abs(amount_ud) % CENTICENT_UD
    return money_text(amount_ud - rest if amount_ud >= 0 else amount_ud + rest, 4)


def average_text(total_ud: MicroDollars, count_c: CountC) -> str:
    """``total_ud / count_c`` as dollars a contract: four places where that is exact, else six, rounded."""
    if total_ud % count_c == 0:
        return price_text(total_ud // count_c)
    micro = (2 * 100 * total_ud + count_c) // (2 * count_c)
    return money_text(micro)


def average_price(order: CoreOrder) -> str:
    """The mean YES price of everything an order has filled (its costs are in prices of the leg bought)."""
    cost_ud = order.taker_cost_ud + order.maker_cost_ud
    if not _BUYS_YES[order.side]:
        cost_ud = CONTRACT_BP * order.filled_c - cost_ud
    return average_text(cost_ud, order.filled_c)


def average_fee(order: CoreOrder) -> str:
    """The fee for each contract that an order has filled."""
    return average_text(order.taker_fees_ud + order.maker_fees_ud, order.filled_c)


def leg_value_ud(side: BookSide, price_bp: PriceBp, count_c: CountC) -> MicroDollars:
    """What ``count_c`` cost at a YES price, on the leg that the side buys."""
    return count_c * (price_bp if _BUYS_YES[side] else CONTRACT_BP - price_bp)
