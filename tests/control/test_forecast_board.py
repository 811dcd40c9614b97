"""Forecasts as a client gets them: rows of the watch list, the whole forecast of a market, the scan."""

from __future__ import annotations

from core_bench import TICKER, CoreBench

from engine.control.bundled_feeds import BundledFeed, WatchFeed
from engine.control.forecast_board import ForecastBoard, ForecastFeed
from engine.control.protocol import Delta, Snapshot, decode_server_frame, forecast_topic
from engine.control.replica import Replica
from engine.control.rows.forecasts import ModelRow
from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus

SOURCE = ForecastSource("ewma", is_baseline=True)
STEP = (4_000, 4_100, 4_200, 4_300, 4_400, 4_500, 4_600, 4_700, 4_800)
FORECAST = Forecast(TICKER, SOURCE, 10, 3_600, 60, (STEP, STEP))
ROW = ModelRow(ticker=TICKER, source=SOURCE, made_at_ns=10, end_s=3_720, median_bp=4_400)


def send(feed: BundledFeed, replica: Replica) -> int:
    """How many frames came."""
    count = 0
    while feed.has_more:
        data = feed.next_frame()
        if data is not None:
            frame = decode_server_frame(data)
            assert isinstance(frame, Snapshot | Delta)
            assert replica.apply(frame) is None
            count += 1
    return count


def test_a_row_goes_out_once_and_again_when_it_changed() -> None:
    bench, board, replica = CoreBench(), ForecastBoard(), Replica()
    bench.start()
    feed = WatchFeed(bench.engine, 10, board)
    send(feed, replica)
    assert replica.watch.models == {}
    board.put([ROW])
    feed.touch([TICKER])
    assert send(feed, replica) == 1
    assert replica.watch.models == {TICKER: ROW}
    board.put([ROW])
    feed.touch([TICKER])
    assert send(feed, replica) == 0


def test_a_market_that_leaves_takes_its_row_along() -> None:
    bench, board, replica = CoreBench(), ForecastBoard(), Replica()
    bench.start()
    board.put([ROW])
    feed = WatchFeed(bench.engine, 10, board)
    send(feed, replica)
    del bench.engine.books[TICKER]
    feed.universe_changed()
    send(feed, replica)
    assert replica.watch.models == {}


def test_a_followed_forecast_comes_whole_and_goes_when_there_is_none() -> None:
    board, replica = ForecastBoard(), Replica()
    feed = ForecastFeed(board, TICKER)
    send(feed, replica)
    assert replica.forecasts == {}
    board.put([ROW], [FORECAST])
    feed.touch([TICKER])
    send(feed, replica)
    assert replica.forecasts == {TICKER: FORECAST}
    broken = ModelRow(ticker=TICKER, source=SOURCE, status=SeriesStatus.CONSTANT)
    board.put([broken])
    feed.touch([TICKER])
    send(feed, replica)
    assert (replica.forecasts, replica.forecast_statuses) == ({}, {TICKER: SeriesStatus.CONSTANT})
    replica.drop(forecast_topic(TICKER))
    assert replica.forecast_statuses == {}
