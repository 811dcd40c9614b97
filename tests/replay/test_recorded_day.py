"""Whole recorded days, replayed in process and compared with the files row by row."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from engine.domain.candle import Ohlc
from engine.domain.market import MarketStatus, Outcome
from engine.domain.units import MILLISECOND_NS, MINUTE_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import Traded
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.sources.replay.metadata import read_markets
from engine.sandbox.sources.replay.options import replay_options
from engine.sandbox.sources.replay.source import Replay

EVENT = "KXHIGHNY-25DEC07"
DAY = "2025-12-07"


def _replay(recordings: Path, series: str, start: str) -> tuple[Replay, Exchange]:
    replay = Replay(replay_options(recordings, series, start))
    exchange = Exchange(world_id="recorded", now_ns=replay.start_ns, rules=ExchangeRules(maintenance=None))
    replay.open(exchange)
    return replay, exchange


def _steps(replay: Replay, exchange: Exchange, step_ns: int) -> Iterator[int]:
    """Advances as the server does: in steps, skipping to what is due next."""
    while exchange.now_ns < replay.end_ns:
        dues = (replay.next_due_ns(exchange.now_ns), exchange.next_due_ns(), replay.end_ns)
        due = min(at for at in dues if at is not None)
        to_ns = min(max(due, exchange.now_ns + step_ns), replay.end_ns)
        replay.advance(exchange, to_ns)
        exchange.advance(to_ns)
        yield to_ns


def _quotes(recordings: Path, event: str) -> dict[str, list[tuple[int, int, int]]]:
    """Ticker to (milliseconds, bid, ask) in cents, in file order."""
    table = pq.read_table(
        recordings / "quotes_kxhighny.parquet", filters=pc.starts_with(pc.field("ticker"), event)
    )
    found: dict[str, list[tuple[int, int, int]]] = {}
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        found.setdefault(row["ticker"], []).append((row["ts_ms"], row["yes_bid"], row["yes_ask"]))
    return found


def test_every_quote_of_the_day_is_played_and_shown_at_its_time(recordings: Path) -> None:
    replay, exchange = _replay(recordings, "KXHIGHNY", DAY)
    quotes = _quotes(recordings, EVENT)
    assert sum(len(rows) for rows in quotes.values()) == 19_844
    times = {ticker: [at for at, _, _ in rows] for ticker, rows in quotes.items()}
    compared = 0
    for now_ns in _steps(replay, exchange, 10 * MINUTE_NS):
        for ticker, rows in quotes.items():
            record = exchange.markets[ticker]
            last = bisect_right(times[ticker], now_ns // MILLISECOND_NS) - 1
            if last < 0 or record.market.status is not MarketStatus.ACTIVE:
                continue
            _, bid, ask = rows[last]
            book = record.levels
            assert (book.best_bid_bp or 0, book.best_ask_bp or 10_000) == (bid * 100, ask * 100)
            compared += 1

    assert compared > 400
    detail = replay.summary().detail
    total = sum(len(rows) for rows in quotes.values())
    total += sum(len(rows) for rows in _quotes(recordings, "KXHIGHNY-25DEC08").values())
    assert detail["quotes"] == detail["quotes_played"] == total - 1
    assert detail["left_out"] == ["1 crossed or locked quotes"]


def test_the_day_settles_what_was_recorded(recordings: Path) -> None:
    replay, exchange = _replay(recordings, "KXHIGHNY", DAY)
    for _ in _steps(replay, exchange, 60 * MINUTE_NS):
        pass
    metadata = read_markets(recordings, "KXHIGHNY")

    assert len(exchange.markets) == 12
    for ticker, record in exchange.markets.items():
        assert record.market.status is MarketStatus.FINALIZED
        assert record.market.settlement_bp == (10_000 if metadata[ticker].outcome is Outcome.YES else 0)
    winners = [ticker for ticker, record in exchange.markets.items() if record.market.settlement_bp]
    assert sorted(market.event_ticker for market in map(metadata.__getitem__, winners)) == [
        EVENT,
        "KXHIGHNY-25DEC08",
    ]
    assert replay.summary().detail["inferred_results"] == [
        f"{EVENT}: all 6 markets",
        "KXHIGHNY-25DEC08: all 6 markets",
    ]


def test_a_market_without_a_recorded_result_stays_closed(recordings: Path) -> None:
    replay, exchange = _replay(recordings, "KXHIGHNY", "2026-01-02")
    for _ in _steps(replay, exchange, 60 * MINUTE_NS):
        pass

    open_ended = [t for t, record in exchange.markets.items() if record.market.status is MarketStatus.CLOSED]
    assert len(open_ended) == 6
    assert replay.summary().detail["without_result"] == ["KXHIGHNY-26JAN03: all 6 markets"]


def test_every_trade_of_a_quarter_hour_market_is_printed(recordings: Path) -> None:
    """Sub-cent prices and fractional counts come through exactly."""
    replay, exchange = _replay(recordings, "KXBTC15M", "2026-04-27")
    ticker = "KXBTC15M-26APR271445-45"
    close_ns = exchange.markets[ticker].market.close_ns
    replay.advance(exchange, close_ns)
    exchange.advance(close_ns)
    printed = [event for event in exchange.drain() if isinstance(event, Traded) and event.ticker == ticker]

    source = pq.read_table(recordings / "trades_kxbtc15m.parquet", filters=pc.field("ticker") == ticker)
    wanted = [
        (row["created_ms"] * MILLISECOND_NS, round(row["yes_price"] * 100), round(row["count"] * 100))
        for row in source.to_pylist()
        if row["created_ms"] * MILLISECOND_NS < close_ns
    ]
    assert sorted((t.at_ns, t.price_bp, t.count_c) for t in printed) == sorted(wanted)
    assert any(price % 100 for _, price, _ in wanted) and any(count % 100 for _, _, count in wanted)
    assert exchange.markets[ticker].volume_c == sum(count for _, _, count in wanted)


def test_candles_built_from_ticks_equal_the_recorded_ones(recordings: Path) -> None:
    """The candle file was built from the same ticks by others. After minutes that it lacks it starts anew,
    where we open with the quote that stood; there only the closes can agree."""
    replay, exchange = _replay(recordings, "KXHIGHNY", "2025-12-08")
    table = pq.read_table(
        recordings / "candles_kxhighny_1m.parquet",
        filters=pc.starts_with(pc.field("ticker"), "KXHIGHNY-25DEC08"),
    )
    recorded = {(row["ticker"], row["end_period_ts"]): row for row in table.to_pylist()}
    whole = closes = 0
    for ticker in {ticker for ticker, _ in recorded}:
        for candle in replay.history(exchange, ticker, 0, replay.start_ns // SECOND_NS):
            row = recorded[ticker, candle.end_s]
            if (ticker, candle.end_s - 60) in recorded:
                assert (candle.yes_bid, candle.yes_ask) == (_bar(row, "yes_bid"), _bar(row, "yes_ask"))
                whole += 1
            assert candle.yes_bid.close_bp == _bar(row, "yes_bid").close_bp
            assert candle.yes_ask.close_bp == _bar(row, "yes_ask").close_bp
            closes += 1

    assert whole > 1_400
    assert closes > 1_500


def _bar(row: dict[str, Any], name: str) -> Ohlc:
    return Ohlc(*(round(row[f"{name}_{part}"] * 100) for part in ("open", "high", "low", "close")))


@pytest.mark.parametrize(
    ("series", "start", "markets"),
    [
        ("KXHIGHNY", "2026-04-15", 12),
        ("KXHIGHNY", "2026-07-17", 12),
        ("KXBTC", "2026-07-08", 1_316),
        ("KXETH", "2026-07-10", None),
        ("KXTEMPNYCH", "2026-07-17", None),
        ("KXMLBGAME", "2026-08-07", 3),
    ],
)
def test_every_format_of_the_folder_can_be_replayed(
    recordings: Path, series: str, start: str, markets: int | None
) -> None:
    replay, exchange = _replay(recordings, series, start)
    for _ in _steps(replay, exchange, 60 * MINUTE_NS):
        pass
    detail = replay.summary().detail

    assert detail["quotes_played"] == detail["quotes"] != 0
    assert detail["results_not_given"] == []
    assert markets is None or len(exchange.markets) == markets
    assert {record.market.status for record in exchange.markets.values()} <= {
        MarketStatus.CLOSED,
        MarketStatus.FINALIZED,
    }
