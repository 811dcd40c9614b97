"""Rows of orders, fills, positions, cash and settlements, made of the engine's money state."""

from __future__ import annotations

from engine.control.rows.account import CashRow, FillRow, PositionRow, SettlementRow
from engine.control.rows.orders import OrderRow
from engine.core.book_value import exit_value_ud
from engine.core.book_view import BookView
from engine.core.facts.money import FillBooked, SettlementBooked
from engine.core.facts.orders import EXTERNAL
from engine.core.holdings import PositionRecord
from engine.core.money import MoneyState
from engine.core.order_record import OrderRecord
from engine.domain.fill import Fill
from engine.domain.order import BookSide, Leg
from engine.domain.units import CONTRACT_BP, PriceBp, complement
from engine.domain.venue import Balance

_LONGEST_CAUSE = 120


def _buys(leg: Leg, side: BookSide) -> bool:
    return (leg is Leg.YES) == (side is BookSide.BID)


def _leg_price(leg: Leg, price_bp: PriceBp) -> PriceBp:
    return price_bp if leg is Leg.YES else complement(price_bp)


def order_row(record: OrderRecord) -> OrderRow:
    terms = record.terms
    booked_ud = record.filled_value_ud
    if terms.leg is Leg.NO:
        booked_ud = record.filled_c * CONTRACT_BP - booked_ud
    return OrderRow(
        client_order_id=terms.client_order_id,
        order_id=record.order_id,
        ticker=terms.ticker,
        owner=terms.owner,
        leg=terms.leg,
        buys=_buys(terms.leg, terms.side),
        price_bp=_leg_price(terms.leg, terms.price_bp),
        count_c=terms.count_c,
        state=record.state,
        filled_c=max(record.filled_c, record.venue_filled_c),
        remaining_c=record.remaining_c,
        booked_c=record.filled_c,
        booked_ud=booked_ud,
        fees_ud=record.fees_ud,
        time_in_force=terms.time_in_force,
        opens=terms.opens,
        intended_ns=record.intended_at,
        updated_ns=record.updated_at,
        expires_ns=terms.expires_ns,
        sends=record.sends,
        cancel="" if record.cancel == "none" else record.cancel.value,
        key=terms.key,
        cause=record.cause[:_LONGEST_CAUSE],
        plan=terms.plan,
        exit_cause=terms.exit_cause,
    )


def fill_row(fill: Fill, owner: str, order: OrderRecord | None) -> FillRow:
    """Of a fill whose order is not known, what was bought stands for it."""
    leg = Leg.YES if fill.side is BookSide.BID else Leg.NO
    if order is not None:
        leg = order.terms.leg
    return FillRow(
        trade_id=fill.trade_id,
        order_id=fill.order_id,
        client_order_id=fill.client_order_id if order is None else order.terms.client_order_id,
        ticker=fill.ticker,
        owner=owner,
        leg=leg,
        buys=_buys(leg, fill.side),
        price_bp=_leg_price(leg, fill.price_bp),
        count_c=fill.count_c,
        fee_ud=fill.fee_ud,
        is_taker=fill.is_taker,
        at_ns=fill.at_ns,
    )


def booked_fill_row(booked: FillBooked, money: MoneyState) -> FillRow:
    return fill_row(booked.fill, booked.owner, money.orders.get(booked.client_order_id))


def known_fill_row(fill: Fill, money: MoneyState) -> FillRow:
    """The owner is that of the fill's order."""
    name = money.client_id_of.get(fill.order_id, fill.client_order_id)
    order = money.orders.get(name)
    return fill_row(fill, EXTERNAL if order is None else order.terms.owner, order)


def position_row(held: PositionRecord, view: BookView | None) -> PositionRow:
    """``view`` gives what the position would bring now; None, or a stale one, leaves that open."""
    position = held.position
    count_c = abs(position.count_c)
    exit_ud = None
    if count_c and view is not None and view.is_fresh:
        exit_ud = exit_value_ud(view.book, position.count_c)
    return PositionRow(
        ticker=position.ticker,
        leg=position.leg,
        count_c=count_c,
        cost_ud=position.cost_ud,
        exit_ud=exit_ud,
        realised_ud=position.realised_ud,
        fees_ud=position.fees_ud,
        owner=held.owner,
        settled_bp=held.settled_bp,
    )


def cash_row(balance: Balance) -> CashRow:
    return CashRow(balance.cash_ud, balance.portfolio_value_ud, dict(balance.by_shard_ud), balance.updated_ns)


def settlement_row(booked: SettlementBooked) -> SettlementRow:
    settlement = booked.settlement
    return SettlementRow(
        ticker=settlement.ticker,
        event_ticker=settlement.event_ticker,
        result=settlement.result,
        value_bp=booked.value_bp,
        yes_c=settlement.yes_c,
        no_c=settlement.no_c,
        cost_ud=settlement.yes_cost_ud + settlement.no_cost_ud,
        revenue_ud=settlement.revenue_ud,
        fee_ud=settlement.fee_ud,
        settled_ns=settlement.settled_ns,
    )
