"""``sparko cond`` and ``sparko load``: what they refuse by themselves, what they ask, and what they tell."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fake_control import FakeControl, status_row
from told_orders import FILLED, order_row

from engine.control.protocol import (
    DESK,
    INDEX,
    OUTSIDE,
    WATCH,
    AnswerState,
    CommandAnswer,
    CommandRequest,
    Delta,
    DeskRows,
    Frame,
    IndexRows,
    WatchRows,
)
from engine.control.rows.forecasts import ScanRow
from engine.control.rows.markets import IndexRow, LegRow, MarketRow, QuoteRow
from engine.control.rows.orders import ConditionRow, LoadRow
from engine.control.rows.outside import ObservationRow, OutsideRows, SourceRow
from engine.control.rows.status import FeedRow
from engine.domain.command import AddCondition, ChangeCondition, ClosePosition, FireLoad, PlaceOrder, SetLoad
from engine.domain.market import MarketStatus, Strike, StrikeType
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import HOUR_NS, SECOND_NS

TICKER = "KXHIGHNY-26NOV20-B54.5"
ADD = ("cond", "add", TICKER, "--when", "yes_bid<=42", "--do", "buy no 10 @ 60")
SET = ("load", "set", "3", TICKER, "--do", "buy no 10 @ 60")
NOW_NS = 1_795_186_800 * SECOND_NS
"""2026-11-20 10:00 in New York."""
BUY_NO = Ticket(TICKER, Leg.NO, True, 1_000, 6_000)
LOW = Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_200)
ARMED = ConditionRow(
    condition_id="4b1c9a52-1",
    terms=ConditionTerms(LOW, BUY_NO),
    state=ConditionState.ARMED,
    created_ns=NOW_NS,
)
QUOTE = QuoteRow(TICKER, bid_bp=4_500, bid_c=100, ask_bp=4_700, ask_c=100, is_fresh=True)
LIVE_FEED = FeedRow("exchange", "live", 0)
DONE = msgspec.structs.replace(ARMED, condition_id="77777777-1", state=ConditionState.EXPIRED, cause="late")


@pytest.fixture
def desk(engine: FakeControl) -> FakeControl:
    """An engine that takes every command and tells what follows from it."""
    engine.status = status_row(exchange_ns=NOW_NS, feeds=(LIVE_FEED,))
    engine.conditions = (ARMED, DONE)
    engine.topics = {WATCH: WatchRows(quotes=(QUOTE,))}
    engine.script = taken()
    return engine


def taken(state: ConditionState = ConditionState.ARMED, **changes: Any) -> Callable[..., Sequence[Frame]]:
    def script(request: CommandRequest) -> Sequence[Frame]:
        return [CommandAnswer(request.command_id, AnswerState.ACCEPTED), *_told(request)]

    def _told(request: CommandRequest) -> Sequence[Frame]:
        match request.body:
            case AddCondition(name, terms):
                row = ConditionRow(condition_id=name, terms=terms, state=state, created_ns=NOW_NS, **changes)
                return [Delta(DESK, 1, 2, DeskRows(conditions=(row,)))]
            case ChangeCondition(name, change):
                states = {"enable": "armed", "disable": "disabled", "remove": "removed"}
                row = msgspec.structs.replace(ARMED, condition_id=name, state=ConditionState(states[change]))
                return [Delta(DESK, 1, 2, DeskRows(conditions=(row,)))]
            case SetLoad(slot, ticket, expires_ns):
                loaded = LoadRow(slot=slot, ticket=ticket, expires_ns=expires_ns)
                return [Delta(DESK, 1, 2, DeskRows(loads=(loaded,)))]
        return []

    return script


def denied(code: str, text: str) -> Callable[..., Sequence[Frame]]:
    return lambda request: [CommandAnswer(request.command_id, AnswerState.DENIED, deny_code=code, text=text)]


def test_a_condition_with_everything(sparko: Any, desk: FakeControl) -> None:
    words = ("--tp", "+20", "--sl", "-10", "--expires", "2h", "--oco", "4b1c9a52", "--now")
    ran = sparko(*ADD, *words, "--json")
    assert (ran.code, ran.err) == (0, "")
    (request,) = desk.commands
    body = request.body
    assert isinstance(body, AddCondition)
    plan = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))
    ticket = msgspec.structs.replace(BUY_NO, plan=plan)
    assert body.terms == ConditionTerms(LOW, ticket, NOW_NS + 2 * HOUR_NS, ("4b1c9a52-1",))
    assert body.now
    assert not request.is_interactive
    assert ran.document == {
        "condition_id": body.condition_id,
        "state": "armed",
        "ticker": TICKER,
        "when": "yes_bid<=42",
        "do": "buy no 10 @ 60",
        "take_profit": "+20",
        "stop_loss": "-10",
        "oco": ["4b1c9a52-1"],
        "created_time": "2026-11-20T15:00:00Z",
        "expires_time": "2026-11-20T17:00:00Z",
        "ended_time": None,
        "client_order_id": None,
        "cause": None,
        "waits": None,
    }


def test_a_clock_time_is_eastern_and_of_the_exchanges_day(sparko: Any, desk: FakeControl) -> None:
    ran = sparko("cond", "add", TICKER, "--when", "time>=15:30", "--do", "sell yes 1 @ 5 ioc")
    assert ran.document["when"] == "time>=2026-11-20T15:30:00-05:00"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--when", "yes_bid<42", "--do", "buy no 1 @ 60"), "--when: got 'yes_bid<42', wanted such as"),
        (("--when", "yes_bid<=42", "--do", "buy no 1"), "--do: got 'buy no 1', wanted such as"),
        (("--when", "yes_bid<=42", "--do", "buy no 1 @ 0"), "--do: price: got '0'"),
        (("--when", "yes_bid<=42", "--do", "buy no 1 @ 60", "--tp", "20%"), "--tp: got '20%', wanted"),
        (("--when", "yes_bid<=42", "--do", "buy no 1 @ 60", "--expires", "soon"), "--expires: got 'soon'"),
        (("--when", "yes_bid<=42", "--do", "sell no 1 @ 60", "--sl", "-5"), "--tp, --sl: got a plan"),
    ],
)
def test_what_cannot_be_read_is_wrong_usage_without_an_engine(
    sparko: Any, words: tuple[str, ...], line: str
) -> None:
    ran = sparko("cond", "add", TICKER, *words)
    assert ran.code == 2
    assert ran.line.startswith(line), ran.line


def test_a_refusal_is_a_document_and_a_line(sparko: Any, desk: FakeControl) -> None:
    desk.script = denied("ALREADY_TRUE", "trigger: yes_bid<=42 is so already; say now to mean it")
    ran = sparko(*ADD)
    assert (ran.code, ran.document["state"], ran.document["deny_code"]) == (1, "denied", "ALREADY_TRUE")
    assert ran.line.endswith("(ALREADY_TRUE); to send at once: --now")


def test_a_firing_that_the_gate_refused_ends_with_one(sparko: Any, desk: FakeControl) -> None:
    desk.script = taken(ConditionState.FIRED, cause="COLLAR: price: got 60")
    ran = sparko(*ADD, "--now")
    assert (ran.code, ran.line) == (1, "COLLAR: price: got 60")


def test_on_a_real_venue_it_names_the_venue(sparko: Any, tmp_path: Path) -> None:
    with FakeControl(tmp_path, venue="live") as desk:
        desk.script = taken()
        for words in (ADD, ("cond", "enable", "4b1c9a52-1"), ("load", "fire", "3")):
            ran = sparko(*words, "--venue", "live", "--home", str(tmp_path))
            assert (ran.code, ran.document["deny_code"]) == (1, "NOT_CONFIRMED")
            assert desk.commands == []
        for words in (SET, ("cond", "rm", "4b1c9a52-1"), ("cond", "disable", "4b1c9a52-1")):
            assert sparko(*words, "--venue", "live", "--home", str(tmp_path)).code == 0


def test_the_list_shows_those_that_live_and_all_on_request(sparko: Any, desk: FakeControl) -> None:
    assert [row["condition_id"] for row in sparko("cond", "list", "--json").document] == ["4b1c9a52-1"]
    rows = sparko("cond", "list", "--all", "--json").document
    assert [(row["state"], row["cause"]) for row in rows] == [("armed", None), ("expired", "late")]
    table = sparko("cond", "list", "--all").out.splitlines()
    assert table[0].split() == ["ID", "STATE", "MARKET", "UNTIL", "ET"]
    assert table[1].split() == ["4b1c9a52", "armed", TICKER, "-"]
    assert table[2] == "  when yes_bid<=42: buy no 10 @ 60"
    assert table[-1] == "  late"
    assert max(len(line) for line in table) <= 80
    desk.conditions = ()
    assert "No condition is armed." in sparko("cond", "list").out


def test_the_list_says_which_condition_sees_nothing_and_why(sparko: Any, desk: FakeControl) -> None:
    def spot(name: str, key: str) -> ConditionRow:
        trigger = Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 9_900_000, key=key)
        return msgspec.structs.replace(ARMED, condition_id=name, terms=ConditionTerms(trigger, BUY_NO))

    said_ns = time.time_ns() - 90 * SECOND_NS
    desk.conditions = (spot("aaaa", "BTC-USD"), spot("bbbb", "BRTI"), spot("cccc", "SOL-USD"), ARMED)
    lost = SourceRow(name="spot/coinbase", state="down", note="not connected")
    desk.status = status_row(exchange_ns=NOW_NS, sources=(lost,), feeds=(LIVE_FEED,))
    value = ObservationRow("spot", "BTC-USD", "95000", said_ns, said_ns, ("BRTI",), "coinbase")
    index = IndexRow("BRTI", "95000", NOW_NS, NOW_NS)
    desk.topics |= {OUTSIDE: OutsideRows((value,)), INDEX: IndexRows((index,))}
    waits = {row["condition_id"]: row["waits"] for row in sparko("cond", "list", "--json").document}
    assert waits.pop("aaaa").endswith(" old; source spot/coinbase is down: not connected")
    assert waits == {"bbbb": None, "cccc": "waits: no value of SOL-USD has come yet", "4b1c9a52-1": None}
    table = sparko("cond", "list").out.splitlines()
    assert sum(line.startswith("  waits: ") for line in table) == 2
    assert max(len(line) for line in table) <= 80


def test_the_list_says_which_book_or_forecast_cannot_be_seen(sparko: Any, desk: FakeControl) -> None:
    def waits() -> list[str | None]:
        return [row["waits"] for row in sparko("cond", "list", "--json").document]

    forecast = Trigger(Source.FORECAST, Crossing.AT_OR_BELOW, 4_200, key="100")
    desk.conditions = (
        ARMED,
        msgspec.structs.replace(ARMED, terms=ConditionTerms(forecast, BUY_NO), condition_id="f"),
    )
    assert waits() == [None, "waits: the forecaster has not scanned yet"]
    desk.topics = {WATCH: WatchRows(quotes=(msgspec.structs.replace(QUOTE, is_fresh=False),))}
    desk.scan = ScanRow(state="down", problem="no server")
    assert waits() == [f"waits: the book of {TICKER} is stale", "waits: forecasts are down: no server"]
    desk.topics, desk.scan = {WATCH: WatchRows()}, ScanRow(state="ok")
    assert waits() == [f"waits: no book of {TICKER} is followed", None]
    desk.status = status_row(exchange_ns=NOW_NS)
    assert waits() == ["waits: the exchange's feed is not live", None]


@pytest.mark.parametrize(("word", "state"), [("disable", "disabled"), ("enable", "armed"), ("rm", "removed")])
def test_changes_by_the_beginning_of_an_id(sparko: Any, desk: FakeControl, word: str, state: str) -> None:
    ran = sparko("cond", word, "4b1c")
    assert (ran.code, ran.document["state"]) == (0, state)
    change = "remove" if word == "rm" else word
    assert desk.commands[0].body == ChangeCondition("4b1c9a52-1", change)


def test_a_beginning_of_several_is_refused(sparko: Any, desk: FakeControl) -> None:
    desk.conditions = (ARMED, msgspec.structs.replace(ARMED, condition_id="4b1c0000-1"))
    ran = sparko("cond", "rm", "4b1c")
    assert (ran.code, desk.commands) == (1, [])
    assert "may be 4b1c9a52-1 or 4b1c0000-1" in ran.line


def test_a_slot_is_set_listed_and_emptied(sparko: Any, desk: FakeControl) -> None:
    ran = sparko(*SET, "--tp", "75", "--expires", "2026-11-20 12:00")
    assert ran.document == {
        "slot": 3,
        "ticker": TICKER,
        "do": "buy no 10 @ 60",
        "take_profit": "75",
        "stop_loss": None,
        "expires_time": "2026-11-20T17:00:00Z",
    }
    desk.loads = (LoadRow(slot=3, ticket=BUY_NO, expires_ns=NOW_NS),)
    assert sparko("load", "list", "--json").document[0]["slot"] == 3
    assert "buy no 10 @ 60" in sparko("load", "list").out
    assert sparko("load", "rm", "3").document == {"slot": 3, "ticker": None}
    assert desk.commands[-1].body == SetLoad(3, None)
    desk.loads = ()
    assert "Every slot is empty." in sparko("load", "list").out
    assert sparko("load", "rm", "10").code == 2


def test_a_slot_is_fired_and_told_like_an_order(sparko: Any, desk: FakeControl) -> None:
    def filled(request: CommandRequest) -> Sequence[Frame]:
        body = request.body
        assert isinstance(body, FireLoad)
        order = order_row(client_order_id=body.client_order_id, **FILLED)
        state = AnswerState.ACCEPTED
        return [CommandAnswer(request.command_id, state, body.client_order_id, order=order)]

    desk.script = filled
    ran = sparko("load", "fire", "3")
    assert (ran.code, ran.document["status"], ran.document["filled"]) == (0, "filled", 10)
    desk.script = denied("LOAD_EMPTY", "load 3: is empty; put a ticket in first")
    ran = sparko("load", "fire", "3")
    assert (ran.code, ran.document["deny_code"]) == (1, "LOAD_EMPTY")
    assert ran.line.endswith("what is loaded: sparko load list")


def leg(ticker: str, strike: str, bid_bp: int, ask_bp: int) -> LegRow:
    market = MarketRow(
        ticker=ticker,
        event_ticker="KXBTCD-26NOV2011",
        series_ticker="KXBTCD",
        title="",
        status=MarketStatus.ACTIVE,
        close_ns=NOW_NS + HOUR_NS,
        strike=Strike(StrikeType.GREATER, floor=Decimal(strike)),
    )
    return LegRow(market, QuoteRow(ticker, bid_bp, 100, ask_bp, 100))


@pytest.mark.parametrize(
    ("words", "became"),
    [
        (("order", "KXBTCD@now:atm", "--side", "yes", "--count", "1", "--price", "50"), "KXBTCD-B"),
        (("close", "kxbtcd@now:76200"), "KXBTCD-A"),
        (("load", "set", "1", "KXBTCD@now:atm", "--do", "buy yes 1 @ 50"), "KXBTCD-B"),
        (("cond", "add", "KXBTCD@now:atm", *ADD[3:]), "KXBTCD-B"),
        (("cond", "add", TICKER, "--when", "KXBTCD@now:76200 mid<=3", *ADD[5:]), "KXBTCD-A"),
    ],
)
def test_a_name_of_a_moving_market_becomes_its_ticker_and_is_said(
    sparko: Any, desk: FakeControl, words: tuple[str, ...], became: str
) -> None:
    desk.rows["markets"] = [
        leg("KXBTCD-A", "76199.99", 8_000, 8_200),
        leg("KXBTCD-B", "76299.99", 4_800, 5_100),
        leg("KXBTCD-C", "76399.99", 900, 1_100),
    ]
    ran = sparko(*words)
    assert f" is {became}" in ran.err.splitlines()[0]
    body = desk.commands[0].body
    match body:
        case PlaceOrder() | ClosePosition():
            assert body.ticker == became
        case SetLoad():
            assert body.ticket is not None
            assert body.ticket.ticker == became
        case AddCondition():
            assert became in (body.terms.ticket.ticker, body.terms.trigger.ticker)
        case _:
            raise AssertionError(body)


def test_a_name_that_means_nothing_is_refused_before_anything_is_asked(
    sparko: Any, desk: FakeControl
) -> None:
    ran = sparko("close", "KXBTCD@now:atm")
    assert (ran.code, desk.commands) == (1, [])
    assert "0 open events" in ran.line
    assert sparko("close", "KXBTCD@noon:atm").code == 2
    assert sparko("event", "KXBTCD@now:atm").code == 2
