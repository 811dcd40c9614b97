"""What a conditional order looks at: prices of either leg, the last trade, an index, the time."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from condition_bench import CHEAP, LOW, add, bench, book, state, terms
from core_bench import OTHER, START, TICKER, of

from engine.core.effects import SubmitOrder, WatchIndexes
from engine.core.facts.prepared import ConditionMoved
from engine.domain.command import AddCondition
from engine.domain.feed import BookFresh, Channel, FeedAlive, IndexSeen, TickerQuote
from engine.domain.order import Leg
from engine.domain.trigger import Crossing, Source, Trigger
from engine.domain.units import HOUR_NS, SECOND_NS


@pytest.mark.parametrize(
    ("trigger", "bid_bp", "ask_bp"),
    [
        (Trigger(Source.BID, Crossing.AT_OR_ABOVE, 5_200), 5_200, 5_400),
        (Trigger(Source.ASK, Crossing.AT_OR_BELOW, 4_800), 4_600, 4_800),
        (Trigger(Source.ASK, Crossing.AT_OR_ABOVE, 5_300), 5_000, 5_300),
        (Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_700, Leg.NO), 5_100, 5_300),
        (Trigger(Source.ASK, Crossing.AT_OR_ABOVE, 5_400, Leg.NO), 4_600, 4_800),
        (Trigger(Source.MID, Crossing.AT_OR_ABOVE, 5_050), 5_000, 5_100),
        (Trigger(Source.MID, Crossing.AT_OR_BELOW, 4_950, Leg.NO), 5_000, 5_100),
    ],
)
def test_prices_of_either_leg(trigger: Trigger, bid_bp: int, ask_bp: int) -> None:
    desk = bench()
    assert add(desk, trigger=trigger, ticket=CHEAP) == ""
    assert book(desk, 4_900, 5_100) == []
    (sent,) = book(desk, bid_bp, ask_bp)
    assert sent.request.client_order_id == "k1-o"


def test_a_mid_between_two_basis_points_is_not_rounded_to_its_level() -> None:
    desk = bench()
    assert add(desk, trigger=Trigger(Source.MID, Crossing.AT_OR_BELOW, 4_950)) == ""
    assert book(desk, 4_900, 5_001) == []
    (sent,) = book(desk, 4_899, 5_001)
    assert sent.request.client_order_id == "k1-o"


def quote(last_bp: int | None, ticker: str = TICKER) -> TickerQuote:
    return TickerQuote(ticker, last_bp, 4_900, 5_100, 100, 100, 100, 1_000, 1_000, START)


def test_the_last_trade_of_either_leg() -> None:
    desk = bench()
    desk.feed(quote(5_000))
    assert add(desk, "k1", trigger=Trigger(Source.LAST, Crossing.AT_OR_ABOVE, 5_500)) == ""
    assert add(desk, "k2", trigger=Trigger(Source.LAST, Crossing.AT_OR_BELOW, 4_500, Leg.NO)) == ""
    assert of(desk.feed(quote(None)).effects, SubmitOrder) == []
    assert of(desk.feed(quote(5_499)).effects, SubmitOrder) == []
    desk.feed(quote(5_500))
    assert (state(desk, "k1"), state(desk, "k2")) == ("fired", "fired")


def test_time_fires_at_its_time() -> None:
    desk = bench()
    at = START + HOUR_NS
    assert add(desk, trigger=Trigger(Source.TIME, Crossing.AT_OR_ABOVE, at)) == ""
    desk.wait(HOUR_NS - 1)
    desk.feed(FeedAlive())
    assert state(desk) == "armed"
    assert len(of(desk.wait(1).effects, SubmitOrder)) == 1
    past = terms(trigger=Trigger(Source.TIME, Crossing.AT_OR_ABOVE, desk.at))
    assert desk.answer(AddCondition("k2", past)).deny_code == "ALREADY_TRUE"


def index(value: str, name: str = "BRTI") -> IndexSeen:
    return IndexSeen(Channel.INDEX, name, Decimal(value), None, START)


def test_an_index_is_asked_for_while_a_condition_looks_at_it() -> None:
    desk = bench()
    above = Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 7_620_000, key="BRTI")
    answer = desk.answer(AddCondition("k1", terms(trigger=above)))
    assert "not known yet" in answer.text
    assert of(desk.effects, WatchIndexes) == [WatchIndexes(("BRTI",))]
    desk.feed(index("76300.5"))
    assert state(desk) == "armed", "it was not seen below yet"
    desk.feed(index("76199.999"))
    desk.feed(index("76500", "ETHUSD_RTI"))
    assert state(desk) == "armed"
    desk.feed(index("76200.00"))
    assert state(desk) == "fired"
    assert of(desk.effects, WatchIndexes)[-1] == WatchIndexes(())


def test_an_index_that_fell_silent_fires_nothing() -> None:
    desk = bench()
    add(desk, trigger=Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 7_620_000, key="BRTI"))
    desk.feed(index("76000"))
    desk.feed(BookFresh(TICKER, ((4_900, 100),), (), None))
    desk.feed(index("76300"))
    desk.wait(6 * SECOND_NS)
    assert book(desk, 4_900, 5_100) == []
    desk.wait(SECOND_NS)
    assert state(desk) == "armed"


def test_another_markets_price_may_trigger() -> None:
    desk = bench()
    add(desk, trigger=msgspec.structs.replace(LOW, ticker=OTHER))
    assert book(desk, 4_400, 4_600) == []
    book(desk, 4_900, 5_100)
    (sent,) = book(desk, 4_300, 4_600, OTHER)
    assert sent.request.ticker == TICKER
    numbers = of(desk.changes, ConditionMoved)[-1].numbers
    assert (numbers["bid_bp"], numbers["order_bid_bp"]) == (4_300, 4_900)
