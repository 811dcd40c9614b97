"""The row of one market in WATCH, made anew only when something of it changed."""

from __future__ import annotations

from typing import NamedTuple

from console.tui import roles
from console.tui.cells import Row, Span
from console.tui.desk import Desk
from console.tui.panels import figures
from console.tui.panels.labels import market_label, outcome_label, result_cell, status_word
from console.tui.panels.memo import RowMemo
from console.tui.panels.model_words import edge_span, is_over, model_of, model_span
from console.tui.panels.sheet import Column, Sheet
from engine.control.rows.account import PositionRow
from engine.control.rows.forecasts import ModelRow
from engine.control.rows.markets import MarketRow, QuoteRow
from engine.domain.market import MarketStatus
from engine.domain.order import Leg
from engine.domain.units import Nanoseconds, PriceBp

COLUMNS = (
    Column("mark", "", 1),
    Column("label", "market", 12, is_text=True, most=40),
    Column("bid", "bid", 6),
    Column("ask", "ask", 6, rank=1),
    Column("last", "last", 5, rank=4),
    Column("spread", "spr", 5, rank=5),
    Column("volume", "vol", 5, rank=7),
    Column("interest", "oi", 5, rank=8),
    Column("model", "model", 6, rank=3),
    Column("edge", "edge", 8, rank=6),
    Column("position", "pos", 6, rank=2),
)
WITHOUT_MODEL = tuple(column for column in COLUMNS if column.name not in ("model", "edge"))
_OF_QUOTE = ("bid", "ask", "last", "spread", "volume", "interest")


class Look(NamedTuple):
    """What all rows of one view have in common."""

    sheet: Sheet
    decimals: int
    is_current: bool
    has_model: bool = False
    """Whether the sheet shows it: what is not seen makes no row anew."""
    is_model_current: bool = False


class Seen(NamedTuple):
    """What a row was made of; made anew when any of it is another."""

    market: MarketRow
    quote: QuoteRow | None
    position: PositionRow | None
    model: ModelRow | None
    is_model_over: bool
    mark: str
    is_pinned: bool
    look: Look


def market_row(memo: RowMemo, seen: Seen) -> Row:
    return memo.row(seen.market.ticker, seen, lambda: seen.look.sheet.line(_cells(seen)))


def seen_of(desk: Desk, market: MarketRow, look: Look, now_ns: Nanoseconds, *, is_pinned: bool) -> Seen:
    ticker = market.ticker
    model = model_of(desk, market) if look.has_model else None
    return Seen(
        market,
        desk.quote(ticker),
        desk.position(ticker),
        model,
        model is not None and is_over(model, now_ns),
        _mark(desk, ticker),
        is_pinned,
        look,
    )


def _cells(seen: Seen) -> dict[str, Span]:
    market, quote, position = seen.market, seen.quote, seen.position
    label = market_label(market, market.ticker) if seen.is_pinned else outcome_label(market)
    cells: dict[str, Span] = {
        "mark": (seen.mark, roles.OWN if seen.mark == "◆" else roles.ACCENT),
        "label": (label, roles.TEXT),
        "position": _position_cell(position),
    }
    if market.status is MarketStatus.ACTIVE:
        is_fresh = seen.look.is_model_current and not seen.is_model_over
        cells["model"] = model_span(seen.model, is_fresh=is_fresh)
        cells["edge"] = edge_span(seen.model, is_fresh=is_fresh)
    else:
        cells["bid"] = (status_word(market.status)[:6], roles.LABEL)
        cells["ask"] = result_cell(market.settlement_bp)
    if quote is None:
        return dict.fromkeys(_OF_QUOTE, (figures.UNKNOWN, roles.LABEL)) | cells
    return _quote_cells(quote, seen) | cells


def _quote_cells(quote: QuoteRow, seen: Seen) -> dict[str, Span]:
    decimals = seen.look.decimals
    is_fresh = quote.is_fresh and seen.look.is_current
    old = "" if is_fresh else figures.OLD

    def price(price_bp: int | None, role: str) -> Span:
        if price_bp is None:
            return figures.UNKNOWN, roles.LABEL
        return old + figures.price(price_bp, decimals), role if is_fresh else roles.STALE

    return {
        "bid": price(quote.bid_bp, roles.YES),
        "ask": price(quote.ask_bp, roles.NO),
        "last": (figures.price(quote.last_bp, decimals), roles.TEXT),
        "spread": price(spread_bp(quote), roles.LABEL),
        "volume": (figures.short_count(quote.volume_c), roles.LABEL),
        "interest": (figures.short_count(quote.open_interest_c), roles.LABEL),
    }


def spread_bp(quote: QuoteRow | None) -> PriceBp | None:
    """None without a bid or without an ask."""
    if quote is None or quote.bid_bp is None or quote.ask_bp is None:
        return None
    return quote.ask_bp - quote.bid_bp


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
