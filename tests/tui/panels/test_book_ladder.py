"""The ladder stands still, shows own orders at their prices, and fits any grid."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import msgspec
import pytest
from panel_desk import full_desk
from panel_events import BTC_AT, WEATHER_AT, strike_ticker

from console.tui.cells import plain
from console.tui.panels.base import CENTRE, SCROLL_DOWN, SCROLL_UP, Place
from console.tui.panels.book import BookPanel, size_bar
from engine.control.protocol import BookRows, book_topic
from engine.domain.price_grid import STRUCTURES

PLACE = Place(46, 20)


def prices(panel: BookPanel, desk: object, place: Place = PLACE) -> list[int]:
    return [int(key) for key in panel.view(desk, place).keys if key is not None]  # type: ignore[arg-type]


def row_at(panel: BookPanel, desk: object, price_bp: int, place: Place = PLACE) -> str:
    view = panel.view(desk, place)  # type: ignore[arg-type]
    return plain(view.rows[view.keys.index(str(price_bp))])


def test_the_ladder_stays_when_the_market_moves() -> None:
    hands = full_desk()
    panel = BookPanel().settled(hands.desk, PLACE)
    before = prices(panel, hands.desk)
    hands.say(
        book_topic(BTC_AT),
        BookRows(bids=((5_600, 40_000),), asks=((5_300, 0), (5_400, 0), (5_500, 0)), is_fresh=True),
    )
    assert panel.settled(hands.desk, PLACE) is panel
    assert prices(panel, hands.desk) == before
    centred = panel.acted(CENTRE, hands.desk, PLACE)
    assert prices(centred, hands.desk) != before
    assert prices(centred, hands.desk)[len(before) // 2] == pytest.approx(5_700, abs=100)


def test_the_ladder_follows_a_market_that_left_it_unless_somebody_stands_on_it() -> None:
    hands = full_desk()
    panel = BookPanel().settled(hands.desk, PLACE)
    known = hands.desk.book(BTC_AT)
    assert known is not None
    gone_bids = tuple((price, 0) for price in known.bids)
    gone_asks = tuple((price, 0) for price in known.asks)
    hands.say(
        book_topic(BTC_AT), BookRows((*gone_bids, (7_900, 100)), (*gone_asks, (8_100, 100)), is_fresh=True)
    )
    standing = replace(PLACE, is_focused=True)
    assert panel.settled(hands.desk, standing) is panel
    followed = panel.settled(hands.desk, PLACE)
    assert {7_900, 8_100} <= set(prices(followed, hands.desk))
    assert followed.settled(hands.desk, PLACE) is followed


def test_the_ladder_stays_when_the_book_gets_old() -> None:
    hands = full_desk()
    panel = BookPanel().settled(hands.desk, PLACE)
    fresh = panel.view(hands.desk, PLACE)
    hands.clock.pass_s(60)
    old = panel.view(hands.desk, PLACE)
    assert old.keys == fresh.keys, "not even by a row"
    assert len(old.rows) == len(fresh.rows)


def test_another_market_has_its_own_middle() -> None:
    hands = full_desk()
    panel = BookPanel().settled(hands.desk, PLACE)
    hands.desk.load(WEATHER_AT)
    hands.say(book_topic(WEATHER_AT), BookRows(((900, 100),), ((1_100, 100),), is_fresh=True))
    moved = panel.settled(hands.desk, PLACE)
    assert moved.ticker == WEATHER_AT
    assert 1_000 in prices(moved, hands.desk)
    assert 5_000 not in prices(moved, hands.desk)


def test_a_ladder_without_a_book_waits_for_its_middle() -> None:
    hands = full_desk()
    hands.desk.load(strike_ticker(95_500))
    panel = BookPanel().settled(hands.desk, PLACE)
    assert panel.centre_bp is None
    hands.say(book_topic(hands.desk.loaded), BookRows(((2_400, 100),), ((2_600, 100),), is_fresh=True))
    assert panel.settled(hands.desk, PLACE).centre_bp == 2_500


def test_scrolling_goes_step_by_step_to_the_ends_of_the_grid() -> None:
    hands = full_desk()
    panel = BookPanel().settled(hands.desk, PLACE)
    up = panel.acted(SCROLL_UP, hands.desk, PLACE)
    assert prices(up, hands.desk)[1:] == prices(panel, hands.desk)[:-1]
    assert prices(up.acted(SCROLL_DOWN, hands.desk, PLACE), hands.desk) == prices(panel, hands.desk)
    low = replace(panel, centre_bp=10)
    assert prices(low, hands.desk)[-1] == 10
    assert len(prices(low, hands.desk)) == len(prices(panel, hands.desk)), "the ends are filled up"


@pytest.mark.parametrize("structure", sorted(STRUCTURES))
def test_every_row_is_a_step_of_the_grid(structure: str) -> None:
    hands = full_desk()
    facts = hands.desk.facts[BTC_AT]
    market = msgspec.structs.replace(facts.market, grid=STRUCTURES[structure])
    hands.desk.facts[BTC_AT] = msgspec.structs.replace(facts, market=market)
    panel = BookPanel("", None).settled(hands.desk, PLACE)
    shown = prices(panel, hands.desk)
    grid = STRUCTURES[structure]
    assert all(grid.accepts(price) for price in shown)
    assert all(grid.down(high) == low for high, low in pairwise(shown))


def test_own_orders_stand_at_their_yes_price() -> None:
    desk = full_desk().desk
    panel = BookPanel().settled(desk, PLACE)
    assert row_at(panel, desk, 4_900).endswith("◆20"), "a sent and a resting buy of YES"
    assert row_at(panel, desk, 4_700).endswith("◆10"), "a cancel that was asked for is no cancel yet"
    assert row_at(panel, desk, 5_700).endswith("?5"), "a buy of NO at 43 that may be there"


def test_own_orders_are_seen_in_the_narrow_desk() -> None:
    desk = full_desk().desk
    place = Place(28, 14)
    panel = BookPanel().settled(desk, place)
    assert row_at(panel, desk, 4_900, place).split() == ["640", "49", "51", "◆20"]


def test_no_beside_yes() -> None:
    desk = full_desk().desk
    row = row_at(BookPanel().settled(desk, PLACE), desk, 5_300).split()
    assert row[:2] == ["53", "47"]


def test_an_unknown_market_takes_the_grid_of_its_levels() -> None:
    hands = full_desk()
    hands.desk.facts.clear()
    hands.say(book_topic(BTC_AT), BookRows(bids=((5_110, 100),), is_fresh=True))
    panel = BookPanel().settled(hands.desk, PLACE)
    assert {5_200, 5_210, 5_220} <= set(prices(panel, hands.desk))


@pytest.mark.parametrize(
    ("size", "width", "grows_left", "bar"),
    [
        (100, 4, False, "████"),
        (50, 4, False, "██"),
        (1, 4, False, "▏"),
        (100, 4, True, "████"),
        (1, 4, True, "▐"),
    ],
)
def test_a_bar_shows_its_share(size: int, width: int, grows_left: bool, bar: str) -> None:
    assert size_bar(size, 100, width, grows_left=grows_left) == bar
