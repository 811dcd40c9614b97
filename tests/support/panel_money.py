"""An afternoon's money for the tests of panels: positions, plans, orders, fills, limits, cash."""

from __future__ import annotations

from typing import Any

import msgspec
from panel_events import BTC_AT, NOW, WEATHER_AT, strike_ticker

from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.orders import ConditionRow, LoadRow, OrderRow, PlanRow
from engine.control.rows.risk import LimitRow
from engine.control.rows.status import ExchangeRow, FeedRow, LeaseRow, StatusRow
from engine.domain.order import Leg, OrderState
from engine.domain.plan import ExitCause, PlanState, PlanTerms, Target
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import DOLLAR_UD, HOUR_NS, MINUTE_NS, SECOND_NS


def positions() -> tuple[PositionRow, ...]:
    """YES above, NO in the middle (its book may not be read), and one of another program."""
    return (
        PositionRow(
            ticker=BTC_AT, leg=Leg.YES, count_c=1_000, cost_ud=4_900_000, exit_ud=5_100_000,
            realised_ud=310_000, fees_ud=175_000, owner="manual",
        ),
        PositionRow(
            ticker=strike_ticker(96_000), leg=Leg.NO, count_c=2_550, cost_ud=22_440_000, exit_ud=None,
            fees_ud=60_100, owner="manual",
        ),
        PositionRow(
            ticker=WEATHER_AT, leg=Leg.NO, count_c=500, cost_ud=2_350_000, exit_ud=2_050_000,
            realised_ud=-120_000, fees_ud=87_500, owner="external",
        ),
    )  # fmt: skip


def plans() -> tuple[PlanRow, ...]:
    """Of the first two positions: one between stop and profit, one whose stop cannot be sold into."""
    return (
        PlanRow(
            ticker=BTC_AT, leg=Leg.YES, owner="manual", state=PlanState.GUARDING, take_profit_bp=6_900,
            terms=PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000)), stop_loss_bp=3_900,
        ),
        PlanRow(
            ticker=strike_ticker(96_000), leg=Leg.NO, owner="manual", state=PlanState.BLOCKED,
            terms=PlanTerms(stop_loss=Target(8_000, is_level=True)), stop_loss_bp=8_000,
            exit_cause=ExitCause.STOP_LOSS, text="nobody bids for NO",
        ),
    )  # fmt: skip


def conditions() -> tuple[ConditionRow, ...]:
    """Armed, disabled, fired and expired."""
    buy = Ticket(BTC_AT, Leg.NO, True, 1_000, 6_000, plan=PlanTerms(take_profit=Target(2_000)))
    below = Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_200)
    spot = Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 9_520_000, key="BRTI")
    made = NOW - 600 * SECOND_NS
    return (
        ConditionRow(
            condition_id="dip", terms=ConditionTerms(below, buy, NOW + 2 * HOUR_NS, ("rise",)),
            state=ConditionState.ARMED, created_ns=made,
        ),
        ConditionRow(
            condition_id="rise", terms=ConditionTerms(spot, buy), state=ConditionState.DISABLED,
            created_ns=made + SECOND_NS,
        ),
        ConditionRow(
            condition_id="early", terms=ConditionTerms(below, buy), state=ConditionState.FIRED,
            created_ns=made, ended_ns=NOW - 60 * SECOND_NS, client_order_id="early-o",
            cause="yes_bid was 41 at 42: sent",
        ),
        ConditionRow(
            condition_id="late", terms=ConditionTerms(below, buy, NOW - 90 * SECOND_NS),
            state=ConditionState.EXPIRED, created_ns=made, ended_ns=NOW - 90 * SECOND_NS, cause="expired",
        ),
    )  # fmt: skip


def loads() -> tuple[LoadRow, ...]:
    return (
        LoadRow(slot=1, ticket=Ticket(BTC_AT, Leg.YES, True, 500, 5_300), expires_ns=NOW + 15 * MINUTE_NS),
        LoadRow(slot=4, ticket=Ticket(WEATHER_AT, Leg.NO, False, 500, 4_100)),
    )


def order(name: str, state: OrderState, **changes: Any) -> OrderRow:
    row = OrderRow(
        client_order_id=name,
        order_id=f"ex-{name}",
        ticker=BTC_AT,
        owner="manual",
        leg=Leg.YES,
        buys=True,
        price_bp=4_900,
        count_c=1_000,
        remaining_c=1_000,
        state=state,
        intended_ns=NOW - 95 * SECOND_NS,
        updated_ns=NOW - 90 * SECOND_NS,
        expires_ns=NOW + 505 * SECOND_NS,
    )
    return msgspec.structs.replace(row, **changes)


def orders() -> tuple[OrderRow, ...]:
    """One in every state."""
    s = SECOND_NS
    return (
        order("c-intent", OrderState.INTENT, order_id="", intended_ns=NOW - s // 5, updated_ns=NOW - s // 5),
        order("c-sent", OrderState.SENT, order_id="", intended_ns=NOW - s // 2, updated_ns=NOW - s // 2),
        order(
            "c-unknown", OrderState.UNKNOWN, order_id="", leg=Leg.NO, price_bp=4_300, count_c=500,
            remaining_c=500, intended_ns=NOW - 9 * s, updated_ns=NOW - 4 * s, cause="timed out after 5 s",
        ),
        order("c-resting", OrderState.RESTING),
        order(
            "c-partial", OrderState.PARTIAL, leg=Leg.NO, buys=False, opens=False, price_bp=9_100,
            ticker=strike_ticker(96_000), filled_c=450, remaining_c=550, booked_c=450, booked_ud=4_095_000,
        ),
        order("c-asked", OrderState.RESTING, price_bp=4_700, cancel="asked"),
        order(
            "c-filled", OrderState.FILLED, filled_c=1_000, remaining_c=0, booked_c=1_000,
            booked_ud=4_900_000, fees_ud=175_000, updated_ns=NOW - 600 * s, intended_ns=NOW - 601 * s,
        ),
        order("c-canceled", OrderState.CANCELED, price_bp=4_500, remaining_c=0, updated_ns=NOW - 700 * s),
        order(
            "c-rejected", OrderState.REJECTED, order_id="", remaining_c=0, cause="insufficient_balance",
            updated_ns=NOW - 800 * s,
        ),
        order("c-expired", OrderState.EXPIRED, remaining_c=0, updated_ns=NOW - 900 * s),
        order("c-absent", OrderState.ABSENT, order_id="", remaining_c=0, updated_ns=NOW - 1_000 * s),
    )  # fmt: skip


def fills() -> tuple[FillRow, ...]:
    first = FillRow(
        trade_id="t-1", order_id="ex-c-filled", client_order_id="c-filled", ticker=BTC_AT, owner="manual",
        leg=Leg.YES, buys=True, price_bp=4_900, count_c=1_000, fee_ud=175_000, is_taker=True,
        at_ns=NOW - 600 * SECOND_NS,
    )  # fmt: skip
    second = msgspec.structs.replace(
        first, trade_id="t-2", order_id="ex-c-partial", client_order_id="c-partial", leg=Leg.NO, buys=False,
        ticker=strike_ticker(96_000), price_bp=9_120, count_c=450, fee_ud=0, is_taker=False,
        at_ns=NOW - 61 * SECOND_NS,
    )  # fmt: skip
    third = msgspec.structs.replace(
        first, trade_id="t-3", order_id="ex-other", client_order_id="", owner="external", leg=Leg.NO,
        ticker=WEATHER_AT, price_bp=4_700, count_c=500, fee_ud=87_500, at_ns=NOW - 20 * SECOND_NS,
    )  # fmt: skip
    return (first, second, third)


def status(**changes: Any) -> StatusRow:
    row = StatusRow(
        venue="sandbox",
        mode="RUNNING",
        account="acct-1",
        build="0.1.0",
        run_id="7f3a",
        pid=4242,
        uptime_ns=3_725 * SECOND_NS,
        rev=18_204,
        exchange_ns=NOW,
        is_ready=True,
        exchange=ExchangeRow(True, "ok", True, 12_000_000),
        feeds=(FeedRow("exchange", "live", 200_000_000),),
        lease=LeaseRow("console", 581 * SECOND_NS),
        positions=3,
        resting_orders=3,
        unknown_orders=1,
        markets=18,
        books_fresh=17,
        clients=2,
        limits=(
            LimitRow("order_loss", "ud", 5_000_000),
            LimitRow("order_count", "count", 1_000),
            LimitRow("total_worst_case", "ud", 40_000_000, 29_690_000),
            LimitRow("daily_loss", "ud", 10_000_000, 8_450_000),
            LimitRow("entries_a_minute", "times", 6, 6),
            LimitRow("collar", "bp", 300),
        ),
        day_pnl_ud=-1_230_000,
        entries_stopped="six entries in this minute",
    )
    return msgspec.structs.replace(row, **changes)


def cash() -> CashRow:
    shards = {0: 812_345_600, 1: 100 * DOLLAR_UD}
    return CashRow(sum(shards.values()), 29 * DOLLAR_UD + 690_000, shards, NOW - 3 * SECOND_NS)
