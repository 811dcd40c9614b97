"""Tickers and strikes against the exchange's own, from its facts sheet and from recordings."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.market import Strike, StrikeType
from engine.sandbox.sources.generator import grammar, ladder, slots

WEATHER = {"KXHIGHNY": -5, "KXHIGHCHI": -6, "KXHIGHLAX": -8}


def utc_s(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("close_s", "stamp"),
    [
        (utc_s(2026, 8, 23, 21), "26AUG2317"),
        (utc_s(2026, 1, 5, 22), "26JAN0517"),
        (utc_s(2026, 8, 3, 4), "26AUG0300"),
    ],
)
def test_an_hour_is_named_by_its_eastern_close(close_s: int, stamp: str) -> None:
    assert grammar.hour_stamp(close_s) == stamp


def test_quarters_sessions_and_days_are_named_as_the_exchange_names_them() -> None:
    assert grammar.quarter_stamp(utc_s(2026, 9, 30, 19, 30)) == "26SEP301530"
    assert grammar.session_stamp(utc_s(2026, 9, 14, 20)) == "26SEP14H1600"
    assert grammar.session_stamp(utc_s(2026, 12, 14, 21)) == "26DEC14H1600"
    assert grammar.day_stamp(date(2026, 7, 7)) == "26JUL07"


@pytest.mark.parametrize(
    ("floor", "cap", "label"),
    [
        ("73200", "73299.99", "B73250"),
        ("101750", "101999.99", "B101875"),
        ("2380", "2399.99", "B2390"),
        ("1840", "1844.99", "B1842"),
        ("7675", "7699.9999", "B7687"),
        ("26400", "26499.99", "B26450"),
        ("83", "84", "B83.5"),
    ],
)
def test_a_band_is_named_by_its_middle(floor: str, cap: str, label: str) -> None:
    assert grammar.band_label(Decimal(floor), Decimal(cap)) == label


def test_tails_and_thresholds_carry_their_strike() -> None:
    assert grammar.tail_label(Decimal("86749.99")) == "T86749.99"
    assert grammar.tail_label(Decimal("50700")) == "T50700"
    assert grammar.tail_label(Decimal("7924.9999")) == "T7924.9999"
    assert grammar.millions_label(Decimal(2_300_000)) == "A2.30"


def test_the_recorded_bitcoin_ladder_is_made_again() -> None:
    rungs = ladder.bands(60_000.0, width=Decimal(100), rungs=188, gap=Decimal("0.01"))
    assert len(rungs) == 188
    assert [rung.label for rung in (rungs[0], rungs[1], rungs[-1])] == ["T50700", "B50750", "T69299.99"]
    assert rungs[1].strike == Strike(StrikeType.BETWEEN, Decimal(50_700), Decimal("50799.99"))


def test_a_temperature_ladder_has_six_markets() -> None:
    rungs = ladder.temperatures(87.2)
    assert [rung.label for rung in rungs] == ["T83", "B83.5", "B85.5", "B87.5", "B89.5", "T90"]
    assert rungs[0].strike.kind is StrikeType.LESS
    assert rungs[-1].strike.kind is StrikeType.GREATER


@settings(derandomize=True, max_examples=300)
@given(
    centre=st.floats(1_000, 150_000),
    width=st.sampled_from(["5", "20", "25", "100", "250"]),
    gap=st.sampled_from(["0.01", "0.0001"]),
    rungs=st.integers(6, 60),
    cents=st.integers(0, 20_000_000),
)
def test_of_a_band_ladder_exactly_one_market_pays(
    centre: float, width: str, gap: str, rungs: int, cents: int
) -> None:
    made = ladder.bands(centre, width=Decimal(width), rungs=rungs, gap=Decimal(gap))
    value = Decimal(cents).scaleb(-2)
    paying = [rung for rung in made if rung.strike.holds(value)]
    assert len(paying) == 1
    assert paying[0].low <= float(value) < paying[0].high
    assert len({rung.label for rung in made}) == rungs


@settings(derandomize=True, max_examples=200)
@given(centre=st.floats(-10, 120), degrees=st.integers(-30, 140))
def test_of_a_temperature_ladder_exactly_one_market_pays(centre: float, degrees: int) -> None:
    paying = [rung for rung in ladder.temperatures(centre) if rung.strike.holds(Decimal(degrees))]
    assert len(paying) == 1
    assert paying[0].low <= degrees < paying[0].high


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> list[dict[str, object]]:
    columns = ["ticker", "event_ticker", "series", "strike_type", "floor_strike", "cap_strike", "close_ts"]
    rows = pq.read_table(recordings / "markets.parquet", columns=columns).to_pylist()
    return [row for row in rows if row["series"] in {"KXBTC", "KXETH", "KXBTC15M", *WEATHER}]


def test_every_recorded_strike_is_spelled_as_recorded(recorded: list[dict[str, object]]) -> None:
    checked = 0
    for row in recorded:
        floor, cap = (
            None if row[k] is None else Decimal(str(row[k])) for k in ("floor_strike", "cap_strike")
        )
        if floor is not None and cap is not None:
            label = grammar.band_label(floor, cap)
        elif floor is not None or cap is not None:
            label = grammar.tail_label(floor if floor is not None else cap or Decimal(0))
        else:
            continue
        assert row["ticker"] == f"{row['event_ticker']}-{label}"
        checked += 1
    assert checked > 20_000


def test_every_recorded_close_is_on_the_schedule(recorded: list[dict[str, object]]) -> None:
    schedules = {"KXBTC": slots.hourly, "KXETH": slots.hourly, "KXBTC15M": slots.quarterly}
    schedules |= {series: slots.climate_days(offset) for series, offset in WEATHER.items()}
    closes = {(str(r["series"]), str(r["event_ticker"]), r["close_ts"]) for r in recorded if r["close_ts"]}
    for series, event_ticker, close_s in closes:
        assert isinstance(close_s, int)
        stamps = [slot.stamp for slot in schedules[series](close_s, close_s + 1)]
        assert [f"{series}-{stamp}" for stamp in stamps] == [event_ticker]
    assert len(closes) > 300
