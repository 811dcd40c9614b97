"""POS and ORD in the order that their user asks for, which then stays."""

from __future__ import annotations

import msgspec
from panel_desk import full_desk
from panel_events import BTC_AT, WEATHER_AT, strike_ticker
from panel_money import order, positions

from console.tui.cells import plain
from console.tui.panels.base import FOLD, RESORT, Place, SteeredPanel, View
from console.tui.panels.orders import OrdersPanel
from console.tui.panels.positions import PositionsPanel
from engine.control.protocol import DESK, DeskRows
from engine.domain.order import OrderState

PLACE = Place(118, 40)
HIGH = strike_ticker(96_000)


def keys(view: View) -> list[str]:
    return [key for key in view.keys if key is not None]


def test_positions_stand_by_close_then_by_loss_then_by_distance_to_the_stop() -> None:
    hands = full_desk()
    panel = PositionsPanel()
    assert keys(panel.view(hands.desk, PLACE)) == [BTC_AT, HIGH, WEATHER_AT]
    panel = panel.acted(RESORT, hands.desk, PLACE)
    assert keys(panel.view(hands.desk, PLACE)) == [WEATHER_AT, BTC_AT, HIGH], "what has no price is last"
    assert panel.view(hands.desk, PLACE).title.endswith("by profit")
    panel = panel.acted(RESORT, hands.desk, PLACE)
    assert keys(panel.view(hands.desk, PLACE))[0] == BTC_AT, "the only stop whose distance is known"
    assert panel.acted(RESORT, hands.desk, PLACE) == PositionsPanel()


def test_positions_keep_their_order_when_their_numbers_change() -> None:
    hands = full_desk()
    panel = PositionsPanel().acted(RESORT, hands.desk, PLACE)
    before = keys(panel.view(hands.desk, PLACE))
    fallen = msgspec.structs.replace(positions()[0], exit_ud=100_000)
    hands.say(DESK, DeskRows(positions=(fallen,)))
    assert keys(panel.view(hands.desk, PLACE)) == before
    again = PositionsPanel().acted(RESORT, hands.desk, PLACE)
    assert keys(again.view(hands.desk, PLACE))[0] == BTC_AT
    late = msgspec.structs.replace(positions()[0], ticker=strike_ticker(94_000))
    hands.say(DESK, DeskRows(positions=(late,)))
    assert keys(panel.view(hands.desk, PLACE)) == [*before, late.ticker]


def test_orders_stand_by_market_and_price_with_the_unknown_first() -> None:
    hands = full_desk()
    panel = OrdersPanel().acted(RESORT, hands.desk, PLACE)
    high = order("c-high", OrderState.RESTING, price_bp=5_050)
    hands.say(DESK, DeskRows(orders=(high,)))
    found = keys(panel.view(hands.desk, PLACE))
    assert found[0] == "c-unknown"
    assert found[1] == "c-high"
    assert found.index("c-resting") < found.index("c-asked") < found.index("c-partial")
    assert "by market" in panel.view(hands.desk, PLACE).title
    assert panel.acted(RESORT, hands.desk, PLACE) == OrdersPanel()


def test_only_the_sort_key_changes_them() -> None:
    hands = full_desk()
    for panel in (PositionsPanel(), OrdersPanel()):
        assert isinstance(panel, SteeredPanel)
        assert panel.acted(FOLD, hands.desk, PLACE) == panel
        assert panel.settled(hands.desk, PLACE) == panel
        assert plain(panel.view(hands.desk, PLACE).rows[0])
