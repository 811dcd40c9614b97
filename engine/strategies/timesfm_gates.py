"""The gates of ``timesfm-no``, in the order in which they are looked at; the first that says no decides.

The cost gates are not the predecessor's: measured on recorded quotes, a third of its entries in weather and
up to two thirds in crypto were at or below their stop the moment they filled.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.core.stage_record import Stage
from engine.domain.decision import GateRow
from engine.domain.forecast_signal import Confidence, Direction, direction
from engine.domain.units import cents, contracts
from engine.strategies.pass_codes import PassCode as Code
from engine.strategies.timesfm_case import Case
from engine.strategies.timesfm_params import PREDECESSOR

REAL_MONEY = ("demo", "live")
_RANK = {level: rank for rank, level in enumerate(Confidence)}


def _row(code: Code, passed: bool, got: str, wanted: str) -> GateRow:
    return GateRow(code.value, passed, got, wanted)


def _book_gate(case: Case) -> GateRow:
    got = "none" if case.ask_bp is None else "both sides"
    return _row(Code.NO_BOOK, case.ask_bp is not None, got, "both sides, fresh")


def origin_gates(case: Case, venue: str, stage: str) -> Iterator[GateRow]:
    """Who forecast it, and where its money would go."""
    source, params = case.forecast.source, case.params
    if not params.allow_baseline:
        yield _row(Code.BASELINE_FORECAST, not source.is_baseline, source.label, "a model, or allow_baseline")
    if venue not in REAL_MONEY:
        return
    is_pinned = source.is_baseline or source.is_pinned
    yield _row(Code.UNPINNED_WEIGHTS, is_pinned, source.label, f"weights that are pinned, on {venue}")
    may = params.preset != PREDECESSOR or stage != Stage.MONEY
    yield _row(
        Code.PREDECESSOR_REAL_MONEY, may, f"{params.preset} on {venue}", "sandbox, paper or the shadow"
    )


def signal_gates(case: Case) -> Iterator[GateRow]:
    """What the model says."""
    params = case.params
    if params.uses_mid:
        yield _book_gate(case)
    called = direction(case.forecast_bp, case.current_bp)
    yield _row(Code.NOT_DOWN, called is Direction.DOWN, called.value, "DOWN, which is NO")
    size_bp, least_bp = case.size_bp, params.min_move_bp
    yield _row(
        Code.MOVE_TOO_SMALL, size_bp >= least_bp, f"{cents(size_bp)} c", f"at least {cents(least_bp)} c"
    )
    level, least = case.confidence, params.min_confidence
    yield _row(Code.LOW_CONFIDENCE, _RANK[level] >= _RANK[least], level.value, f"at least {least.value}")


def price_gates(case: Case) -> Iterator[GateRow]:
    """What NO costs now."""
    params, ask_bp = case.params, case.ask_bp
    if not params.uses_mid:
        yield _book_gate(case)
    low_bp, high_bp = params.lowest_bp, params.highest_bp
    is_in = ask_bp is not None and low_bp <= ask_bp <= high_bp
    yield _row(Code.PRICE_RANGE, is_in, f"{cents(ask_bp or 0)} c", f"{cents(low_bp)} to {cents(high_bp)} c")
    spread_bp, most_bp = case.spread_bp, params.most_spread_bp
    yield _row(Code.SPREAD_WIDE, spread_bp <= most_bp, f"{cents(spread_bp)} c", f"at most {cents(most_bp)} c")


def cost_gates(case: Case) -> Iterator[GateRow]:
    """Whether the entry could pay at all."""
    if not case.params.has_cost_gates:
        return
    stop_bp, bid_bp = case.stop_loss_bp, case.bid_bp
    is_above = stop_bp is not None and bid_bp is not None and bid_bp > stop_bp
    yield _row(
        Code.SL_INSIDE_SPREAD,
        is_above,
        f"bid {cents(bid_bp or 0)} c",
        f"above the SL at {cents(stop_bp or 0)} c",
    )
    cost_bp = case.cost_bp
    pays = cost_bp is not None and cost_bp < case.size_bp
    yield _row(
        Code.COST_EXCEEDS_MOVE, pays, f"{cents(cost_bp or 0)} c", f"below the move of {cents(case.size_bp)} c"
    )
    past_s = case.past_close_s
    got = f"{-(-past_s // 60)} min after the close" if past_s > 0 else f"{-past_s // 60} min before the close"
    yield _row(Code.HORIZON_PAST_CLOSE, past_s <= 0, got, "an end by the close")
    target_bp, reach_bp = case.take_profit_bp, case.highest_no_bp
    reached = target_bp is not None and target_bp <= reach_bp
    yield _row(
        Code.TP_UNREACHABLE,
        reached,
        f"TP {cents(target_bp or 0)} c",
        f"within the band, up to {cents(reach_bp)} c",
    )


def room_gates(case: Case, held_c: int, is_working: bool, was_taken: bool, others: int) -> Iterator[GateRow]:
    """Whether there is room for one more."""
    params = case.params
    yield _row(
        Code.ORDER_WORKING, not is_working, "an order" if is_working else "none", "no order of its own"
    )
    yield _row(Code.SAME_FORECAST, not was_taken, "taken" if was_taken else "new", "one entry a forecast")
    is_open = params.adds or not held_c
    yield _row(Code.ALREADY_HELD, is_open, contracts(held_c), "nothing held, or a preset that adds")
    room_c = params.most_c - held_c
    count_c = case.count_c(room_c)
    yield _row(Code.POSITION_FULL, room_c > 0, contracts(held_c), f"less than {contracts(params.most_c)}")
    wanted = f"one contract at {cents(case.limit_bp or 0)} c with its fee"
    yield _row(Code.WAGER_TOO_SMALL, count_c > 0, f"{contracts(count_c)}", wanted)
    yield _row(
        Code.SERIES_FULL,
        others < params.per_series,
        f"{others} in this scan",
        f"fewer than {params.per_series}",
    )
