"""Tickers, prints, lifecycles and indices."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from stream_harness import ASK, BID, CLOSE_NS, START_NS, Bench, small_market

from engine.domain.fee import FeeType
from engine.domain.market import Event, Strike, StrikeType
from engine.domain.units import MINUTE_NS, SECOND_NS
from engine.sandbox.core.feed import IndexValue
from engine.wire.stream import IndexList, IndexValueFrame, Ok, Ticker, TradePrint

NOW_MS = START_NS // 1_000_000


def test_a_ticker_has_every_field_of_the_wire() -> None:
    bench = Bench()
    bench.order("ann", BID, 4_000, 1_000)
    bench.order("bob", ASK, 6_000, 500)
    client = bench.client()
    client.send("subscribe", {"channels": ["ticker"], "market_tickers": ["M"], "send_initial_snapshot": True})
    record = bench.exchange.markets["M"]
    expected = {
        "market_ticker": "M",
        "market_id": record.market_id,
        "price_dollars": "0.0000",
        "yes_bid_dollars": "0.4000",
        "yes_ask_dollars": "0.6000",
        "yes_bid_size_fp": "10.00",
        "yes_ask_size_fp": "5.00",
        "last_trade_size_fp": "0.00",
        "volume_fp": "0.00",
        "open_interest_fp": "0.00",
        "dollar_volume": 0,
        "dollar_open_interest": 0,
        "ts": START_NS // SECOND_NS,
        "ts_ms": NOW_MS,
        "time": "2026-09-21T14:13:20Z",
    }
    _, first = client.messages()
    assert first == {"type": "ticker", "sid": 1, "sending_ts_ms": NOW_MS, "msg": expected}
    bench.order("cat", BID, 6_000, 400)
    (second,) = client.messages()
    assert second["msg"] == expected | {
        "price_dollars": "0.6000",
        "yes_ask_size_fp": "1.00",
        "last_trade_size_fp": "4.00",
        "volume_fp": "4.00",
        "open_interest_fp": "4.00",
        "dollar_volume": record.dollar_volume_ud // 1_000_000,
        "dollar_open_interest": 2,
    }


def test_an_empty_book_ticks_a_bid_of_nothing_and_an_ask_of_a_dollar() -> None:
    client = Bench().client()
    _, ticker = client.subscribe("ticker", market_tickers=["M"], send_initial_snapshot=True)
    assert isinstance(ticker, Ticker)
    shown = ticker.msg
    assert (shown.yes_bid_dollars, shown.yes_ask_dollars, shown.yes_bid_size_fp, shown.yes_ask_size_fp) == (
        "0.0000",
        "1.0000",
        "0.00",
        "0.00",
    )


def test_tickers_come_for_every_market_when_none_is_named_and_only_when_something_changed() -> None:
    bench = Bench("A", "B")
    client = bench.client()
    assert len(client.subscribe("ticker")) == 1
    bench.order("ann", BID, 4_000, 100, "B")
    bench.order("ann", BID, 3_000, 100, "B")
    bench.order("ann", BID, 4_100, 100, "A")
    frames = client.frames()
    assert [(f.msg.market_ticker, f.msg.yes_bid_dollars) for f in frames if isinstance(f, Ticker)] == [
        ("B", "0.4000"),
        ("A", "0.4100"),
    ]


def test_a_print_is_sequenced_and_shown_on_both_legs() -> None:
    bench = Bench()
    client = bench.client()
    client.subscribe("trade")
    bench.order("ann", BID, 4_000, 1_000)
    bench.order("bob", ASK, 4_000, 250)
    bench.order("ann", ASK, 7_000, 100)
    bench.order("bob", BID, 7_000, 100)
    first, second = client.messages()
    assert first == {
        "type": "trade",
        "sid": 1,
        "seq": 1,
        "sending_ts_ms": NOW_MS,
        "msg": {
            "trade_id": bench.exchange.trades_of("M")[0].trade_id,
            "market_ticker": "M",
            "yes_price_dollars": "0.4000",
            "no_price_dollars": "0.6000",
            "count_fp": "2.50",
            "taker_side": "no",
            "taker_outcome_side": "no",
            "taker_book_side": "ask",
            "is_block_trade": False,
            "ts": START_NS // SECOND_NS,
            "ts_ms": NOW_MS,
        },
    }
    assert (second["seq"], second["msg"]["taker_outcome_side"]) == (2, "yes")


def test_prints_of_named_markets_only() -> None:
    bench = Bench("A", "B")
    client = bench.client()
    client.subscribe("trade", market_tickers=["A"])
    for ticker in ("A", "B", "A"):
        bench.order("ann", BID, 4_000, 100, ticker)
        bench.order("bob", ASK, 4_000, 100, ticker)
    seen = [(f.msg.market_ticker, f.seq) for f in client.frames() if isinstance(f, TradePrint)]
    assert seen == [("A", 1), ("A", 2)]


def test_the_life_of_a_market() -> None:
    bench = Bench("M")
    exchange = bench.exchange
    client = bench.client()
    client.subscribe("market_lifecycle_v2")
    exchange.list_event(Event("EV2", "SER", "title", "sub", mutually_exclusive=True, strike_ns=CLOSE_NS))
    new = msgspec.structs.replace(
        small_market("N"), event_ticker="EV2", strike=Strike(StrikeType.GREATER, floor=Decimal("100.25"))
    )
    exchange.list_market(new)
    exchange.deactivate("M")
    exchange.activate("M")
    exchange.update_strike("N", Strike(StrikeType.GREATER, floor=Decimal(101)))
    exchange.update_close("N", CLOSE_NS + MINUTE_NS)
    exchange.advance(CLOSE_NS + SECOND_NS)
    exchange.determine("M", 10_000)
    exchange.advance(CLOSE_NS + 10 * MINUTE_NS)
    bench.publish()
    frames = client.messages()
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert frames[0]["type"] == "event_lifecycle"
    assert frames[0]["msg"] == {
        "event_ticker": "EV2",
        "exchange_index": 0,
        "title": "title",
        "subtitle": "sub",
        "collateral_return_type": "MECNET",
        "series_ticker": "SER",
        "strike_date": CLOSE_NS // SECOND_NS,
    }
    assert {frame["type"] for frame in frames[1:]} == {"market_lifecycle_v2"}
    created, off, on, strike, close, determined, settled = [frame["msg"] for frame in frames[1:]]
    assert created == {
        "event_type": "created",
        "market_ticker": "N",
        "exchange_index": 0,
        "open_ts": new.open_ns // SECOND_NS,
        # A lifecycle message says how the market is now; the batch moved the close before it was sent.
        "close_ts": (CLOSE_NS + MINUTE_NS) // SECOND_NS,
        "price_level_structure": "deci_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0010"}],
        "additional_metadata": {
            "name": "Yes!",
            "title": "Title of N",
            "yes_sub_title": "Yes!",
            "no_sub_title": "No!",
            "rules_primary": "Rules.",
            "rules_secondary": "",
            "can_close_early": True,
            "event_ticker": "EV2",
            "expected_expiration_ts": CLOSE_NS // SECOND_NS,
            "strike_type": "greater",
            "floor_strike": 101,
        },
    }
    assert off == {"event_type": "deactivated", "market_ticker": "M", "is_deactivated": True}
    assert on == {"event_type": "activated", "market_ticker": "M", "is_deactivated": False}
    assert (strike["event_type"], strike["strike_type"], strike["floor_strike"]) == (
        "metadata_updated",
        "greater",
        101,
    )
    assert close == {
        "event_type": "close_date_updated",
        "market_ticker": "N",
        "close_ts": (CLOSE_NS + MINUTE_NS) // SECOND_NS,
    }
    assert determined == {
        "event_type": "determined",
        "market_ticker": "M",
        "determination_ts": (CLOSE_NS + SECOND_NS) // SECOND_NS,
        "result": "yes",
        "settlement_value": "1.0000",
    }
    assert settled["event_type"] == "settled"
    assert settled["settled_ts"] == bench.exchange.markets["M"].market.settled_ns // SECOND_NS


def test_fees_of_an_event_are_announced() -> None:
    bench = Bench("M")
    client = bench.client()
    client.subscribe("market_lifecycle_v2")
    (event_ticker,) = bench.exchange.events
    bench.exchange.update_event_fees(event_ticker, FeeType.FLAT, 1_500_000)
    bench.exchange.update_event_fees(event_ticker, None, None)
    bench.publish()
    first, second = client.messages()
    assert first == {
        "type": "event_fee_update",
        "sid": 1,
        "seq": 1,
        "sending_ts_ms": NOW_MS,
        "msg": {
            "event_ticker": event_ticker,
            "fee_type_override": "flat",
            "fee_multiplier_override": 1.5,
        },
    }
    assert (second["seq"], second["msg"]) == (
        2,
        {"event_ticker": event_ticker, "fee_type_override": None, "fee_multiplier_override": None},
    )


def test_a_finer_grid_is_announced() -> None:
    bench = Bench("M")
    client = bench.client()
    client.subscribe("market_lifecycle_v2")
    bench.exchange.update_grid("M", "center_centi_edge_centi_cent")
    bench.publish()
    (frame,) = client.messages()
    assert frame["msg"] == {
        "event_type": "price_level_structure_updated",
        "market_ticker": "M",
        "price_level_structure": "center_centi_edge_centi_cent",
        "price_ranges": [{"start": "0.0000", "end": "1.0000", "step": "0.0001"}],
    }


def index_value(index_id: str, *, k: int | None = None) -> IndexValue:
    return IndexValue(
        index_id,
        START_NS,
        "79177.08",
        "79100.50",
        window_average=None if k is None else "79150.25",
        window_size=k or 0,
    )


def test_an_index_value_carries_its_averages_and_the_raw_text() -> None:
    bench = Bench()
    client = bench.client()
    client.subscribe("cfbenchmarks_value", index_ids=["BRTI"])
    bench.exchange.publish_index(index_value("BRTI", k=12))
    bench.exchange.publish_index(index_value("ETHUSD_RTI"))
    bench.publish()
    (frame,) = client.messages()
    assert msgspec.json.decode(frame["msg"].pop("data")) == {
        "type": "value",
        "id": "BRTI",
        "time": NOW_MS,
        "value": "79177.08",
    }
    assert frame == {
        "type": "cfbenchmarks_value",
        "sid": 1,
        "seq": 1,
        "sending_ts_ms": NOW_MS,
        "msg": {
            "index_id": "BRTI",
            "received_at": NOW_MS,
            "avg_60s_data": {
                "value": "79100.50",
                "window_size": 60,
                "window_start_ts_ms": NOW_MS - 59_000,
                "window_end_ts_exclusive": NOW_MS + 1_000,
            },
            "last_60s_windowed_average_15min": {
                "value": "79150.25",
                "window_size": 12,
                "window_start_ts_ms": NOW_MS - 11_000,
                "window_end_ts_exclusive": NOW_MS + 1_000,
            },
        },
    }


def test_indices_are_added_removed_and_listed() -> None:
    bench = Bench()
    client = bench.client()
    client.subscribe("cfbenchmarks_value", index_ids=["BRTI"])

    def heard() -> list[str]:
        for index_id in ("BRTI", "ETHUSD_RTI"):
            bench.exchange.publish_index(index_value(index_id))
        bench.publish()
        return [f.msg.index_id for f in client.frames() if isinstance(f, IndexValueFrame)]

    assert heard() == ["BRTI"]
    (added,) = client.update("subscribe_indices", index_ids=["ETHUSD_RTI"])
    assert isinstance(added, Ok)
    assert (added.seq, added.msg) == (2, {"index_ids": ["BRTI", "ETHUSD_RTI"]})
    assert heard() == ["BRTI", "ETHUSD_RTI"]
    client.update("unsubscribe_indices", index_ids=["BRTI"])
    assert heard() == ["ETHUSD_RTI"]
    (listed,) = client.update("indexlist")
    assert isinstance(listed, IndexList)
    assert listed.msg.index_ids == ["BRTI", "ETHUSD_RTI"]
    assert (listed.id, listed.seq) == (4, 7)
    client.update("subscribe_indices", index_ids=["all"])
    assert heard() == ["BRTI", "ETHUSD_RTI"]
    client.update("unsubscribe_indices", index_ids=["all"])
    assert heard() == []


def test_a_source_without_an_index_says_so_in_its_list() -> None:
    client = Bench().client()
    client.subscribe("cfbenchmarks_value_5hz", index_ids=["all"])
    client.subscribe("pyth_value", underlying_tickers=["all"])
    assert [frame["msg"] for sid in (1, 2) for frame in _listed(client, sid)] == [
        {"index_ids": []},
        {"underlying_tickers": []},
    ]


def _listed(client: object, sid: int) -> list[dict[str, object]]:
    action = "indexlist" if sid == 1 else "underlying_list"
    client.send("update_subscription", {"sid": sid, "action": action})  # type: ignore[attr-defined]
    return client.messages()  # type: ignore[attr-defined,no-any-return]
