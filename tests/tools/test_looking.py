"""Commands that look: keys and units of their JSON, tables that fit 80 columns, empty states."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from fake_control import FakeControl, status_row

from engine.control.queries import EventArgs, FillsArgs, MarketsArgs, OrdersArgs, PositionsArgs
from engine.control.rows.account import CashRow, FillRow, PositionRow
from engine.control.rows.alerts import AlertRow
from engine.control.rows.markets import EventRow, LegRow, MarketRow, QuoteRow
from engine.control.rows.orders import OrderRow
from engine.control.rows.outside import SourceRow
from engine.control.rows.risk import BreakerRow, LimitRow
from engine.control.rows.status import ExchangeRow, FeedRow
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState

EVENT = "KXHIGHNY-26NOV20"
TICKER = f"{EVENT}-B54.5"
THREE_PM = 1_795_186_800_000_000_000
"""2026-11-20 15:00 UTC, 10:00 in the east."""


def leg_row(strike: str = "B54.5", **quote: Any) -> LegRow:
    market = MarketRow(
        ticker=f"{EVENT}-{strike}",
        event_ticker=EVENT,
        series_ticker="KXHIGHNY",
        title="Will the high temp in New York be 54-55° on Nov 20, 2026?",
        yes_sub_title="54° to 55°",
        status=MarketStatus.ACTIVE,
        close_ns=THREE_PM,
    )
    return LegRow(market, QuoteRow(market.ticker, **quote))


FULL = leg_row(
    bid_bp=4_250, bid_c=1_000, ask_bp=4_400, ask_c=50, last_bp=4_300, volume_c=123_450, is_fresh=True
)
ONE_SIDED = leg_row("T60", ask_bp=100, ask_c=700)
ORDER = OrderRow(
    client_order_id="4b1c9a52-6d0e-4a57-9f5e-0d1f6a3f2b11",
    order_id="ven-1",
    ticker=TICKER,
    owner="manual",
    leg=Leg.NO,
    buys=True,
    price_bp=4_350,
    count_c=1_050,
    state=OrderState.PARTIAL,
    filled_c=250,
    remaining_c=800,
    booked_c=250,
    booked_ud=250 * 4_325,
    fees_ud=43_100,
    intended_ns=THREE_PM,
    updated_ns=THREE_PM + 1_500_000,
)
HELD = PositionRow(
    ticker=TICKER,
    leg=Leg.YES,
    count_c=300,
    cost_ud=300 * 4_400,
    exit_ud=300 * 4_250,
    realised_ud=1_250_000,
    fees_ud=60_000,
    owner="manual",
)
FILL = FillRow(
    trade_id="t1",
    order_id="ven-1",
    client_order_id="c1",
    ticker=TICKER,
    owner="manual",
    leg=Leg.YES,
    buys=True,
    price_bp=4_400,
    count_c=300,
    fee_ud=51_700,
    is_taker=True,
    at_ns=THREE_PM,
)


def fits(text: str) -> None:
    assert max(len(line) for line in text.splitlines()) <= 80, text
    assert "\x1b" not in text


UNCHANGED = {"remedy": None, "pending": None, "pending_time": None}
"""Of a limit of which nothing more is known."""


OF_NO_COLLECTOR = {"rate": None, "note": None, "restarts": None, "dropped": None}


def test_status(sparko: Any, engine: FakeControl) -> None:
    engine.status = status_row(
        pid=4711,
        uptime_ns=61_500_000_000,
        rev=9,
        exchange=ExchangeRow(is_connected=True, rest="ok", clock_offset_ns=-1_250_000),
        feeds=(FeedRow("exchange", "live", 250_000_000), FeedRow("other", "lost")),
        sources=(
            SourceRow(name="spot/coinbase", state="live", age_ns=100_000_000, rate=12.5),
            SourceRow(
                name="tsa",
                state="down",
                age_ns=74_000_000_000,
                rate=0.0,
                note="403 from the page",
                restarts=2,
                dropped=9,
            ),
        ),
        positions=1,
        resting_orders=2,
        unknown_orders=3,
        limits=(
            LimitRow("order_contracts", "count", 1_000),
            LimitRow("order_loss", "ud", 5_000_000, 1_250_000),
            LimitRow("collar", "bp", 300),
            LimitRow("entries", "times", 6, 2),
        ),
        entries_stopped="the mode is NO_NEW_ENTRIES",
        breakers=(BreakerRow("reject_streak", THREE_PM, "5 refused"),),
        alerts=(AlertRow("7", "urgent", "SL_BLOCKED", "no bid " * 20, THREE_PM, 3),),
    )
    engine.cash = CashRow(19_995_123_400, 0, {0: 19_995_123_400}, THREE_PM)
    document = sparko("status", "--json").document
    assert document.pop("forecaster")["state"] == "none"
    assert document == {
        "venue": "sandbox",
        "mode": "RUNNING",
        "engine": {"pid": 4711, "uptime_s": 61.5, "rev": 9},
        "exchange": {
            "connected": True,
            "rest": "ok",
            "clock_offset_ms": -1.25,
            "prices": None,
            "prices_age_s": None,
        },
        "feeds": [
            {"name": "exchange", "age_s": 0.25, "state": "live", **OF_NO_COLLECTOR},
            {"name": "other", "age_s": None, "state": "lost", **OF_NO_COLLECTOR},
            {
                "name": "spot/coinbase",
                "age_s": 0.1,
                "state": "live",
                "rate": 12.5,
                "note": None,
                "restarts": 0,
                "dropped": 0,
            },
            {
                "name": "tsa",
                "age_s": 74.0,
                "state": "down",
                "rate": 0.0,
                "note": "403 from the page",
                "restarts": 2,
                "dropped": 9,
            },
        ],
        "balance_dollars": "19995.1234",
        "positions": 1,
        "resting_orders": 2,
        "unknown_orders": 3,
        "limits": [
            {"name": "order_contracts", "limit": 10, "used": None, "unit": "contracts", **UNCHANGED},
            {"name": "order_loss", "limit": "5.00", "used": "1.25", "unit": "dollars", **UNCHANGED},
            {"name": "collar", "limit": 3, "used": None, "unit": "cents", **UNCHANGED},
            {"name": "entries", "limit": 6, "used": 2, "unit": "times", **UNCHANGED},
        ],
        "entries_stopped": "the mode is NO_NEW_ENTRIES",
        "alerts": [
            {
                "id": "7",
                "level": "urgent",
                "code": "SL_BLOCKED",
                "text": "no bid " * 20,
                "time": "2026-11-20T15:00:00Z",
                "rounds": 3,
            }
        ],
        "breakers": [
            {
                "cause": "reject_streak",
                "since": "2026-11-20T15:00:00Z",
                "text": "5 refused",
                "probe_time": None,
            }
        ],
    }
    plain = sparko("status")
    fits(plain.out)
    assert "$19,995.12" in plain.out
    assert "2 resting, 3 unknown" in plain.out
    assert "OPEN: 5 refused" in plain.out
    assert "feed spot/coinbase     live, heard 0.1 s ago, 12.5/s" in plain.out
    assert "feed tsa               DOWN, heard 1 min ago" in plain.out
    assert "feed tsa: 403 from the page; begun anew 2 times; 9 values came too fast" in plain.out
    assert "URGENT #7 SL_BLOCKED: no bid" in plain.out
    assert "sparko ack --all" in plain.out


def test_status_before_anything_is_known(sparko: Any, engine: FakeControl) -> None:
    engine.status = status_row(is_ready=False)
    document = sparko("status", "--json").document
    assert document["balance_dollars"] is None
    assert (document["exchange"]["connected"], document["exchange"]["clock_offset_ms"]) == (False, None)
    plain = sparko("status").out
    assert "NOT CONNECTED" in plain
    assert "NOT READY" in plain


def test_markets(sparko: Any, engine: FakeControl) -> None:
    engine.rows["markets"] = [FULL, ONE_SIDED, leg_row("T70")]
    found = sparko("markets", "new york", "--series", "KXHIGHNY", "--json").document
    assert found[0] == {
        "ticker": TICKER,
        "event_ticker": EVENT,
        "series": "KXHIGHNY",
        "title": "Will the high temp in New York be 54-55° on Nov 20, 2026?",
        "status": "active",
        "yes_bid_cents": 42.5,
        "yes_ask_cents": 44,
        "last_cents": 43,
        "volume": 1234.5,
        "close_time": "2026-11-20T15:00:00Z",
    }
    assert [row["yes_bid_cents"] for row in found] == [42.5, None, None]
    assert (found[2]["last_cents"], found[2]["volume"]) == (None, None)
    args = msgspec.json.decode(engine.queries[0].args, type=MarketsArgs)
    assert args == MarketsArgs(series="KXHIGHNY", text="new york", streamed=True)
    plain = sparko("markets", "--all").out
    fits(plain)
    assert plain.splitlines()[1].split() == [
        TICKER,
        "active",
        "42.5",
        "44",
        "43",
        "1234.5",
        "20",
        "Nov",
        "10:00",
    ]
    assert " 1? " in plain.splitlines()[2]
    assert msgspec.json.decode(engine.queries[-1].args, type=MarketsArgs).streamed is False


def test_event(sparko: Any, engine: FakeControl) -> None:
    held = msgspec.structs.replace(FULL, position=HELD)
    legs = (held, leg_row("B56.5", bid_bp=5_000, bid_c=100, ask_bp=5_200, ask_c=100, is_fresh=True))
    engine.rows["event"] = [
        EventRow(EVENT, "KXHIGHNY", "Highest temperature in New York", "On Nov 20", True, legs)
    ]
    found = sparko("event", EVENT, "--json").document
    assert (found["yes_ask_sum_cents"], found["no_ask_sum_cents"]) == (96, 107.5)
    first = found["markets"][0]
    assert (first["no_bid_cents"], first["no_ask_cents"], first["yes_ask_count"]) == (56, 57.5, 0.5)
    assert (first["held_side"], first["held_count"]) == ("yes", 3)
    assert (found["markets"][1]["held_side"], found["markets"][1]["held_count"]) == (None, 0)
    assert msgspec.json.decode(engine.queries[0].args, type=EventArgs) == EventArgs(EVENT)
    plain = sparko("event", EVENT).out
    fits(plain)
    assert "3 YES" in plain
    assert "sum of YES asks 96, of NO asks 107.5" in plain


def test_an_event_with_a_leg_that_nobody_offers_has_no_sum(sparko: Any, engine: FakeControl) -> None:
    engine.rows["event"] = [EventRow(EVENT, "KXHIGHNY", "t", "s", True, (FULL, leg_row("T70")))]
    assert sparko("event", EVENT, "--json").document["yes_ask_sum_cents"] is None


def test_an_event_that_is_not_listed(sparko: Any, engine: FakeControl) -> None:
    engine.refusals["event"] = "event: got NOPE, which is not among the 3 listed"
    ran = sparko("event", "NOPE", "--json")
    assert (ran.code, ran.out, ran.line) == (1, "", "event: got NOPE, which is not among the 3 listed")


def test_orders(sparko: Any, engine: FakeControl) -> None:
    engine.rows["orders"] = [ORDER]
    found = sparko("orders", "--ticker", TICKER, "--json").document
    assert found == [
        {
            "client_order_id": ORDER.client_order_id,
            "order_id": "ven-1",
            "status": "partial",
            "count": 10.5,
            "filled": 2.5,
            "remaining": 8,
            "average_price_cents": 43.25,
            "fee_dollars": "0.0431",
            "deny_code": None,
            "ticker": TICKER,
            "side": "no",
            "action": "buy",
            "price_cents": 43.5,
            "tif": "good_till_canceled",
            "owner": "manual",
            "key": None,
            "cause": None,
            "created_time": "2026-11-20T15:00:00Z",
            "updated_time": "2026-11-20T15:00:00.001500Z",
            "expires_time": None,
        }
    ]
    args = msgspec.json.decode(engine.queries[0].args, type=OrdersArgs)
    assert args.ticker == TICKER
    assert set(args.states) == {"intent", "sent", "unknown", "resting", "partial"}
    plain = sparko("orders", "--all").out
    fits(plain)
    assert "buy NO" in plain
    assert msgspec.json.decode(engine.queries[-1].args, type=OrdersArgs).states == ()


def test_positions(sparko: Any, engine: FakeControl) -> None:
    unmarked = PositionRow(ticker="KXA", leg=Leg.NO, count_c=100, cost_ud=1, owner="external")
    engine.rows["positions"] = [HELD, unmarked]
    found = sparko("positions", "--json").document
    assert found[0] == {
        "ticker": TICKER,
        "side": "yes",
        "count": 3,
        "entry_cents": 44,
        "mark_cents": 42.5,
        "unrealised_dollars": "-0.045",
        "realised_dollars": "1.25",
        "fees_dollars": "0.06",
        "take_profit_cents": None,
        "stop_loss_cents": None,
        "plan": None,
        "owner": "manual",
    }
    assert (found[1]["mark_cents"], found[1]["unrealised_dollars"]) == (None, None)
    assert msgspec.json.decode(engine.queries[0].args, type=PositionsArgs) == PositionsArgs()
    plain = sparko("positions").out
    fits(plain)
    told = [TICKER, "YES", "3", "44", "42.5", "-0.0450", "+1.25", "NO", "PLAN"]
    assert plain.splitlines()[1].split() == told
    assert plain.splitlines()[2].split()[-5:] == ["-", "-", "0.00", "NO", "PLAN"]


def test_fills(sparko: Any, engine: FakeControl) -> None:
    engine.rows["fills"] = [FILL] * 5
    found = sparko("fills", "--limit", "3", "--json").document
    assert len(found) == 3
    assert found[0] == {
        "trade_id": "t1",
        "order_id": "ven-1",
        "client_order_id": "c1",
        "ticker": TICKER,
        "side": "yes",
        "action": "buy",
        "count": 3,
        "price_cents": 44,
        "fee_dollars": "0.0517",
        "is_taker": True,
        "owner": "manual",
        "time": "2026-11-20T15:00:00Z",
    }
    assert msgspec.json.decode(engine.queries[0].args, type=FillsArgs) == FillsArgs()
    plain = sparko("fills").out
    fits(plain)
    assert plain.splitlines()[1].startswith("20 Nov 10:00:00  ")


def test_cash(sparko: Any, engine: FakeControl) -> None:
    assert sparko("cash").line.startswith("the engine does not know its cash yet")
    engine.cash = CashRow(15_000_000, 2_000_000, {1: 5_000_000, 0: 10_000_000}, THREE_PM)
    assert sparko("cash", "--json").document == {
        "balance_dollars": "15.00",
        "portfolio_value_dollars": "2.00",
        "shards": [
            {"shard": 0, "balance_dollars": "10.00"},
            {"shard": 1, "balance_dollars": "5.00"},
        ],
        "updated_time": "2026-11-20T15:00:00Z",
    }
    fits(sparko("cash").out)


@pytest.mark.parametrize(
    ("command", "words", "what_next"),
    [
        ("markets", (), "sparko status"),
        ("markets", ("bitcoin",), "sparko markets"),
        ("orders", (), "sparko orders --all"),
        ("orders", ("--all",), "sparko order --help"),
        ("positions", (), "sparko order --help"),
        ("fills", (), "sparko order --help"),
    ],
)
def test_empty_states_say_what_to_do_next(
    sparko: Any, engine: FakeControl, command: str, words: tuple[str, ...], what_next: str
) -> None:
    ran = sparko(command, *words)
    assert (ran.code, len(ran.out.splitlines())) == (0, 1)
    assert what_next in ran.out
    assert sparko(command, *words, "--json").document == []


def test_no_row_is_lost_between_pages(sparko: Any, engine: FakeControl) -> None:
    engine.rows["orders"] = [msgspec.structs.replace(ORDER, client_order_id=str(i)) for i in range(7)]
    found = sparko("orders", "--json").document
    assert [row["client_order_id"] for row in found] == [str(i) for i in range(7)]


def test_text_that_no_engine_could_read(sparko: Any, engine: FakeControl) -> None:
    ran = sparko("markets", "\udcff")
    assert (ran.code, ran.line) == (2, r"got '\udcff', wanted text in UTF-8")
