"""WATCH keeps its rows where they are until its user wants them elsewhere."""

from __future__ import annotations

import msgspec
from panel_desk import full_desk
from panel_events import BTC, BTC_AT, WEATHER, WEATHER_AT, btc_quotes, btc_rows, strike_ticker, weather_quotes

from console.tui.cells import plain
from console.tui.panels.base import FOLD, RESORT, Place
from console.tui.panels.watch import PINNED, Watch
from engine.control.protocol import DESK, WATCH, DeskRows, WatchRows
from engine.control.rows.account import PositionRow
from engine.control.rows.markets import QuoteRow
from engine.domain.order import Leg

PLACE = Place(118, 40)


def keys_of(panel: Watch, desk: object, place: Place = PLACE) -> list[str]:
    return [key for key in panel.view(desk, place).keys if key is not None]  # type: ignore[arg-type]


def test_what_is_held_stands_on_top_and_only_there() -> None:
    keys = keys_of(Watch(), full_desk().desk)
    assert keys[:4] == [PINNED, BTC_AT, strike_ticker(96_000), WEATHER_AT]
    assert keys.count(BTC_AT) == 1
    assert keys.index(BTC) < keys.index(WEATHER), "what closes first comes first"


def test_strikes_ascend() -> None:
    keys = keys_of(Watch(), full_desk().desk)
    strikes = keys[keys.index(BTC) + 1 : keys.index(WEATHER)]
    assert strikes == [row.ticker for row in btc_rows() if row.ticker in strikes]


def test_folding_hides_an_event_from_its_heading_or_from_a_row() -> None:
    desk = full_desk().desk
    for cursor in (BTC, strike_ticker(94_000)):
        folded = Watch().acted(FOLD, desk, Place(118, 40, cursor))
        keys = keys_of(folded, desk)
        assert BTC in keys
        assert strike_ticker(94_000) not in keys
        assert strike_ticker(94_000) in keys_of(folded.acted(FOLD, desk, Place(118, 40, BTC)), desk)


def test_markets_with_one_side_are_hidden_until_asked_for() -> None:
    hands = full_desk()
    panel = Watch().settled(hands.desk, PLACE)
    lonely = strike_ticker(96_250)
    assert lonely not in keys_of(panel, hands.desk)
    assert "+ 1 without a bid or an ask" in "\n".join(
        plain(row) for row in panel.view(hands.desk, PLACE).rows
    )
    whole = panel.acted(FOLD, hands.desk, Place(118, 40, BTC))
    assert lonely in keys_of(whole, hands.desk)
    folded = whole.acted(FOLD, hands.desk, Place(118, 40, BTC))
    assert strike_ticker(94_000) not in keys_of(folded, hands.desk)
    assert keys_of(folded.acted(FOLD, hands.desk, Place(118, 40, BTC)), hands.desk) == keys_of(
        panel, hands.desk
    )


def test_a_row_neither_comes_nor_goes_with_a_quote() -> None:
    hands = full_desk()
    panel = Watch().settled(hands.desk, PLACE)
    before = keys_of(panel, hands.desk)
    lost = msgspec.structs.replace(btc_quotes()[0], bid_bp=None)
    found = QuoteRow(strike_ticker(96_250), 50, 100, 110, 100)
    hands.say(WATCH, WatchRows(quotes=(lost, found)))
    panel = panel.settled(hands.desk, PLACE)
    assert keys_of(panel, hands.desk) == before
    again = panel
    for _ in range(3):
        again = again.acted(RESORT, hands.desk, PLACE)
    after = keys_of(again, hands.desk)
    assert lost.ticker not in after
    assert found.ticker in after


def test_all_markets_of_a_short_event_are_shown() -> None:
    hands = full_desk()
    keys = keys_of(Watch().settled(hands.desk, PLACE), hands.desk)
    assert f"{WEATHER}-T57" in keys, "it has no bid"


def test_an_order_by_volume_stays_when_volumes_change() -> None:
    hands = full_desk()
    panel = Watch().acted(RESORT, hands.desk, PLACE)
    before = keys_of(panel, hands.desk)
    assert before[before.index(BTC) + 1] == strike_ticker(95_750), "the highest volume with two sides"
    risen = msgspec.structs.replace(btc_quotes()[0], volume_c=10**9)
    hands.say(WATCH, WatchRows(quotes=(risen,)))
    assert keys_of(panel, hands.desk) == before
    again = panel.acted(RESORT, hands.desk, PLACE).acted(RESORT, hands.desk, PLACE)
    volumes = keys_of(again.acted(RESORT, hands.desk, PLACE), hands.desk)
    assert volumes[volumes.index(BTC) + 1] == risen.ticker


def test_a_new_market_stands_behind_a_frozen_order() -> None:
    hands = full_desk()
    panel = Watch().acted(RESORT, hands.desk, PLACE)
    before = keys_of(panel, hands.desk)
    late = msgspec.structs.replace(btc_rows()[0], ticker=f"{BTC}-T93249.99")
    hands.say(WATCH, WatchRows((late,), (QuoteRow(late.ticker, volume_c=10**10),)))
    after = keys_of(panel, hands.desk)
    assert [key for key in after if key != late.ticker] == before
    assert after[after.index(WEATHER) - 1] == late.ticker


def test_a_row_is_drawn_anew_only_when_its_market_changed() -> None:
    hands = full_desk()
    panel = Watch()
    first = panel.view(hands.desk, PLACE)
    first_rows = first.rows[:]
    moved = msgspec.structs.replace(weather_quotes()[0], bid_bp=250)
    hands.say(WATCH, WatchRows(quotes=(moved,)))
    second = panel.view(hands.desk, PLACE)
    at = first.keys.index(moved.ticker)
    same = [one is other for one, other in zip(first_rows, second.rows, strict=True) if one == other]
    assert plain(second.rows[at]) != plain(first_rows[at])
    assert sum(same) >= 17, "rows of markets that did not change are the same objects"


def test_a_position_opened_later_moves_up() -> None:
    hands = full_desk()
    ticker = strike_ticker(94_000)
    opened = PositionRow(ticker=ticker, leg=Leg.YES, count_c=100, cost_ud=960_000)
    hands.say(DESK, DeskRows(positions=(opened,)))
    keys = keys_of(Watch(), hands.desk)
    assert ticker in keys[1:5]
    assert keys.count(ticker) == 1


def test_prices_that_are_not_fresh_are_marked() -> None:
    view = Watch().view(full_desk().desk, PLACE)
    at = view.keys.index(strike_ticker(96_000))
    assert "~4.2" in plain(view.rows[at])
    assert "~" not in plain(view.rows[view.keys.index(BTC_AT)])
