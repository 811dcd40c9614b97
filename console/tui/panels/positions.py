"""POS: what is held, in prices of the leg held, and what it would bring now.

Columns go in this order when it gets narrow: owner, fees, realised, entry, mark, guard.
Without the guard's column the title tells how many are unguarded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import RESORT, PanelState, Place, View
from console.tui.panels.event_head import joined
from console.tui.panels.guard import UNGUARDED, distance_bp, guard_cell
from console.tui.panels.labels import market_label
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.account import PositionRow
from engine.domain.order import Leg

COLUMNS = (
    Column("leg", "leg", 3, is_text=True),
    Column("count", "count", 7),
    Column("market", "market", 12, is_text=True, most=34),
    Column("entry", "entry", 5, rank=3),
    Column("mark", "mark", 5, rank=2),
    Column("unrealised", "unreal", 8),
    Column("realised", "real", 8, rank=4),
    Column("fees", "fees", 7, rank=5),
    Column("guard", "SL TP", 10, rank=1, is_text=True, most=18),
    Column("owner", "owner", 8, rank=6, is_text=True),
)
_EMPTY = Saying(PanelState.EMPTY, "no positions", "press Y or N on a market to open a ticket")


class Order(StrEnum):
    CLOSE = "close"
    PROFIT = "profit"
    """The greatest loss first."""
    STOP = "stop"
    """The nearest to its stop first."""


@dataclass(frozen=True, slots=True)
class PositionsPanel:
    """``frozen`` are the tickers in the order that was asked for last; later positions stand behind."""

    order: Order = Order.CLOSE
    frozen: tuple[str, ...] = ()

    code: ClassVar[str] = "POS"
    name: ClassVar[str] = "positions"
    actions: ClassVar[tuple[str, ...]] = (RESORT,)

    def settled(self, desk: Desk, place: Place) -> PositionsPanel:
        return self

    def acted(self, action: str, desk: Desk, place: Place) -> PositionsPanel:
        if action != RESORT:
            return self
        kinds = tuple(Order)
        chosen = kinds[(kinds.index(self.order) + 1) % len(kinds)]
        return PositionsPanel(chosen, _frozen(desk, chosen))

    def view(self, desk: Desk, place: Place) -> View:
        at = {ticker: index for index, ticker in enumerate(self.frozen)}
        held = sorted(_in_order(desk), key=lambda position: at.get(position.ticker, len(at)))
        bare = sum(position.ticker not in desk.replica.desk.plans for position in held)
        by = "" if self.order is Order.CLOSE else f" by {self.order}"
        title = f"POS {len(held)}" + (f", {bare} {UNGUARDED}" if bare else "") + by
        saying = waiting(desk, DESK, "positions") or (None if held else _EMPTY)
        if saying is not None:
            return saying_view("POS", saying, place.width, desk.age_s(DESK))
        sheet = fit(COLUMNS, place.width)
        head = (_totals(desk, held, place.width),) if place.height >= 5 else ()
        has_parts = figures.has_parts(position.count_c for position in held)
        lines = (sheet.line(_cells(desk, position, has_parts, sheet)) for position in held)
        rows = [*head, sheet.header(), *lines]
        keys: list[str | None] = [None] * (len(head) + 1)
        keys.extend(position.ticker for position in held)
        left_out = desk.replica.desk.positions_left_out
        if left_out:
            rows.append(joined((((f"and {left_out} more: sparko positions", roles.WARNING),),), place.width))
            keys.append(None)
        view = View(title, tuple(rows), tuple(keys), desk.age_s(DESK), header_rows=len(head) + 1, topic=DESK)
        return with_caveat(view, desk, DESK, place.width)


def _in_order(desk: Desk) -> list[PositionRow]:
    """By close, then by ticker, so that a row keeps its place whatever its numbers do."""

    def when(position: PositionRow) -> tuple[int, str]:
        market = desk.market(position.ticker)
        return (2**63 if market is None else market.close_ns, position.ticker)

    return sorted(desk.replica.desk.positions.values(), key=when)


def _frozen(desk: Desk, order: Order) -> tuple[str, ...]:
    """The tickers in that order as it is now; what has no number last. None by close, which does not move."""
    plans = desk.replica.desk.plans

    def number(position: PositionRow) -> int | None:
        if order is Order.PROFIT:
            return position.unrealised_ud
        plan = plans.get(position.ticker)
        return None if plan is None else distance_bp(position, plan)

    def weight(position: PositionRow) -> tuple[bool, int]:
        found = number(position)
        return found is None, found or 0

    return () if order is Order.CLOSE else tuple(row.ticker for row in sorted(_in_order(desk), key=weight))


def _totals(desk: Desk, held: Sequence[PositionRow], width: int) -> Row:
    """What cannot be priced is counted, and never taken as nothing."""
    known = [value for position in held if (value := position.unrealised_ud) is not None]
    missing = len(held) - len(known)
    total = sum(known) if known else None
    unpriced = f" +{missing} unpriced" if missing else ""
    realised = sum(position.realised_ud for position in held)
    fees = sum(position.fees_ud for position in held)
    parts: tuple[Row, ...] = (
        (
            ("unreal ", roles.LABEL),
            (numbers.dollars(total, signed=True), figures.tone(total)),
            (unpriced, roles.WARNING),
        ),
        (("real ", roles.LABEL), (numbers.dollars(realised, signed=True), figures.tone(realised))),
        (("fees ", roles.LABEL), (figures.fee(fees), roles.TEXT)),
    )
    nearest = _nearest_stop(desk, held)
    return joined((*parts, nearest) if nearest else parts, width)


def _nearest_stop(desk: Desk, held: Sequence[PositionRow]) -> Row:
    """The position that is nearest to its stop; nothing where none has one."""
    plans = desk.replica.desk.plans
    near = [
        (away_bp, position.ticker)
        for position in held
        if (plan := plans.get(position.ticker)) is not None
        and (away_bp := distance_bp(position, plan)) is not None
    ]
    if not near:
        return ()
    away_bp, ticker = min(near)
    label = market_label(desk.market(ticker), ticker)
    return (("nearest SL ", roles.LABEL), (f"{label} {numbers.cents(away_bp)}c away", roles.STOP_LOSS))


def _cells(desk: Desk, position: PositionRow, has_parts: bool, sheet: Sheet) -> dict[str, Span]:
    count = position.count_c
    unrealised = position.unrealised_ud
    is_yes = position.leg is Leg.YES
    leg = "" if position.leg is None else position.leg.upper()
    mark = figures.mean_price(position.exit_ud, count)
    return {
        "leg": (leg, roles.YES if is_yes else roles.NO),
        "count": (figures.count(count, has_parts), roles.TEXT),
        "market": (market_label(desk.market(position.ticker), position.ticker), roles.TEXT),
        "entry": (figures.mean_price(position.cost_ud, count), roles.ENTRY),
        "mark": (mark, roles.TEXT if position.exit_ud is not None else roles.LABEL),
        "unrealised": (numbers.dollars(unrealised, signed=True), figures.tone(unrealised)),
        "realised": (numbers.dollars(position.realised_ud, signed=True), figures.tone(position.realised_ud)),
        "fees": (figures.fee(position.fees_ud), roles.LABEL),
        "guard": guard_cell(position, desk.replica.desk.plans.get(position.ticker), sheet.width_of("guard")),
        "owner": (position.owner, roles.WARNING if position.owner == "external" else roles.LABEL),
    }
