"""What is made of Coinbase's messages and of the settlement index, message by message."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from coinbase_words import TIME, TIME_NS, match, message, rest_trade, trades
from collecting import NOW_NS, body, told, values

from collectors.polling import Errand
from collectors.spot.candles import CoinbaseCandles
from collectors.spot.coinbase import Coinbase
from collectors.spot.coinbase_exchange import CoinbaseExchange
from collectors.spot.index import IndexTaker
from collectors.spot.lead import Lead
from collectors.spot.missed_trades import MissedTrades
from collectors.taking import FaultKind, SourceFault
from engine.domain.feed import Channel, IndexSeen
from engine.domain.units import SECOND_NS


def opened() -> Coinbase:
    source = Coinbase(("BTC-USD",))
    source.opening()
    return source


def test_every_channel_is_asked_for_with_heartbeats_first() -> None:
    asks = [msgspec.json.decode(text) for text in Coinbase(("BTC-USD", "ETH-USD")).opening()]
    assert [ask["channel"] for ask in asks] == ["heartbeats", "ticker", "market_trades"]
    assert asks[1]["product_ids"] == ["BTC-USD", "ETH-USD"]


def test_a_trade_is_taken_once_and_told_in_order() -> None:
    source = opened()
    first = source.take(trades(0, 1, 2, kind="snapshot"), NOW_NS)
    again = source.take(trades(1, 2, 3), NOW_NS)
    assert values(first.rows, "id", "value", "value_text") == [
        ("1", 78001.1, "78001.10"),
        ("2", 78002.1, "78002.10"),
    ]
    assert told(first) == [("spot", "BTC-USD", "78001.1"), ("spot", "BTC-USD", "78002.1")]
    assert values(again.rows, "id", "source_ns", "received_ns") == [("3", TIME_NS, NOW_NS)]
    assert again.repeats == 1
    assert first.told[0].about == ("BRTI",)  # type: ignore[union-attr]


def test_a_jump_of_the_numbers_is_a_gap_and_wants_a_new_connection() -> None:
    source = opened()
    source.take(trades(7, 1), NOW_NS)
    taken = source.take(trades(11, 2), NOW_NS)
    assert [fault.line for fault in taken.faults] == ["gap: 3 messages missing before number 11"]
    assert taken.reconnect
    assert len(taken.rows) == 1, "what came is kept"
    source.opening()
    assert not source.take(trades(0, 3), NOW_NS).faults, "a new connection counts anew"


def test_a_message_that_came_before_is_passed_over() -> None:
    source = opened()
    source.take(trades(0, 1), NOW_NS)
    source.take(trades(1, 2), NOW_NS)
    taken = source.take(trades(0, 9), NOW_NS)
    assert (taken.rows, taken.repeats) == ([], 1)


def test_a_quote_has_a_middle_unless_it_is_crossed_or_one_sided() -> None:
    def quote(number: int, bid: str, ask: str) -> list[tuple[str, str, str]]:
        ticker = {"product_id": "BTC-USD", "price": "78000.5", "best_bid": bid, "best_ask": ask}
        return told(source.take(message(number, "ticker", {"type": "update", "tickers": [ticker]}), NOW_NS))

    source = opened()
    assert quote(0, "78000", "78001") == [("spot", "BTC-USD", "78000.5"), ("spot_mid", "BTC-USD", "78000.5")]
    assert quote(1, "78002", "78001") == [("spot", "BTC-USD", "78000.5")]
    assert quote(2, "", "78001") == [("spot", "BTC-USD", "78000.5")]


@pytest.mark.parametrize(
    "text",
    [
        b"<html>",
        b"[]",
        b'{"channel":"ticker","timestamp":"x","sequence_num":0,"events":[{"tickers":[{"price":"1"}]}]}',
        message(0, "market_trades", {"trades": [{"trade_id": "1"}]}),
        trades(0, 1).replace(b"78001.10", b"-1"),
        trades(0, 1).replace(b"78001.10", b"NaN"),
        trades(0, 1).replace(TIME.encode(), b"yesterday"),
    ],
)
def test_another_shape_is_refused(text: bytes) -> None:
    with pytest.raises(SourceFault) as caught:
        opened().take(text, NOW_NS)
    assert caught.value.fault.kind is FaultKind.SHAPE


@pytest.mark.parametrize("source", [Coinbase(("BTC-USD",)), CoinbaseExchange(("BTC-USD",))])
def test_an_error_of_the_source_ends_the_connection(source: Coinbase | CoinbaseExchange) -> None:
    taken = source.take(b'{"type":"error","message":"Failed to subscribe","reason":"FOO is no product"}', 1)
    assert taken.faults[0].kind is FaultKind.ERROR_TEXT
    assert taken.reconnect.startswith("refused: Failed to subscribe")


def test_trades_of_the_older_feed_are_missed_by_their_numbers() -> None:
    source = CoinbaseExchange(("BTC-USD",))
    assert not source.take(match(10, "last_match"), NOW_NS).faults
    assert not source.take(match(11), NOW_NS).faults
    taken = source.take(match(15), NOW_NS)
    assert [fault.line for fault in taken.faults] == ["gap: BTC-USD: 3 trades missing before 15"]
    assert not taken.reconnect
    assert source.take(match(15, "last_match"), NOW_NS).repeats == 1
    assert not source.take(b'{"type":"heartbeat","sequence":3,"product_id":"BTC-USD"}', NOW_NS).is_data


def test_the_settlement_index_is_taken_once_with_its_averages() -> None:
    taker = IndexTaker()
    seen = IndexSeen(
        Channel.INDEX,
        "BRTI",
        Decimal("78012.34"),
        TIME_NS,
        NOW_NS,
        Decimal("78010.1"),
        Decimal("78009.5"),
        31,
    )
    taken = taker.take(seen, NOW_NS)
    assert told(taken) == [
        ("index", "BRTI", "78012.34"),
        ("index_average", "BRTI", "78010.1"),
        ("settlement_average", "BRTI", "78009.5"),
    ]
    assert values(taken.rows, "source", "id", "window_average_text", "window_count") == [
        ("kalshi", str(TIME_NS), "78009.5", 31)
    ]
    assert taker.take(seen, NOW_NS + 1).repeats == 1


def test_candles_that_are_over_are_taken_and_again_only_if_they_changed() -> None:
    source = CoinbaseCandles(("BTC-USD",), "https://x.example")
    errand: Errand = source.errands(NOW_NS)[0]
    minute = NOW_NS // SECOND_NS // 60 * 60
    open_now = [minute, 1.0, 2.0, 1.5, 1.5, 3]
    over = [minute - 60, 78000.12, 78010.5, 78001, 78002.34, 0.5]
    first = source.take(errand, body(msgspec.json.encode([open_now, over])))
    assert values(first.rows, "start_s", "low", "high", "close") == [
        (minute - 60, 78000.12, 78010.5, 78002.34)
    ]
    assert source.take(errand, body(msgspec.json.encode([over]))).repeats == 1
    over[5] = 0.6
    assert len(source.take(errand, body(msgspec.json.encode([over]))).rows) == 1


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"message":"NotFound"}', FaultKind.ERROR_TEXT),
        (b'{"candles":[]}', FaultKind.SHAPE),
        (b"[[1,2,3]]", FaultKind.SHAPE),
        (b"[[1794999900,5,2,3,3,1]]", FaultKind.SHAPE),
    ],
)
def test_candles_of_another_shape_are_refused(data: bytes, kind: FaultKind) -> None:
    source = CoinbaseCandles(("BTC-USD",), "https://x.example")
    with pytest.raises(SourceFault) as caught:
        source.take(source.errands(NOW_NS)[0], body(data))
    assert caught.value.fault.kind is kind


def test_the_second_source_speaks_while_the_first_is_silent() -> None:
    now = [0]
    lead = Lead(("first", "second"), 5 * SECOND_NS, lambda: now[0])
    assert lead.is_led_by("second", "BTC-USD"), "nobody else has spoken"
    assert lead.is_led_by("first", "BTC-USD")
    now[0] = 5 * SECOND_NS
    assert not lead.is_led_by("second", "BTC-USD")
    assert lead.is_led_by("second", "ETH-USD")
    now[0] += 1
    assert lead.is_led_by("second", "BTC-USD")
    assert lead.is_led_by("first", "BTC-USD")
    assert not lead.is_led_by("second", "BTC-USD")


def test_trades_that_no_connection_brought_are_asked_for_until_there_are_none() -> None:
    source = opened()
    source.take(trades(0, 1, 2), NOW_NS)
    source.opening()
    taken = source.take(trades(0, 2_600, kind="snapshot"), NOW_NS)
    assert [fault.line for fault in taken.faults] == ["gap: BTC-USD: 2597 trades missing before 2600"]
    missed = MissedTrades(("BTC-USD",), [source.holes], "https://x.example")

    def ask(*there: range) -> tuple[int, list[str]]:
        (errand,) = missed.errands(NOW_NS)
        newest = int(errand.request.params["after"]) - 1
        found = [number for part in there for number in part if number <= newest]
        page = sorted(found, reverse=True)[:1_000]
        answer = missed.take(errand, body(msgspec.json.encode([rest_trade(number) for number in page])))
        return len(answer.rows), [fault.line for fault in answer.faults]

    assert ask(range(1, 2_601)) == (1_000, [])
    source.take(trades(1, 1_598, 1_599), NOW_NS)
    assert ask(range(1, 2_601)) == (1_000, []), "from the newest that is missing"
    assert source.holes.newest("BTC-USD") == 597
    assert ask(range(100, 2_601)) == (498, ["gap: BTC-USD: 97 trades are missing for good"])
    assert missed.errands(NOW_NS) == []


def test_a_list_of_trades_that_does_not_begin_where_it_was_asked_to_is_refused() -> None:
    source = opened()
    source.take(trades(0, 1, 9), NOW_NS)
    missed = MissedTrades(("BTC-USD",), [source.holes], "https://x.example")
    (errand,) = missed.errands(NOW_NS)
    page = msgspec.json.encode([rest_trade(number) for number in range(2_000, 1_000, -1)])
    with pytest.raises(SourceFault, match="asked for trades up to 8, got 2000"):
        missed.take(errand, body(page))
    assert source.holes.count("BTC-USD") == 7
