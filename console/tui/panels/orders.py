"""ORD: orders that may still trade, the unknown ones first; below them, dimmed, those that ended.

Columns go in this order when it gets narrow: owner, time in force, expiry, age, market.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from console.tui import numbers, roles
from console.tui.cells import Row, Span, clip
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import RESORT, PanelState, Place, View
from console.tui.panels.labels import market_label
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import Saying, dimmed, paragraph, saying_view, waiting, with_caveat
from engine.control.protocol import DESK
from engine.control.rows.orders import OrderRow
from engine.domain.order import WORKING_STATES, Leg, OrderState, TimeInForce
from engine.domain.units import ONE_CONTRACT_C, SECOND_NS

COLUMNS = (
    Column("state", "state", 9, is_text=True),
    Column("verb", "order", 8, is_text=True),
    Column("filled", "filled", 9),
    Column("price", "price", 5),
    Column("market", "market", 12, rank=1, is_text=True, most=34),
    Column("age", "age", 4, rank=2),
    Column("expiry", "expires", 7, rank=3),
    Column("force", "tif", 3, rank=4, is_text=True),
    Column("owner", "owner", 8, rank=5, is_text=True),
)
_EMPTY = Saying(PanelState.EMPTY, "no orders", "press Y or N on a market to open a ticket")
_FORCE = {
    TimeInForce.GOOD_TILL_CANCELED: "GTC",
    TimeInForce.IMMEDIATE_OR_CANCEL: "IOC",
    TimeInForce.FILL_OR_KILL: "FOK",
}
_ROLES = {
    OrderState.UNKNOWN: roles.URGENT,
    OrderState.INTENT: roles.LABEL,
    OrderState.SENT: roles.ACCENT,
    OrderState.RESTING: roles.OWN,
    OrderState.PARTIAL: roles.OWN,
}


class By(StrEnum):
    """How working orders stand; the unknown ones are first in any case."""

    NEWEST = "newest"
    MARKET = "market"
    """And in a market the highest price first."""


@dataclass(frozen=True, slots=True)
class OrdersPanel:
    by: By = By.NEWEST

    code: ClassVar[str] = "ORD"
    name: ClassVar[str] = "orders"
    actions: ClassVar[tuple[str, ...]] = (RESORT,)

    def settled(self, desk: Desk, place: Place) -> OrdersPanel:
        return self

    def acted(self, action: str, desk: Desk, place: Place) -> OrdersPanel:
        if action != RESORT:
            return self
        return OrdersPanel(By.MARKET if self.by is By.NEWEST else By.NEWEST)

    def view(self, desk: Desk, place: Place) -> View:
        picture = desk.replica.desk
        saying = waiting(desk, DESK, "orders") or (None if picture.orders or picture.ended else _EMPTY)
        if saying is not None:
            return saying_view("ORD", saying, place.width, desk.age_s(DESK))
        unknown = len(picture.unknown_orders)
        by = "" if self.by is By.NEWEST else f" by {self.by}"
        title = f"ORD {len(picture.orders)} working" + (f", {unknown} UNKNOWN" if unknown else "") + by
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *_pairs(desk, self.by, sheet, place.width)]
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        view = View(title, rows, keys, desk.age_s(DESK), header_rows=1, topic=DESK)
        return with_caveat(view, desk, DESK, place.width)


def _pairs(desk: Desk, by: By, sheet: Sheet, width: int) -> Iterator[tuple[str | None, Row]]:
    picture = desk.replica.desk
    working = sorted(picture.orders.values(), key=_urgency if by is By.NEWEST else _by_market)
    decimals = figures.places(order.price_bp for order in (*working, *picture.ended.values()))
    for order in working:
        yield order.client_order_id, sheet.line(_cells(desk, order, decimals))
        role = roles.URGENT if order.state is OrderState.UNKNOWN else roles.WARNING
        for note in _notes(desk, order):
            for row in paragraph(note, role, width, "  ┆ "):
                yield None, row
    if picture.orders_left_out:
        text = f"and {picture.orders_left_out} more: sparko orders"
        yield None, ((clip(text, width), roles.WARNING),)
    yield from _ended(desk, sheet, decimals, width)


def _ended(desk: Desk, sheet: Sheet, decimals: int, width: int) -> Iterator[tuple[str | None, Row]]:
    """Newest first."""
    ended: Sequence[OrderRow] = sorted(
        desk.replica.desk.ended.values(), key=lambda order: (-order.updated_ns, order.client_order_id)
    )
    if ended:
        yield None, ((clip(f"ended: {len(ended)}", width), roles.LABEL),)
    for order in ended:
        cells = _cells(desk, order, decimals)
        if order.cause and order.state in (OrderState.REJECTED, OrderState.ABSENT):
            cells["market"] = (order.cause, roles.LABEL)
        yield order.client_order_id, dimmed(sheet.line(cells))


def _urgency(order: OrderRow) -> tuple[bool, int, str]:
    return order.state is not OrderState.UNKNOWN, -order.intended_ns, order.client_order_id


def _by_market(order: OrderRow) -> tuple[bool, str, int, str]:
    return order.state is not OrderState.UNKNOWN, order.ticker, -order.price_bp, order.client_order_id


def _cells(desk: Desk, order: OrderRow, decimals: int) -> dict[str, Span]:
    return {
        "state": (state_word(order), _ROLES.get(order.state, roles.TEXT)),
        "verb": (verb(order), roles.YES if (order.leg is Leg.YES) == order.buys else roles.NO),
        "filled": (_filled(order), roles.TEXT),
        "price": (figures.price(order.price_bp, decimals), roles.TEXT),
        "market": (market_label(desk.market(order.ticker), order.ticker), roles.TEXT),
        "age": (numbers.age(max(0, desk.now_ns - order.intended_ns) / SECOND_NS), roles.LABEL),
        "expiry": (_expiry(desk, order), roles.LABEL),
        "force": (_FORCE[order.time_in_force], roles.LABEL),
        "owner": (order.owner, roles.LABEL),
    }


def state_word(order: OrderRow) -> str:
    """The state, or what is being done about it."""
    if order.cancel == "asked" and order.state in WORKING_STATES:
        return "CANCELING"
    return order.state.upper()


def verb(order: OrderRow) -> str:
    """``BUY YES``; a sale that closes is a sale too."""
    return f"{'BUY' if order.buys else 'SELL'} {order.leg.upper()}"


def _filled(order: OrderRow) -> str:
    """Filled of wanted, in contracts."""
    if order.filled_c % ONE_CONTRACT_C or order.count_c % ONE_CONTRACT_C:
        return f"{numbers.contracts(order.filled_c)}/{numbers.contracts(order.count_c)}"
    return f"{order.filled_c // ONE_CONTRACT_C}/{order.count_c // ONE_CONTRACT_C}"


def _expiry(desk: Desk, order: OrderRow) -> str:
    if order.expires_ns is None or order.state not in WORKING_STATES:
        return figures.UNKNOWN
    return numbers.countdown(order.expires_ns - desk.now_ns)


def _notes(desk: Desk, order: OrderRow) -> Iterator[str]:
    """What a person has to know of an order in doubt."""
    for_s = numbers.age(max(0, desk.now_ns - order.updated_ns) / SECOND_NS)
    if order.state is OrderState.UNKNOWN:
        cause = f" ({order.cause})" if order.cause else ""
        yield f"unknown for {for_s}{cause}: looked up at the exchange now; counts as open, do not repeat it"
    if order.cancel == "unknown":
        yield f"cancel without an answer for {for_s}: it may be gone or may still fill; x asks again"
