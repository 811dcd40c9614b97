"""The price rows of the markets that a replay takes, read from each one's finest files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from engine.domain.price_grid import PriceGrid
from engine.domain.units import PriceBp
from engine.sandbox.sources.replay import rows
from engine.sandbox.sources.replay.books import RecordedBook, read_books
from engine.sandbox.sources.replay.catalog import Extent, Grain, RecordedFile
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.selection import ChosenMarket
from engine.sandbox.sources.replay.timeline import Kind, Row, table_of_rows


class FileUse(msgspec.Struct, frozen=True):
    """What one file gives to the replay, before anything is left out."""

    name: str
    grain: Grain
    markets: int
    quotes: int = 0
    prints: int = 0
    derived_quotes: int = 0
    """Quotes made around prints, one tick wide, for markets that have trades alone."""


class PriceReader:
    """Reads file by file and keeps the tables; a row's subject is its market's place in ``markets``."""

    def __init__(self, markets: Sequence[ChosenMarket]) -> None:
        tickers = [market.ticker for market in markets]
        self._place = pa.array(tickers, pa.string())
        self._subjects = {ticker: subject for subject, ticker in enumerate(tickers)}
        self._quoted: set[int] = set()
        self.tables: list[Any] = []
        self._prints: list[tuple[int, Any]] = []
        self.books: list[RecordedBook] = []
        self.candles: dict[int, list[tuple[RecordedFile, Any]]] = {}
        self.uses: list[FileUse] = []

    def read(self, file: RecordedFile, tickers: list[str]) -> None:
        match file.grain:
            case Grain.BOOKS:
                self._read_books(file, tickers)
            case Grain.QUOTES:
                table = rows.quote_rows(file, tickers, self._place)
                self._quoted.update(self._subjects[ticker] for ticker in tickers)
                self.tables.append(table)
                self.uses.append(FileUse(file.name, file.grain, len(tickers), quotes=len(table)))
            case Grain.MINUTE_CANDLES | Grain.HOUR_CANDLES:
                self._read_candles(file, tickers)
            case Grain.TRADES:
                table = rows.trade_rows(file, tickers, self._place)
                self.tables.append(table)
                self._prints.append((len(self.uses), table))
                self.uses.append(FileUse(file.name, file.grain, len(tickers), prints=len(table)))

    def prices(self) -> set[PriceBp]:
        found = rows.prices_in(self.tables)
        for book in self.books:
            found.update(price for price, _ in book.bids)
            found.update(price for price, _ in book.asks)
        return found

    def add_quotes_around_prints(self, grid: PriceGrid) -> None:
        """Gives markets that were traded but never quoted a quote around each print."""
        quoted = pa.array(sorted(self._quoted), pa.int64())
        for use, prints in self._prints:
            bare = prints.filter(pc.invert(pc.is_in(prints["subject"], value_set=quoted)))
            self.tables.append(rows.quotes_around(bare, grid))
            self.uses[use] = msgspec.structs.replace(self.uses[use], derived_quotes=len(bare))

    def _read_books(self, file: RecordedFile, tickers: list[str]) -> None:
        books = read_books(file.path, set(tickers))
        first = len(self.books)
        self.books.extend(books)
        made = [
            Row(book.at_ns, Kind.BOOK, self._subjects[book.ticker], first + number)
            for number, book in enumerate(books)
        ]
        self._quoted.update(self._subjects[ticker] for ticker in tickers)
        self.tables.append(table_of_rows(made))
        self.uses.append(FileUse(file.name, file.grain, len(tickers), quotes=len(books)))

    def _read_candles(self, file: RecordedFile, tickers: list[str]) -> None:
        table = rows.candle_table(file, tickers)
        prints, quotes = rows.candle_rows(file, table, self._place)
        self._quoted.update(self._subjects[ticker] for ticker in tickers)
        self.tables.extend((prints, quotes))
        self.uses.append(FileUse(file.name, file.grain, len(tickers), quotes=len(quotes), prints=len(prints)))
        if file.grain is Grain.MINUTE_CANDLES:
            for ticker in tickers:
                self.candles.setdefault(self._subjects[ticker], []).append((file, table))


def files_to_read(markets: Sequence[ChosenMarket]) -> dict[RecordedFile, list[str]]:
    """Per file the tickers that it is the finest source of; trades are prints beside any other source.

    Raises RecordingError when two files hold trades, or candlesticks of one period, of the same time of a
    market: its volume would count twice.
    """
    found: dict[RecordedFile, list[str]] = {}
    for market in markets:
        best = min((span.file.grain for span in market.spans), default=None)
        used = [span for span in market.spans if _is_used(span.file.grain, best)]
        _refuse_overlap(market.ticker, used)
        for span in used:
            found.setdefault(span.file, []).append(market.ticker)
    return found


def _is_used(grain: Grain, best: Grain | None) -> bool:
    ticks = best is not None and grain <= Grain.QUOTES and best <= Grain.QUOTES
    return ticks or grain is best or grain is Grain.TRADES


def _refuse_overlap(ticker: str, used: Sequence[Extent]) -> None:
    counted = [span for span in used if span.file.grain > Grain.QUOTES]
    for one, other in combinations(counted, 2):
        apart = one.last_ns < other.first_ns or other.last_ns < one.first_ns
        if one.file.grain is other.file.grain and not apart:
            raise RecordingError(
                f"{one.file.name} and {other.file.name}",
                f"{ticker} at the same time",
                got="both",
                wanted="one of them",
            )
