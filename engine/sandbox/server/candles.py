"""Live one-minute candles of every market, made from the feed, kept for some days, and offered to the store.

A minute is there when the best quote moved or something traded in it; its quotes open as they stood when it
began. What lies before the exchange ran comes from the market source. The open interest of a minute is the
market's at the end of the step of the clock in which the minute's last trade was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from engine.domain.candle import Candlestick
from engine.domain.units import DAY_NS, SECOND_NS, Nanoseconds
from engine.sandbox.core.feed import BookChanged, FeedEvent, Traded
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.past import NO_PAST
from engine.sandbox.server.candle_pack import end_of, pack
from engine.sandbox.server.candle_track import MINUTE_S, Track, minute_end
from engine.sandbox.server.store import ChangedRow, StoredRow

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange
    from engine.sandbox.source import MarketSource

START, BATCH = "candles.start", "candles.batch"
KINDS = frozenset({START, BATCH})
"""The kinds of rows that :meth:`CandleRecorder.restore` takes."""

KEPT_NS: Nanoseconds = 8 * DAY_NS
COUNT_MAX = 2_000_000
"""About 100 MB; beyond it the oldest minutes of all markets go first."""
_EVICTION_STEP_S = 6 * 3600
_ONLY = "only"


class _Batch(msgspec.Struct, frozen=True, array_like=True):
    """Candles that ended together: tickers, and a packed candle for each."""

    tickers: list[str]
    candles: bytes


class CandleRecorder:
    """Follows the feed from the moment it is made; restored rows come before the first event."""

    def __init__(self, exchange: Exchange, source: MarketSource) -> None:
        self._exchange = exchange
        self._source = source
        self._tracks: dict[str, Track] = {}
        self._started_ns = exchange.now_ns
        self._observed_ns = exchange.now_ns
        self._swept_s = 0
        self._count = 0
        self._next_batch = 0
        self._batches: list[tuple[str, int]] = []
        """Key and last end of every stored batch, oldest first."""
        self._unsaved: list[tuple[str, bytes]] = []
        self._is_start_saved = False
        self._past_prices: dict[str, int | None] = {}
        self.adopt_books()

    def adopt_books(self) -> None:
        """Takes over every book as it stands; after the market source was opened, as that has quoted it."""
        for record in self._exchange.markets.values():
            if record.clock:
                self._track(record.ticker).adopt(record)

    def observe(self, events: Sequence[FeedEvent]) -> None:
        """Takes in what happened, in order."""
        tracks, markets = self._tracks, self._exchange.markets
        for event in events:
            if isinstance(event, BookChanged):
                track = tracks.get(event.ticker) or self._track(event.ticker)
                ended = track.change(event)
            elif isinstance(event, Traded):
                track = tracks.get(event.ticker) or self._track(event.ticker)
                ended = track.trade(event, markets[event.ticker].open_interest_c)
            else:
                continue
            if ended is not None:
                self._keep(event.ticker, track, ended)
        self._observed_ns = self._exchange.now_ns

    def told_until_ns(self, record: MarketRecord) -> Nanoseconds:
        """Until when a market's life is the source's to tell; from then on it was lived here. 0 for one that
        began here."""
        if record.past is not NO_PAST:
            return record.past.until_ns
        return self._started_ns if record.market.open_ns < self._started_ns else 0

    def candles(self, ticker: str, start_s: int, end_s: int) -> list[Candlestick]:
        """One-minute candles that end in ``[start_s, end_s]``, oldest first; sparse. The running minute is
        the last one, if its end lies in the range."""
        boundary_s = self.told_until_ns(self._exchange.markets[ticker]) // SECOND_NS // MINUTE_S * MINUTE_S
        found: list[Candlestick] = []
        if start_s <= boundary_s:
            found.extend(self._source.history(self._exchange, ticker, start_s, min(end_s, boundary_s)))
        track = self._tracks.get(ticker)
        if track is None:
            return found
        live = list(track.finished.between(max(start_s, boundary_s + 1), end_s))
        running = track.running()
        if running is not None and start_s <= running.end_s <= end_s:
            live.append(running)
        if live and live[0].previous_bp is None:
            live = self._with_previous(ticker, live)
        return found + live

    def _with_previous(self, ticker: str, live: list[Candlestick]) -> list[Candlestick]:
        """Minutes before the first live trade have the last price of the source's past before them."""
        price_bp = self._past_price(ticker)
        if price_bp is None:
            return live
        return [
            msgspec.structs.replace(candle, previous_bp=price_bp) if candle.previous_bp is None else candle
            for candle in live
        ]

    def _past_price(self, ticker: str) -> int | None:
        """The last price before the exchange ran, looked for once: in the last hour, then in all of it."""
        if ticker not in self._past_prices:
            record = self._exchange.markets[ticker]
            end_s = self.told_until_ns(record) // SECOND_NS // MINUTE_S * MINUTE_S
            opened_s = record.market.open_ns // SECOND_NS
            past: Sequence[Candlestick] = ()
            if opened_s <= end_s:
                past = self._source.history(self._exchange, ticker, max(opened_s, end_s - 3_599), end_s)
                past = past or self._source.history(self._exchange, ticker, opened_s, end_s)
            self._past_prices[ticker] = _last_price(past[-1]) if past else None
        return self._past_prices[ticker]

    # Rows for the store.

    def take_rows(self) -> list[ChangedRow]:
        """What to write down since the last call: minutes that ended, and rows that were evicted."""
        rows: list[ChangedRow] = []
        if not self._is_start_saved:
            self._is_start_saved = True
            rows.append((START, _ONLY, msgspec.msgpack.encode(self._started_ns)))
        minute_s = self._observed_ns // SECOND_NS // MINUTE_S * MINUTE_S
        if minute_s > self._swept_s:
            self._sweep(minute_s)
            rows.extend(self._evict(minute_s))
        if self._unsaved:
            rows.append(self._batch_row())
        return rows

    def restore(self, rows: Iterable[StoredRow]) -> None:
        """Takes back what :meth:`take_rows` offered. Raises msgspec.MsgspecError for other rows."""
        for kind, key, value in sorted(rows):
            if kind == START:
                self._started_ns = msgspec.msgpack.decode(value, type=int)
                self._is_start_saved = True
                continue
            batch = msgspec.msgpack.decode(value, type=_Batch)
            size = len(batch.candles) // max(1, len(batch.tickers))
            for index, ticker in enumerate(batch.tickers):
                self._track(ticker).finished.append(batch.candles[index * size : (index + 1) * size])
            self._count += len(batch.tickers)
            last_s = max(end_of(batch.candles, index) for index in range(len(batch.tickers)))
            self._batches.append((key, last_s))
            self._next_batch = int(key) + 1
        end_s = minute_end(self._exchange.now_ns)
        for record in self._exchange.markets.values():
            if record.clock or record.trade_count:
                self._track(record.ticker).resume(record, end_s)

    def _track(self, ticker: str) -> Track:
        found = self._tracks.get(ticker)
        if found is None:
            found = self._tracks[ticker] = Track(self._exchange.markets[ticker].past)
        return found

    def _keep(self, ticker: str, track: Track, candle: Candlestick) -> None:
        packed = pack(candle)
        track.finished.append(packed)
        self._count += 1
        self._unsaved.append((ticker, packed))

    def _sweep(self, minute_s: int) -> None:
        """Ends every minute that is over."""
        self._swept_s = minute_s
        for ticker, track in self._tracks.items():
            running_end_s = track.running_end_s
            if running_end_s is not None and running_end_s <= minute_s:
                ended = track.end_minute()
                if ended is not None:
                    self._keep(ticker, track, ended)

    def _batch_row(self) -> ChangedRow:
        taken, self._unsaved = self._unsaved, []
        key = f"{self._next_batch:012d}"
        self._next_batch += 1
        batch = _Batch([ticker for ticker, _ in taken], b"".join(packed for _, packed in taken))
        self._batches.append((key, max(end_of(packed) for _, packed in taken)))
        return (BATCH, key, msgspec.msgpack.encode(batch))

    def _evict(self, now_s: int) -> list[ChangedRow]:
        """Forgets minutes older than is kept, and older ones yet while there are too many."""
        horizon_s = now_s - KEPT_NS // SECOND_NS
        is_old = bool(self._batches) and self._batches[0][1] < horizon_s - _EVICTION_STEP_S
        if not is_old and self._count <= COUNT_MAX:
            return []
        self._drop_before(horizon_s)
        while self._count > COUNT_MAX and horizon_s < now_s:
            horizon_s += _EVICTION_STEP_S
            self._drop_before(horizon_s)
        gone = [key for key, last_s in self._batches if last_s < horizon_s]
        self._batches = [batch for batch in self._batches if batch[1] >= horizon_s]
        return [(BATCH, key, None) for key in gone]

    def _drop_before(self, horizon_s: int) -> None:
        for track in self._tracks.values():
            self._count -= track.finished.drop_before(horizon_s)


def _last_price(candle: Candlestick) -> int | None:
    return candle.previous_bp if candle.price.close_bp is None else candle.price.close_bp
