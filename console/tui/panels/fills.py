"""FILL: own fills, newest first.

Columns go in this order when it gets narrow: owner, role, market, fee.
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
from console.tui.panels.labels import market_label
from console.tui.panels.memo import RowMemo
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.account import FillRow
from engine.control.rows.markets import MarketRow
from engine.domain.order import Leg

COLUMNS = (
    Column("time", "time ET", 8, is_text=True),
    Column("verb", "fill", 8, is_text=True),
    Column("count", "count", 6),
    Column("price", "price", 5),
    Column("fee", "fee", 7, rank=1),
    Column("market", "market", 12, rank=2, is_text=True, most=34),
    Column("role", "role", 5, rank=3, is_text=True),
    Column("owner", "owner", 8, rank=4, is_text=True),
)
_EMPTY = Saying(PanelState.EMPTY, "no fills yet", "press Y or N on a market to open a ticket")


@dataclass(frozen=True, slots=True)
class FillsPanel:
    _memo: RowMemo = field(default_factory=RowMemo, compare=False, repr=False)

    code: ClassVar[str] = "FILL"
    name: ClassVar[str] = "fills"

    def view(self, desk: Desk, place: Place) -> View:
        fills = tuple(reversed(desk.replica.desk.fills))
        saying = waiting(desk, DESK, "fills") or (None if fills else _EMPTY)
        if saying is not None:
            return saying_view("FILL", saying, place.width, desk.age_s(DESK))
        sheet = fit(COLUMNS, place.width)
        decimals = figures.places(fill.price_bp for fill in fills)
        has_parts = figures.has_parts(fill.count_c for fill in fills)
        named = {fill_key(fill): fill for fill in fills}
        rows = [sheet.header()]
        for key, fill in named.items():
            look = (fill, desk.market(fill.ticker), decimals, has_parts)
            rows.append(self._memo.row(key, (*look, sheet), partial(_row, sheet, *look)))
        keys = (None, *named)
        view = View(f"FILL last {len(fills)}", tuple(rows), keys, desk.age_s(DESK), header_rows=1, topic=DESK)
        return with_caveat(view, desk, DESK, place.width)


def fill_key(fill: FillRow) -> str:
    """What a row is about: one trade may be of two orders of ours."""
    return f"{fill.trade_id}/{fill.order_id}"


def fill_of(desk: Desk, key: str) -> FillRow | None:
    """The fill that a row is about."""
    return next((fill for fill in desk.replica.desk.fills if fill_key(fill) == key), None)


def _row(sheet: Sheet, fill: FillRow, market: MarketRow | None, decimals: int, has_parts: bool) -> Row:
    return sheet.line(_cells(fill, market, decimals, has_parts))


def _cells(fill: FillRow, market: MarketRow | None, decimals: int, has_parts: bool) -> dict[str, Span]:
    is_up = (fill.leg is Leg.YES) == fill.buys
    return {
        "time": (numbers.clock(fill.at_ns), roles.LABEL),
        "verb": (f"{'BUY' if fill.buys else 'SELL'} {fill.leg.upper()}", roles.YES if is_up else roles.NO),
        "count": (figures.count(fill.count_c, has_parts), roles.TEXT),
        "price": (figures.price(fill.price_bp, decimals), roles.TEXT),
        "fee": (figures.fee(fill.fee_ud), roles.LABEL),
        "market": (market_label(market, fill.ticker), roles.TEXT),
        "role": ("taker" if fill.is_taker else "maker", roles.LABEL),
        "owner": (fill.owner, roles.WARNING if fill.owner == "external" else roles.LABEL),
    }
