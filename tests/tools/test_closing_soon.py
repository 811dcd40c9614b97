"""An order in a market that closes within two minutes is sent, and a note says how long is left."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from fake_control import FakeControl, status_row
from told_orders import FILLED, KEYS, TICKER, answered, order_row

from engine.control.protocol import AnswerState
from engine.control.rows.markets import LegRow, MarketRow, QuoteRow
from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS

BUY = ("order", TICKER, "--side", "yes", "--count", "10", "--price", "57")
NOON = 1_795_176_000 * SECOND_NS


def closes_in(engine: FakeControl, seconds: int) -> None:
    """The market of the order, and one whose ticker only begins like it and that closes at once."""
    market = MarketRow(
        ticker=TICKER,
        event_ticker="E",
        series_ticker="S",
        title="",
        status=MarketStatus.ACTIVE,
        close_ns=NOON + seconds * SECOND_NS,
    )
    other = msgspec.structs.replace(market, ticker=f"{TICKER}9", close_ns=NOON + SECOND_NS)
    engine.status = status_row(exchange_ns=NOON)
    engine.rows["markets"] = [LegRow(each, QuoteRow(each.ticker)) for each in (other, market)]


def test_a_note_beside_an_order_that_was_taken(sparko: Any, engine: FakeControl) -> None:
    closes_in(engine, 95)
    engine.script = answered(order_row(**FILLED))
    for words in (BUY, ("close", TICKER)):
        ran = sparko(*words, "--json")
        assert (ran.code, ran.err) == (0, "note: the market closes in 95 s\n")
        assert (list(ran.document), ran.document["status"]) == (KEYS, "filled")


@pytest.mark.parametrize("seconds", [121, -1])
def test_no_note_when_there_is_time_or_none(sparko: Any, engine: FakeControl, seconds: int) -> None:
    closes_in(engine, seconds)
    engine.script = answered(order_row())
    assert sparko(*BUY, "--json").err == ""


def test_a_refusal_is_one_line_all_the_same(sparko: Any, engine: FakeControl) -> None:
    closes_in(engine, 95)
    engine.script = answered(None, state=AnswerState.DENIED, deny_code="COLLAR", text="price: wanted less")
    ran = sparko(*BUY, "--json")
    assert (ran.code, ran.line[:20]) == (1, "price: wanted less (")
