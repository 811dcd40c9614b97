"""Rows of a timeline out of the price files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engine.domain.price_grid import PriceGrid
from engine.domain.units import CONTRACT_BP, CountC, PriceBp
from engine.sandbox.sources.replay import columns
from engine.sandbox.sources.replay.catalog import CANDLE_COLUMNS, QUOTE_COLUMNS, TRADE_COLUMNS, RecordedFile
from engine.sandbox.sources.replay.error import RecordingError
from engine.sandbox.sources.replay.parquet import ColumnKind, read_table
from engine.sandbox.sources.replay.timeline import Kind, table_of

BUYS, SELLS = 1, -1


def quote_rows(file: RecordedFile, tickers: Sequence[str], place: Any) -> Any:
    """Best bid and ask in cents; null and 0 are an empty bid, null and 100 an empty ask.

    ``place`` is the int64 Arrow array of tickers whose index is a row's subject, here and below.
    """
    table = read_table(file.path, {**QUOTE_COLUMNS, file.time_field: ColumnKind.WHOLE}, _among(tickers))
    return _quotes(table, file, place, "yes_bid", "yes_ask")


def candle_table(file: RecordedFile, tickers: Sequence[str]) -> Any:
    """The candlesticks of some markets, as they are in the file."""
    return read_table(file.path, CANDLE_COLUMNS, _among(tickers))


def candle_rows(file: RecordedFile, table: Any, place: Any) -> list[Any]:
    """A quote from the closes and the period's prints, both at the end of each period."""
    quotes = _quotes(table, file, place, "yes_bid_close", "yes_ask_close")
    return [_candle_prints(file, table, place), quotes]


def trade_rows(file: RecordedFile, tickers: Sequence[str], place: Any) -> Any:
    """Prints at YES prices. Raises RecordingError for a taker side that is neither leg."""
    table = read_table(file.path, TRADE_COLUMNS, _among(tickers))
    price = columns.price_bp(table["yes_price"], file.name, "yes_price")
    count = columns.count_c(table["count"], file.name, "count")
    _refuse_empty_prints(file, price, count)
    sides = pc.index_in(table["taker_side"], value_set=pa.array(["no", "yes"]))
    if sides.null_count:
        odd = pc.filter(table["taker_side"], pc.is_null(sides))[0].as_py()
        raise RecordingError(file.name, "taker_side", got=repr(odd), wanted="yes or no")
    sign = pc.subtract(pc.multiply(pc.cast(sides, pa.int64()), 2), 1)
    at_ns = columns.time_ns(table["created_ms"], file.name, "created_ms")
    return table_of(Kind.PRINT, at_ns, _subjects(table, place), price, count, sign)


def quotes_around(prints: Any, grid: PriceGrid) -> Any:
    """A quote one tick wide around each print: the taker met the ask if it bought, else the bid."""
    known = pc.unique(prints["first"])
    prices = known.to_pylist()
    below = pa.array([grid.down(price) or 0 for price in prices], pa.int64())
    above = pa.array([grid.up(price) or CONTRACT_BP for price in prices], pa.int64())
    spot = pc.index_in(prints["first"], value_set=known)
    bought = pc.equal(prints["third"], BUYS)
    bid = pc.if_else(bought, below.take(spot), prints["first"])
    ask = pc.if_else(bought, prints["first"], above.take(spot))
    return table_of(Kind.QUOTE, prints["at_ns"], prints["subject"], bid, ask)


def uncrossed(quotes: Any) -> Any:
    """The quotes whose bid is below their ask; between the two halves of a move a recorder may see others."""
    return quotes.filter(pc.less(quotes["first"], quotes["second"]))


def prices_in(tables: Iterable[Any]) -> set[PriceBp]:
    """Every price of the quote and print rows."""
    found: set[PriceBp] = set()
    for table in tables:
        table = table.filter(pc.not_equal(table["kind"], int(Kind.BOOK)))
        found.update(pc.unique(table["first"]).to_pylist())
        quotes = table.filter(pc.equal(table["kind"], int(Kind.QUOTE)))
        found.update(pc.unique(quotes["second"]).to_pylist())
    return found


def spread_prints(
    bar: tuple[PriceBp, PriceBp, PriceBp, PriceBp], volume_c: CountC
) -> list[tuple[PriceBp, CountC, int]]:
    """Prints that give a period its open, high, low, close and volume: price, count, taker's sign.

    The path is the shorter one through both extremes; the close takes what does not divide evenly.
    """
    start, high, low, close = bar
    path = [start, low, high, close] if close >= start else [start, high, low, close]
    path = [price for i, price in enumerate(path) if i == 0 or price != path[i - 1]]
    if volume_c < len(path):
        path = [close]
    share = volume_c // len(path)
    counts = [share] * (len(path) - 1) + [volume_c - share * (len(path) - 1)]
    signs = [BUYS if i == 0 or price > path[i - 1] else SELLS for i, price in enumerate(path)]
    return list(zip(path, counts, signs, strict=True))


def _quotes(table: Any, file: RecordedFile, place: Any, bid_field: str, ask_field: str) -> Any:
    bid = pc.fill_null(columns.price_bp(table[bid_field], file.name, bid_field), 0)
    ask = pc.fill_null(columns.price_bp(table[ask_field], file.name, ask_field), CONTRACT_BP)
    at_ns = columns.time_ns(table[file.time_field], file.name, file.time_field)
    return table_of(Kind.QUOTE, at_ns, _subjects(table, place), bid, ask)


def _candle_prints(file: RecordedFile, table: Any, place: Any) -> Any:
    traded = pc.fill_null(
        pc.and_(pc.greater(pc.cast(table["volume"], pa.float64()), 0), pc.is_valid(table["price_close"])),
        False,
    )
    table = table.filter(traded)
    fields = ("price_open", "price_high", "price_low", "price_close")
    bars = [columns.price_bp(table[field], file.name, field).to_pylist() for field in fields]
    volumes = columns.count_c(table["volume"], file.name, "volume").to_pylist()
    ends = columns.time_ns(table[file.time_field], file.name, file.time_field).to_pylist()
    made: list[tuple[int, ...]] = []
    subjects = _subjects(table, place).to_pylist()
    for subject, at_ns, volume, *bar in zip(subjects, ends, volumes, *bars, strict=True):
        if None in bar:
            raise RecordingError(file.name, "price of a traded period", got=bar, wanted="no null")
        for price, count, sign in spread_prints((bar[0], bar[1], bar[2], bar[3]), volume):
            made.append((at_ns, subject, price, count, sign))
    at, who, *values = (
        pa.array(column, pa.int64()) for column in (zip(*made, strict=True) if made else [()] * 5)
    )
    return table_of(Kind.PRINT, at, who, *values)


def _refuse_empty_prints(file: RecordedFile, price: Any, count: Any) -> None:
    outside = pc.or_(pc.less_equal(price, 0), pc.greater_equal(price, CONTRACT_BP))
    if price.null_count or pc.any(outside).as_py():
        raise RecordingError(
            file.name, "yes_price", got="null, 0 or 100", wanted="a price inside (0, 100) cents"
        )
    if count.null_count or pc.any(pc.less_equal(count, 0)).as_py():
        raise RecordingError(file.name, "count", got="null or 0", wanted="at least 0.01 contracts")


def _subjects(table: Any, place: Any) -> Any:
    return pc.cast(pc.index_in(table["ticker"], value_set=place), pa.int64())


def _among(tickers: Sequence[str]) -> Any:
    return pc.field("ticker").cast(pa.string()).isin(pa.array(tickers, pa.string()))
