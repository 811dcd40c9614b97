"""Which events a day takes, from which of the files, and what tickers tell by themselves."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from recorder import BAND, DAY, HIGH, LOW, Recorder, eastern_s

from engine.domain.market import Strike, StrikeType
from engine.domain.units import MINUTE_NS, SECOND_NS
from engine.sandbox.sources.replay.options import EASTERN, replay_options
from engine.sandbox.sources.replay.recording import Recording, load
from engine.sandbox.sources.replay.strikes import derived_strikes, strike_text
from engine.sandbox.sources.replay.ticker import close_of, event_of, stamp_of


def _load(
    recorder: Recorder, series: str = "KXHIGHNY", start: str = DAY, end: str | None = None
) -> Recording:
    return load(replay_options(recorder.folder, series, start, end))


def _tickers(recording: Recording) -> list[str]:
    return [market.ticker for market in recording.markets]


def _days(recorder: Recorder) -> None:
    """Three events, each open from 10:00 of the day before to 23:59 of its day, quoted at both ends."""
    markets, quotes = [], []
    for day in (9, 10, 11):
        ticker = f"KXHIGHNY-26MAR{day:02d}-T50"
        opened, closed = (
            eastern_s(10, day=f"2026-03-{day - 1:02d}"),
            eastern_s(23, 59, day=f"2026-03-{day:02d}"),
        )
        markets.append({"ticker": ticker, "open_ts": opened, "close_ts": closed})
        quotes.extend([((opened + 60) * 1000, ticker, 40, 44), ((closed - 60) * 1000, ticker, 60, 64)])
    recorder.markets(markets)
    recorder.quotes("x", quotes)


def test_a_day_takes_every_event_that_is_open_on_it(recorder: Recorder) -> None:
    _days(recorder)

    assert _tickers(_load(recorder)) == ["KXHIGHNY-26MAR10-T50", "KXHIGHNY-26MAR11-T50"]
    assert len(_load(recorder, start="2026-03-09", end="2026-03-10").markets) == 3
    assert _tickers(_load(recorder, start="2026-03-11")) == ["KXHIGHNY-26MAR11-T50"]


def test_the_replay_ends_when_the_last_event_taken_is_settled(recorder: Recorder) -> None:
    _days(recorder)
    recording = _load(recorder)

    assert recording.start_ns == (eastern_s(10) + 60) * SECOND_NS
    assert recording.end_ns == eastern_s(23, 59, day="2026-03-11") * SECOND_NS


def test_the_finest_source_of_each_market_is_taken(recorder: Recorder) -> None:
    at = eastern_s(12)
    candle = {"end_period_ts": at, "yes_bid_close": 10.0, "yes_ask_close": 20.0}
    recorder.quotes("x", [(at * 1000, BAND, 40, 44)])
    recorder.candles("x_1m", [{**candle, "ticker": t, "period_interval": 1} for t in (BAND, LOW)])
    recorder.candles("x_1h", [{**candle, "ticker": t, "period_interval": 60} for t in (BAND, LOW, HIGH)])
    recorder.trades("x", [(BAND, at * 1000, 42.0, 1.0, "yes")])
    recording = _load(recorder)

    assert {
        use.name: (use.markets, use.quotes, use.prints, use.derived_quotes) for use in recording.uses
    } == {
        "quotes_x.parquet": (1, 1, 0, 0),
        "candles_x_1m.parquet": (1, 1, 0, 0),
        "candles_x_1h.parquet": (1, 1, 0, 0),
        "trades_x.parquet": (1, 0, 1, 0),
    }


def test_missing_times_come_from_the_ticker_and_the_prices(recorder: Recorder) -> None:
    recorder.quotes("x", [(eastern_s(11, 5) * 1000, "KXBTC-26MAR1012-B100", 40, 44)])
    (market,) = _load(recorder, series="KXBTC").markets

    assert market.open_ns == eastern_s(11, 5) * SECOND_NS
    assert market.close_ns == eastern_s(12) * SECOND_NS
    assert market.derived == ("close from the ticker", "open from the first record")


def test_a_ticker_without_a_time_closes_after_its_last_price(recorder: Recorder) -> None:
    recorder.quotes("x", [(eastern_s(11, 5) * 1000, "KXELECT-PRES-A", 40, 44)])
    (market,) = _load(recorder, series="KXELECT").markets

    assert market.close_ns == eastern_s(11, 5) * SECOND_NS + MINUTE_NS
    assert market.derived[0] == "close after the last record"


def test_a_price_before_the_listed_opening_opens_the_market(recorder: Recorder) -> None:
    recorder.quotes("x", [(eastern_s(9) * 1000, BAND, 40, 44)])
    recorder.markets([{"ticker": BAND, "open_ts": eastern_s(10)}])
    (market,) = _load(recorder).markets

    assert market.open_ns == eastern_s(9) * SECOND_NS
    assert "open from an earlier record" in market.derived


def test_legs_without_a_price_are_listed_and_events_without_any_are_named(recorder: Recorder) -> None:
    recorder.quotes("x", [(eastern_s(9) * 1000, BAND, 40, 44)])
    times = {"open_ts": eastern_s(8), "close_ts": eastern_s(20)}
    other = "KXHIGHNY-26MAR10X-T50"
    recorder.markets([{"ticker": ticker, **times} for ticker in (BAND, LOW, other)])
    recording = _load(recorder)

    assert _tickers(recording) == [BAND, LOW]
    assert [market.has_prices for market in recording.markets] == [True, False]
    assert recording.selection.unrecorded_events == (event_of(other),)


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        ("KXHIGHNY-25DEC07", dt.datetime(2025, 12, 7, 23, 59, tzinfo=EASTERN)),
        ("KXBTC-26JUL1207", dt.datetime(2026, 7, 12, 7, 0, tzinfo=EASTERN)),
        ("KXBTC15M-26APR271445", dt.datetime(2026, 4, 27, 14, 45, tzinfo=EASTERN)),
        ("KXINX-26SEP14H1600", dt.datetime(2026, 9, 14, 16, 0, tzinfo=EASTERN)),
        ("KXMLBGAME-26AUG071840TORPHI", None),
        ("KXHIGHNY-25DEC32", None),
        ("KXHIGHNY-25XXX07", None),
        ("KXELECT-PRES", None),
    ],
)
def test_the_time_in_a_ticker(event: str, wanted: dt.datetime | None) -> None:
    assert stamp_of(event) == wanted
    assert (close_of(event) is None) == (wanted is None)


def test_strikes_of_a_crypto_ladder_follow_from_its_labels() -> None:
    strikes = derived_strikes(["E-B150", "E-B250", "E-T100", "E-T299.99"], "$")

    assert strikes["E-B150"] == Strike(StrikeType.BETWEEN, Decimal(100), Decimal("199.99"))
    assert strikes["E-T100"] == Strike(StrikeType.LESS, cap=Decimal(100))
    assert strikes["E-T299.99"] == Strike(StrikeType.GREATER, floor=Decimal("299.99"))


def test_labels_without_bands_are_thresholds_and_others_are_custom() -> None:
    assert derived_strikes(["E-T71.99"], "°")["E-T71.99"] == Strike(StrikeType.GREATER, Decimal("71.99"))
    assert derived_strikes(["E-PHI"], "")["E-PHI"] == Strike(StrikeType.CUSTOM)
    assert derived_strikes(["E-B100"], "$")["E-B100"] == Strike(StrikeType.CUSTOM)


@pytest.mark.parametrize(
    ("strike", "unit", "words"),
    [
        (Strike(StrikeType.BETWEEN, Decimal(43), Decimal(44)), "°", "43° to 44°"),
        (Strike(StrikeType.LESS, cap=Decimal(37)), "°", "36° or below"),
        (Strike(StrikeType.GREATER, Decimal(44)), "°", "45° or above"),
        (Strike(StrikeType.GREATER, Decimal("71.99")), "°", "72° or above"),
        (Strike(StrikeType.GREATER, Decimal("86749.99")), "$", "$86,750 or above"),
        (Strike(StrikeType.BETWEEN, Decimal(68900), Decimal("68999.99")), "$", "$68,900 to $68,999.99"),
        (Strike(StrikeType.LESS_OR_EQUAL, cap=Decimal(5)), "", "5 or below"),
        (Strike(StrikeType.GREATER_OR_EQUAL, Decimal(5)), "", "5 or above"),
        (Strike(StrikeType.GREATER_OR_EQUAL), "$", "Target price: TBD"),
        (Strike(StrikeType.CUSTOM), "", ""),
    ],
)
def test_words_for_strikes(strike: Strike, unit: str, words: str) -> None:
    assert strike_text(strike, unit) == words
