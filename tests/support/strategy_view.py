"""A view of one or a few markets for a strategy that looks at forecasts, all of it set by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from core_bench import START, market

from engine.core.book_view import BookView
from engine.core.holdings import unheld
from engine.core.strategy import View
from engine.domain.forecast import Forecast, ForecastSource
from engine.domain.market import Market
from engine.domain.position import Position
from engine.domain.units import HOUR_NS, SECOND_NS

START_S = START // SECOND_NS
MODEL = ForecastSource("timesfm-2.5", False, "3f2a91c0" * 8, is_pinned=True)
UNPINNED = ForecastSource("timesfm-2.5", False, "3f2a91c0" * 8)
BASELINE = ForecastSource("drift", is_baseline=True)


def a_market(
    ticker: str = "KXBTCD-26NOV20-T50", close_ns: int = START + 9 * HOUR_NS, **changes: Any
) -> Market:
    return market(ticker, close_ns=close_ns, **changes)


def a_forecast(
    ticker: str = "KXBTCD-26NOV20-T50",
    median_bp: int = 4_000,
    half_bp: int = 4_000,
    last_bp: int | None = 5_000,
    source: ForecastSource = MODEL,
    steps: int = 6,
    end_s: int = START_S,
) -> Forecast:
    """Flat over its steps; ``half_bp`` is from the median to either end of the band."""
    deciles = tuple(min(max(median_bp + half_bp * (at - 4) // 4, 1), 9_999) for at in range(9))
    return Forecast(ticker, source, START, end_s, 3_600, (deciles,) * steps, 0, last_bp)


def a_book(ticker: str, bid_bp: int | None, ask_bp: int | None, *, is_fresh: bool = True) -> BookView:
    """Prices of YES."""
    view = BookView(ticker)
    bids = {} if bid_bp is None else {bid_bp: 10_000}
    asks = {} if ask_bp is None else {ask_bp: 10_000}
    view.book.replace(bids, asks)
    view.is_fresh = is_fresh
    return view


def a_view(
    forecasts: Sequence[Forecast] = (),
    markets: Sequence[Market] = (),
    books: Sequence[BookView] = (),
    held: dict[str, int] | None = None,
    **changes: Any,
) -> View:
    """Without books each market has 49 to 51."""
    listed = tuple(markets) or (a_market(),)
    shown = {view.touched[0]: view for view in books} or {
        one.ticker: a_book(one.ticker, 4_900, 5_100) for one in listed
    }
    positions = {
        ticker: msgspec.structs.replace(
            unheld(ticker), owner="timesfm-no", position=_position(ticker, count_c)
        )
        for ticker, count_c in (held or {}).items()
    }
    view = View(
        at=START,
        mono=0,
        cause="forecast",
        markets=listed,
        books=shown,
        quotes={},
        positions=positions,
        orders=(),
        candles={},
        observations={},
        computed=None,
        missing=(),
        denials=(),
        forecasts={one.ticker: one for one in forecasts},
        venue="sandbox",
        stage="money",
    )
    return msgspec.structs.replace(view, **changes)


def _position(ticker: str, count_c: int) -> Position:
    return msgspec.structs.replace(unheld(ticker).position, count_c=count_c)
