"""Every code with which a strategy of the house passes a market, what it means and what helps.

With the deny codes of the core this is the page of ``sparko codes``: a strategy also passes with the code of
a denial, where the engine would not have let its entry through.
"""

from __future__ import annotations

from enum import StrEnum


class PassCode(StrEnum):
    """In the order in which ``timesfm-no`` looks at its gates."""

    NO_FORECAST = "NO_FORECAST"
    BASELINE_FORECAST = "BASELINE_FORECAST"
    UNPINNED_WEIGHTS = "UNPINNED_WEIGHTS"
    PREDECESSOR_REAL_MONEY = "PREDECESSOR_REAL_MONEY"
    NO_BOOK = "NO_BOOK"
    NOT_DOWN = "NOT_DOWN"
    MOVE_TOO_SMALL = "MOVE_TOO_SMALL"
    LOW_CONFIDENCE = "LOW_CONFIDENCE"
    PRICE_RANGE = "PRICE_RANGE"
    SPREAD_WIDE = "SPREAD_WIDE"
    SL_INSIDE_SPREAD = "SL_INSIDE_SPREAD"
    COST_EXCEEDS_MOVE = "COST_EXCEEDS_MOVE"
    HORIZON_PAST_CLOSE = "HORIZON_PAST_CLOSE"
    TP_UNREACHABLE = "TP_UNREACHABLE"
    ORDER_WORKING = "ORDER_WORKING"
    SAME_FORECAST = "SAME_FORECAST"
    ALREADY_HELD = "ALREADY_HELD"
    POSITION_FULL = "POSITION_FULL"
    WAGER_TOO_SMALL = "WAGER_TOO_SMALL"
    SERIES_FULL = "SERIES_FULL"


WORDS: dict[PassCode, tuple[str, str]] = {
    PassCode.NO_FORECAST: (
        "The market has no forecast; its status says why.",
        "wait for candles: sparko forecast SERIES",
    ),
    PassCode.BASELINE_FORECAST: (
        "The forecast is a baseline's, not a model's.",
        "a forecast server with weights, or allow_baseline = true",
    ),
    PassCode.UNPINNED_WEIGHTS: (
        "Money is real, and weights.lock does not name the model's weights.",
        "sparko forecast-server --download",
    ),
    PassCode.PREDECESSOR_REAL_MONEY: (
        "The preset predecessor takes no real money.",
        'preset = "default", or stage shadow',
    ),
    PassCode.NO_BOOK: ("The book is old, crossed, or has one side only.", "wait for the feed: sparko status"),
    PassCode.NOT_DOWN: ("The forecast does not fall.", "nothing: NO is bought on a fall alone"),
    PassCode.MOVE_TOO_SMALL: ("The forecast falls by too little.", "a larger fall, or min_move_cents"),
    PassCode.LOW_CONFIDENCE: (
        "The fall is too small for this series' medium confidence.",
        "a fall of 5 c; of 8 c in crypto",
    ),
    PassCode.PRICE_RANGE: ("NO costs too little or too much.", "a price of NO from 20 to 95 c"),
    PassCode.SPREAD_WIDE: ("The spread is too wide.", "a tighter book, or max_spread_cents"),
    PassCode.SL_INSIDE_SPREAD: (
        "What is bought could be sold only at its stop or lower.",
        "a tighter book, or a wider stop: sl_cents",
    ),
    PassCode.COST_EXCEEDS_MOVE: (
        "Spread, slippage and two fees cost as much as the forecast falls.",
        "a tighter book, or a larger fall",
    ),
    PassCode.HORIZON_PAST_CLOSE: (
        "The forecast's horizon ends after the market closes.",
        "an earlier market, or horizon_hours",
    ),
    PassCode.TP_UNREACHABLE: (
        "The take profit lies outside of the forecast's 10 to 90 % band.",
        "a nearer one: tp_cents with sl_cents",
    ),
    PassCode.ORDER_WORKING: (
        "An order of the strategy works in the market.",
        "wait: it fills or is canceled in seconds",
    ),
    PassCode.SAME_FORECAST: (
        "The market was entered on this forecast already.",
        "the next forecast: an entry each at most",
    ),
    PassCode.ALREADY_HELD: (
        "The strategy holds the market, and the preset does not add.",
        "wait until its plan has closed it",
    ),
    PassCode.POSITION_FULL: ("The strategy holds as much as it may there.", "most_contracts"),
    PassCode.WAGER_TOO_SMALL: ("The wager does not pay for one contract with its fee.", "wager_dollars"),
    PassCode.SERIES_FULL: ("The series has had its entries of this scan.", "the next scan, or per_series"),
}
"""The meaning as a sentence, and what helps without its full stop."""
