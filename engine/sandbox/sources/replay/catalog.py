"""Which files of a folder hold prices, and which markets and times each of them covers."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from engine.domain.units import Nanoseconds
from engine.sandbox.sources.replay import books, columns
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.parquet import (
    ColumnKind,
    check_columns,
    of_series,
    read_schema,
    read_table,
)


class Grain(IntEnum):
    """What kind of prices a file holds, finest first. Quotes and books of a market are replayed together."""

    BOOKS = 0
    QUOTES = 1
    MINUTE_CANDLES = 2
    HOUR_CANDLES = 3
    TRADES = 4


class RecordedFile(msgspec.Struct, frozen=True):
    path: Path
    grain: Grain
    time_field: str

    @property
    def name(self) -> str:
        return self.path.name


class Extent(msgspec.Struct, frozen=True):
    """One market's rows in one file: how many, the first and the last time."""

    file: RecordedFile
    rows: int
    first_ns: Nanoseconds
    last_ns: Nanoseconds


QUOTE_COLUMNS = {"ticker": ColumnKind.TEXT, "yes_bid": ColumnKind.NUMBER, "yes_ask": ColumnKind.NUMBER}
TRADE_COLUMNS = {
    "ticker": ColumnKind.TEXT,
    "created_ms": ColumnKind.WHOLE,
    "yes_price": ColumnKind.NUMBER,
    "count": ColumnKind.NUMBER,
    "taker_side": ColumnKind.TEXT,
}
CANDLE_COLUMNS = {
    "ticker": ColumnKind.TEXT,
    "end_period_ts": ColumnKind.WHOLE,
    "period_interval": ColumnKind.WHOLE,
    **{
        f"{bar}_{part}": ColumnKind.NUMBER
        for bar in ("yes_bid", "yes_ask", "price")
        for part in ("open", "high", "low", "close")
    },
    "price_mean": ColumnKind.NUMBER,
    "volume": ColumnKind.NUMBER,
    "open_interest": ColumnKind.NUMBER,
}


def price_files(folder: Path) -> list[RecordedFile]:
    """The folder's price files by their names, each with its schema checked.

    Raises RecordingError for a folder without any, and for a file of a foreign schema.
    """
    found = [*_quote_files(folder), *_book_files(folder), *_candle_files(folder), *_trade_files(folder)]
    if not found:
        wanted = "quotes_*.parquet, candles_*.parquet, trades_*.parquet or books_*.jsonl.zst"
        raise RecordingError(str(folder), "no recording", got="none of its files", wanted=wanted)
    return found


def extents(files: list[RecordedFile], series: str) -> dict[str, list[Extent]]:
    """For each ticker of the series, its extent in every file that has it, finest file first."""
    found: dict[str, list[Extent]] = {}
    for file in sorted(files, key=lambda f: (f.grain, f.name)):
        scan = books.spans if file.grain is Grain.BOOKS else _parquet_spans
        for ticker, rows, first_ns, last_ns in scan(file.path, series, file.time_field):
            found.setdefault(ticker, []).append(Extent(file, rows, first_ns, last_ns))
    return found


def series_in(files: list[RecordedFile]) -> set[str]:
    """Every series that has a row in a price file."""
    found: set[str] = set()
    for file in files:
        if file.grain is Grain.BOOKS:
            found |= books.series_in(file.path)
        else:
            tickers = read_table(file.path, {"ticker": ColumnKind.TEXT})["ticker"].unique().to_pylist()
            found |= {ticker.split("-", 1)[0] for ticker in tickers if ticker}
    return found


def _quote_files(folder: Path) -> Iterator[RecordedFile]:
    for path in sorted(folder.glob("quotes_*.parquet")):
        names = read_schema(path).names
        field = "ts_ms" if "ts_ms" in names else "ts"
        check_columns(path, {field: ColumnKind.WHOLE, **QUOTE_COLUMNS})
        yield RecordedFile(path, Grain.QUOTES, field)


def _book_files(folder: Path) -> Iterator[RecordedFile]:
    for path in sorted(folder.glob("books_*.jsonl.zst")):
        yield RecordedFile(path, Grain.BOOKS, "captured_at")


def _trade_files(folder: Path) -> Iterator[RecordedFile]:
    for path in sorted(folder.glob("trades_*.parquet")):
        check_columns(path, TRADE_COLUMNS)
        yield RecordedFile(path, Grain.TRADES, "created_ms")


def _candle_files(folder: Path) -> Iterator[RecordedFile]:
    for path in sorted(folder.glob("candles_*.parquet")):
        check_columns(path, CANDLE_COLUMNS)
        periods = read_table(path, {"period_interval": ColumnKind.WHOLE})["period_interval"].unique()
        minutes = sorted(periods.to_pylist(), key=str)
        if minutes == [1]:
            yield RecordedFile(path, Grain.MINUTE_CANDLES, "end_period_ts")
        elif minutes == [60]:
            yield RecordedFile(path, Grain.HOUR_CANDLES, "end_period_ts")
        elif minutes:
            raise RecordingError(path.name, "period_interval", got=minutes, wanted="1 or 60 in every row")


def _parquet_spans(
    path: Path, series: str, field: str
) -> Iterator[tuple[str, int, Nanoseconds, Nanoseconds]]:
    """Ticker, rows, first and last time of the series' markets in a file."""
    wanted = {"ticker": ColumnKind.TEXT, field: ColumnKind.WHOLE}
    table = read_table(path, wanted, rows=of_series(series))
    at_ns = columns.time_ns(table[field], path.name, field)
    spans = pa.table({"ticker": table["ticker"], "at": at_ns}).group_by("ticker")
    row: dict[str, Any]
    for row in spans.aggregate([("at", "count"), ("at", "min"), ("at", "max")]).to_pylist():
        yield row["ticker"], row["at_count"], row["at_min"], row["at_max"]
