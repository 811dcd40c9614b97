"""Hidden paths: the same from wherever they are read, as volatile as they claim, true to their averages."""

from __future__ import annotations

import itertools
import math
import statistics
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest

from engine.sandbox.sources.generator import slots
from engine.sandbox.sources.generator.families import NEW_YORK, Underlyings
from engine.sandbox.sources.generator.noise import Noise, Octaves
from engine.sandbox.sources.generator.outlook import Outlook
from engine.sandbox.sources.generator.path import PricePath
from engine.sandbox.sources.generator.prices import AveragedIndex
from engine.sandbox.sources.generator.scenario import SCENARIOS, UnknownScenario, scenario_named
from engine.sandbox.sources.generator.temperature import DailyHigh
from engine.sandbox.sources.generator.throughput import WeeklyThroughput, published_s, week_of

NOON = 1_794_571_200
DAY = 86_400


def bitcoin(seed: int = 5, scenario: str = "calm") -> PricePath:
    return Underlyings(seed, SCENARIOS[scenario]).bitcoin


def test_draws_are_normal_and_independent_of_their_order() -> None:
    noise = Noise(1, "x")
    forward = [noise.gauss(n) for n in range(-2_000, 2_000)]
    assert [noise.gauss(n) for n in reversed(range(-2_000, 2_000))] == forward[::-1]
    assert abs(statistics.fmean(forward)) < 0.06
    assert abs(statistics.stdev(forward) - 1.0) < 0.05
    assert Noise(2, "x").gauss(0) != noise.gauss(0) != Noise(1, "y").gauss(0)


def test_smooth_noise_has_the_spread_it_was_asked_for() -> None:
    octaves = Octaves(3, "x", wavelength=1.0, octaves=4, sigma=2.0, growth=1.2)
    values = [octaves.at(k * 0.37) for k in range(6_000)]
    assert abs(statistics.stdev(values) - 2.0) < 0.25
    assert all(abs(octaves.at(k + 1e-6) - octaves.at(k - 1e-6)) < 1e-3 for k in range(20))


def test_a_path_is_the_same_from_wherever_it_is_read() -> None:
    near, far = bitcoin(), bitcoin()
    moments = [NOON, NOON + 59, NOON + 60, NOON + 43_199, NOON + 43_200, NOON + 9 * DAY, NOON - 300 * DAY]
    forward = [near.cents(at) for at in moments]
    assert [far.cents(at) for at in reversed(moments)] == forward[::-1]
    assert bitcoin(seed=6).cents(NOON) != forward[0]


def test_a_path_has_no_breaks_at_minutes_and_days() -> None:
    path = bitcoin()
    midnight = NOON // DAY * DAY
    for edge in (midnight, midnight + DAY, midnight + 60, midnight + 3_600):
        assert abs(path.level(edge) / path.level(edge - 1) - 1.0) < 0.003


def test_a_day_moves_about_as_much_as_its_sigma_says() -> None:
    path = bitcoin()
    returns = [math.log(path.level(NOON + (k + 1) * DAY) / path.level(NOON + k * DAY)) for k in range(120)]
    assert 0.6 < statistics.stdev(returns) / (0.024 * 0.8) < 1.5


def test_an_outlook_is_calibrated_over_many_hours() -> None:
    """Standard scores of what came against what was expected an hour ahead have a spread of about one."""
    path = bitcoin()
    index = AveragedIndex(path)
    scores = []
    for slot in slots.hourly(NOON, NOON + 30 * DAY):
        outlook = index.outlook(slot, slot.close_s - 3_600)
        scores.append((math.log(path.closing_cents(slot.close_s) / 100) - outlook.mean) / outlook.sd)
    assert 0.8 < statistics.stdev(scores) < 1.25
    assert abs(statistics.fmean(scores)) < 0.15


def test_the_closing_average_is_the_mean_of_the_last_sixty_seconds() -> None:
    path = bitcoin()
    close_s = NOON + 3_600
    values = [Decimal(path.cents(at)) / 100 for at in range(close_s - 60, close_s)]
    expected = (sum(values, Decimal(0)) / 60).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(path.closing_cents(close_s)).scaleb(-2) == expected
    assert path.trailing_cents(close_s - 1) == path.closing_cents(close_s)
    assert path.window_sum(close_s - 1) == (sum(path.cents(at) for at in range(close_s - 60, close_s)), 60)


def test_the_trailing_mean_spans_two_minutes() -> None:
    path = bitcoin()
    at = NOON + 17
    exact = sum(path.cents(s) for s in range(at - 59, at + 1)) / 60
    assert abs(path.trailing_cents(at) - exact) <= 0.5


def test_the_last_minute_leaves_less_and_less_open() -> None:
    path = bitcoin()
    index = AveragedIndex(path)
    (slot,) = slots.hourly(NOON, NOON + 1)
    spreads = [index.outlook(slot, NOON - left).sd for left in (3_600, 600, 61, 59, 30, 5, 1)]
    assert spreads == sorted(spreads, reverse=True)
    assert math.exp(index.outlook(slot, NOON - 1).mean) == pytest.approx(
        path.closing_cents(NOON) / 100, abs=0.006
    )


def test_a_stock_index_sleeps_at_the_weekend_and_starts_where_it_stopped() -> None:
    path = Underlyings(5, SCENARIOS["calm"]).sp500
    saturday = int(datetime(2026, 11, 14, tzinfo=UTC).timestamp())
    assert (
        path.cents(saturday + 3_600)
        == path.cents(saturday + DAY + 50_000)
        == path.cents(saturday + 2 * DAY - 1)
    )
    assert abs(path.level(saturday + 2 * DAY) / path.level(saturday + 2 * DAY - 1) - 1) < 0.001


def test_volatile_moves_more_than_calm() -> None:
    def spread(scenario: str) -> float:
        path = bitcoin(scenario=scenario)
        logs = [path.minute_log(NOON // 60 + 15 * k) for k in range(500)]
        return statistics.stdev(b - a for a, b in itertools.pairwise(logs))

    assert spread("volatile") > 1.6 * spread("calm")


def test_a_days_high_only_rises_and_the_forecast_respects_it() -> None:
    high = DailyHigh(5, NEW_YORK)
    schedule = slots.climate_days(-5)
    for slot in schedule(NOON, NOON + 20 * DAY):
        maxima = high.day(slot.day).maxima
        assert maxima == sorted(maxima)
        assert high.settlement(slot).value == maxima[-1]
        midnight = slots.climate_midnight(slot.day, -5)
        for hour in range(0, 24, 3):
            outlook = high.outlook(slot, midnight + hour * 3_600)
            assert outlook.least <= maxima[-1]
            assert outlook.below(outlook.least - 0.5) == 0.0


def test_a_forecast_of_the_high_is_calibrated_and_sharpens() -> None:
    high = DailyHigh(5, NEW_YORK)
    early, late = [], []
    for slot in slots.climate_days(-5)(NOON, NOON + 200 * DAY):
        peak = high.day(slot.day).peak
        ahead, evening = (
            high.outlook(slot, slot.close_s - 86_340),
            high.outlook(slot, slot.close_s - 4 * 3_600),
        )
        early.append((peak - ahead.mean) / ahead.sd)
        late.append(evening.sd)
    assert 0.75 < statistics.stdev(early) < 1.3
    assert max(late) < 0.5


def test_seasons_are_the_right_way_round() -> None:
    high = DailyHigh(5, NEW_YORK)
    july = [high.day(date(2026, 7, 1) + timedelta(days=k)).peak for k in range(31)]
    january = [high.day(date(2026, 1, 1) + timedelta(days=k)).peak for k in range(31)]
    assert statistics.fmean(july) > statistics.fmean(january) + 25


def test_the_travel_week_is_the_mean_of_its_days_and_becomes_known_day_by_day() -> None:
    travel = WeeklyThroughput(5)
    (slot,) = slots.weeks(1_788_000_000, 1_788_000_000 + 7 * DAY)
    days = week_of(slot.day)
    mean = sum(travel.travellers(day) for day in days) / 7
    settlement = travel.settlement(slot)
    assert abs(float(settlement.value) - mean) <= 0.5
    assert settlement.text == f"{int(settlement.value):,}"
    spreads = [travel.outlook(slot, published_s(day)).sd for day in days]
    assert spreads == sorted(spreads, reverse=True)
    assert travel.outlook(slot, published_s(days[-1])).mean == pytest.approx(mean)


def test_an_outlook_shares_one_whole_among_the_parts() -> None:
    outlook = Outlook(math.log(100.0), 0.02, is_log=True)
    edges = [-math.inf, 90.0, 98.0, 100.0, 103.0, math.inf]
    shares = outlook.between(list(itertools.pairwise(edges)))
    assert sum(shares) == pytest.approx(1.0)
    assert all(share >= 0 for share in shares)
    assert outlook.below(100.0) == pytest.approx(0.5)


def test_an_unknown_scenario_is_named_with_those_that_exist() -> None:
    with pytest.raises(UnknownScenario, match=r"got 'stormy', wanted one of calm, volatile, fading, gappy"):
        scenario_named("stormy")
