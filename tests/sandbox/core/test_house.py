"""The house: declared quotes, takes, and recorded prints."""

from __future__ import annotations

import pytest
from exchange_oracle import dump
from exchange_world import ASK, BID, START_NS, limit, world

from engine.domain.units import DAY_NS, DOLLAR_UD, HOUR_NS, MINUTE_NS
from engine.sandbox.core.feed import BookChanged, Filled, OrderChanged, PositionChanged, Traded
from engine.sandbox.core.house import InvalidQuote, NotAHouse


def test_a_quote_makes_the_book_equal_what_is_declared() -> None:
    exchange = world()
    book = exchange.markets["M"].levels
    exchange.quote("mm", "M", [(4_900, 100), (4_800, 200)], [(5_100, 300)])
    assert (book.bids, book.asks) == ({4_900: 100, 4_800: 200}, {5_100: 300})
    exchange.quote("mm", "M", [(4_900, 150)], [(5_100, 100), (5_200, 50)])
    assert (book.bids, book.asks) == ({4_900: 150}, {5_100: 100, 5_200: 50})
    exchange.quote("mm", "M", [], [])
    assert (book.bids, book.asks) == ({}, {})


def test_what_is_unchanged_makes_no_event_and_a_smaller_size_keeps_its_place() -> None:
    exchange = world()
    exchange.quote("mm", "M", [(4_900, 100)], [])
    order = exchange.create_order("ann", limit(BID, 4_900, 100)).order
    exchange.drain()
    exchange.quote("mm", "M", [(4_900, 100)], [])
    assert exchange.drain() == []
    exchange.quote("mm", "M", [(4_900, 60)], [])
    assert [event.delta_c for event in exchange.drain() if isinstance(event, BookChanged)] == [-40]
    assert exchange.queue_position_c("ann", order.order_id) == 60
    exchange.quote("mm", "M", [(4_900, 90)], [])
    assert exchange.queue_position_c("ann", order.order_id) == 0


def test_a_quote_trades_with_customers_at_their_price() -> None:
    exchange = world()
    order = exchange.create_order("ann", limit(BID, 5_200, 100)).order
    exchange.quote("mm", "M", [(4_900, 100)], [(5_000, 300)])
    assert order.filled_c == 100
    assert [fill.price_bp for fill in exchange.fills_of("ann")] == [5_200]
    assert exchange.markets["M"].levels.asks == {5_000: 200}


def test_the_house_never_trades_with_itself_and_has_no_private_feed() -> None:
    exchange = world()
    exchange.quote("mm", "M", [(4_900, 100)], [(5_000, 100)])
    exchange.quote("mm", "M", [(5_100, 100)], [(5_200, 100)])
    assert exchange.trades_of("M") == []
    assert exchange.take("mm", "M", BID, 9_900, 50) == 0
    assert exchange.markets["M"].levels.asks == {}
    exchange.take("flow", "M", ASK, 5_000, 30)
    private = Filled | OrderChanged | PositionChanged
    assert not any(isinstance(event, private) for event in exchange.drain())
    assert exchange.orders == {}
    assert sum(sum(account.cash_ud.values()) for account in exchange.accounts.values()) == (
        3 * 1_000 * DOLLAR_UD - 30 * 10_000
    )


def test_a_take_reaches_no_further_than_its_limit() -> None:
    exchange = world()
    exchange.quote("mm", "M", [], [(5_000, 100), (5_100, 100)])
    assert exchange.take("flow", "M", BID, 5_000, 150) == 100
    assert exchange.take("flow", "M", BID, 5_000, 150) == 0


@pytest.mark.parametrize(
    ("bids", "asks"),
    [([(5_000, 1)], [(5_000, 1)]), ([(5_050, 1)], []), ([(5_000, 0)], []), ([], [(10_000, 1)])],
)
def test_a_senseless_quote_is_refused_whole(bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
    exchange = world()
    exchange.quote("mm", "M", [(4_000, 10)], [])
    before = dump(exchange)
    with pytest.raises(InvalidQuote):
        exchange.quote("mm", "M", [(4_000, 5), *bids], asks)
    assert dump(exchange) == before


def test_customers_cannot_act_on_credit() -> None:
    with pytest.raises(NotAHouse):
        world().quote("ann", "M", [(4_000, 10)], [])


def test_nothing_is_quoted_where_nothing_trades() -> None:
    exchange = world("M", "N")
    exchange.close_now("M")
    exchange.quote("mm", "M", [(4_900, 100)], [])
    exchange.set_active(trading_active=False)
    exchange.quote("mm", "N", [(4_900, 100)], [])
    assert exchange.take("flow", "N", ASK, 100, 1) == 0
    exchange.print_trade("N", 5_000, 10, BID)
    assert exchange.markets["M"].levels.bids == exchange.markets["N"].levels.bids == {}
    assert exchange.trades_of("N") == []


def test_a_print_first_fills_the_customers_it_reaches_at_their_price() -> None:
    exchange = world()
    exchange.quote("mm", "M", [], [(4_900, 500)])
    near = exchange.create_order("ann", limit(ASK, 5_000, 100)).order
    far = exchange.create_order("bob", limit(ASK, 5_200, 100)).order
    exchange.drain()
    exchange.print_trade("M", 5_100, 250, BID)
    assert (near.filled_c, far.filled_c) == (100, 0)
    prints = [(event.price_bp, event.count_c) for event in exchange.drain() if isinstance(event, Traded)]
    assert prints == [(5_000, 100), (5_100, 150)]
    record = exchange.markets["M"]
    assert (record.last_trade_bp, record.volume_c, record.open_interest_c) == (5_100, 250, 100)
    assert record.levels.asks == {4_900: 500, 5_200: 100}


def test_the_figures_of_the_day_roll() -> None:
    exchange = world()
    exchange.update_close("M", START_NS + 3 * DAY_NS)
    record = exchange.markets["M"]
    exchange.quote("mm", "M", [(4_000, 100)], [(4_500, 100)])
    exchange.print_trade("M", 4_200, 300, BID)
    assert (record.volume_24h_c, record.previous_yes_bid_bp) == (300, None)
    exchange.advance(START_NS + 12 * HOUR_NS)
    exchange.quote("mm", "M", [(6_000, 100)], [(6_500, 100)])
    exchange.print_trade("M", 6_200, 200, BID)
    assert record.volume_24h_c == 500
    exchange.advance(START_NS + 24 * HOUR_NS + 10 * MINUTE_NS)
    assert (record.volume_24h_c, record.volume_c) == (200, 500)
    assert (record.previous_yes_bid_bp, record.previous_yes_ask_bp) == (4_000, 4_500)
    assert record.previous_price_bp == 4_200
    exchange.advance(START_NS + 37 * HOUR_NS)
    assert (record.volume_24h_c, record.previous_yes_bid_bp) == (0, 6_000)
    assert len(exchange.trades_of("M")) == 2
