"""Series, events, markets and books."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import UNSET
from rest_world import (
    ABOVE,
    BELOW,
    BETWEEN,
    COIN,
    COIN_HOUR,
    LATER,
    NEXT_DAY,
    START_S,
    WEATHER_DAY,
    Desk,
    failed,
    nested,
    ok,
    refused,
    typed,
)

from engine.wire.markets import (
    EventAnswer,
    EventFeeChangePage,
    EventMetadata,
    EventPage,
    Market,
    MarketAnswer,
    MarketPage,
    OrderBookAnswer,
    OrderBooksAnswer,
    SeriesAnswer,
    SeriesFeeChanges,
    SeriesList,
)

INVALID_STATUS = (400, nested("bad_request", "bad request", "invalid status filter"))


async def market(desk: Desk, ticker: str = BETWEEN) -> Market:
    return typed(await desk.anyone("GET", f"/markets/{ticker}"), MarketAnswer).market


async def tickers(desk: Desk, query: str) -> list[str]:
    page = typed(await desk.anyone("GET", f"/markets?{query}"), MarketPage)
    return [found.ticker for found in page.markets]


async def test_a_market_shows_an_empty_book_as_zero_and_one(desk: Desk) -> None:
    found = await market(desk)
    assert (found.yes_bid_dollars, found.yes_bid_size_fp) == ("0.0000", "0.00")
    assert (found.yes_ask_dollars, found.yes_ask_size_fp) == ("1.0000", "0.00")
    assert (found.no_bid_dollars, found.no_ask_dollars) == ("0.0000", "1.0000")
    assert (found.last_price_dollars, found.previous_price_dollars) == ("0.0000", "0.0000")
    assert (found.status, found.result, found.market_type) == ("active", "", "binary")
    assert (found.strike_type, found.floor_strike, found.cap_strike) == ("between", 83, 84)
    assert (found.notional_value_dollars, found.settlement_bounds_type) == ("1.0000", "default")
    body = ok(await desk.anyone("GET", f"/markets/{BETWEEN}"))["market"]
    assert isinstance(body, dict)
    assert not {"liquidity_dollars", "tick_size", "settlement_ts", "settlement_value_dollars"} & set(body)
    coin = await market(desk, COIN)
    assert (coin.floor_strike, coin.exchange_index, coin.price_level_structure) == (
        86749.99,
        2,
        "tapered_deci_cent",
    )
    assert [(r.start, r.end, r.step) for r in coin.price_ranges] == [
        ("0.0000", "0.1000", "0.0010"),
        ("0.1000", "0.9000", "0.0100"),
        ("0.9000", "1.0000", "0.0010"),
    ]


async def test_a_market_follows_its_book_and_trades(desk: Desk) -> None:
    await desk.ann.place(ticker=BETWEEN, price="0.4000", count="3.50")
    await desk.bob.place(ticker=BETWEEN, side="ask", price="0.4400", count="2.00")
    found = await market(desk)
    assert (found.yes_bid_dollars, found.yes_bid_size_fp) == ("0.4000", "3.50")
    assert (found.yes_ask_dollars, found.yes_ask_size_fp) == ("0.4400", "2.00")
    assert (found.no_bid_dollars, found.no_ask_dollars) == ("0.5600", "0.6000")
    await desk.ann.place(ticker=BETWEEN, price="0.4400", count="0.50")
    found = await market(desk)
    assert (found.last_price_dollars, found.volume_fp, found.volume_24h_fp) == ("0.4400", "0.50", "0.50")
    assert (found.open_interest_fp, found.yes_ask_size_fp) == ("0.50", "1.50")


async def test_a_settled_market_shows_its_result(desk: Desk) -> None:
    desk.exchange.close_now(BETWEEN)
    desk.exchange.determine(BETWEEN, 2_500, "83.5")
    found = await market(desk)
    assert (found.status, found.result, found.settlement_value_dollars) == ("determined", "scalar", "0.2500")
    assert await tickers(desk, "status=closed") == [BETWEEN]
    desk.exchange.settle_now(BETWEEN)
    found = await market(desk)
    assert (found.status, found.expiration_value, found.settlement_ts) == (
        "finalized",
        "83.5",
        "2026-09-21T14:13:20Z",
    )
    assert await tickers(desk, "status=settled") == [BETWEEN]


async def test_filters(desk: Desk) -> None:
    everything = {BELOW, BETWEEN, ABOVE, LATER, COIN}
    assert set(await tickers(desk, "")) == everything
    assert set(await tickers(desk, "status=open")) == everything - {LATER}
    assert await tickers(desk, "status=unopened") == [LATER]
    assert await tickers(desk, "status=paused") == []
    desk.exchange.deactivate(ABOVE)
    assert await tickers(desk, "status=paused") == [ABOVE]
    assert await tickers(desk, f"event_ticker={NEXT_DAY}") == [LATER]
    assert await tickers(desk, "series_ticker=KXBTCD") == [COIN]
    assert set(await tickers(desk, f"tickers={COIN},{BELOW},UNKNOWN")) == {COIN, BELOW}
    assert await tickers(desk, "mve_filter=only") == []
    assert set(await tickers(desk, "mve_filter=exclude")) == everything


async def test_time_filters(desk: Desk) -> None:
    assert set(await tickers(desk, f"min_close_ts={START_S + 10_000}")) == {LATER}
    assert await tickers(desk, f"max_created_ts={START_S - 1}") == []
    assert len(await tickers(desk, f"min_created_ts={START_S}&status=open")) == 4
    desk.exchange.close_now(BELOW)
    desk.exchange.determine(BELOW, 0)
    desk.exchange.settle_now(BELOW)
    assert await tickers(desk, f"min_settled_ts={START_S}") == [BELOW]
    assert await tickers(desk, f"min_settled_ts={START_S}&status=settled") == [BELOW]
    assert (
        len(await tickers(desk, f"min_updated_ts={START_S}&mve_filter=exclude&series_ticker=KXHIGHNY")) == 4
    )


@pytest.mark.parametrize("word", ["active", "finalized", "initialized", "open,closed", "OPEN"])
async def test_words_that_are_no_filter(desk: Desk, word: str) -> None:
    assert refused(await desk.anyone("GET", f"/markets?status={word}")) == INVALID_STATUS
    assert refused(await desk.anyone("GET", f"/events?status={word}")) == INVALID_STATUS


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("min_close_ts=1&status=open", "close timestamps: got status open, wanted closed or none"),
        (
            "min_created_ts=1&status=closed",
            "created timestamps: got status closed, wanted open or unopened or none",
        ),
        ("max_settled_ts=1&status=open", "settled timestamps: got status open, wanted settled or none"),
        ("min_close_ts=1&max_created_ts=2", "timestamp filters: got created and close, wanted one family"),
        ("min_updated_ts=1&status=open", "updated timestamps: got status too, wanted no other filter"),
        (
            "min_updated_ts=1&series_ticker=X",
            "updated timestamps: got series_ticker without mve_filter=exclude too, wanted no other filter",
        ),
        ("event_ticker=A,B", "event_ticker: got a list, wanted one"),
    ],
)
async def test_filters_that_exclude_each_other(desk: Desk, query: str, details: str) -> None:
    assert refused(await desk.anyone("GET", f"/markets?{query}")) == (
        400,
        nested("bad_request", "bad request", details),
    )


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("limit=1001", failed("GetMarkets", "Limit", "lte")),
        ("limit=-1", failed("GetMarkets", "Limit", "gte")),
        ("mve_filter=some", failed("GetMarkets", "MveFilter", "oneof")),
        (
            "limit=ten",
            {
                "msg": "Parameter validation failed for GetMarkets: "
                'invalid limit: strconv.ParseInt: parsing "ten": invalid syntax'
            },
        ),
    ],
)
async def test_parameters_that_break_their_rule(desk: Desk, query: str, body: object) -> None:
    assert refused(await desk.anyone("GET", f"/markets?{query}")) == (400, body)


async def test_unknown_names_are_not_found(desk: Desk) -> None:
    for path, details in (
        ("/markets/NONE", "market: got NONE"),
        ("/markets/NONE/orderbook", "market: got NONE"),
        ("/events/NONE", "event: got NONE"),
        ("/events/NONE/metadata", "event: got NONE"),
        ("/series/NONE", "series: got NONE"),
    ):
        expected = (404, nested("not_found", "not found", details))
        assert refused(await desk.anyone("GET", path)) == expected


async def test_series(desk: Desk) -> None:
    everything = typed(await desk.anyone("GET", "/series"), SeriesList).series
    assert [series.ticker for series in everything] == ["KXHIGHNY", "KXBTCD"]
    crypto = typed(await desk.anyone("GET", "/series?category=Crypto"), SeriesList).series
    tagged = typed(await desk.anyone("GET", "/series?tags=BTC,ETH"), SeriesList).series
    assert [s.ticker for s in crypto] == [s.ticker for s in tagged] == ["KXBTCD"]
    assert (crypto[0].fee_type, crypto[0].fee_multiplier) == ("quadratic_with_maker_fees", 0.5)
    assert "volume_fp" not in ok(await desk.anyone("GET", "/series/KXBTCD"))["series"]  # type: ignore[operator]
    await desk.trade(ticker=COIN)
    one = typed(await desk.anyone("GET", "/series/KXBTCD?include_volume=true"), SeriesAnswer).series
    assert (one.volume_fp, one.exchange_index, one.categories) == ("2.00", 2, ["Crypto"])
    assert (
        typed(await desk.anyone("GET", "/series/fee_changes"), SeriesFeeChanges).series_fee_change_arr == []
    )
    assert typed(await desk.anyone("GET", "/events/fee_changes"), EventFeeChangePage).event_fee_changes == []


async def test_fees_of_an_event(desk: Desk) -> None:
    """Changed by the side door, charged from then on, shown with the event and in the list, newest first."""
    for body in ({"fee_multiplier": 0.25}, {"fee_type": "flat", "fee_multiplier": "2"}, {}):
        given = {"event_ticker": COIN_HOUR, **body}
        assert (await desk.anyone("POST", "/sandbox/fees", json=given)).status_code == 204
        desk.pass_time(1)
    await desk.anyone("POST", "/sandbox/fees", json={"event_ticker": WEATHER_DAY, "fee_multiplier": 3})
    event = ok(await desk.anyone("GET", f"/events/{WEATHER_DAY}?exclude_markets=true"))["event"]
    assert isinstance(event, dict)
    assert (event["fee_multiplier_override"], "fee_type_override" in event) == (3, False)
    order_id, _ = await desk.trade(price="0.5000", count="1.00")
    fees = [fill.fee_ud for fill in desk.exchange.fills_of("ann") if fill.order_id == order_id]
    assert fees == [3 * 17_500]
    page = typed(await desk.anyone("GET", "/events/fee_changes?limit=3"), EventFeeChangePage)
    more = typed(
        await desk.anyone("GET", f"/events/fee_changes?limit=3&cursor={page.cursor}"), EventFeeChangePage
    )
    assert (len(page.event_fee_changes), len(more.event_fee_changes), more.cursor) == (3, 1, "")
    found = [*page.event_fee_changes, *more.event_fee_changes]
    assert len({change.id for change in found}) == 4
    assert [
        (c.event_ticker, c.series_ticker, c.fee_type_override, c.fee_multiplier_override) for c in found
    ] == [
        (WEATHER_DAY, "KXHIGHNY", UNSET, 3),
        (COIN_HOUR, "KXBTCD", UNSET, UNSET),
        (COIN_HOUR, "KXBTCD", "flat", 2),
        (COIN_HOUR, "KXBTCD", UNSET, 0.25),
    ]
    assert found[-1].scheduled_ts == "2026-09-21T14:13:20Z"
    own = await desk.anyone("GET", f"/events/fee_changes?event_ticker={WEATHER_DAY}")
    assert typed(own, EventFeeChangePage).event_fee_changes == found[:1]


async def test_events(desk: Desk) -> None:
    page = typed(await desk.anyone("GET", "/events"), EventPage)
    assert [event.event_ticker for event in page.events] == [COIN_HOUR, WEATHER_DAY, NEXT_DAY]
    coin, weather, _ = page.events
    assert (weather.mutually_exclusive, weather.collateral_return_type) == (True, "MECNET")
    assert (coin.mutually_exclusive, coin.collateral_return_type) == (False, "")
    assert (coin.strike_date, coin.exchange_index, coin.category) == ("2026-09-21T15:13:20Z", 2, "Crypto")
    opened = typed(await desk.anyone("GET", "/events?status=open&series_ticker=KXHIGHNY"), EventPage).events
    assert [event.event_ticker for event in opened] == [WEATHER_DAY]
    later = typed(await desk.anyone("GET", f"/events?min_close_ts={START_S + 10_000}"), EventPage).events
    assert [event.event_ticker for event in later] == [NEXT_DAY]
    named = typed(
        await desk.anyone("GET", f"/events?tickers={NEXT_DAY},{COIN_HOUR}&with_milestones=true"), EventPage
    )
    assert [event.event_ticker for event in named.events] == [COIN_HOUR, NEXT_DAY]
    assert named.milestones == []
    assert refused(await desk.anyone("GET", "/events?limit=201")) == (
        400,
        failed("GetEvents", "Limit", "lte"),
    )


async def test_nested_markets_are_the_single_ones_field_for_field(desk: Desk) -> None:
    await desk.trade()
    nested_page = ok(await desk.anyone("GET", "/events?with_nested_markets=true&series_ticker=KXHIGHNY"))
    events = nested_page["events"]
    assert isinstance(events, list)
    inside = {found["ticker"]: found for found in events[0]["markets"]}
    assert set(inside) == {BELOW, BETWEEN, ABOVE}
    for ticker, found in inside.items():
        assert ok(await desk.anyone("GET", f"/markets/{ticker}"))["market"] == found


async def test_one_event_with_its_markets(desk: Desk) -> None:
    flat = typed(await desk.anyone("GET", f"/events/{WEATHER_DAY}"), EventAnswer)
    assert [found.ticker for found in flat.markets or []] == [BELOW, BETWEEN, ABOVE]
    assert "markets" not in ok(await desk.anyone("GET", f"/events/{WEATHER_DAY}?exclude_markets=true"))
    deep = ok(await desk.anyone("GET", f"/events/{WEATHER_DAY}?with_nested_markets=true"))
    assert "markets" not in deep
    assert len(deep["event"]["markets"]) == 3  # type: ignore[index]
    both = await desk.anyone("GET", f"/events/{WEATHER_DAY}?with_nested_markets=true&exclude_markets=true")
    details = "with_nested_markets and exclude_markets exclude each other"
    assert refused(both) == (400, nested("bad_request", "bad request", details))
    metadata = typed(await desk.anyone("GET", f"/events/{WEATHER_DAY}/metadata"), EventMetadata)
    assert [detail["market_ticker"] for detail in metadata.market_details or []] == [BELOW, BETWEEN, ABOVE]
    assert [source.name for source in metadata.settlement_sources or []] == ["NWS"]


async def test_books_hold_bids_of_both_legs_best_last(desk: Desk) -> None:
    for price in ("0.3800", "0.4000", "0.3900"):
        await desk.ann.place(ticker=BETWEEN, price=price, count="1.50")
    for price in ("0.4500", "0.4400"):
        await desk.bob.place(ticker=BETWEEN, side="ask", price=price, count="2.00")
    path = f"/markets/{BETWEEN}/orderbook"
    book = typed(await desk.anyone("GET", path), OrderBookAnswer).orderbook_fp
    assert book.yes_dollars == [("0.3800", "1.50"), ("0.3900", "1.50"), ("0.4000", "1.50")]
    assert book.no_dollars == [("0.5500", "2.00"), ("0.5600", "2.00")]
    best = typed(await desk.anyone("GET", f"{path}?depth=1"), OrderBookAnswer).orderbook_fp
    assert (best.yes_dollars, best.no_dollars) == ([("0.4000", "1.50")], [("0.5600", "2.00")])
    assert typed(await desk.anyone("GET", f"{path}?depth=0"), OrderBookAnswer).orderbook_fp == book
    many = typed(
        await desk.anyone("GET", f"/markets/orderbooks?tickers={COIN}&tickers={BETWEEN}&tickers=X"),
        OrderBooksAnswer,
    )
    assert [(found.ticker, found.orderbook_fp.yes_dollars) for found in many.orderbooks] == [
        (COIN, []),
        (BETWEEN, book.yes_dollars),
    ]


async def test_limits_of_books(desk: Desk) -> None:
    path = f"/markets/{BETWEEN}/orderbook"
    assert refused(await desk.anyone("GET", f"{path}?depth=101")) == (
        400,
        failed("GetMarketOrderbook", "Depth", "lte"),
    )
    none = await desk.anyone("GET", "/markets/orderbooks")
    assert refused(none) == (400, failed("GetMarketOrderbooks", "Tickers", "required"))
    many = await desk.anyone("GET", "/markets/orderbooks?" + "&".join(f"tickers=T{i}" for i in range(101)))
    assert refused(many) == (400, failed("GetMarketOrderbooks", "Tickers", "max"))


async def test_a_settled_market_has_the_keys_of_a_recorded_one(desk: Desk, recordings: Path) -> None:
    desk.exchange.close_now(BETWEEN)
    desk.exchange.determine(BETWEEN, 0, "85")
    desk.exchange.settle_now(BETWEEN)
    ours = ok(await desk.anyone("GET", f"/markets/{BETWEEN}"))["market"]
    theirs = json.loads((recordings / "rest/market_settled_kxbtc15m.json").read_text())["market"]
    # liquidity_dollars was dropped on 2026-09-26; the strike here is not a custom one.
    gone = {"liquidity_dollars", "custom_strike"}
    added = {"settlement_bounds_type", "cap_strike"}
    assert isinstance(ours, dict)
    assert set(ours) == set(theirs) - gone | added
    assert {name: type(ours[name]) for name in ours if name in theirs and name != "floor_strike"} == {
        name: type(theirs[name]) for name in ours if name in theirs and name != "floor_strike"
    }
