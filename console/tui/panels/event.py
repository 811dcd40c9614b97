"""EVT: an event, one row per strike, with what its positions bring outcome by outcome.

Columns go in this order when it gets narrow: volume, sizes of NO, last, sizes of YES, edge, NO bid, distance,
model, YES bid, position, NO ask. Those of the model are left out while no forecaster was ever heard of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.event_head import event_head, index_value
from console.tui.panels.labels import outcome_label, result_cell, status_word
from console.tui.panels.model_words import edge_span, has_models, is_current, is_over, model_of, model_span
from console.tui.panels.outcomes import Outcomes, outcomes_of, profit_if
from console.tui.panels.sheet import Column, fit
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from console.tui.panels.strike_text import INSIDE, distance_text
from engine.control.protocol import WATCH
from engine.control.rows.account import PositionRow
from engine.control.rows.markets import MarketRow, QuoteRow
from engine.domain.market import MarketStatus
from engine.domain.order import Leg
from engine.domain.units import complement

COLUMNS = (
    Column("mark", "", 1),
    Column("label", "if this wins", 12, is_text=True, most=26),
    Column("distance", "dist", 9, rank=5),
    Column("yes_bid_c", "size", 5, rank=8),
    Column("yes_bid", "Y bid", 6, rank=3),
    Column("yes_ask", "Y ask", 6),
    Column("yes_ask_c", "size", 5, rank=8),
    Column("no_bid_c", "size", 5, rank=10),
    Column("no_bid", "N bid", 6, rank=6),
    Column("no_ask", "N ask", 6, rank=1),
    Column("no_ask_c", "size", 5, rank=10),
    Column("last", "last", 5, rank=9),
    Column("volume", "vol", 5, rank=11),
    Column("model", "model", 6, rank=4),
    Column("edge", "edge", 8, rank=7),
    Column("position", "pos", 6, rank=2),
    Column("profit", "P&L if", 8),
)
_OF_INDEX, _OF_MODEL = frozenset({"distance"}), frozenset({"model", "edge"})
_NO_EVENT = Saying(
    PanelState.EMPTY, "no event is chosen", "press Enter on an event in WATCH, or type : and its ticker"
)
_NO_LEGS = Saying(
    PanelState.EMPTY, "no market of this event is known", "press Esc for WATCH and choose another event"
)


@dataclass(frozen=True, slots=True)
class EventPanel:
    code: ClassVar[str] = "EVT"
    name: ClassVar[str] = "strikes of an event"

    def view(self, desk: Desk, place: Place) -> View:
        title = f"EVT {desk.event}".rstrip()
        saying = self._saying(desk)
        if saying is not None:
            return saying_view(title, saying, place.width, desk.age_s(WATCH))
        legs = desk.legs_of(desk.event)
        head = event_head(desk, legs, place.width, place.height)
        table, keys = _table(desk, legs, place.width)
        rows = (*head, *table)
        view = View(
            title,
            rows,
            (*(None,) * len(head), *keys),
            desk.age_s(WATCH),
            header_rows=len(head) + 1,
            topic=WATCH,
        )
        return with_caveat(view, desk, WATCH, place.width)

    def _saying(self, desk: Desk) -> Saying | None:
        if not desk.event:
            return waiting(desk, WATCH, "the markets") or _NO_EVENT
        if not desk.legs_of(desk.event):
            return waiting(desk, WATCH, "the event") or _NO_LEGS
        return None


def _table(desk: Desk, legs: Sequence[MarketRow], width: int) -> tuple[list[Row], list[str | None]]:
    quotes = {leg.ticker: desk.quote(leg.ticker) or QuoteRow(leg.ticker) for leg in legs}
    decimals = _decimals(desk, legs, quotes.values())
    held = [held for leg in legs if (held := desk.position(leg.ticker)) is not None]
    index = index_value(desk, legs)
    without = (frozenset() if index is not None else _OF_INDEX) | (
        frozenset() if has_models(desk) else _OF_MODEL
    )
    sheet = fit(tuple(column for column in COLUMNS if column.name not in without), width)
    outcomes = _outcomes(desk, legs)
    rows: list[Row] = [sheet.header()]
    for leg in legs:
        profit = _profit(outcomes, leg.ticker, held)
        cells = _price_cells(desk, leg, quotes[leg.ticker], decimals)
        rows.append(
            sheet.line(
                cells
                | _own_cells(desk, leg, held, profit)
                | _distance_cells(desk, leg, index)
                | _model_cells(desk, leg)
            )
        )
    keys: list[str | None] = [None, *(leg.ticker for leg in legs)]
    if held and outcomes is not None and outcomes.none is not None:
        lost = profit_if(outcomes.none, held)
        cells = {"label": ("none wins", roles.LABEL), "profit": _profit_cell(lost)}
        rows.append(sheet.line(cells))
        keys.append(None)
    return rows, keys


def _decimals(desk: Desk, legs: Sequence[MarketRow], quotes: Iterable[QuoteRow]) -> int:
    """Those of the finest step, where it is known, so that they do not change with a price."""
    grids = [facts.market.grid for leg in legs if (facts := desk.facts.get(leg.ticker)) is not None]
    steps = {part.step_bp for grid in set(grids) for part in grid.ranges}
    shown = (price for quote in quotes for price in (quote.bid_bp, quote.ask_bp, quote.last_bp))
    return max(figures.places(steps), figures.places(shown))


def _outcomes(desk: Desk, legs: Sequence[MarketRow]) -> Outcomes | None:
    """None until the facts of every market are here."""
    found = [desk.facts.get(leg.ticker) for leg in legs]
    known = [facts for facts in found if facts is not None]
    if len(known) < len(legs):
        return None
    strikes = tuple((facts.market.ticker, facts.market.strike) for facts in known)
    return outcomes_of(strikes, known[0].event.mutually_exclusive)


def _profit(outcomes: Outcomes | None, ticker: str, held: Sequence[PositionRow]) -> int | None:
    """What is held in this one market needs no knowledge of the others."""
    if outcomes is None:
        return profit_if({ticker: True}, held)
    return profit_if(outcomes.wins[ticker], held)


def _price_cells(desk: Desk, leg: MarketRow, quote: QuoteRow, decimals: int) -> dict[str, Span]:
    """Of a market that is not open its state and its result stand in the place of prices."""
    if leg.status is MarketStatus.ACTIVE:
        return _quote_cells(quote, decimals, is_fresh=quote.is_fresh and not desk.is_stale(WATCH))
    result = result_cell(leg.settlement_bp)
    return {"yes_bid": (status_word(leg.status)[:6], roles.LABEL), "yes_ask": result}


def _quote_cells(quote: QuoteRow, decimals: int, *, is_fresh: bool) -> dict[str, Span]:
    old = "" if is_fresh else figures.OLD

    def price(price_bp: int | None, role: str) -> Span:
        if price_bp is None:
            return figures.UNKNOWN, roles.LABEL
        return old + figures.price(price_bp, decimals), role if is_fresh else roles.STALE

    def size(price_bp: int | None, count_c: int) -> Span:
        return figures.short_count(None if price_bp is None else count_c), roles.LABEL

    bid, ask = quote.bid_bp, quote.ask_bp
    return {
        "yes_bid": price(bid, roles.TEXT),
        "yes_ask": price(ask, roles.YES),
        "no_bid": price(None if ask is None else complement(ask), roles.TEXT),
        "no_ask": price(None if bid is None else complement(bid), roles.NO),
        "yes_bid_c": size(bid, quote.bid_c),
        "no_ask_c": size(bid, quote.bid_c),
        "yes_ask_c": size(ask, quote.ask_c),
        "no_bid_c": size(ask, quote.ask_c),
        "last": (figures.price(quote.last_bp, decimals), roles.LABEL),
        "volume": (figures.short_count(quote.volume_c), roles.LABEL),
    }


def _model_cells(desk: Desk, leg: MarketRow) -> dict[str, Span]:
    if leg.status is not MarketStatus.ACTIVE:
        return {}
    row = model_of(desk, leg)
    is_fresh = row is not None and is_current(desk) and not is_over(row, desk.now_ns)
    return {"model": model_span(row, is_fresh=is_fresh), "edge": edge_span(row, is_fresh=is_fresh)}


def _own_cells(
    desk: Desk, leg: MarketRow, held: Sequence[PositionRow], profit: int | None
) -> dict[str, Span]:
    own = desk.position(leg.ticker)
    is_loaded = leg.ticker == desk.loaded
    cells: dict[str, Span] = {
        "mark": ("»", roles.ACCENT) if is_loaded else ("◆" if own is not None else "", roles.OWN),
        "label": (outcome_label(leg), roles.TEXT),
    }
    if held:
        cells["profit"] = _profit_cell(profit)
    if own is not None and own.leg is not None:
        is_yes = own.leg is Leg.YES
        text = f"{'Y' if is_yes else 'N'}{figures.short_count(own.count_c)}"
        cells["position"] = (text, roles.YES if is_yes else roles.NO)
    return cells


def _profit_cell(profit: int | None) -> Span:
    return numbers.dollars(profit, signed=True), figures.tone(profit)


def _distance_cells(desk: Desk, leg: MarketRow, index: Decimal | None) -> dict[str, Span]:
    facts = desk.facts.get(leg.ticker)
    if facts is None or index is None:
        return {}
    text = distance_text(facts.market.strike, index)
    return {"distance": (text, roles.ACCENT if text == INSIDE else roles.LABEL)}
