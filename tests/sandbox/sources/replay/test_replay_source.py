"""The replay drives an exchange: quotes, prints, results, pauses, restarts and customers in between."""

from __future__ import annotations

from recorder import BAND, DAY, HIGH, LOW, Recorder, eastern_s
from replayed import CUSTOMER, MINUTE_NS, NEVER_PAUSED, NINE_NS, best_of, opened, play_to, replay_of

from engine.domain.market import MarketStatus
from engine.domain.order import BookSide, OrderRequest
from engine.domain.units import MILLISECOND_NS, SECOND_NS
from engine.sandbox.core.exchange import Exchange
from engine.sandbox.core.feed import BookChanged, Traded
from engine.sandbox.sources.replay.options import replay_options
from engine.sandbox.sources.replay.source import Replay


def _rest(exchange: Exchange, side: BookSide, price_bp: int, count_c: int) -> str:
    request = OrderRequest(BAND, side, price_bp, count_c)
    return exchange.create_order(CUSTOMER, request).order.order_id


def test_the_clock_starts_at_the_first_price_of_the_day_with_what_stood_before(recorder: Recorder) -> None:
    recorder.quotes(
        "x",
        [
            (eastern_s(23, day="2026-03-09") * 1000, LOW, 10, 12),
            (eastern_s(9) * 1000 + 250, BAND, 40, 44),
        ],
    )
    replay = replay_of(recorder)
    exchange = opened(replay)

    assert replay.start_ns == NINE_NS + 250 * MILLISECOND_NS
    assert best_of(exchange, LOW) == (1_000, 1_200)
    assert best_of(exchange, BAND) == (4_000, 4_400)


def test_quotes_are_shown_from_their_recorded_time_on(recorder: Recorder) -> None:
    recorder.weather_day()
    replay = replay_of(recorder)
    exchange = opened(replay)

    assert best_of(exchange, BAND) == (4_000, 4_400)
    assert best_of(exchange, HIGH) == (None, None)
    play_to(replay, exchange, NINE_NS + MINUTE_NS - 1)
    assert best_of(exchange, HIGH) == (None, None)
    play_to(replay, exchange, NINE_NS + MINUTE_NS)
    assert best_of(exchange, HIGH) == (None, 300)
    play_to(replay, exchange, NINE_NS + 7 * 60 * MINUTE_NS)
    assert best_of(exchange, BAND) == (9_700, None)


def test_depth_that_was_not_recorded_is_the_stated_one(recorder: Recorder) -> None:
    recorder.weather_day()
    replay = Replay(replay_options(recorder.folder, "KXHIGHNY", DAY, depth=7))
    exchange = opened(replay)
    play_to(replay, exchange, NINE_NS + MINUTE_NS)

    assert exchange.markets[BAND].levels.bids_down() == [(4_000, 700), (3_900, 700), (3_800, 700)]
    assert exchange.markets[HIGH].levels.asks_up() == [(300, 700), (400, 700), (500, 700)]
    assert replay.summary().detail["depth"] == (
        "assumed: 7 contracts at the touch and at each of the next 2 ticks"
    )


def test_captured_books_are_shown_whole(recorder: Recorder) -> None:
    at = "2026-03-10T16:00:00.250000+00:00"
    rest = {"yes_dollars": [["0.0100", "5.00"], ["0.4000", "0.25"]], "no_dollars": [["0.5500", "12.50"]]}
    recorder.books(
        "x",
        [
            {"captured_at": at, "ticker": BAND, "orderbook_fp": rest},
            {"captured_at": at, "ticker": LOW, "yes_bids": [[0.3, 4.0]], "no_bids": []},
        ],
    )
    recorder.quotes("x", [(eastern_s(12), BAND, 40, 45), (eastern_s(13), BAND, 41, 45)], field="ts")
    replay = replay_of(recorder)
    exchange = opened(replay)

    assert exchange.markets[BAND].levels.bids == {100: 500, 4_000: 25}
    assert exchange.markets[BAND].levels.asks == {4_500: 1_250}
    assert exchange.markets[LOW].levels.bids == {3_000: 400}
    assert replay.summary().detail["left_out"] == ["1 best prices of a second with a captured book"]
    play_to(replay, exchange, eastern_s(13) * SECOND_NS)
    assert best_of(exchange, BAND) == (4_100, 4_500)


def test_results_settle_and_a_market_without_one_stays_closed(recorder: Recorder) -> None:
    times = {"open_ts": eastern_s(8), "close_ts": eastern_s(12)}
    recorder.quotes("x", [(eastern_s(9) * 1000, ticker, 40, 44) for ticker in (LOW, BAND, HIGH)])
    recorder.markets(
        [
            {"ticker": LOW, "result": "no", "result_source": "final_price", **times},
            {"ticker": BAND, "result": "yes", "result_source": "label", "settlement_value": 41.0, **times},
            {"ticker": HIGH, **times},
        ]
    )
    replay = replay_of(recorder)
    exchange = opened(replay)
    play_to(replay, exchange, replay.end_ns)

    markets = {ticker: exchange.markets[ticker].market for ticker in (LOW, BAND, HIGH)}
    assert markets[LOW].status is markets[BAND].status is MarketStatus.FINALIZED
    assert (markets[LOW].settlement_bp, markets[BAND].settlement_bp) == (0, 10_000)
    assert markets[BAND].expiration_value == "41"
    assert markets[HIGH].status is MarketStatus.CLOSED
    detail = replay.summary().detail
    assert detail["without_result"] == [HIGH]
    assert detail["inferred_results"] == [LOW]
    assert replay.next_due_ns(exchange.now_ns) is None


def test_what_was_recorded_after_the_close_is_never_shown(recorder: Recorder) -> None:
    recorder.candles(
        "x_1m",
        [
            {
                "ticker": BAND,
                "end_period_ts": end,
                "period_interval": 1,
                "yes_bid_close": bid,
                "yes_ask_close": ask,
            }
            for end, bid, ask in [
                (eastern_s(11, 59), 40.0, 44.0),
                (eastern_s(12), 50.0, 54.0),
                (eastern_s(12, 1), 0.0, 1.0),
            ]
        ],
    )
    recorder.markets([{"ticker": BAND, "open_ts": eastern_s(8), "close_ts": eastern_s(12)}])
    replay = replay_of(recorder)
    exchange = opened(replay)
    exchange.drain()
    play_to(replay, exchange, eastern_s(13) * SECOND_NS)

    shown = [event for event in exchange.drain() if isinstance(event, BookChanged) and event.delta_c > 0]
    assert shown == []
    assert replay.summary().detail["left_out"] == ["2 rows at or after the close"]


def test_a_crossed_quote_is_left_out_and_counted(recorder: Recorder) -> None:
    start = eastern_s(9) * 1000
    recorder.quotes("x", [(start, BAND, 40, 44), (start + 1, BAND, 44, 44), (start + 2, BAND, 44, 46)])
    replay = replay_of(recorder)
    exchange = opened(replay)
    play_to(replay, exchange, NINE_NS + MILLISECOND_NS)

    assert best_of(exchange, BAND) == (4_000, 4_400)
    assert replay.summary().detail["left_out"] == ["1 crossed or locked quotes"]
    assert replay.summary().detail["quotes"] == 2


def test_a_trade_recording_prints_and_quotes_one_tick_around(recorder: Recorder) -> None:
    ticker = "KXBTC15M-26MAR101215-15"
    start = eastern_s(12) * 1000
    recorder.trades(
        "x",
        [
            (ticker, start, 49.0, 30.0, "no"),
            (ticker, start + 1_000, 95.3, 0.79, "yes"),
            (ticker, start + 2_000, 99.9, 1.0, "yes"),
        ],
    )
    replay = replay_of(recorder, series="KXBTC15M")
    exchange = opened(replay)

    assert exchange.markets[ticker].market.price_level_structure == "tapered_deci_cent"
    assert best_of(exchange, ticker) == (4_900, 5_000)
    play_to(replay, exchange, start * MILLISECOND_NS + SECOND_NS)
    assert best_of(exchange, ticker) == (9_520, 9_530)
    play_to(replay, exchange, start * MILLISECOND_NS + 2 * SECOND_NS)
    assert best_of(exchange, ticker) == (9_980, 9_990)

    prints = [(t.price_bp, t.count_c, t.taker_side) for t in exchange.trades_of(ticker)]
    assert prints == [
        (4_900, 3_000, BookSide.ASK),
        (9_530, 79, BookSide.BID),
        (9_990, 100, BookSide.BID),
    ]
    assert replay.summary().detail["sources"] == [
        "trades_x.parquet: trades, 1 markets, 3 prints, 3 quotes of one tick derived around prints"
    ]


def test_a_customer_is_filled_by_the_tape_and_by_a_quote_that_crosses(recorder: Recorder) -> None:
    start = eastern_s(9) * 1000
    recorder.quotes("x", [(start, BAND, 40, 46), (start + 20_000, BAND, 38, 41)])
    recorder.trades("x", [(BAND, start + 10_000, 42.0, 5.0, "no")])
    replay = replay_of(recorder)
    exchange = opened(replay)
    order_id = _rest(exchange, BookSide.BID, 4_300, 800)

    play_to(replay, exchange, NINE_NS + 10 * SECOND_NS)
    assert exchange.orders[order_id].filled_c == 500
    play_to(replay, exchange, NINE_NS + 20 * SECOND_NS)
    assert exchange.orders[order_id].remaining_c == 0
    assert {fill.price_bp for fill in exchange.fills_of(CUSTOMER)} == {4_300}


def test_one_long_step_and_many_short_ones_make_the_same_exchange(recorder: Recorder) -> None:
    recorder.weather_day()
    feeds = []
    for step_ns in (24 * 60 * MINUTE_NS, 7 * MINUTE_NS):
        replay = replay_of(recorder)
        exchange = opened(replay)
        while exchange.now_ns < replay.end_ns:
            play_to(replay, exchange, min(exchange.now_ns + step_ns, replay.end_ns))
        feeds.append(exchange.drain())

    assert feeds[0] == feeds[1]
    assert len(feeds[0]) > 20


def test_idle_gaps_can_be_skipped(recorder: Recorder) -> None:
    recorder.weather_day()
    replay = replay_of(recorder)
    exchange = opened(replay)
    steps = 0
    while (due := replay.next_due_ns(exchange.now_ns)) is not None:
        assert due > exchange.now_ns
        play_to(replay, exchange, due)
        steps += 1

    assert steps == 4
    assert exchange.now_ns == (eastern_s(23, 59) + 60) * SECOND_NS


def test_a_restored_exchange_is_quoted_anew_and_nothing_happens_twice(recorder: Recorder) -> None:
    recorder.weather_day()
    recorder.trades("x", [(BAND, eastern_s(9) * 1000 + 120_000, 42.0, 5.0, "yes")])
    first = replay_of(recorder)
    exchange = opened(first)
    play_to(first, exchange, NINE_NS + 2 * MINUTE_NS)
    restored = Exchange.restore(exchange.take_changes().rows, NEVER_PAUSED)
    assert best_of(restored, BAND) == (None, None)

    second = replay_of(recorder)
    second.open(restored)

    assert best_of(restored, BAND) == (4_500, 4_700)
    assert best_of(restored, LOW) == (2_000, 2_500)
    assert restored.markets[BAND].volume_c == exchange.markets[BAND].volume_c == 500
    assert not any(isinstance(event, Traded) for event in restored.drain())
    play_to(second, restored, second.end_ns)
    assert restored.markets[BAND].market.status is MarketStatus.FINALIZED


def test_a_quote_that_comes_during_a_pause_is_shown_after_it(recorder: Recorder) -> None:
    recorder.weather_day()
    replay = replay_of(recorder)
    exchange = opened(replay)
    exchange.set_active(trading_active=False)
    play_to(replay, exchange, NINE_NS + 2 * MINUTE_NS)
    assert best_of(exchange, BAND) == (4_000, 4_400)

    exchange.set_active(trading_active=True)
    play_to(replay, exchange, NINE_NS + 3 * MINUTE_NS)
    assert best_of(exchange, BAND) == (4_500, 4_700)
    assert best_of(exchange, HIGH) == (None, 300)


def test_a_print_that_comes_during_a_pause_is_counted_as_lost(recorder: Recorder) -> None:
    start = eastern_s(9) * 1000
    recorder.trades("x", [(BAND, start, 42.0, 5.0, "no"), (BAND, start + 1_000, 43.0, 5.0, "no")])
    replay = replay_of(recorder)
    exchange = opened(replay)
    exchange.set_active(trading_active=False)
    play_to(replay, exchange, NINE_NS + 2 * SECOND_NS)

    assert exchange.markets[BAND].volume_c == 500
    assert replay.summary().detail["prints_not_played"] == 1


def test_a_market_that_somebody_settled_is_left_alone(recorder: Recorder) -> None:
    recorder.weather_day()
    replay = replay_of(recorder)
    exchange = opened(replay)
    exchange.close_now(BAND)
    exchange.determine(BAND, 0)
    play_to(replay, exchange, replay.end_ns)

    assert exchange.markets[BAND].market.settlement_bp == 0
    assert exchange.markets[HIGH].market.settlement_bp == 0
    assert replay.summary().detail["results_not_given"] == []


def test_a_result_for_a_market_that_is_still_open_is_named(recorder: Recorder) -> None:
    recorder.weather_day()
    replay = replay_of(recorder)
    exchange = opened(replay)
    exchange.update_close(BAND, replay.end_ns + SECOND_NS)
    play_to(replay, exchange, replay.end_ns)

    assert replay.summary().detail["results_not_given"] == [BAND]


def test_prints_come_before_the_quote_of_the_same_instant(recorder: Recorder) -> None:
    start = eastern_s(9) * 1000
    recorder.quotes("x", [(start, BAND, 40, 46), (start + 1_000, BAND, 42, 46)])
    recorder.trades("x", [(BAND, start + 1_000, 42.0, 5.0, "no")])
    replay = replay_of(recorder)
    exchange = opened(replay)
    exchange.drain()
    play_to(replay, exchange, NINE_NS + SECOND_NS)
    kinds = [type(event) for event in exchange.drain() if isinstance(event, Traded | BookChanged)]

    assert kinds[0] is Traded
    assert BookChanged in kinds


def test_quotes_of_the_weekly_maintenance_are_shown_when_it_ends(recorder: Recorder) -> None:
    thursday = "2026-03-12"
    ticker, other = "KXHIGHNY-26MAR12-B41.5", "KXHIGHNY-26MAR12-T41"
    recorder.quotes(
        "x",
        [
            (eastern_s(2, day=thursday) * 1000, ticker, 40, 44),
            (eastern_s(4, day=thursday) * 1000, ticker, 50, 54),
            (eastern_s(6, day=thursday) * 1000, other, 10, 12),
        ],
    )
    replay = replay_of(recorder, start=thursday)
    exchange = Exchange(world_id="test", now_ns=replay.start_ns)
    replay.open(exchange)
    play_to(replay, exchange, eastern_s(4, 30, day=thursday) * SECOND_NS)
    assert best_of(exchange, ticker) == (4_000, 4_400)
    play_to(replay, exchange, eastern_s(6, day=thursday) * SECOND_NS)
    assert best_of(exchange, ticker) == (5_000, 5_400)
