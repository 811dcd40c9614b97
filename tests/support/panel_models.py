"""What models say, for the tests of panels: a scan, forecasts by market, and verdicts with their gates."""

from __future__ import annotations

from typing import Any

import msgspec
from panel_events import _BTC_BIDS, BTC_AT, BTC_STRIKES, NOW, WEATHER, WEATHER_AT, strike_ticker

from engine.control.rows.forecasts import ModelRow, ScanRow
from engine.domain.decision import DecisionRow, GateRow
from engine.domain.forecast import Forecast, ForecastSource, SeriesStatus
from engine.domain.order import Leg
from engine.domain.units import SECOND_NS

EWMA = ForecastSource("ewma", is_baseline=True)
TIMESFM = ForecastSource("timesfm-2.5", False, "3f2a91c0" * 8, is_pinned=True)
"""Two makers of forecasts."""


def scan(**changes: Any) -> ScanRow:
    row = ScanRow(
        state="ok", source=EWMA, at_ns=NOW - 12 * SECOND_NS, next_ns=NOW + 48 * SECOND_NS, elapsed_ms=412.6,
        markets=18, asked=11, forecasts=15, skipped={"too_short": 2, "constant": 1}, candle_requests=2,
        covered=1_021, judged=1_298,
    )  # fmt: skip
    return msgspec.structs.replace(row, **changes)


def forecast(source: ForecastSource = EWMA, horizon: int = 12) -> Forecast:
    """Of the middle bitcoin strike: minutes that fall from 51.9 c while the band opens."""
    steps = tuple(
        tuple(5_190 - 40 * step + (level - 4) * (60 + 25 * step) for level in range(9))
        for step in range(horizon)
    )
    return Forecast(BTC_AT, source, NOW - 12 * SECOND_NS, NOW // SECOND_NS // 60 * 60, 60, steps)


def models() -> tuple[ModelRow, ...]:
    """By strike: falling, with one edge that is proven; one from another maker, three without a forecast."""
    made: dict[str, Any] = {
        "source": EWMA,
        "made_at_ns": NOW - 12 * SECOND_NS,
        "end_s": NOW // SECOND_NS + 700,
    }
    found = []
    for at, bid in enumerate(_BTC_BIDS):
        ticker = strike_ticker(BTC_STRIKES[at])
        if bid is None:
            found.append(ModelRow(ticker=ticker, status=SeriesStatus.TOO_SHORT, **made))
            continue
        now, move = bid + 100, (at - 4) * -150
        median = min(max(now + move, 60), 9_930)
        found.append(
            ModelRow(
                ticker=ticker,
                median_bp=median,
                low_bp=max(median - 420, 10),
                high_bp=min(median + 380, 9_990),
                move_bp=median - now,
                confidence="high" if abs(move) > 600 else "low",
                edge_bp=abs(move) - 230,
                edge_leg=Leg.YES if move > 0 else Leg.NO,
                verdict="PASS" if at == 7 else "unproven",
                **made,
            )
        )
    half = {**made, "source": TIMESFM, "made_at_ns": NOW - 95 * SECOND_NS}
    found.append(ModelRow(ticker=f"{WEATHER}-B50.5", status=SeriesStatus.CONSTANT, **half))
    found.append(
        ModelRow(
            ticker=WEATHER_AT, median_bp=6_130, low_bp=5_300, high_bp=7_020, move_bp=380,
            confidence="medium", edge_bp=120, edge_leg=Leg.YES, **half,
        )
    )  # fmt: skip
    found.append(ModelRow(ticker=f"{WEATHER}-B54.5", status=SeriesStatus.TOO_SHORT, **half))
    return tuple(found)


def decisions() -> tuple[DecisionRow, ...]:
    """On the middle strike: passed for its cost, taken in shadow, taken with money, passed for its spread."""
    gates = (
        GateRow("CONFIDENCE", True, "high, 13.2 c", "medium or more"),
        GateRow("PRICE_RANGE", True, "47 c", "20 to 95 c"),
        GateRow("SPREAD", True, "2 c", "10 c or less"),
        GateRow("COST_EXCEEDS_MOVE", False, "cost 5.4 c, move 4.4 c", "cost below the move"),
    )
    passed = DecisionRow(
        decision_id="d-4", at_ns=NOW - 12 * SECOND_NS, strategy="timesfm-no", stage="money", ticker=BTC_AT,
        verdict="PASS", code="COST_EXCEEDS_MOVE", text="fees and spread cost 5.4 c, the move is 4.4 c",
        leg=Leg.NO, forecast_bp=4_750, current_bp=5_190, move_bp=-440, confidence="medium",
        model=EWMA.label, gates=gates, seen_bp=5_150, is_from_book=True, ends_s=NOW // SECOND_NS + 700,
    )  # fmt: skip
    taken = msgspec.structs.replace(
        passed, decision_id="d-3", at_ns=NOW - 72 * SECOND_NS, verdict="TAKE", code="", text="",
        price_bp=4_900, count_c=600, stake_ud=2_940_000, take_profit_bp=5_900, stop_loss_bp=4_400,
        client_order_id="c-resting", move_bp=-1_320, forecast_bp=3_870, confidence="high",
        gates=(*gates[:3], GateRow("COST_EXCEEDS_MOVE", True, "cost 5.4 c, move 13.2 c", gates[3].wanted)),
    )  # fmt: skip
    shadow = msgspec.structs.replace(
        taken, decision_id="d-2", at_ns=NOW - 132 * SECOND_NS, stage="shadow", client_order_id=""
    )
    wide = msgspec.structs.replace(
        passed, decision_id="d-1", at_ns=NOW - 192 * SECOND_NS, code="SPREAD", text="the spread is 12 c",
        gates=(*gates[:2], GateRow("SPREAD", False, "12 c", "10 c or less")),
    )  # fmt: skip
    return passed, taken, shadow, wide
