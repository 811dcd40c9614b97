"""The past of a replay: one-minute candlesticks and prints from before its clock starts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import pyarrow.compute as pc

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, MINUTE_NS, SECOND_NS, CountC, MicroDollars, PriceBp, ceil_div
from engine.sandbox.core.feed import Traded
from engine.sandbox.sources.replay import columns
from engine.sandbox.sources.replay.catalog import RecordedFile
from engine.sandbox.sources.replay.recording import Recording
from engine.sandbox.sources.replay.rows import BUYS
from engine.sandbox.sources.replay.timeline import Kind, Row

_MINUTE_S = 60
_PARTS = ("open", "high", "low", "close")
_PRICE_FIELDS = (
    "price_mean",
    *(f"{bar}_{part}" for bar in ("yes_bid", "yes_ask", "price") for part in _PARTS),
)


class _Bar:
    """Open, high, low and close while a minute runs; the next one starts from this one's close."""

    def __init__(self, start: PriceBp | None) -> None:
        self.values: list[PriceBp] = [] if start is None else [start]

    def add(self, price: PriceBp) -> None:
        self.values.append(price)

    def ohlc(self) -> Ohlc:
        values = self.values
        return Ohlc(values[0], max(values), min(values), values[-1]) if values else Ohlc()


class History:
    """Answers from the rows before the recording's start, each market read once."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._end = recording.timeline.before(recording.start_ns)
        self._subjects = {market.ticker: place for place, market in enumerate(recording.markets)}
        self._candles: dict[int, list[Candlestick]] = {}
        self._trades: dict[int, list[Traded]] = {}

    def candles(self, ticker: str, start_s: int, end_s: int) -> Sequence[Candlestick]:
        """Whole minutes that ended by the start of the replay and end in ``[start_s, end_s]``; sparse.

        Recorded one-minute candlesticks as they are; else built from quotes and prints, where a quote that
        stands at the start of a minute is its open. Recorded hours give the minute that they end with.
        """
        subject = self._subjects.get(ticker)
        if subject is None:
            return ()
        if subject not in self._candles:
            self._candles[subject] = sorted(self._candles_of(subject), key=lambda candle: candle.end_s)
        return [candle for candle in self._candles[subject] if start_s <= candle.end_s <= end_s]

    def trades(self, ticker: str, start_s: int, end_s: int) -> Sequence[Traded]:
        """Prints of ``[start_s, end_s]`` from before the start, oldest first."""
        subject = self._subjects.get(ticker)
        if subject is None:
            return ()
        if subject not in self._trades:
            prints = (row for row in self._rows(subject) if row.kind == Kind.PRINT)
            self._trades[subject] = [_traded(ticker, number, row) for number, row in enumerate(prints)]
        return [t for t in self._trades[subject] if start_s * SECOND_NS <= t.at_ns <= end_s * SECOND_NS]

    def _rows(self, subject: int) -> Iterator[Row]:
        timeline = self._recording.timeline
        return (timeline[place] for place in timeline.places_of(subject, self._end))

    def _candles_of(self, subject: int) -> Iterator[Candlestick]:
        last_s = self._recording.start_ns // SECOND_NS
        found: Iterator[Candlestick]
        if subject in self._recording.candles:
            market = self._recording.markets[subject]
            files = self._recording.candles[subject]
            found = chain.from_iterable(recorded_candles(*file, market.ticker) for file in files)
            limit_s = min(last_s, market.close_ns // SECOND_NS)
        else:
            found = built_candles(self._rows(subject), self._recording)
            limit_s = last_s
        return (candle for candle in found if candle.end_s <= limit_s)


def built_candles(rows: Iterable[Row], recording: Recording) -> Iterator[Candlestick]:
    """One-minute candlesticks out of one market's rows in time order; a minute is ``(end - 60 s, end]``."""
    bid, ask, price = _Bar(None), _Bar(None), _Bar(None)
    previous: PriceBp | None = None
    volume_c: CountC = 0
    paid_ud = 0
    end_s = 0
    for row in rows:
        row_end_s = ceil_div(row.at_ns, MINUTE_NS) * _MINUTE_S
        if row_end_s != end_s:
            if end_s:
                yield _candle(end_s, bid, ask, price, previous, volume_c, paid_ud)
            previous = price.values[-1] if price.values else previous
            bid, ask, price = _Bar(_last(bid)), _Bar(_last(ask)), _Bar(None)
            volume_c = paid_ud = 0
            end_s = row_end_s
        if row.kind == Kind.PRINT:
            price.add(row.first)
            volume_c += row.second
            paid_ud += row.first * row.second
        else:
            best_bid, best_ask = _best(row, recording)
            bid.add(best_bid)
            ask.add(best_ask)
    if end_s:
        yield _candle(end_s, bid, ask, price, previous, volume_c, paid_ud)


def recorded_candles(file: RecordedFile, table: Any, ticker: str) -> Iterator[Candlestick]:
    """The recorded one-minute candlesticks of a market, in time order."""
    mine = table.filter(pc.equal(table["ticker"], ticker))
    fields = {name: columns.price_bp(mine[name], file.name, name).to_pylist() for name in _PRICE_FIELDS}
    volume = columns.count_c(mine["volume"], file.name, "volume").to_pylist()
    interest = columns.count_c(mine["open_interest"], file.name, "open_interest").to_pylist()
    ends = mine["end_period_ts"].to_pylist()
    previous: PriceBp | None = None
    for at in sorted(range(len(ends)), key=ends.__getitem__):
        price = _ohlc(fields, "price", at)
        yield Candlestick(
            end_s=ends[at],
            yes_bid=_ohlc(fields, "yes_bid", at),
            yes_ask=_ohlc(fields, "yes_ask", at),
            price=price,
            mean_bp=fields["price_mean"][at],
            previous_bp=previous,
            volume_c=volume[at] or 0,
            open_interest_c=interest[at] or 0,
        )
        previous = previous if price.close_bp is None else price.close_bp


def _candle(
    end_s: int,
    bid: _Bar,
    ask: _Bar,
    price: _Bar,
    previous: PriceBp | None,
    volume_c: CountC,
    paid_ud: MicroDollars,
) -> Candlestick:
    return Candlestick(
        end_s=end_s,
        yes_bid=bid.ohlc(),
        yes_ask=ask.ohlc(),
        price=price.ohlc(),
        mean_bp=(2 * paid_ud + volume_c) // (2 * volume_c) if volume_c else None,
        previous_bp=previous,
        volume_c=volume_c,
        open_interest_c=0,
    )


def _best(row: Row, recording: Recording) -> tuple[PriceBp, PriceBp]:
    """The best bid and ask of a QUOTE or BOOK row; an empty side is 0 or $1."""
    if row.kind == Kind.QUOTE:
        return row.first, row.second
    book = recording.books[row.first]
    return (book.bids[0][0] if book.bids else 0), (book.asks[0][0] if book.asks else CONTRACT_BP)


def _last(bar: _Bar) -> PriceBp | None:
    return bar.values[-1] if bar.values else None


def _ohlc(fields: dict[str, list[PriceBp | None]], bar: str, at: int) -> Ohlc:
    return Ohlc(*(fields[f"{bar}_{part}"][at] for part in _PARTS))


def _traded(ticker: str, number: int, row: Row) -> Traded:
    """A past print; its id depends on the market and its place in the recording alone."""
    digest = hashlib.sha256(f"{ticker}/{number}".encode()).hexdigest()
    return Traded(
        trade_id="-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32])),
        ticker=ticker,
        price_bp=row.first,
        count_c=row.second,
        taker_side=BookSide.BID if row.third == BUYS else BookSide.ASK,
        at_ns=row.at_ns,
    )
