from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from tui_desk import EVENT, NOON_NS, FakeTie, StillClock, cash, full_desk, market, status, tell_all

from console.tui.desk import Desk
from console.tui.lookups import CANDLES_KEPT
from engine.control.attachment import TieState
from engine.control.errors import NoAnswer
from engine.control.protocol import DESK, WATCH, BookRows, DeskRows, WatchRows, book_topic
from engine.control.queries import CandlesArgs, FactsArgs
from engine.control.rows.markets import TradeRow
from engine.control.rows.status import FeedRow
from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import Leg
from engine.domain.units import SECOND_NS

TICKER = f"{EVENT}-T95000"


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_the_exchanges_time_goes_on_between_words() -> None:
    desk, _, clock = full_desk()
    clock.advance(0.25)
    assert desk.now_ns == NOON_NS + SECOND_NS // 4
    assert desk.eastern().strftime("%H:%M:%S") == "14:02:11"


def test_a_fast_exchange_is_followed_at_its_speed() -> None:
    desk, tie, clock = full_desk()
    clock.advance(1)
    tie.tell(DESK, DeskRows(status(exchange_ns=NOON_NS + 600 * SECOND_NS)))
    clock.advance(0.5)
    assert desk.now_ns == NOON_NS + 900 * SECOND_NS


def test_ages_are_of_the_last_change_and_unknown_before_any() -> None:
    desk, _, clock = full_desk()
    clock.advance(2)
    assert desk.age_s(WATCH) == 2
    assert desk.age_s("book:NOTHING") is None


def test_a_book_is_stale_when_the_engine_says_so_and_when_it_is_silent() -> None:
    desk, tie, clock = full_desk()
    assert not desk.is_stale(book_topic(TICKER))
    tie.tell(book_topic(TICKER), BookRows(is_fresh=False, stale_reason="gap"))
    assert desk.is_stale(book_topic(TICKER))
    tell_all(tie)
    clock.advance(3.1)
    assert desk.is_stale(book_topic(TICKER))
    assert desk.is_stale(DESK)


def test_quotes_are_stale_while_the_feed_is() -> None:
    desk, tie, _ = full_desk()
    assert not desk.is_stale(WATCH)
    tie.tell(DESK, DeskRows(status(feeds=(FeedRow("exchange", "stale", 5 * SECOND_NS),))))
    assert desk.is_stale(WATCH)
    assert not desk.is_stale(DESK)


def test_a_lost_engine_makes_everything_stale_and_says_why() -> None:
    desk, tie, clock = full_desk()
    tie.lose("the engine closed the connection")
    clock.advance(7)
    assert not desk.is_attached
    assert desk.lost_text == "the engine closed the connection"
    assert desk.lost_s == 7
    assert desk.is_stale(DESK)
    assert desk.position(TICKER) is not None
    tie.come_back()
    assert desk.lost_s is None


def test_before_the_first_engine_nothing_is_lost() -> None:
    desk = Desk(FakeTie(TieState.SEEKING), StillClock())
    assert not desk.was_attached
    assert desk.lost_s is None
    assert desk.lost_text == "looking for the engine"


def test_legs_are_by_strike_and_events_by_close() -> None:
    desk, tie, _ = full_desk()
    late = market(90_000, ticker="KXETH-9-T3", event_ticker="KXETH-9", close_ns=NOON_NS)
    odd = [market(strike) for strike in (100_000, 9_000)]
    tie.tell(WATCH, WatchRows((*odd, late), ()))
    assert [leg.ticker.rpartition("-")[2] for leg in desk.legs_of(EVENT)] == ["T9000", "T100000"]
    assert desk.events() == ("KXETH-9", EVENT)


def test_loading_a_market_follows_its_topics_and_its_events_books() -> None:
    desk, _, _ = full_desk()
    of_market = {book_topic(TICKER), f"tape:{TICKER}", f"forecast:{TICKER}"}
    assert of_market | {"index", "watch", "log", "outside"} == set(desk.topics())
    desk.set_starred(("OTHER",))
    assert desk.watched()[0] == TICKER
    assert set(desk.watched()) == {leg.ticker for leg in desk.legs_of(EVENT)} | {"OTHER"}


def test_loading_an_event_takes_its_leg_nearest_the_money_unless_one_is_loaded() -> None:
    desk, _, _ = full_desk()
    away = f"{EVENT}-T94500"
    assert {away, TICKER} < {leg.ticker for leg in desk.legs_of(EVENT)}
    desk.load(away)
    desk.load_event(EVENT)
    assert desk.loaded == away
    desk.loaded = ""
    desk.load_event(EVENT)
    assert desk.loaded == TICKER


async def test_what_is_loaded_is_fetched_once() -> None:
    desk, tie, _ = full_desk()
    candle = Candlestick(NOON_NS // SECOND_NS, Ohlc(), Ohlc(), Ohlc(), None, None, 0, 0)
    tie.answers = {"candles": (candle,), "trades": (), "facts": ()}
    for _ in range(4):
        desk.pump()
        await settle()
    asked = [args for kind, args in tie.asked if kind == "candles"]
    end_s = NOON_NS // SECOND_NS
    assert asked == [CandlesArgs(TICKER, 60, end_s - CANDLES_KEPT * 3_600, end_s)]
    assert desk.candles[TICKER, 60].candles == (candle,)
    legs = [args.ticker for kind, args in tie.asked if isinstance(args, FactsArgs)]
    assert sorted(legs) == sorted(leg.ticker for leg in desk.legs_of(EVENT))


async def test_candles_are_fetched_anew_after_their_period() -> None:
    desk, tie, clock = full_desk()
    tie.answers = {"candles": (), "trades": (), "facts": ()}
    desk.set_period(1)
    for seconds in (0, 30, 60):
        clock.advance(seconds)
        desk.pump()
        await settle()
        desk.pump()
        await settle()
    assert sum(kind == "candles" for kind, _ in tie.asked) == 2


async def test_candles_of_a_fast_exchange_are_fetched_anew_as_soon_as_it_is_worth_it() -> None:
    desk, tie, clock = full_desk()
    tie.answers = {"candles": (), "trades": (), "facts": ()}
    desk.set_period(1)
    exchange_ns = NOON_NS
    for _ in range(12):
        clock.advance(1)
        exchange_ns += 600 * SECOND_NS
        tie.tell(DESK, DeskRows(status(exchange_ns=exchange_ns), cash()))
        desk.pump()
        await settle()
    asked = [args.end_s for kind, args in tie.asked if kind == "candles"]
    assert [late - early for early, late in pairwise(asked)] == [5 * 600, 5 * 600]


async def test_a_failed_query_is_said_and_asked_again_later_each_time() -> None:
    desk, tie, clock = full_desk()
    tie.answers = {"candles": NoAnswer("query candles", 15), "trades": (), "facts": ()}
    counts = []
    for seconds in (0, 0.5, 0.6, 1.1, 1.0):
        clock.advance(seconds)
        for _ in range(3):
            desk.pump()
            await settle()
        counts.append(sum(kind == "candles" for kind, _ in tie.asked))
    assert counts == [1, 1, 2, 2, 3]
    assert desk.failure("candles", TICKER, 60) == "query candles: no answer within 15 s"
    tie.answers["candles"] = ()
    clock.advance(4.1)
    desk.pump()
    await settle()
    assert desk.failure("candles", TICKER, 60) == ""


async def test_a_returned_engine_is_asked_anew() -> None:
    desk, tie, _ = full_desk()
    tie.answers = {"candles": (), "trades": (), "facts": ()}
    for _ in range(3):
        desk.pump()
        await settle()
    before = len(tie.asked)
    tie.lose()
    desk.pump()
    await settle()
    assert len(tie.asked) == before
    tie.come_back()
    for _ in range(3):
        desk.pump()
        await settle()
    assert len(tie.asked) == 2 * before


@pytest.mark.parametrize("fetched_first", [True, False])
def test_trades_are_shown_once_newest_first(fetched_first: bool) -> None:
    desk, _, _ = full_desk()
    trades = [TradeRow(f"t{n}", TICKER, 5_700, 100, Leg.YES, NOON_NS + n) for n in range(3)]
    desk.trades[TICKER] = (trades[1], trades[0])
    desk.replica.tapes = {TICKER: trades[1:] if fetched_first else trades}  # type: ignore[attr-defined]
    assert [trade.trade_id for trade in desk.tape(TICKER)] == ["t2", "t1", "t0"]
