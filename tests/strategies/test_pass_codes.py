"""Every code with which a strategy passes is brought about by a market, and has its words on the page.

A new code without a way to it here, or without its words, fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from core_bench import START, CoreBench
from strategy_view import BASELINE, START_S, UNPINNED, a_book, a_forecast, a_market, a_view

from engine.core.denial import DenyCode
from engine.core.strategy import Judged, View
from engine.domain.forecast_signal import Confidence
from engine.domain.units import HOUR_NS
from engine.strategies.pass_codes import WORDS, PassCode
from engine.strategies.timesfm_no import TimesfmNo
from engine.strategies.timesfm_params import PRESETS, TimesfmNoParams

TICKER = "KXBTCD-26NOV20-T50"
OLD, NEW = PRESETS["predecessor"], PRESETS["default"]
BOOK = a_book(TICKER, 5_000, 5_100)


def passes(view: View, params: TimesfmNoParams = NEW, state: dict[str, int] | None = None) -> list[str]:
    """The codes of all verdicts, each that of the last gate that was looked at too."""
    decisions, _ = TimesfmNo(params).decide(view, state)
    rows = [one.row for one in decisions if isinstance(one, Judged)]
    assert len(rows) == len(decisions)
    for row in rows:
        failed = [gate.code for gate in row.gates if not gate.passed]
        assert failed == ([row.code] if row.code else [])
    return [row.code for row in rows]


def seen(book: Any = BOOK, markets: Any = (), view: Any = None, **forecast: Any) -> View:
    """One market whose forecast falls by 10.5 c, which both presets take, but for what is told here."""
    made = a_forecast(TICKER, **forecast)
    return a_view([made], markets or [a_market(TICKER)], [book], **(view or {}))


def with_an_order() -> View:
    bench = CoreBench()
    bench.start()
    bench.placed("c1")
    order = bench.engine.money.orders["c1"]
    terms = msgspec.structs.replace(order.terms, ticker=TICKER)
    return seen(view={"orders": (msgspec.structs.replace(order, terms=terms),)})


def four_of_a_series() -> View:
    markets = [a_market(f"KXBTCD-26NOV20-T{at}") for at in range(4)]
    books = [a_book(one.ticker, 5_000, 5_100) for one in markets]
    return a_view([a_forecast(one.ticker) for one in markets], markets, books)


def changed(**changes: Any) -> TimesfmNoParams:
    return msgspec.structs.replace(NEW, **changes)


WAYS: dict[PassCode, Callable[[], list[str]]] = {
    PassCode.NO_FORECAST: lambda: passes(a_view([], [a_market(TICKER)])),
    PassCode.BASELINE_FORECAST: lambda: passes(seen(source=BASELINE)),
    PassCode.UNPINNED_WEIGHTS: lambda: passes(seen(source=UNPINNED, view={"venue": "live"})),
    PassCode.PREDECESSOR_REAL_MONEY: lambda: passes(seen(view={"venue": "demo"}), OLD),
    PassCode.NO_BOOK: lambda: passes(seen(a_book(TICKER, None, 5_100))),
    PassCode.NOT_DOWN: lambda: passes(seen(median_bp=6_000)),
    PassCode.MOVE_TOO_SMALL: lambda: passes(seen(median_bp=5_000)),
    PassCode.LOW_CONFIDENCE: lambda: passes(seen(), changed(min_confidence=Confidence.HIGH)),
    PassCode.PRICE_RANGE: lambda: passes(seen(), changed(lowest_bp=6_000)),
    PassCode.SPREAD_WIDE: lambda: passes(seen(a_book(TICKER, 5_000, 6_100))),
    PassCode.SL_INSIDE_SPREAD: lambda: passes(seen(), changed(tp_bp=1_000, sl_bp=300)),
    PassCode.COST_EXCEEDS_MOVE: lambda: passes(
        seen(a_book(TICKER, 5_000, 5_900), median_bp=4_600), changed(tp_bp=1_000, sl_bp=2_000)
    ),
    PassCode.HORIZON_PAST_CLOSE: lambda: passes(seen(markets=[a_market(TICKER, START + HOUR_NS)])),
    PassCode.TP_UNREACHABLE: lambda: passes(seen(half_bp=200)),
    PassCode.ORDER_WORKING: lambda: passes(with_an_order()),
    PassCode.SAME_FORECAST: lambda: passes(seen(), state={TICKER: START_S}),
    PassCode.ALREADY_HELD: lambda: passes(
        a_view([a_forecast(TICKER)], [a_market(TICKER)], [BOOK], held={TICKER: -100})
    ),
    PassCode.POSITION_FULL: lambda: passes(
        a_view([a_forecast(TICKER)], [a_market(TICKER)], [BOOK], held={TICKER: -10_000}), OLD
    ),
    PassCode.WAGER_TOO_SMALL: lambda: passes(seen(), changed(wager_ud=1)),
    PassCode.SERIES_FULL: lambda: passes(four_of_a_series())[-1:],
}


@pytest.mark.parametrize("code", PassCode)
def test_every_code_is_what_some_market_is_passed_with(code: PassCode) -> None:
    assert WAYS[code]() == [code]


def test_the_markets_of_the_ways_are_taken_but_for_what_each_changes() -> None:
    assert passes(seen()) == passes(seen(), OLD) == [""]
    assert passes(four_of_a_series()) == ["", "", "", PassCode.SERIES_FULL]


@pytest.mark.parametrize("code", PassCode)
def test_every_code_is_explained(code: PassCode) -> None:
    meaning, remedy = WORDS[code]
    assert meaning.endswith(".")
    assert remedy
    assert not remedy.endswith(".")


def test_no_code_means_two_things() -> None:
    assert not {code.value for code in PassCode} & {code.value for code in DenyCode}
    assert list(WORDS) == list(PassCode)
