"""What a scan asks for and what it keeps: candles, forecasts, coverage of the band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from core_bench import START, market

from engine.domain.candle import Candlestick, Ohlc
from engine.domain.eastern import of_eastern
from engine.domain.forecast import Forecast, ForecastSource, NoForecast, SeriesStatus
from engine.domain.units import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds
from engine.forecast.baselines import EwmaWalk
from engine.forecast.candle_cache import MOST_PERIODS, CandleCache, Wanted
from engine.forecast.client import NoServer
from engine.forecast.coverage import LATE_PERIODS, Coverage
from engine.forecast.forecaster import PriceHistory
from engine.forecast.local import LocalBaseline
from engine.forecast.price_input import history_of, price_of
from engine.forecast.scanning import Scan, Scanning, ScanSettings
from engine.ports import MarketReadFailed

START_S = START // SECOND_NS
A, B = "KXT-26NOV20-T1", "KXT-26NOV20-T2"


def candle(
    end_s: int, close_bp: int | None = None, bid_bp: int | None = None, ask_bp: int | None = None
) -> Candlestick:
    bid, ask, price = (Ohlc(close_bp=bp) for bp in (bid_bp, ask_bp, close_bp))
    return Candlestick(end_s, bid, ask, price, None, None, 0, 0)


class Candles:
    """Has a candle for every minute that is over and one more that is not; notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], int, int, int]] = []
        self.fails = False
        self.flat: set[str] = set()

    async def batch_candles(
        self, tickers: Sequence[str], period_min: int, start_s: int, end_s: int
    ) -> Mapping[str, tuple[Candlestick, ...]]:
        self.asked.append((tuple(tickers), period_min, start_s, end_s))
        if self.fails:
            raise MarketReadFailed("the exchange is silent")
        step_s = period_min * 60
        first_s = -(-start_s // step_s) * step_s
        ends = range(first_s, end_s + step_s + 1, step_s)
        return {name: tuple(candle(at, self._price(name, at)) for at in ends) for name in tickers}

    def _price(self, name: str, at: int) -> int:
        return 5_000 if name in self.flat else 4_000 + at // 60 % 7 * 100


class Days:
    """Has the closes that it is given, by the end of their day, and one that is not over."""

    def __init__(self, closes: Mapping[int, int]) -> None:
        self._closes = {**closes, max(closes) + 86_400: 9_900}

    async def batch_candles(
        self, tickers: Sequence[str], period_min: int, start_s: int, end_s: int
    ) -> Mapping[str, tuple[Candlestick, ...]]:
        found = [(at, bp) for at, bp in self._closes.items() if start_s <= at <= end_s]
        return {name: tuple(candle(at, bp) for at, bp in found) for name in tickers}


class Broken(LocalBaseline):
    """A baseline that answers when it is well."""

    def __init__(self) -> None:
        super().__init__(EwmaWalk())
        self.is_well = True
        self.fails_for: set[str] = set()
        self.asked: list[int] = []

    @property
    def problem(self) -> str:
        return "" if self.is_well else "http://a: ConnectError"

    async def forecast(
        self, histories: Sequence[PriceHistory], horizon: int, within_s: float, now_ns: Nanoseconds
    ) -> tuple[Forecast | NoForecast, ...]:
        self.asked.append(len(histories))
        if not self.is_well:
            raise NoServer(["http://a: ConnectError"])
        found = await super().forecast(histories, horizon, within_s, now_ns)
        failed = SeriesStatus.FAILED
        return tuple(NoForecast(o.ticker, failed) if o.ticker in self.fails_for else o for o in found)


# Prices


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (candle(60, 4_200, 4_000, 5_000), 4_200),
        (candle(60, None, 4_000, 5_000), 4_500),
        (candle(60, None, 4_000, 4_001), 4_000),
        (candle(60, None, 0, 5_000), None),
        (candle(60, None, 4_000, 10_000), None),
        (candle(60, None, 4_000, None), None),
        (candle(60), None),
        (candle(60, None, 5_000, 4_000), None),
    ],
)
def test_a_price_is_the_last_trade_else_the_middle_of_two_sides(
    one: Candlestick, expected: int | None
) -> None:
    assert price_of(one) == expected


def test_periods_without_anything_are_missing_on_the_grid() -> None:
    history = history_of("A", {60: 4_000, 240: 4_300, 300: 9_999}, 240, 60, 512)
    assert (history.prices_bp, history.end_s) == ((4_000, None, None, 4_300), 240)
    assert history_of("A", {60: 4_000}, 240, 60, 512).prices_bp == (4_000, None, None, None)
    assert history_of("A", {60: 4_000, 240: 4_300}, 240, 60, 2).prices_bp == (None, 4_300)
    assert history_of("A", {}, 240, 60, 512).prices_bp == ()


# Candles


async def test_a_market_is_asked_for_whole_once_and_then_for_what_has_ended() -> None:
    reads = Candles()
    cache = CandleCache(reads, 1, 512)
    wanted = [Wanted(A, START_S - 600), Wanted(B, START_S - 600)]
    await cache.refresh(wanted, START_S + 2)
    assert reads.asked == [((A, B), 1, START_S - 600, START_S)]
    assert max(cache.prices(A)) == START_S, "a minute that is not over is not used"
    for second in (3, 30, 61):
        await cache.refresh(wanted, START_S + second)
        assert cache.requests == 0, "nothing can have changed"
    await cache.refresh(wanted, START_S + 62)
    assert reads.asked[1:] == [((A, B), 1, START_S + 1, START_S + 60)]
    await cache.refresh([wanted[0]], START_S + 63)
    assert cache.prices(B) == {}, "what nobody wants is forgotten"


async def test_days_end_at_midnight_in_new_york_and_one_of_25_hours_is_one_day() -> None:
    """As the exchange's own do: at 4:00 UTC in summer and at 5:00 in winter."""
    ends_s = [of_eastern(2026, 10, 31) // SECOND_NS + hours * 3_600 for hours in (0, 24, 49, 73)]
    assert [end_s % 86_400 // 3_600 for end_s in ends_s] == [4, 4, 5, 5]
    reads = Days({end_s: 4_000 + 100 * at for at, end_s in enumerate(ends_s)})
    cache = CandleCache(reads, 1440, 512)
    for now_s, known in ((ends_s[3] + 1, 3), (ends_s[3] + 2, 4)):
        await cache.refresh([Wanted(A, ends_s[0] - 3_600)], now_s)
        history = history_of(A, cache.prices(A), cache.last_end_s(now_s), cache.step_s, 512)
        assert (history.prices_bp, history.end_s) == ((4_000, 4_100, 4_200, 4_300)[:known], ends_s[known - 1])
    assert [cache.price_at(A, end_s) for end_s in ends_s] == [4_000, 4_100, 4_200, 4_300]


async def test_no_question_is_longer_than_the_exchange_answers() -> None:
    reads = Candles()
    cache = CandleCache(reads, 1, 512)
    wanted = [Wanted(f"T{at:03}", START_S - DAY_NS // SECOND_NS) for at in range(250)]
    await cache.refresh(wanted, START_S)
    assert sorted(name for tickers, *_ in reads.asked for name in tickers) == [one.ticker for one in wanted]
    for tickers, _, start_s, end_s in reads.asked:
        periods = (end_s - start_s) // 60 + 1
        assert len(tickers) <= 100
        assert len(tickers) * periods <= MOST_PERIODS
        assert periods <= 512


async def test_what_could_not_be_asked_is_asked_again() -> None:
    reads = Candles()
    cache = CandleCache(reads, 1, 512)
    reads.fails = True
    with pytest.raises(MarketReadFailed):
        await cache.refresh([Wanted(A, START_S - 600)], START_S + 5)
    reads.fails = False
    await cache.refresh([Wanted(A, START_S - 600)], START_S + 6)
    assert len(cache.prices(A)) == 11


# Scans

MARKETS = [market(A), market(B)]


async def scan(scanning: Scanning, after_ns: int = 0, markets: Sequence[object] = MARKETS) -> Scan:
    return await scanning.scan(markets, START + 10 * SECOND_NS + after_ns)  # type: ignore[arg-type]


async def test_only_what_moved_is_forecast_anew() -> None:
    forecaster, reads = Broken(), Candles()
    scanning = Scanning(forecaster, reads, ScanSettings(horizon=12))
    first = await scan(scanning)
    assert (first.asked, first.held, first.markets, first.problem) == (2, 2, 2, "")
    (one, _) = first.forecasts
    assert (one.horizon, one.step_s, one.context_end_s) == (60, 60, START_S)
    assert one.last_bp == reads._price(A, START_S)
    again = await scan(scanning, 20 * SECOND_NS)
    assert (again.asked, again.held, again.candle_requests, again.forecasts) == (0, 2, 0, [])
    later = await scan(scanning, MINUTE_NS)
    assert (later.asked, later.candle_requests) == (2, 1)
    left = await scan(scanning, MINUTE_NS, MARKETS[:1])
    assert (left.gone, left.held, forecaster.asked) == ((B,), 1, [2, 2])


async def test_a_market_that_cannot_be_forecast_says_why_and_fails_nobody() -> None:
    reads = Candles()
    reads.flat.add(B)
    scanning = Scanning(Broken(), reads, ScanSettings())
    found = await scan(scanning)
    assert [one.ticker for one in found.forecasts] == [A]
    assert found.absent == [NoForecast(B, SeriesStatus.CONSTANT)]
    assert (found.held, found.skipped) == (1, {"constant": 1})


async def test_a_scan_without_a_server_or_candles_says_so_and_is_made_up_for() -> None:
    forecaster, reads = Broken(), Candles()
    scanning = Scanning(forecaster, reads, ScanSettings())
    forecaster.is_well = False
    found = await scan(scanning)
    assert (found.problem, found.forecasts, found.held) == ("http://a: ConnectError", [], 0)
    forecaster.is_well, reads.fails = True, True
    found = await scan(scanning, MINUTE_NS)
    assert found.problem == "the exchange is silent"
    reads.fails = False
    assert (await scan(scanning, MINUTE_NS)).held == 2


async def test_a_forecaster_that_answers_nonsense_is_down_until_it_does_not() -> None:
    """And is asked again before the next period: hours may lie between the two."""
    forecaster = Broken()
    scanning = Scanning(forecaster, Candles(), ScanSettings())
    forecaster.fails_for = {A, B}
    for _ in range(2):
        found = await scan(scanning)
        assert (found.asked, found.held, found.skipped) == (2, 0, {"failed": 2})
        assert found.problem.startswith("2 markets were answered with no forecast")
    forecaster.fails_for = {B}
    found = await scan(scanning)
    assert (found.asked, found.held, found.problem) == (2, 1, ""), "one market is none of the forecaster's"
    forecaster.fails_for = set()
    found = await scan(scanning)
    assert (found.asked, found.held, found.skipped, found.problem) == (1, 2, {}, "")


async def test_a_server_that_goes_is_told_at_a_scan_that_asks_it_nothing() -> None:
    """Of hours nothing is due most of the time; what is known is kept, and not taken for health."""
    forecaster = Broken()
    scanning = Scanning(forecaster, Candles(), ScanSettings(period_min=60))
    old = [market(A, open_ns=START - 20 * HOUR_NS, close_ns=START + 6 * HOUR_NS)]
    first = await scan(scanning, markets=old)
    assert (first.asked, first.problem) == (1, "")
    forecaster.is_well = False
    found = await scan(scanning, 20 * SECOND_NS, old)
    assert (found.asked, found.held, found.problem) == (0, 1, "http://a: ConnectError")
    forecaster.is_well = True
    assert (await scan(scanning, 40 * SECOND_NS, old)).problem == ""


async def test_markets_of_a_day_are_looked_at_in_minutes_and_longer_ones_in_hours() -> None:
    day = market(A, open_ns=START - 20 * HOUR_NS, close_ns=START + 6 * HOUR_NS)
    long = market(B, open_ns=START - 20 * HOUR_NS, close_ns=START + 6 * HOUR_NS + 1)
    reads = Candles()
    found = await scan(Scanning(Broken(), reads, ScanSettings()), markets=[day, long])
    assert {one.ticker: (one.step_s, one.horizon) for one in found.forecasts} == {A: (60, 60), B: (3_600, 12)}
    reads = Candles()
    found = await scan(Scanning(Broken(), reads, ScanSettings(period_min=60)), markets=[day, long])
    assert {one.step_s for one in found.forecasts} == {3_600}


# Coverage


def a_forecast(ticker: str = A, steps: int = 3) -> Forecast:
    row = tuple(range(4_000, 4_900, 100))
    return Forecast(ticker, ForecastSource("ewma", is_baseline=True), START, START_S, 60, (row,) * steps)


@pytest.mark.parametrize(("price_bp", "covered"), [(3_999, 0), (4_000, 1), (4_800, 1), (4_801, 0)])
def test_a_price_on_the_band_is_within_it(tmp_path: Path, price_bp: int, covered: int) -> None:
    coverage = Coverage(tmp_path / "c.json")
    coverage.expect(a_forecast(), START_S + 120)
    coverage.judge(lambda name, at: price_bp, START_S + 119)
    tally = coverage.tally("BASELINE ewma")
    assert tally.judged == 0, "the last step before the close has not ended"
    coverage.judge(lambda name, at: price_bp if at == START_S + 120 else None, START_S + 120)
    assert (tally.covered, tally.judged) == (covered, 1)


def test_one_outcome_is_counted_once_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    coverage = Coverage(path)
    coverage.expect(a_forecast(), START_S + 180)
    coverage.expect(a_forecast(), START_S + 180)
    coverage.save()
    again = Coverage(path)
    again.judge(lambda name, at: 4_500, START_S + 180)
    again.judge(lambda name, at: 4_500, START_S + 180)
    again.save()
    assert (Coverage(path).tally("BASELINE ewma").covered, again.tally("BASELINE ewma").judged) == (1, 1)
    path.write_bytes(b"[")
    assert Coverage(path).tally("BASELINE ewma").judged == 0


def test_an_outcome_that_nobody_tells_is_given_up(tmp_path: Path) -> None:
    coverage = Coverage(tmp_path / "c.json")
    coverage.expect(a_forecast(), START_S + 180)
    end_s = START_S + 180 + LATE_PERIODS * 60
    coverage.judge(lambda name, at: None, end_s)
    assert coverage.tally("BASELINE ewma").awaited
    coverage.judge(lambda name, at: None, end_s + 1)
    tally = coverage.tally("BASELINE ewma")
    assert (tally.awaited, tally.judged) == ({}, 0)
