"""What a model says of a market, as a row of the watch list."""

from __future__ import annotations

from engine.control.rows.forecasts import ForecastRow, ModelRow
from engine.core.book_view import BookView
from engine.core.engine import Engine
from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus
from engine.domain.forecast_signal import confidence
from engine.domain.market import Market
from engine.domain.order import Leg
from engine.domain.units import ONE_CONTRACT_C, SECOND_NS, PriceBp, ceil_div, complement


def model_row(forecast: Forecast, market: Market, view: BookView | None) -> ModelRow:
    """Of the last step that ends by the market's close; without one the market has no median."""
    kept = forecast.until(market.close_ns // SECOND_NS)
    status = SeriesStatus.FILLED if forecast.filled else SeriesStatus.OK
    if not kept.horizon:
        return ModelRow(
            ticker=market.ticker,
            source=forecast.source,
            status=SeriesStatus.TOO_SHORT,
            made_at_ns=forecast.made_at_ns,
        )
    median_bp = kept.median_bp(-1)
    low_bp, high_bp = kept.band_bp(-1)
    now_bp = middle_now(view)
    move_bp = None if now_bp is None else median_bp - now_bp
    edge_bp, edge_leg = edge(median_bp, market, view)
    return ModelRow(
        ticker=market.ticker,
        source=forecast.source,
        status=status,
        made_at_ns=forecast.made_at_ns,
        end_s=kept.end_s(kept.horizon - 1),
        median_bp=median_bp,
        low_bp=low_bp,
        high_bp=high_bp,
        seen_bp=forecast.last_bp,
        move_bp=move_bp,
        confidence="" if move_bp is None else confidence(market.series_ticker, abs(move_bp)).value,
        edge_bp=edge_bp,
        edge_leg=edge_leg,
    )


def forecast_rows(engine: Engine, series: str) -> dict[str, ForecastRow]:
    """What is known of the open markets of a series, by ticker; bands end at the close."""
    known, at_ns = engine.desk.forecasts, engine.desk.at
    found: dict[str, ForecastRow] = {}
    for ticker in sorted(known.by_ticker.keys() | known.absent.keys()):
        market = engine.markets.get(ticker)
        if market is None or market.series_ticker != series or at_ns >= market.close_ns:
            continue
        forecast = known.by_ticker.get(ticker)
        if forecast is not None:
            forecast = forecast.until(market.close_ns // SECOND_NS)
        now_bp = middle_now(engine.books.get(ticker))
        found[ticker] = ForecastRow(ticker, forecast, known.absent.get(ticker), now_bp)
    return found


def missing_row(ticker: str, source: ForecastSource, status: SeriesStatus) -> ModelRow:
    return ModelRow(ticker=ticker, source=source, status=status)


def middle_now(view: BookView | None) -> PriceBp | None:
    """Where a move begins: the book's middle; None for a book that is old, crossed or one-sided."""
    if view is None or not view.is_fresh or view.book.is_crossed:
        return None
    return view.book.middle_bp


def edge(median_bp: PriceBp, market: Market, view: BookView | None) -> tuple[PriceBp | None, Leg | None]:
    """What one contract bought now is worth more than it costs with its fee, on the better leg; None where
    nothing can be bought."""
    if view is None or not view.is_fresh:
        return None, None
    found: list[tuple[PriceBp, Leg]] = []
    ask_bp, bid_bp = view.book.best_ask_bp, view.book.best_bid_bp
    if ask_bp is not None:
        found.append((median_bp - ask_bp - _fee_bp(market, ask_bp), Leg.YES))
    if bid_bp is not None:
        no_ask_bp = complement(bid_bp)
        found.append((complement(median_bp) - no_ask_bp - _fee_bp(market, no_ask_bp), Leg.NO))
    return max(found, default=(None, None), key=lambda one: one[0] or 0)


def _fee_bp(market: Market, price_bp: PriceBp) -> PriceBp:
    """Of one contract taken, rounded up."""
    return ceil_div(market.fees.fee_ud(price_bp, ONE_CONTRACT_C, is_taker=True), ONE_CONTRACT_C)
