"""What is asked about when somebody asks why: the order of a row, or its market."""

from __future__ import annotations

from console.tui.desk import Desk
from console.tui.panels.fills import fill_of


def subject_of(desk: Desk, key: str | None) -> str:
    """The client order id of the row's order, or of its fill's; empty where the row is of neither."""
    picture = desk.replica.desk
    if key is None:
        return ""
    if key in picture.orders or key in picture.ended:
        return key
    fill = fill_of(desk, key)
    return "" if fill is None else fill.client_order_id


def order_named(desk: Desk, typed: str) -> str:
    """The known order whose client order id begins so, in any case; what was typed where there is none."""
    picture = desk.replica.desk
    begun = typed.lower()
    known = (name for name in (*picture.orders, *picture.ended) if name.lower().startswith(begun))
    return next(known, begun)


def ticker_of_decision(desk: Desk, key: str) -> str:
    found = desk.decisions.get(desk.why)
    rows = () if found is None else found.rows
    return next((row.ticker for row in rows if row.decision_id == key), "")
