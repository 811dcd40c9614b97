"""What forecasts are known, kept for whoever looks at them; no money depends on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.control.protocol import Delta, Snapshot, encode, forecast_topic
from engine.control.rows.forecasts import ForecastRows, ModelRow, ScanRow
from engine.domain.forecast import Forecast, SeriesStatus


class ForecastBoard:
    """``on_change`` hears the markets whose rows moved, ``on_scan`` that the scan's row did."""

    def __init__(self) -> None:
        self.scan = ScanRow()
        self.models: dict[str, ModelRow] = {}
        self.forecasts: dict[str, Forecast] = {}
        self.on_change: Callable[[Iterable[str]], None] | None = None
        self.on_scan: Callable[[], None] | None = None

    def put_scan(self, row: ScanRow) -> None:
        if row != self.scan:
            self.scan = row
            if self.on_scan is not None:
                self.on_scan()

    def put(self, rows: Iterable[ModelRow], forecasts: Iterable[Forecast] = ()) -> None:
        """Rows that differ from what is there, and whole forecasts; a row without a median has none."""
        moved = []
        for forecast in forecasts:
            self.forecasts[forecast.ticker] = forecast
            moved.append(forecast.ticker)
        for row in rows:
            if self.models.get(row.ticker) != row:
                self.models[row.ticker] = row
                moved.append(row.ticker)
            if not row.status.has_forecast:
                self.forecasts.pop(row.ticker, None)
        self._tell(moved)

    def forget(self, tickers: Iterable[str]) -> None:
        """Markets that are not open any more."""
        gone = [ticker for ticker in tickers if self.models.pop(ticker, None) is not None]
        for ticker in gone:
            self.forecasts.pop(ticker, None)
        self._tell(gone)

    def rows_of(self, ticker: str) -> ForecastRows:
        model = self.models.get(ticker)
        return ForecastRows(
            forecast=self.forecasts.get(ticker), status=None if model is None else _reason(model.status)
        )

    def _tell(self, tickers: list[str]) -> None:
        if tickers and self.on_change is not None:
            self.on_change(tickers)


def _reason(status: SeriesStatus) -> SeriesStatus | None:
    """Why there is none; nothing where there is one."""
    return None if status.has_forecast else status


class ForecastFeed:
    """The topic ``forecast:T`` of one client: see engine.control.bundled_feeds.BundledFeed."""

    def __init__(self, board: ForecastBoard, ticker: str) -> None:
        self.topic = forecast_topic(ticker)
        self._board = board
        self._ticker = ticker
        self._rev = 0
        self.restart()

    def leave(self) -> None:
        """Nothing is kept for this client alone."""

    def restart(self) -> None:
        self._is_new, self._is_due = True, True
        self._sent: ForecastRows | None = None

    def touch(self, tickers: Iterable[str]) -> bool:
        self._is_due = self._is_due or self._ticker in tickers
        return self._is_due

    def universe_changed(self) -> bool:
        return False

    def public_moved(self, topics: set[str]) -> bool:
        return False

    @property
    def has_more(self) -> bool:
        return self._is_due

    def next_frame(self) -> bytes | None:
        self._is_due = False
        rows = self._board.rows_of(self._ticker)
        if rows == self._sent:
            return None
        self._sent = rows
        is_new, self._is_new = self._is_new, False
        self._rev += 1
        if is_new:
            return encode(Snapshot(self.topic, self._rev, rows))
        return encode(Delta(self.topic, self._rev - 1, self._rev, rows))


def moved_models(board: ForecastBoard, ticker: str, sent: dict[str, ModelRow]) -> ModelRow | None:
    """The row of a market if a client does not have it as it is; notes that it has it from now on."""
    row = board.models.get(ticker)
    if row is None or sent.get(ticker) == row:
        return None
    sent[ticker] = row
    return row
