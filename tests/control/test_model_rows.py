"""What consoles are told of a market's forecast: one place from which a move is measured, and its edge."""

from __future__ import annotations

from typing import Any

import pytest
from core_bench import START
from strategy_view import START_S, a_book, a_forecast, a_market, a_view

from engine.control.model_rows import model_row
from engine.control.rows.forecasts import ModelRow
from engine.core.book_view import BookView
from engine.core.strategy import Judged
from engine.domain.decision import DecisionRow
from engine.domain.forecast import SeriesStatus
from engine.domain.order import Leg
from engine.domain.units import HOUR_NS, SECOND_NS
from engine.strategies.timesfm_no import TimesfmNo
from engine.strategies.timesfm_params import PRESETS

TICKER = "KXBTCD-26NOV20-T50"


def row(view: BookView | None, close_ns: int = START + 9 * HOUR_NS, **forecast: Any) -> ModelRow:
    return model_row(a_forecast(TICKER, **forecast), a_market(TICKER, close_ns), view)


def decided(view: BookView, preset: str) -> DecisionRow:
    seen = a_view([a_forecast(TICKER)], [a_market(TICKER)], [view])
    (judged,), _ = TimesfmNo(PRESETS[preset]).decide(seen, None)
    assert isinstance(judged, Judged)
    return judged.row


@pytest.mark.parametrize(
    ("bid_bp", "ask_bp", "middle_bp"), [(5_000, 5_200, 5_100), (5_000, 5_101, 5_050), (1, 9_999, 5_000)]
)
def test_a_move_begins_at_the_books_middle(bid_bp: int, ask_bp: int, middle_bp: int) -> None:
    found = row(a_book(TICKER, bid_bp, ask_bp))
    assert (found.median_bp, found.seen_bp, found.move_bp) == (4_000, 5_000, 4_000 - middle_bp)


@pytest.mark.parametrize(
    "view",
    [
        None,
        a_book(TICKER, None, 5_100),
        a_book(TICKER, 5_000, None),
        a_book(TICKER, 5_000, 5_100, is_fresh=False),
        a_book(TICKER, 5_200, 5_100),
        a_book(TICKER, 5_100, 5_100),
    ],
)
def test_without_a_middle_there_is_no_move_and_no_confidence(view: BookView | None) -> None:
    found = row(view)
    assert (found.median_bp, found.seen_bp) == (4_000, 5_000)
    assert (found.move_bp, found.confidence) == (None, "")


def test_the_screen_and_the_default_of_the_strategy_measure_from_one_place() -> None:
    """The forecast is flat here, so that its mean is its end."""
    view = a_book(TICKER, 5_000, 5_101)
    shown, judged = row(view), decided(view, "default")
    assert judged.move_bp == shown.move_bp == -1_050
    assert (judged.current_bp, judged.is_from_book) == (5_050, True)
    assert judged.seen_bp == shown.seen_bp == 5_000
    assert judged.confidence == shown.confidence == "medium"


def test_the_predecessor_measures_from_the_price_seen_and_says_so() -> None:
    judged = decided(a_book(TICKER, 5_000, 5_100), "predecessor")
    assert (judged.current_bp, judged.is_from_book, judged.move_bp) == (5_000, False, -1_000)
    assert (judged.seen_bp, judged.ends_s) == (5_000, START_S + 6 * 3_600)


def test_the_last_step_before_the_close_is_told() -> None:
    found = row(None, START + 3 * HOUR_NS)
    assert found.end_s == (START + 3 * HOUR_NS) // SECOND_NS
    assert row(None, START + HOUR_NS).end_s == START_S + 3_600
    closing = row(None, START + HOUR_NS - SECOND_NS)
    assert (closing.median_bp, closing.status) == (None, SeriesStatus.TOO_SHORT)


def test_the_edge_is_net_of_the_fee_at_the_side_that_can_be_bought() -> None:
    """NO at 50 is worth 60 by the forecast, less 50 and a fee of 1.75 c; a tie goes to neither sign."""
    found = row(a_book(TICKER, 5_000, 5_100))
    assert (found.edge_bp, found.edge_leg, found.verdict) == (1_000 - 175, Leg.NO, "unproven")
    only_asks = row(a_book(TICKER, None, 3_000))
    assert (only_asks.edge_bp, only_asks.edge_leg) == (1_000 - 147, Leg.YES)
    assert row(a_book(TICKER, None, None)).edge_bp is None
