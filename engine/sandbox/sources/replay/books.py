"""Recorded order books, one JSON object a line, compressed with Zstandard.

Two forms: the exchange's own REST body (``orderbook_fp`` with dollar strings) and a recorder's
(``yes_bids`` and ``no_bids`` with dollars and contracts as numbers). Both list the bids of each leg.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import msgspec
import zstandard

from engine.domain.units import CONTRACT_BP, MICROSECOND_NS, CountC, Nanoseconds, PriceBp, complement
from engine.sandbox.sources.replay.error import RecordingError
from engine.wire.fixed_point import FixedPointError, count_c, price_bp
from engine.wire.markets import OrderBookLevels

Levels: TypeAlias = tuple[tuple[PriceBp, CountC], ...]
_T = TypeVar("_T")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class RecordedBook(msgspec.Struct, frozen=True):
    """One capture on the YES leg, best level first on both sides."""

    ticker: str
    at_ns: Nanoseconds
    bids: Levels
    asks: Levels

    @property
    def is_crossed(self) -> bool:
        return bool(self.bids and self.asks) and self.bids[0][0] >= self.asks[0][0]


class _Head(msgspec.Struct):
    captured_at: dt.datetime
    ticker: str


class _Line(_Head):
    orderbook_fp: OrderBookLevels | None = None
    yes_bids: list[tuple[float, float]] | None = None
    no_bids: list[tuple[float, float]] | None = None


def spans(path: Path, series: str, _time_field: str) -> Iterator[tuple[str, int, Nanoseconds, Nanoseconds]]:
    """Ticker, captures, first and last time of the series' markets in the file."""
    found: dict[str, tuple[int, int, int]] = {}
    for head in _decoded(path, _Head, lambda head: head.ticker.startswith(f"{series}-")):
        at_ns = _nanoseconds(path, head.captured_at)
        rows, first, last = found.get(head.ticker, (0, at_ns, at_ns))
        found[head.ticker] = (rows + 1, min(first, at_ns), max(last, at_ns))
    for ticker, (rows, first, last) in found.items():
        yield ticker, rows, first, last


def series_in(path: Path) -> set[str]:
    return {head.ticker.split("-", 1)[0] for head in _decoded(path, _Head, lambda _: True)}


def read_books(path: Path, tickers: set[str]) -> list[RecordedBook]:
    """The captures of these markets in file order.

    Raises RecordingError for a corrupt file, a line of neither form, a price or count that is none.
    """
    lines = _decoded(path, _Line, lambda line: line.ticker in tickers)
    return [_book(path, line) for line in lines]


def _decoded(path: Path, kind: type[_T], wanted: Callable[[_T], bool]) -> Iterator[_T]:
    decoder = msgspec.json.Decoder(kind)
    for number, text in enumerate(_lines(path), start=1):
        try:
            line = decoder.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RecordingError(path.name, f"line {number}", got=error, wanted="a recorded book") from None
        if wanted(line):
            yield line


def _lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, the last one too if nothing ends it."""
    rest = b""
    for plain in _plain(path):
        *lines, rest = (rest + plain).split(b"\n")
        yield from lines
    if rest:
        yield rest


def _plain(path: Path) -> Iterator[bytes]:
    """The decompressed bytes of a file that may be several compressed parts, one after the other.

    Raises RecordingError where a part is damaged or stops before its end.
    """
    decompressor = zstandard.ZstdDecompressor()
    part = decompressor.decompressobj()
    at_start = True
    try:
        with path.open("rb") as raw:
            while data := raw.read(1 << 16):
                while data:
                    yield part.decompress(data)
                    data = part.unused_data if part.eof else b""
                    at_start = part.eof and not data
                    part = decompressor.decompressobj() if part.eof else part
    except (zstandard.ZstdError, OSError) as error:
        raise RecordingError(path.name, "not readable as Zstandard", got=error) from None
    if not at_start:
        raise RecordingError(path.name, "not readable as Zstandard", got="an end in the middle of a part")


def _book(path: Path, line: _Line) -> RecordedBook:
    where = f"{line.ticker} at {line.captured_at.isoformat()}"
    try:
        if line.orderbook_fp is not None:
            yes, no = _levels(line.orderbook_fp.yes_dollars), _levels(line.orderbook_fp.no_dollars)
        elif line.yes_bids is not None and line.no_bids is not None:
            yes, no = _levels(_texts(line.yes_bids)), _levels(_texts(line.no_bids))
        else:
            wanted = "orderbook_fp, or yes_bids and no_bids"
            raise RecordingError(path.name, where, got="no levels", wanted=wanted)
    except FixedPointError as error:
        raise RecordingError(path.name, where, got=error) from None
    asks = [(complement(price), count) for price, count in no]
    return RecordedBook(
        ticker=line.ticker,
        at_ns=_nanoseconds(path, line.captured_at),
        bids=tuple(sorted(yes, reverse=True)),
        asks=tuple(sorted(asks)),
    )


def _texts(levels: list[tuple[float, float]]) -> list[tuple[str, str]]:
    """The numbers as the recorder printed them: shortest text that reads back the same."""
    return [(repr(price), repr(count)) for price, count in levels]


def _levels(levels: Any) -> list[tuple[PriceBp, CountC]]:
    found = [(price_bp(price), count_c(count)) for price, count in levels]
    for price, count in found:
        if not 0 < price < CONTRACT_BP or count <= 0:
            raise FixedPointError(
                f"level: got {price} bp x {count} hundredths, wanted inside (0, $1), above 0"
            )
    if len(dict(found)) < len(found):
        raise FixedPointError("level: got one price twice, wanted each once")
    return found


def _nanoseconds(path: Path, at: dt.datetime) -> Nanoseconds:
    if at.tzinfo is None:
        raise RecordingError(path.name, "captured_at", got=at.isoformat(), wanted="a time with a zone")
    return (at - _EPOCH) // dt.timedelta(microseconds=1) * MICROSECOND_NS
