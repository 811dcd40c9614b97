"""What a strategy is shown: its markets, what is known of them, and its own orders and positions."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.inputs import ComputeDone
from engine.core.seat import Seat
from engine.core.stages import Stages
from engine.core.strategy import View
from engine.core.universe import Universe
from engine.domain.candle import Candlestick
from engine.domain.market import Market


class Views:
    """``candles`` are the newest that were read, by market and period in minutes."""

    def __init__(self, desk: Desk, universe: Universe, stages: Stages) -> None:
        self._desk = desk
        self._universe = universe
        self._stages = stages
        self.candles: dict[tuple[str, int], tuple[Candlestick, ...]] = {}

    def markets(self, seat: Seat) -> tuple[Market, ...]:
        """Open ones of its series whose books the feed carries, by ticker."""
        desk = self._desk
        return tuple(
            market
            for ticker in sorted(self._universe.watched)
            if (market := desk.markets.get(ticker)) is not None
            and market.series_ticker in seat.needs.series
            and desk.at < market.close_ns
        )

    def view(self, seat: Seat, cause: str, computed: ComputeDone | None) -> View:
        desk = self._desk
        markets = self.markets(seat)
        name = seat.strategy.name
        return View(
            at=desk.at,
            mono=desk.mono,
            cause=cause,
            markets=markets,
            books=desk.books,
            quotes=desk.quotes,
            positions={t: record for t, record in desk.money.positions.items() if record.owner == name},
            orders=tuple(record for record in desk.working() if record.terms.owner == name),
            candles=self.candles,
            observations=desk.observations.by_key,
            computed=computed,
            missing=self._missing(seat, markets),
            denials=tuple(seat.denials),
            forecasts=desk.forecasts.by_ticker,
            without_forecast=desk.forecasts.absent,
            forecast_refusal=desk.forecasts.refusal(desk.mono),
            venue=desk.settings.venue,
            stage=self._stages.stage(name).value,
            refused=tuple(seat.refused),
        )

    def _missing(self, seat: Seat, markets: tuple[Market, ...]) -> tuple[str, ...]:
        desk = self._desk
        missing = [
            f"observation:{kind}"
            for kind in seat.needs.observations
            if desk.observations.refusal((kind,), desk.mono) is not None
        ]
        for market in markets:
            ticker = market.ticker
            if desk.is_book_stale(desk.books.get(ticker)):
                missing.append(f"book:{ticker}")
            missing += [
                f"candles:{ticker}:{period}"
                for period in seat.needs.candle_periods_min
                if (ticker, period) not in self.candles
            ]
        return tuple(missing)
