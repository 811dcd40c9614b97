"""FCST: what the models say of the loaded event's markets, then of the other events of its series.

Columns go in this order when it gets narrow: made by, edge, now, confidence, age.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, NamedTuple

from console.tui import numbers, roles
from console.tui.cells import Row, Span, clip, clip_row, pad, row_width
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.event_head import joined
from console.tui.panels.labels import outcome_label, status_word
from console.tui.panels.memo import RowMemo
from console.tui.panels.model_words import (
    LATE,
    NONE,
    OK,
    STATE_ROLES,
    age_text,
    arrow,
    band_text,
    edge_span,
    has_models,
    hit_text,
    is_current,
    is_over,
    model_of,
    status_text,
    tenths,
)
from console.tui.panels.sheet import GAP, Column, Sheet, fit, merged
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import WATCH
from engine.control.rows.forecasts import ModelRow
from engine.control.rows.markets import MarketRow
from engine.domain.market import MarketStatus
from engine.domain.units import SECOND_NS, Nanoseconds, PriceBp

COLUMNS = (
    Column("mark", "", 1),
    Column("label", "market", 12, is_text=True, most=26),
    Column("now", "now", 5, rank=3),
    Column("median", "p50", 5),
    Column("band", "p10-p90", 11),
    Column("move", "move", 6),
    Column("confidence", "conf", 6, rank=2, is_text=True),
    Column("edge", "edge", 8, rank=4),
    Column("at", "at ET", 5, rank=3),
    Column("age", "age", 4, rank=1),
    Column("maker", "made by", 14, rank=5, is_text=True, most=30),
)
_NO_EVENT = Saying(
    PanelState.EMPTY, "no event is chosen", "press Enter on an event in WATCH, or type : and its ticker"
)
_NO_LEGS = Saying(
    PanelState.EMPTY, "no market of this event is known", "press Esc for WATCH and choose another event"
)


class _Now(NamedTuple):
    """The price of now as it is shown, and the middle from which a move is measured."""

    text: str
    middle_bp: PriceBp | None = None


_NOT_SHOWN = _Now("")


class _Look(NamedTuple):
    """What all rows of one view have in common."""

    sheet: Sheet
    is_current: bool


@dataclass(frozen=True, slots=True)
class ForecastsPanel:
    _memo: RowMemo = field(default_factory=RowMemo, compare=False, repr=False)

    code: ClassVar[str] = "FCST"
    name: ClassVar[str] = "forecasts of a series"

    def view(self, desk: Desk, place: Place) -> View:
        legs = desk.legs_of(desk.event)
        saying = waiting(desk, WATCH, "the markets") or _saying(desk, legs)
        series = legs[0].series_ticker if legs else desk.event
        if saying is not None:
            return saying_view(f"FCST {series}".rstrip(), saying, place.width, desk.age_s(WATCH))
        look = _Look(fit(COLUMNS, place.width), is_current(desk))
        head: tuple[tuple[str | None, Row], ...] = (
            (None, summary(desk, place.width)),
            (None, look.sheet.header()),
        )
        pairs = [*head, *self._pairs(desk, series, look, place.width)]
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        view = View(_title(desk, series), rows, keys, desk.age_s(WATCH), header_rows=2, topic=WATCH)
        return with_caveat(view, desk, WATCH, place.width)

    def _pairs(self, desk: Desk, series: str, look: _Look, width: int) -> Iterator[tuple[str | None, Row]]:
        events, now_ns = _events(desk, series), desk.now_ns
        for event in events:
            if len(events) > 1:
                yield event, ((clip(event, width), roles.TITLE),)
            for leg in desk.legs_of(event):
                yield leg.ticker, self._row(desk, leg, look, now_ns)

    def _row(self, desk: Desk, leg: MarketRow, look: _Look, now_ns: Nanoseconds) -> Row:
        """Of what is in the row nothing moves with a quote but the price of now, and the move from it."""
        model = model_of(desk, leg)
        age = "" if model is None else age_text(now_ns - model.made_at_ns)
        is_loaded = leg.ticker == desk.loaded
        is_fresh = look.is_current and model is not None and not is_over(model, now_ns)
        now = _now(desk, leg.ticker) if "now" in look.sheet.names else _NOT_SHOWN
        made_of = (leg, model, age, now, is_loaded, is_fresh, look)
        return self._memo.row(
            leg.ticker, made_of, partial(_line, leg, model, age, now, is_loaded, is_fresh, look.sheet)
        )


def summary(desk: Desk, width: int) -> Row:
    """The forecaster in a row: its state, who it is, when it looked last and looks next, how well it did."""
    scan = desk.replica.scan
    said = (
        "no scan yet"
        if scan.state == NONE
        else ""
        if scan.state == OK
        else f"FORECASTER {scan.state.upper()}"
    )
    label = "" if scan.source is None else scan.source.label
    ages = []
    if scan.at_ns:
        ages.append(f"scan {age_text(desk.now_ns - scan.at_ns)} ago")
    if scan.next_ns and scan.state in (OK, LATE):
        ages.append(f"next in {numbers.countdown(scan.next_ns - desk.now_ns)}")
    parts: tuple[Row, ...] = (
        ((said, STATE_ROLES.get(scan.state, roles.WARNING)),),
        ((label, roles.TEXT),),
        ((", ".join(ages), roles.LABEL),),
        ((scan.problem, roles.WARNING),),
        (("band held ", roles.LABEL), (hit_text(scan), roles.TEXT)),
    )
    return joined(tuple(part for part in parts if part[0][0]), width, "  ")


def _saying(desk: Desk, legs: Sequence[MarketRow]) -> Saying | None:
    if not desk.event:
        return _NO_EVENT
    if not legs:
        return _NO_LEGS
    if has_models(desk):
        return None
    return Saying(
        PanelState.EMPTY,
        "no forecast yet: no scan has been made",
        "wait a moment: the first comes within seconds of the engine's start; S shows the scan",
    )


def _events(desk: Desk, series: str) -> tuple[str, ...]:
    """The loaded event, then the others of its series, the one that closes first at the front."""
    legs = {event: desk.legs_of(event) for event in desk.events()}
    others = (event for event, found in legs.items() if found[0].series_ticker == series)
    return (desk.event, *(event for event in others if event != desk.event))


def _title(desk: Desk, series: str) -> str:
    legs = [leg for event in _events(desk, series) for leg in desk.legs_of(event)]
    models = (model_of(desk, leg) for leg in legs)
    known = sum(model is not None and model.median_bp is not None for model in models)
    return f"FCST {series} {known} of {len(legs)}"


def _now(desk: Desk, ticker: str) -> _Now:
    """The middle of a quote that may be read, else the last trade, from which nothing is measured."""
    quote = desk.quote(ticker)
    if quote is None:
        return _Now(figures.UNKNOWN)
    if quote.is_fresh and quote.bid_bp is not None and quote.ask_bp is not None:
        middle_bp = (quote.bid_bp + quote.ask_bp) // 2
        return _Now(tenths(middle_bp), middle_bp)
    return _Now(figures.UNKNOWN if quote.last_bp is None else figures.OLD + tenths(quote.last_bp))


def _line(
    leg: MarketRow,
    model: ModelRow | None,
    age: str,
    now: _Now,
    is_loaded: bool,
    is_fresh: bool,
    sheet: Sheet,
) -> Row:
    cells: dict[str, Span] = {
        "mark": ("»" if is_loaded else "", roles.ACCENT),
        "label": (outcome_label(leg), roles.TEXT),
        "now": (now.text, roles.LABEL if now.text.startswith(figures.OLD) else roles.TEXT),
    }
    if model is None or model.median_bp is None:
        why = "not asked for yet" if model is None else status_text(model.status)
        if leg.status is not MarketStatus.ACTIVE:
            why = status_word(leg.status)
        return _without(sheet.line(cells), f" {why}", sheet)
    return sheet.line(cells | _model_cells(model, _move_bp(model, now), age, is_fresh))


def _move_bp(model: ModelRow, now: _Now) -> PriceBp | None:
    """From the price of now that stands in the row, so that they add up; as the engine told it where none
    stands there."""
    if now.middle_bp is None or model.median_bp is None:
        return model.move_bp if now is _NOT_SHOWN else None
    return model.median_bp - now.middle_bp


def _without(row: Row, why: str, sheet: Sheet) -> Row:
    """What is known of the market, then over the other columns why it has no forecast."""
    before = list(sheet.names_before("median"))
    known = sum(sheet.width_of(name) for name in before) + GAP * max(len(before) - 1, 0)
    rest = max(row_width(row) - known, 0)
    return merged((*clip_row(row, known), (pad(clip(why, rest), rest), roles.LABEL)))


def _model_cells(model: ModelRow, move_bp: PriceBp | None, age: str, is_fresh: bool) -> dict[str, Span]:
    move = figures.price_change(move_bp, 1) + arrow(move_bp).strip()
    tone = figures.tone(move_bp)
    old = "" if is_fresh else figures.OLD
    cells: dict[str, Span] = {
        "median": (old + tenths(model.median_bp), roles.TEXT),
        "band": (band_text(model.low_bp, model.high_bp), roles.LABEL),
        "move": (move, tone),
        "confidence": (model.confidence, roles.TEXT if model.confidence == "high" else roles.LABEL),
        "edge": edge_span(model, is_fresh=is_fresh),
        "at": (numbers.clock(model.end_s * SECOND_NS)[:5], roles.LABEL),
        "age": (age, roles.LABEL),
        "maker": (model.source.label, roles.LABEL),
    }
    return cells if is_fresh else {name: (text, roles.STALE) for name, (text, _) in cells.items()}
