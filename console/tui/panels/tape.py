"""TAS: time and sales of the loaded market, newest first, in prices of YES with the side that took.

Columns go in this order when it gets narrow: NO, size, taker.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.labels import loaded_label
from console.tui.panels.memo import RowMemo
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import NO_MARKET, RETRIES, Saying, saying_view, with_caveat
from engine.control.protocol import TAPE_PREFIX
from engine.control.rows.markets import TradeRow
from engine.domain.order import Leg
from engine.domain.units import complement

COLUMNS = (
    Column("time", "time ET", 8, is_text=True),
    Column("price", "YES", 5),
    Column("no", "NO", 5, rank=3),
    Column("count", "size", 8, rank=2),
    Column("taker", "taker", 5, rank=1, is_text=True),
)
_EMPTY = Saying(
    PanelState.EMPTY, "nobody has traded here yet", "press 4 for the book, or Y or N for a ticket"
)


@dataclass(frozen=True, slots=True)
class TapePanel:
    _memo: RowMemo = field(default_factory=RowMemo, compare=False, repr=False)

    code: ClassVar[str] = "TAS"
    name: ClassVar[str] = "time and sales"

    def view(self, desk: Desk, place: Place) -> View:
        title = f"TAS {loaded_label(desk)}".rstrip()
        topic = TAPE_PREFIX + desk.loaded
        trades = desk.tape(desk.loaded) if desk.loaded else ()
        saying = None if trades else _saying(desk, topic)
        if saying is not None:
            return saying_view(title, saying, place.width, desk.age_s(topic))
        sheet = fit(COLUMNS, place.width)
        decimals = figures.places(trade.price_bp for trade in trades)
        has_parts = figures.has_parts(trade.count_c for trade in trades)
        rows = [sheet.header()]
        for trade in trades:
            look = (trade, decimals, has_parts)
            rows.append(self._memo.row(trade.trade_id, (*look, sheet), partial(_row, sheet, *look)))
        keys = (None, *(trade.trade_id for trade in trades))
        view = View(title, tuple(rows), keys, desk.age_s(topic), header_rows=1, topic=topic)
        return with_caveat(view, desk, topic, place.width)


def _saying(desk: Desk, topic: str) -> Saying:
    if not desk.loaded:
        return NO_MARKET
    if not desk.is_attached:
        return Saying(PanelState.OFFLINE, f"no engine: {desk.lost_text}", RETRIES)
    failure = desk.failure("trades", desk.loaded)
    if failure:
        return Saying(
            PanelState.ERROR, f"no trades yet: {failure}", "asked again by itself; press ? for the keys"
        )
    if desk.loaded in desk.trades or desk.age_s(topic) is not None:
        return _EMPTY
    return Saying(PanelState.LOADING, "loading trades", "this takes a moment; press ? for the keys")


def _row(sheet: Sheet, trade: TradeRow, decimals: int, has_parts: bool) -> Row:
    return sheet.line(_cells(trade, decimals, has_parts))


def _cells(trade: TradeRow, decimals: int, has_parts: bool) -> dict[str, Span]:
    """A taker of YES lifts the offer, a taker of NO hits the bid."""
    is_up = trade.taker is Leg.YES
    role = roles.YES if is_up else roles.NO
    return {
        "time": (numbers.clock(trade.at_ns), roles.LABEL),
        "price": (figures.price(trade.price_bp, decimals), role),
        "no": (figures.price(complement(trade.price_bp), decimals), roles.LABEL),
        "count": (figures.count(trade.count_c, has_parts), roles.TEXT),
        "taker": (f"{'▲' if is_up else '▼'} {trade.taker.upper()}", role),
    }
