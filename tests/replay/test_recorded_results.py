"""What the metadata of the recordings says about strikes and results."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.domain.market import Outcome, Strike
from engine.sandbox.sources.replay.metadata import RecordedMarket, known_series, read_markets
from engine.sandbox.sources.replay.series_facts import facts_of
from engine.sandbox.sources.replay.strikes import derived_strikes
from engine.sandbox.sources.replay.ticker import close_of


def _by_event(markets: dict[str, RecordedMarket]) -> dict[str, list[RecordedMarket]]:
    found: dict[str, list[RecordedMarket]] = {}
    for market in markets.values():
        found.setdefault(market.event_ticker, []).append(market)
    return found


@pytest.mark.parametrize(("series", "checked"), [("KXBTC", 34_592), ("KXETH", 13_800)])
def test_crypto_results_agree_with_strike_and_expiration_value(
    recordings: Path, series: str, checked: int
) -> None:
    count = 0
    for market in read_markets(recordings, series).values():
        if market.outcome is Outcome.UNKNOWN or market.value is None or market.strike_type is None:
            continue
        holds = Strike(market.strike_type, market.floor, market.cap).holds(market.value)
        assert holds == (market.outcome is Outcome.YES), market
        count += 1

    assert count == checked


@pytest.mark.parametrize("series", ["KXBTC", "KXETH", "KXHIGHNY", "KXLOWTCHI", "KXTEMPNYCH"])
def test_strikes_derived_from_tickers_equal_the_recorded_ones(recordings: Path, series: str) -> None:
    unit = facts_of(series).unit
    count = 0
    for members in _by_event(read_markets(recordings, series)).values():
        derived = derived_strikes([market.ticker for market in members], unit)
        for market in members:
            if market.strike_type is not None:
                assert derived[market.ticker] == Strike(market.strike_type, market.floor, market.cap)
                count += 1

    assert count >= 36


def test_closes_derived_from_crypto_tickers_equal_the_recorded_ones(recordings: Path) -> None:
    for series in ("KXBTC", "KXETH", "KXBTC15M"):
        markets = read_markets(recordings, series).values()
        timed = [market for market in markets if market.close_ns is not None]
        assert timed
        assert all(close_of(market.event_ticker) == market.close_ns for market in timed)


def test_an_exclusive_event_has_exactly_one_winner_once_it_has_results(recordings: Path) -> None:
    for series in sorted(known_series(recordings) - {"KXBTC15M"}):
        if series.startswith("KXTEMP"):
            continue
        for members in _by_event(read_markets(recordings, series)).values():
            known = [market for market in members if market.outcome is not Outcome.UNKNOWN]
            if len(known) == len(members):
                assert sum(market.outcome is Outcome.YES for market in known) == 1
