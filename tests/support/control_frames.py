"""One of every frame, with every field of its rows set, for the golden texts."""

from __future__ import annotations

import msgspec

from engine.control.protocol import (
    DESK,
    AnswerState,
    BookRows,
    CommandAnswer,
    CommandRequest,
    Delta,
    DeskRows,
    Frame,
    Hello,
    LogRows,
    Query,
    QueryAnswer,
    Refused,
    RefusedCode,
    Resync,
    Role,
    Snapshot,
    Subscribe,
    Trouble,
    Unsubscribe,
    WatchRows,
    Welcome,
)
from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.history import LogRow
from engine.control.rows.markets import MarketRow, QuoteRow
from engine.control.rows.orders import OrderRow
from engine.control.rows.status import ExchangeRow, FeedRow, LeaseRow, StatusRow
from engine.domain.command import Arm, CancelAll, CancelOrder, ClosePosition, PlaceOrder, WatchMarkets
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState, TimeInForce

ORDER = OrderRow(
    client_order_id="c1",
    order_id="v1",
    ticker="KXT-1",
    owner="manual",
    leg=Leg.NO,
    buys=True,
    price_bp=4_300,
    count_c=1_000,
    state=OrderState.PARTIAL,
    filled_c=400,
    remaining_c=600,
    booked_c=300,
    booked_ud=1_290_000,
    fees_ud=5_100,
    time_in_force=TimeInForce.FILL_OR_KILL,
    opens=False,
    intended_ns=10,
    updated_ns=20,
    expires_ns=30,
    sends=2,
    cancel="asked",
    key="k1",
    cause="because",
)
POSITION = PositionRow(
    ticker="KXT-1",
    leg=Leg.NO,
    count_c=300,
    cost_ud=1_290_000,
    exit_ud=1_200_000,
    realised_ud=-5,
    fees_ud=5_100,
    owner="manual",
    settled_bp=0,
)
FILL = FillRow(
    trade_id="t1",
    order_id="v1",
    client_order_id="c1",
    ticker="KXT-1",
    owner="manual",
    leg=Leg.NO,
    buys=True,
    price_bp=4_300,
    count_c=300,
    fee_ud=5_100,
    is_taker=True,
    at_ns=15,
)
STATUS = StatusRow(
    venue="sandbox",
    mode="RUNNING",
    account="ann",
    build="0.1.0",
    run_id="r1",
    pid=7,
    uptime_ns=1,
    rev=99,
    exchange_ns=2,
    is_ready=True,
    is_stopping=True,
    exchange=ExchangeRow(True, "ok", True, -3),
    feeds=(FeedRow("exchange", "live", 4),),
    lease=LeaseRow("console-1", 5),
    positions=1,
    resting_orders=2,
    unknown_orders=3,
    markets=4,
    books_fresh=5,
    clients=6,
)
MARKET = MarketRow(
    ticker="KXT-1",
    event_ticker="KXT",
    series_ticker="KX",
    title="A title",
    yes_sub_title="Above 1",
    status=MarketStatus.ACTIVE,
    close_ns=40,
    exchange_index=2,
    settlement_bp=10_000,
)
QUOTE = QuoteRow("KXT-1", 4_900, 100, 5_100, 200, 5_000, 300, 400, True)

CLIENT_FRAMES: tuple[Frame, ...] = (
    Hello(1, Role.VIEW, "console", 0, "console-1"),
    Subscribe("watch"),
    Unsubscribe("book:KXT-1"),
    Resync("log"),
    CommandRequest(
        "q1",
        PlaceOrder(
            "c1", "KXT-1", Leg.NO, True, 4_300, 1_000, TimeInForce.FILL_OR_KILL, False, True, "k1", True, True
        ),
        True,
    ),
    CommandRequest("q2", CancelOrder("c1")),
    CommandRequest("q3", CancelAll("KXT-1")),
    CommandRequest("q4", ClosePosition("c2", "KXT-1", 300, 4_200)),
    CommandRequest("q5", WatchMarkets(("KXT-1", "KXT-2"))),
    CommandRequest("q6", Arm(60)),
    Query(1, "orders", msgspec.Raw(b'{"ticker":"KXT-1"}'), "100", 50),
)
SERVER_FRAMES: tuple[Frame, ...] = (
    Welcome(1, Role.OPERATE, "sandbox", 7, "console-1", "ann", "0.1.0", "r1"),
    Refused(RefusedCode.PROTOCOL, "too old", 1, 0),
    Snapshot(
        DESK,
        1,
        DeskRows(STATUS, CashRow(100, 200, {0: 60, 2: 40}, 3), (POSITION,), (ORDER,), (FILL,), 4, 5),
    ),
    Delta(DESK, 1, 2, DeskRows(orders=(ORDER,))),
    Delta("watch", 1, 2, WatchRows((MARKET,), (QUOTE,), ("KXT-0",), 250)),
    Delta("book:KXT-1", 1, 2, BookRows(((4_900, 0),), ((5_100, 7),), True)),
    Delta("book:KXT-1", 2, 3, BookRows(stale_reason="gap")),
    Delta("log", 1, 2, LogRows((LogRow(1, 50, "warning", "FEED_LOST", "feed: gone", "KXT-1"),))),
    CommandAnswer(
        "q1", AnswerState.DENIED, "c1", "COLLAR", "price: ...", {"limit_bp": 5, "leg": "no"}, ORDER
    ),
    QueryAnswer(1, msgspec.Raw(b"[]"), "99", "BAD_CURSOR", "cursor: ..."),
    Trouble("UNKNOWN_TOPIC", "topic: ...", "bok"),
)
