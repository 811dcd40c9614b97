"""Which market a headline leads to."""

from __future__ import annotations

from console.tui.desk import Desk
from console.tui.panels.news import markets_of


def market_of_headline(desk: Desk, headline_id: str) -> str:
    """The most open market of the first event that it may move; empty where none is known."""
    found = next((row for row in desk.replica.headlines if row.headline_id == headline_id), None)
    events = () if found is None else markets_of(desk, found)
    legs = desk.legs_of(events[0]) if events else ()
    return desk.nearest_the_money(legs).ticker if legs else ""
