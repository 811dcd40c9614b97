"""How recorded markets are listed: words, exclusivity, grids, and the index beside them."""

from __future__ import annotations

import pytest
from recorder import BAND, EVENT, HIGH, LOW, Recorder, eastern_s
from replayed import best_of, opened, play_to, replay_of

from engine.domain.market import Outcome
from engine.domain.units import MILLISECOND_NS, SECOND_NS


def test_the_listing_says_strikes_titles_and_exclusivity(recorder: Recorder) -> None:
    recorder.weather_day()
    exchange = opened(replay_of(recorder))

    assert exchange.events[EVENT].mutually_exclusive
    assert exchange.events[EVENT].title == "Highest temperature in New York City on Mar 10, 2026?"
    texts = {ticker: exchange.markets[ticker].market.yes_sub_title for ticker in (LOW, BAND, HIGH)}
    assert texts == {LOW: "40° or below", BAND: "41° to 42°", HIGH: "43° or above"}


def test_an_event_with_two_winners_is_not_listed_as_exclusive(recorder: Recorder) -> None:
    recorder.quotes("x", [(eastern_s(9) * 1000, ticker, 40, 44) for ticker in (LOW, BAND)])
    recorder.markets([{"ticker": ticker, "result": Outcome.YES.value} for ticker in (LOW, BAND)])
    replay = replay_of(recorder)
    exchange = opened(replay)

    assert not exchange.events[EVENT].mutually_exclusive
    assert replay.summary().detail["not_exclusive"] == [EVENT]


def test_spot_prices_become_index_values_under_their_own_name(recorder: Recorder) -> None:
    ticker = "KXBTC-26MAR1012-B100"
    start = eastern_s(11) * 1000
    recorder.quotes("x", [(start, ticker, 40, 44)])
    recorder.spot(
        [
            (start - 30_000, "BTC-USD", 100.0),
            (start + 1_000, "BTC-USD", 102.0),
            (start + 2_000, "ETH-USD", 7.0),
            (start + 3_000, None, 9.0),
        ]
    )
    replay = replay_of(recorder, series="KXBTC")
    exchange = opened(replay)
    assert exchange.index_values == {}
    play_to(replay, exchange, start * MILLISECOND_NS + 5 * SECOND_NS)

    value = exchange.index_values["BRTI"]
    assert (value.value, value.average_60s) == ("102.00", "101.00")
    assert set(exchange.index_values) == {"BRTI"}
    assert replay.summary().detail["index"] == "BRTI is Coinbase BTC-USD spot, not the index itself"


@pytest.mark.parametrize(
    ("prices", "structure"),
    [
        ((40.0, 44.0), "linear_cent"),
        ((9.3, 44.0), "tapered_deci_cent"),
        ((40.1, 44.0), "deci_cent"),
        ((40.0, 99.95), "center_centi_edge_centi_cent"),
    ],
)
def test_the_grid_is_the_coarsest_that_has_every_price(
    recorder: Recorder, prices: tuple[float, float], structure: str
) -> None:
    recorder.quotes("x", [(eastern_s(9) * 1000, BAND, *prices)])
    replay = replay_of(recorder)
    exchange = opened(replay)

    assert exchange.markets[BAND].market.price_level_structure == structure
    assert best_of(exchange, BAND) == tuple(round(price * 100) for price in prices)
