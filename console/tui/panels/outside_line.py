"""A line under a market's quote: the number that decides it, how far it is from the strike, what leads it."""

from __future__ import annotations

from decimal import Decimal

from console.tui import roles
from console.tui.cells import Row
from console.tui.desk import Desk
from console.tui.panels.event_head import index_part, strip
from console.tui.panels.outside import deciding, values_about
from console.tui.panels.strike_text import INSIDE, distance_text, index_number
from engine.domain.market import Strike


def outside_line(desk: Desk, ticker: str, width: int) -> Row | None:
    """None where nothing is known."""
    market, facts = desk.market(ticker), desk.facts.get(ticker)
    if market is None:
        return None
    index_id = "" if facts is None else facts.index_id
    told = desk.indexes.get(index_id)
    values = values_about(desk, market, index_id)
    if told is not None:
        values = [row for row in values if row.kind != "index"]
    first = deciding(desk, values) if told is None else index_number(told.value)
    heads = [] if told is None else [index_part(desk, index_id)]
    if not heads and not values:
        return None
    strike = market.strike if facts is None else facts.market.strike
    return strip(desk, heads, values, width, after_first=_distance(strike, first))


def _distance(strike: Strike | None, value: Decimal | None) -> list[Row]:
    if value is None or strike is None:
        return []
    text = distance_text(strike, value)
    if not text:
        return []
    words = "inside the strikes" if text == INSIDE else f"{text} to the strike"
    return [((words, roles.ACCENT if text == INSIDE else roles.TEXT),)]
