"""BOOK: the ladder of the loaded market in prices of YES, with NO beside it.

The ladder stands still: its middle is taken when the market's book first comes, and moves when asked for, or
when the best prices have left it while the keys are elsewhere. Row keys are YES prices in basis points.
Columns go in this order when it gets narrow: bars, own orders, NO.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from console.tui import roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import CENTRE, SCROLL_DOWN, SCROLL_UP, PanelState, Place, View
from console.tui.panels.book_head import book_head, middle_bp
from console.tui.panels.labels import loaded_label, market_label
from console.tui.panels.sheet import Column, Sheet, fit
from console.tui.panels.states import NO_MARKET, Saying, saying_view, waiting, with_caveat
from engine.control.protocol import book_topic
from engine.control.replica import BookPicture
from engine.control.rows.orders import OrderRow
from engine.domain.market import MarketStatus
from engine.domain.order import Leg, OrderState
from engine.domain.price_grid import STRUCTURES, PriceGrid
from engine.domain.units import CountC, PriceBp, complement

COLUMNS = (
    Column("bid_bar", "", 4, rank=3, most=14),
    Column("bid", "bid", 5),
    Column("yes", "YES", 5),
    Column("no", "NO", 5, rank=1),
    Column("ask", "ask", 5),
    Column("ask_bar", "", 4, rank=3, is_text=True, most=14),
    Column("own", "mine", 4, rank=2),
)
_EIGHTHS = " ▏▎▍▌▋▊▉█"


@dataclass(frozen=True, slots=True)
class BookPanel:
    """``ticker`` and ``centre_bp`` are the market whose ladder stands, and around which YES price."""

    ticker: str = ""
    centre_bp: PriceBp | None = None

    code: ClassVar[str] = "BOOK"
    name: ClassVar[str] = "order book"
    actions: ClassVar[tuple[str, ...]] = (CENTRE, SCROLL_UP, SCROLL_DOWN)

    def view(self, desk: Desk, place: Place) -> View:
        title = f"BOOK {loaded_label(desk)}".rstrip()
        topic = book_topic(desk.loaded)
        saying = self._saying(desk, topic)
        if saying is not None:
            return saying_view(title, saying, place.width, desk.age_s(topic))
        book = desk.book(desk.loaded) or BookPicture()
        grid = grid_of(desk, book)
        whole = book_head(desk, book, grid, place.width, place.height)
        is_old = not desk.is_attached or desk.is_stale(topic)
        head = whole[:-1] if is_old else whole
        sheet = fit(COLUMNS, place.width)
        prices = self._window(desk, book, grid, place.height - len(whole) - 1)
        rows = (*head, sheet.header(), *_ladder(desk, book, prices, sheet))
        keys = (*(None,) * (len(head) + 1), *(str(price) for price in prices))
        # What is said of an old book takes a line of the head, so that the ladder stays where it is.
        view = View(title, rows, keys, desk.age_s(topic), header_rows=len(head) + 1, topic=topic)
        return with_caveat(view, desk, topic, place.width)

    def settled(self, desk: Desk, place: Place) -> BookPanel:
        """Prices stand still under a cursor; with the keys elsewhere they follow a market that left them."""
        is_standing = self.ticker == desk.loaded and self.centre_bp is not None
        if is_standing and (place.is_focused or self._has_best(desk, place)):
            return self
        return self._centred(desk)

    def acted(self, action: str, desk: Desk, place: Place) -> BookPanel:
        if action == CENTRE:
            return self._centred(desk)
        if action not in (SCROLL_UP, SCROLL_DOWN) or self.centre_bp is None:
            return self
        grid = grid_of(desk, desk.book(desk.loaded) or BookPicture())
        moved = grid.up(self.centre_bp) if action == SCROLL_UP else grid.down(self.centre_bp)
        return self if moved is None else replace(self, centre_bp=moved)

    def _has_best(self, desk: Desk, place: Place) -> bool:
        """Whether the best bid or ask is on the ladder, or there is none."""
        book = desk.book(desk.loaded)
        if book is None or not book.is_fresh or not (book.bids or book.asks):
            return True
        grid = grid_of(desk, book)
        head = len(book_head(desk, book, grid, place.width, place.height))
        prices = self._window(desk, book, grid, place.height - head - 1)
        return any(prices[-1] <= best <= prices[0] for best in _best_prices(book))

    def _centred(self, desk: Desk) -> BookPanel:
        book = desk.book(desk.loaded)
        middle = None if book is None else middle_bp(desk, book)
        if middle is None or book is None:
            return BookPanel(desk.loaded)
        return BookPanel(desk.loaded, grid_of(desk, book).nearest(middle))

    def _saying(self, desk: Desk, topic: str) -> Saying | None:
        if not desk.loaded:
            return NO_MARKET
        saying = waiting(desk, topic, "the book")
        book = desk.book(desk.loaded)
        if saying is not None or book is None or book.bids or book.asks or not book.is_fresh:
            return saying
        return _empty_book(desk)

    def _window(self, desk: Desk, book: BookPicture, grid: PriceGrid, rows: int) -> list[PriceBp]:
        """``rows`` prices of the grid, highest first, around the middle that stands."""
        centre = self.centre_bp if self.ticker == desk.loaded else None
        if centre is None:
            middle = middle_bp(desk, book)
            centre = grid.nearest(5_000 if middle is None else middle)
        rows = max(rows, 1)
        above = _steps(grid, centre, rows, upwards=True)
        below = _steps(grid, centre, rows, upwards=False)
        wanted_above = max((rows - 1) // 2, rows - 1 - len(below))
        shown_above = above[:wanted_above]
        return [*reversed(shown_above), centre, *below[: rows - 1 - len(shown_above)]]


def _best_prices(book: BookPicture) -> Iterator[PriceBp]:
    if book.bids:
        yield max(book.bids)
    if book.asks:
        yield min(book.asks)


def grid_of(desk: Desk, book: BookPicture) -> PriceGrid:
    """The market's own grid; while its facts are not here, the coarsest that has all its levels."""
    facts = desk.facts.get(desk.loaded)
    if facts is not None:
        return facts.market.grid
    decimals = figures.places((*book.bids, *book.asks))
    return STRUCTURES[("linear_cent", "deci_cent", "center_centi_edge_centi_cent")[decimals]]


def _steps(grid: PriceGrid, start: PriceBp, count: int, *, upwards: bool) -> list[PriceBp]:
    found: list[PriceBp] = []
    at = grid.up(start) if upwards else grid.down(start)
    while at is not None and len(found) < count:
        found.append(at)
        at = grid.up(at) if upwards else grid.down(at)
    return found


def _ladder(desk: Desk, book: BookPicture, prices: list[PriceBp], sheet: Sheet) -> list[Row]:
    decimals = figures.places(prices)
    shown = set(prices)
    sizes = (count for side in (book.bids, book.asks) for price, count in side.items() if price in shown)
    largest = max(sizes, default=0)
    own = own_levels(desk, desk.loaded)
    quote = desk.quote(desk.loaded)
    last = None if quote is None else quote.last_bp
    best = max(book.bids, default=None), min(book.asks, default=None)
    rows = []
    for price in prices:
        cells = _price_cells(price, decimals, best, is_last=price == last)
        cells |= _side_cells("bid", book.bids.get(price), largest, sheet, roles.YES)
        cells |= _side_cells("ask", book.asks.get(price), largest, sheet, roles.NO)
        if price in own:
            cells["own"] = _own_cell(own[price])
        rows.append(sheet.line(cells))
    return rows


def _own_cell(own: OwnLevel) -> Span:
    sign, role = ("?", roles.URGENT) if own.is_unknown else ("◆", roles.OWN)
    return f"{sign}{figures.short_count(own.count_c, 3)}", role


def _price_cells(
    price: PriceBp, decimals: int, best: tuple[PriceBp | None, PriceBp | None], *, is_last: bool
) -> dict[str, Span]:
    """The last trade's price stands out; between the best prices there is only the pale grid."""
    bid, ask = best
    yes = figures.price(price, decimals)
    role = roles.YES if price == bid else roles.NO if price == ask else roles.TEXT
    if bid is not None and ask is not None and bid < price < ask:
        role = roles.LABEL
    return {
        "yes": (f"›{yes}" if is_last and len(yes) < 5 else yes, roles.ACCENT if is_last else role),
        "no": (figures.price(complement(price), decimals), roles.LABEL),
    }


def _side_cells(side: str, size: CountC | None, largest: CountC, sheet: Sheet, role: str) -> dict[str, Span]:
    cells: dict[str, Span] = {}
    if size is not None:
        cells[side] = (figures.short_count(size), role)
        bar = size_bar(size, largest, sheet.width_of(f"{side}_bar"), grows_left=side == "bid")
        cells[f"{side}_bar"] = (bar, role)
    return cells


def size_bar(size: CountC, largest: CountC, width: int, *, grows_left: bool = False) -> str:
    """A bar as long as its share of the largest, in eighths of a cell, or in halves where it grows to the
    left; the smallest is still to be seen."""
    if size <= 0 or largest <= 0 or width <= 0:
        return ""
    if grows_left:
        halves = max(1, size * width * 2 // largest)
        return "▐" * (halves % 2) + "█" * (halves // 2)
    eighths = max(1, size * width * 8 // largest)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


class OwnLevel(NamedTuple):
    """What is left of own orders at a price; ``is_unknown``: whether one of them is there, nobody knows."""

    count_c: CountC
    is_unknown: bool


def own_levels(desk: Desk, ticker: str) -> dict[PriceBp, OwnLevel]:
    """Own working orders by YES price; one that was not sent yet is not among them."""
    levels: dict[PriceBp, OwnLevel] = {}
    for order in desk.orders_of(ticker):
        if order.state is OrderState.INTENT:
            continue
        _, price = book_place(order)
        before = levels.get(price, OwnLevel(0, False))
        is_unknown = before.is_unknown or order.state is OrderState.UNKNOWN
        levels[price] = OwnLevel(before.count_c + order.remaining_c, is_unknown)
    return levels


def book_place(order: OrderRow) -> tuple[bool, PriceBp]:
    """Whether the order is a bid for YES, and its price there."""
    is_bid = order.buys == (order.leg is Leg.YES)
    return is_bid, order.price_bp if order.leg is Leg.YES else complement(order.price_bp)


def _empty_book(desk: Desk) -> Saying:
    market = desk.market(desk.loaded)
    if market is not None and market.status is not MarketStatus.ACTIVE:
        text = f"{market_label(market, desk.loaded)} is {market.status}: it has no book any more"
        return Saying(PanelState.EMPTY, text, "press Esc for WATCH and choose another market")
    return Saying(
        PanelState.EMPTY,
        "nobody bids or asks in this market",
        "press Y or N for a ticket: a limit order of yours would be the first",
    )
