"""WATCH: every market by event, what is held on top.

Columns go in this order when it gets narrow: open interest, volume, change, last, position, ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import ClassVar, NamedTuple

from console.tui import numbers, roles
from console.tui.cells import Row, Span, clip, pad
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.base import FOLD, RESORT, PanelState, Place, View
from console.tui.panels.day_change import day_change
from console.tui.panels.labels import common_title, market_label, outcome_label, result_cell, status_word
from console.tui.panels.sheet import Column, Sheet, fit, merged
from console.tui.panels.states import Saying, saying_view, waiting, with_caveat
from engine.control.protocol import WATCH
from engine.control.rows import MarketRow, PositionRow, QuoteRow
from engine.domain.market import MarketStatus
from engine.domain.order import Leg

COLUMNS = (
    Column("mark", "", 1),
    Column("label", "market", 12, is_text=True, most=40),
    Column("bid", "bid", 6),
    Column("ask", "ask", 6, rank=1),
    Column("last", "last", 5, rank=3),
    Column("change", "chg", 5, rank=4),
    Column("volume", "vol", 5, rank=5),
    Column("interest", "oi", 5, rank=6),
    Column("position", "pos", 6, rank=2),
)
_OF_QUOTE = ("bid", "ask", "last", "change", "volume", "interest")
PINNED = "pinned"
"""The key of the heading over what is held."""
_EMPTY = Saying(
    PanelState.EMPTY,
    "no markets in the universe",
    "type : and a ticker, or : ENG to see what the engine follows",
)


class Order(StrEnum):
    STRIKE = "strike"
    VOLUME = "volume"
    MOVERS = "movers"


class _Seen(NamedTuple):
    """What a row was made of; made anew when any of it is another."""

    market: MarketRow
    quote: QuoteRow | None
    position: PositionRow | None
    change_bp: int | None
    mark: str
    is_pinned: bool
    decimals: int
    is_current: bool
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Watch:
    """``folded`` are the events whose markets are hidden. ``frozen`` is the order that was asked for last, by
    ticker; markets that came later stand behind."""

    folded: frozenset[str] = frozenset()
    order: Order = Order.STRIKE
    frozen: tuple[str, ...] = ()
    _rows: dict[str, tuple[_Seen, Row]] = field(default_factory=dict, compare=False, repr=False)

    code: ClassVar[str] = "WATCH"
    name: ClassVar[str] = "markets by event"
    actions: ClassVar[tuple[str, ...]] = (FOLD, RESORT)

    def view(self, desk: Desk, place: Place) -> View:
        markets = desk.replica.watch.markets
        title = (
            f"WATCH {len(markets)}" if self.order is Order.STRIKE else f"WATCH {len(markets)} by {self.order}"
        )
        saying = waiting(desk, WATCH, "the markets") or (None if markets else _EMPTY)
        if saying is not None:
            return saying_view("WATCH", saying, place.width, desk.age_s(WATCH))
        sheet = fit(COLUMNS, place.width)
        pairs = [(None, sheet.header()), *self._pairs(desk, sheet, place.width)]
        rows, keys = tuple(row for _, row in pairs), tuple(key for key, _ in pairs)
        view = View(title, rows, keys, desk.age_s(WATCH), header_rows=1)
        return with_caveat(view, desk, WATCH, place.width)

    def settled(self, desk: Desk, place: Place) -> Watch:
        return self

    def acted(self, action: str, desk: Desk, place: Place) -> Watch:
        if action == FOLD:
            return self._fold(desk, place.cursor)
        if action == RESORT:
            kinds = tuple(Order)
            chosen = kinds[(kinds.index(self.order) + 1) % len(kinds)]
            return replace(self, order=chosen, frozen=_sorted(desk, chosen))
        return self

    def _fold(self, desk: Desk, cursor: str | None) -> Watch:
        market = desk.market(cursor or "")
        group = cursor if market is None else market.event_ticker
        if group is None or (market is None and group != PINNED and not desk.legs_of(group)):
            return self
        return replace(self, folded=self.folded ^ {group})

    def _pairs(self, desk: Desk, sheet: Sheet, width: int) -> Iterator[tuple[str | None, Row]]:
        pinned = _pinned(desk)
        decimals = figures.places(_prices(desk.replica.watch.quotes.values()))
        if pinned:
            yield PINNED, _heading(f"held {len(pinned)}", "", PINNED in self.folded, width)
            if PINNED not in self.folded:
                for market in pinned.values():
                    yield market.ticker, self._row(desk, market, sheet, decimals, is_pinned=True)
        for event in desk.events():
            legs = [leg for leg in self._ordered(desk.legs_of(event)) if leg.ticker not in pinned]
            if not legs:
                continue
            is_folded = event in self.folded
            yield event, _heading(_event_text(desk, event, legs), _end_text(desk, legs[0]), is_folded, width)
            if not is_folded:
                for leg in legs:
                    yield leg.ticker, self._row(desk, leg, sheet, decimals, is_pinned=False)

    def _ordered(self, legs: tuple[MarketRow, ...]) -> Iterable[MarketRow]:
        if not self.frozen:
            return legs
        at = {ticker: index for index, ticker in enumerate(self.frozen)}
        return sorted(legs, key=lambda leg: at.get(leg.ticker, len(at)))

    def _row(self, desk: Desk, market: MarketRow, sheet: Sheet, decimals: int, *, is_pinned: bool) -> Row:
        ticker = market.ticker
        seen = _Seen(
            market,
            desk.quote(ticker),
            desk.position(ticker),
            day_change(desk, ticker),
            _mark(desk, ticker),
            is_pinned,
            decimals,
            not desk.is_stale(WATCH),
            sheet,
        )
        known = self._rows.get(ticker)
        if known is not None and _is_same(known[0], seen):
            return known[1]
        row = sheet.line(_cells(seen))
        self._rows[ticker] = (seen, row)
        return row


def _is_same(one: _Seen, other: _Seen) -> bool:
    """Rows of the replica are replaced when they change, so being the same object is enough."""
    return (
        one.quote is other.quote
        and one.market is other.market
        and one.position is other.position
        and one[3:] == other[3:]
    )


def _cells(seen: _Seen) -> dict[str, Span]:
    market, quote, position = seen.market, seen.quote, seen.position
    label = market_label(market, market.ticker) if seen.is_pinned else outcome_label(market)
    cells: dict[str, Span] = {
        "mark": (seen.mark, roles.OWN if seen.mark == "◆" else roles.ACCENT),
        "label": (label, roles.TEXT),
        "position": _position_cell(position),
    }
    if market.status is not MarketStatus.ACTIVE:
        cells["bid"] = (status_word(market.status)[:6], roles.LABEL)
        cells["ask"] = result_cell(market.settlement_bp)
    if quote is None:
        return dict.fromkeys(_OF_QUOTE, (figures.UNKNOWN, roles.LABEL)) | cells
    return _quote_cells(quote, seen) | cells


def _quote_cells(quote: QuoteRow, seen: _Seen) -> dict[str, Span]:
    decimals, change_bp = seen.decimals, seen.change_bp
    is_fresh = quote.is_fresh and seen.is_current
    old = "" if is_fresh else figures.OLD

    def price(price_bp: int | None, role: str) -> Span:
        if price_bp is None:
            return figures.UNKNOWN, roles.LABEL
        return old + figures.price(price_bp, decimals), role if is_fresh else roles.STALE

    return {
        "bid": price(quote.bid_bp, roles.YES),
        "ask": price(quote.ask_bp, roles.NO),
        "last": (figures.price(quote.last_bp, decimals), roles.TEXT),
        "change": (figures.price_change(change_bp, decimals), figures.tone(change_bp)),
        "volume": (figures.short_count(quote.volume_c), roles.LABEL),
        "interest": (figures.short_count(quote.open_interest_c), roles.LABEL),
    }


def _position_cell(position: PositionRow | None) -> Span:
    if position is None or position.leg is None:
        return "", roles.TEXT
    sign, role = ("Y", roles.YES) if position.leg is Leg.YES else ("N", roles.NO)
    return f"{sign}{figures.short_count(position.count_c)}", role


def _mark(desk: Desk, ticker: str) -> str:
    if ticker == desk.loaded:
        return "»"
    if desk.position(ticker) is not None:
        return "◆"
    return "★" if ticker in desk.starred else ""


def _pinned(desk: Desk) -> dict[str, MarketRow]:
    """What is held, by event and strike, then what is starred."""
    held = [ticker for ticker in desk.replica.desk.positions if desk.market(ticker) is not None]
    found = {ticker: market for ticker in held if (market := desk.market(ticker)) is not None}
    ordered = sorted(found.values(), key=lambda market: (market.close_ns, market.ticker))
    starred = [market for ticker in desk.starred if (market := desk.market(ticker)) is not None]
    return {market.ticker: market for market in (*ordered, *starred)}


def _heading(text: str, end: str, is_folded: bool, width: int) -> Row:
    """``end`` stands at the right edge; the text gives way to it."""
    glyph = "▸ " if is_folded else "▾ "
    room = max(width - len(end) - 1, min(width, 3))
    shown = pad(clip(glyph + text, room), room)
    return merged(((shown, roles.TITLE), (clip(f" {end}", width - room), roles.LABEL)))


def _event_text(desk: Desk, event: str, legs: list[MarketRow]) -> str:
    facts = desk.facts.get(legs[0].ticker)
    if facts is not None:
        return f"{event}  {facts.event.title}"
    return f"{event}  {common_title([leg.title for leg in legs])}"


def _end_text(desk: Desk, leg: MarketRow) -> str:
    if leg.status is MarketStatus.ACTIVE:
        return numbers.countdown(leg.close_ns - desk.now_ns)
    return status_word(leg.status)


def _prices(quotes: Iterable[QuoteRow]) -> Iterator[int | None]:
    for quote in quotes:
        yield quote.bid_bp
        yield quote.ask_bp
        yield quote.last_bp


def _sorted(desk: Desk, order: Order) -> tuple[str, ...]:
    if order is Order.STRIKE:
        return ()
    quotes = desk.replica.watch.quotes

    def weight(ticker: str) -> int:
        if order is Order.VOLUME:
            quote = quotes.get(ticker)
            return -((quote.volume_c if quote is not None else 0) or 0)
        return -abs(day_change(desk, ticker) or 0)

    return tuple(sorted(desk.replica.watch.markets, key=lambda ticker: (weight(ticker), ticker)))
