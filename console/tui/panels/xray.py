"""XRAY: own results after fees by kind of trade, prices paid beside outcomes; as they were last imported.

Columns go in this order when it gets narrow: fees, count, interval, won, events. The arrow keys scroll.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span, clip
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import PanelState, Place, View
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import RETRIES, Saying, paragraph, saying_view, with_caveat
from engine.control.protocol import DESK
from engine.domain.units import DAY_NS, SECOND_NS, Nanoseconds
from engine.domain.xray import LEAST_EVENTS, CalibrationRow, Xray, XrayGroup, XrayRow, XrayVerdict

COLUMNS = (
    Column("label", "", 13, is_text=True, most=24),
    Column("events", "events", 6, rank=1),
    Column("count", "count", 7, rank=4),
    Column("fees", "fees $", 9, rank=5),
    Column("gain", "gain $", 10),
    Column("verdict", "", 8, is_text=True),
    Column("won", "won %", 5, rank=2),
    Column("interval", "95 %", 10, rank=3),
)
PRICES = (
    Column("label", "price paid", 13, is_text=True, most=24),
    Column("events", "events", 6, rank=1),
    Column("count", "count", 7, rank=4),
    Column("paid", "paid c", 9, rank=5),
    Column("with_fee", "with fee c", 10),
    Column("verdict", "", 8, is_text=True),
    Column("worth", "worth", 5),
    Column("interval", "95 %", 10, rank=3),
)
IMPORT = "sparko import account"
_OLD_NS = DAY_NS
_ROLES = {XrayVerdict.GAINS: roles.UP, XrayVerdict.LOSES: roles.DOWN, XrayVerdict.UNPROVEN: roles.LABEL}
_SAMPLE = (
    f"unproven: fewer than {LEAST_EVENTS} events, or chance alone explains it as well (95 %, clustered by "
    "event); of twenty rows that chance alone made, about one looks proven"
)
_NEVER = Saying(
    PanelState.EMPTY,
    "the account's history was not imported yet",
    f"type {IMPORT} in a shell; it works while the engine runs, with a key that may only read",
)
_AGAIN = "asked again by itself; or press Esc, and type sparko xray in a shell, which needs no engine"


@dataclass(frozen=True, slots=True)
class XrayPanel:
    code: ClassVar[str] = "XRAY"
    name: ClassVar[str] = "own results"

    def view(self, desk: Desk, place: Place) -> View:
        known = desk.xray.get("")
        found = None if known is None else known.row
        saying = _saying(desk, found, is_known=known is not None)
        if saying is not None or found is None:
            return saying_view("XRAY", saying or _NEVER, place.width)
        sheet = fit(COLUMNS, place.width)
        head = (*_head(desk, found, place.width), sheet.header())
        rows = (*head, *_rows(found, sheet, place.width))
        view = View("XRAY", rows, (None,) * len(rows), _age_s(desk, found), header_rows=len(head))
        return with_caveat(view, desk, DESK, place.width)


def _saying(desk: Desk, found: Xray | None, *, is_known: bool) -> Saying | None:
    if found is not None:
        return _nothing_closed(found) if not found.overall.lots else None
    if not desk.is_attached:
        return Saying(PanelState.OFFLINE, f"no engine: {desk.lost_text}", RETRIES)
    failure = desk.failure("xray", "")
    if failure:
        return Saying(PanelState.ERROR, f"no results: {failure}", _AGAIN)
    if is_known:
        return _NEVER
    return Saying(PanelState.LOADING, "loading the results", "this takes a moment; press ? for the keys")


def _nothing_closed(found: Xray) -> Saying:
    fills = "1 fill" if found.fills == 1 else f"{found.fills} fills"
    text = f"nothing was closed yet; {fills}, {numbers.contracts(found.open_count_c)} contracts open"
    return Saying(PanelState.EMPTY, text, f"once something is: {IMPORT} in a shell")


def _age_s(desk: Desk, found: Xray) -> float | None:
    """Of what the exchange told."""
    return None if found.complete_ns is None else max(0, desk.now_ns - found.complete_ns) / SECOND_NS


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _head(desk: Desk, found: Xray, width: int) -> Iterator[Row]:
    row = found.overall
    closed = f"{_counted(row.lots, 'lot')} of {_counted(row.events, 'event')}"
    parts: tuple[Span, ...] = (
        (f"{numbers.dollars(row.gain_ud, signed=True)} after fees", figures.tone(row.gain_ud)),
        (f" {row.verdict.value}", _ROLES[row.verdict]),
        (f"  {closed}, fees {numbers.dollars(row.fees_ud)}", roles.TEXT),
    )
    yield _clipped(parts, width)
    caveat = _caveat(desk.now_ns, found.complete_ns)
    if caveat:
        yield from paragraph(f"{figures.OLD} {caveat}", roles.WARNING, width, "")


def _caveat(now_ns: Nanoseconds, complete_ns: Nanoseconds | None) -> str:
    if complete_ns is None:
        return f"NOT COMPLETE, these sums are of a part; {IMPORT} in a shell finishes it"
    return f"old: {IMPORT} in a shell reads what is new" if now_ns - complete_ns > _OLD_NS else ""


def _clipped(row: Row, width: int) -> Row:
    """Whole spans while they fit; the first that does not is cut."""
    made: list[Span] = []
    left = width
    for text, role in row:
        if left > 0:
            made.append((clip(text, left), role))
            left -= len(text)
    return tuple(made)


def _rows(found: Xray, sheet: Sheet, width: int) -> Iterator[Row]:
    for group in found.groups:
        yield ((clip(f"by {group.name}", width), roles.TITLE),)
        yield from _group(group, sheet)
    prices = fit(PRICES, width)
    yield ((clip("prices paid beside what the contracts were worth, in cents", width), roles.TITLE),)
    if found.calibration:
        yield prices.header()
        for row in found.calibration:
            yield prices.line(_price_cells(row))
    else:
        yield from paragraph("no market that was traded has a result yet", roles.LABEL, width)
    yield from paragraph(_SAMPLE, roles.LABEL, width, "")
    if found.unpriced:
        text = f"settled at a value that the exchange does not tell, left out: {', '.join(found.unpriced)}"
        yield from paragraph(text, roles.WARNING, width, "")


def _group(group: XrayGroup, sheet: Sheet) -> Iterator[Row]:
    for row in group.rows:
        yield sheet.line(_cells(row))


def _cells(row: XrayRow) -> dict[str, Span]:
    return {
        "label": (f" {row.label}", roles.TEXT),
        "events": (str(row.events), roles.TEXT),
        "count": (figures.short_count(row.count_c, 7), roles.TEXT),
        "fees": (numbers.dollars(row.fees_ud), roles.LABEL),
        "gain": (numbers.dollars(row.gain_ud, signed=True), figures.tone(row.gain_ud)),
        "won": (figures.price(row.won_bp, 1), roles.TEXT),
        "interval": (_interval(row.won_low_bp, row.won_high_bp), roles.LABEL),
        "verdict": (row.verdict.value, _ROLES[row.verdict]),
    }


def _price_cells(row: CalibrationRow) -> dict[str, Span]:
    return {
        "label": (f" {row.from_bp // 100} to {row.to_bp // 100}c", roles.TEXT),
        "events": (str(row.events), roles.TEXT),
        "count": (figures.short_count(row.count_c, 7), roles.TEXT),
        "paid": (figures.price(row.paid_bp, 1), roles.TEXT),
        "with_fee": (figures.price(row.paid_with_fee_bp, 1), roles.TEXT),
        "worth": (figures.price(row.paid_out_bp, 1), roles.ACCENT),
        "interval": (_interval(row.low_bp, row.high_bp), roles.LABEL),
        "verdict": (row.verdict.value, _ROLES[row.verdict]),
    }


def _interval(low_bp: int, high_bp: int) -> str:
    return f"{figures.price(low_bp, 1)}-{figures.price(high_bp, 1)}"
