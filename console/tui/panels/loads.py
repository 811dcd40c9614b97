"""LOAD: nine slots for tickets that were reviewed before; one key sends one, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import Place, View
from console.tui.panels.labels import market_label
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import paragraph, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.orders import LoadRow
from engine.domain.order import Leg
from engine.domain.trigger import LOAD_SLOTS, Ticket
from engine.domain.trigger_text import text_of_ticket
from engine.domain.units import PriceBp, complement

COLUMNS = (
    Column("slot", "", 2, is_text=True),
    Column("do", "order", 16, is_text=True, most=26),
    Column("market", "market", 12, is_text=True, most=34),
    Column("now", "now", 6),
    Column("expiry", "expires", 7, rank=1),
)


_HOW = "press Y or N, then Enter and L: the ticket is loaded here; L and its digit send it"


@dataclass(frozen=True, slots=True)
class LoadsPanel:
    code: ClassVar[str] = "LOAD"
    name: ClassVar[str] = "loaded tickets"

    def view(self, desk: Desk, place: Place) -> View:
        saying = waiting(desk, DESK, "loaded tickets")
        if saying is not None:
            return saying_view("LOAD", saying, place.width, desk.age_s(DESK))
        loads = desk.replica.desk.loads
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *_pairs(desk, sheet)]
        if not loads:
            pairs += [(None, row) for row in paragraph(_HOW, roles.LABEL, place.width)]
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        view = View(
            f"LOAD {len(loads)} of {LOAD_SLOTS}", rows, keys, desk.age_s(DESK), header_rows=1, topic=DESK
        )
        return with_caveat(view, desk, DESK, place.width)


def _pairs(desk: Desk, sheet: Sheet) -> Iterator[tuple[str | None, Row]]:
    for slot in range(1, LOAD_SLOTS + 1):
        yield f"load:{slot}", sheet.line(_cells(desk, slot, desk.replica.desk.loads.get(slot)))


def _cells(desk: Desk, slot: int, load: LoadRow | None) -> dict[str, Span]:
    number: Span = (str(slot), roles.TITLE)
    if load is None or load.ticket is None:
        return {"slot": number, "do": ("empty", roles.LABEL)}
    ticket = load.ticket
    expiry = figures.UNKNOWN
    if load.expires_ns is not None:
        expiry = numbers.countdown(load.expires_ns - desk.now_ns)
    now_bp = price_now_bp(desk, ticket)
    return {
        "slot": number,
        "do": (text_of_ticket(ticket), roles.YES if (ticket.leg is Leg.YES) == ticket.buys else roles.NO),
        "market": (market_label(desk.market(ticket.ticker), ticket.ticker), roles.TEXT),
        "now": (figures.price(now_bp, figures.places((now_bp,))), roles.TEXT),
        "expiry": (expiry, roles.LABEL),
    }


def price_now_bp(desk: Desk, ticket: Ticket) -> PriceBp | None:
    """What the first contract would trade at now, in prices of the ticket's leg."""
    quote = desk.quote(ticket.ticker)
    if quote is None or not quote.is_fresh:
        return None
    is_ask = (ticket.leg is Leg.YES) == ticket.buys
    yes_bp = quote.ask_bp if is_ask else quote.bid_bp
    if yes_bp is None:
        return None
    return yes_bp if ticket.leg is Leg.YES else complement(yes_bp)
