"""How far a position is from its stop and its profit, in one cell."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui import roles
from console.tui.panels.guard import distance_bp, guard_cell, mark_price_bp
from engine.control.rows.account import PositionRow
from engine.control.rows.orders import PlanRow
from engine.domain.order import Leg
from engine.domain.plan import ExitCause, PlanState, PlanTerms, Target

HELD = PositionRow(
    ticker="M", leg=Leg.NO, count_c=1_000, cost_ud=4_900_000, exit_ud=5_100_000, owner="manual"
)
PLAN = PlanRow(
    ticker="M",
    leg=Leg.NO,
    owner="manual",
    state=PlanState.GUARDING,
    terms=PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000)),
    take_profit_bp=6_900,
    stop_loss_bp=3_900,
)


def at(mark_bp: int | None) -> PositionRow:
    return msgspec.structs.replace(HELD, exit_ud=None if mark_bp is None else mark_bp * HELD.count_c)


def changed(**changes: object) -> PlanRow:
    return msgspec.structs.replace(PLAN, **changes)


def test_without_a_plan_it_stands_out() -> None:
    assert guard_cell(HELD, None, 18) == ("UNGUARDED", roles.WARNING)


@pytest.mark.parametrize(
    ("mark_bp", "bar"),
    [(3_900, "░" * 12), (5_100, "▓▓▓▓" + "░" * 8), (6_900, "▓" * 12), (3_000, "░" * 12), (8_000, "▓" * 12)],
)
def test_the_bar_fills_from_the_stop_to_the_profit(mark_bp: int, bar: str) -> None:
    assert guard_cell(at(mark_bp), PLAN, 18)[0] == f"39 {bar} 69"


def test_a_stop_that_is_near_is_told_by_colour_too() -> None:
    assert guard_cell(at(4_050), PLAN, 18)[1] == roles.STOP_LOSS
    assert guard_cell(at(4_150), PLAN, 18)[1] == roles.TEXT


def test_without_room_for_a_bar_the_nearer_one_is_told() -> None:
    assert guard_cell(at(4_500), PLAN, 9)[0] == "SL 39 -6"
    assert guard_cell(at(6_500), PLAN, 9)[0] == "TP 69 +4"
    assert guard_cell(at(4_580), PLAN, 9)[0] == "SL -6.8"


def test_what_has_no_price_claims_no_distance() -> None:
    assert guard_cell(at(None), PLAN, 18)[0] == "39 ???????????? 69"
    assert guard_cell(at(None), PLAN, 9)[0] == "SL 39"
    assert mark_price_bp(at(None)) is None
    assert distance_bp(at(None), PLAN) is None


def test_one_sided_plans() -> None:
    assert guard_cell(at(5_100), changed(take_profit_bp=None), 18)[0] == "SL 39 -12"
    assert guard_cell(at(5_100), changed(stop_loss_bp=None), 18)[0] == "TP 69 +18"
    nothing = changed(stop_loss_bp=None, take_profit_bp=None)
    assert guard_cell(HELD, msgspec.structs.replace(nothing, ends_ns=1), 18)[0] == "TIME STOP"
    to_payout = msgspec.structs.replace(nothing, terms=PlanTerms(to_settlement=True))
    assert guard_cell(HELD, to_payout, 18)[0] == "TO PAYOUT"


def test_an_exit_under_way_and_a_blocked_one() -> None:
    exiting = changed(state=PlanState.EXITING, exit_cause=ExitCause.TAKE_PROFIT)
    assert guard_cell(HELD, exiting, 18) == ("EXITING TP", roles.ACCENT)
    blocked = changed(state=PlanState.BLOCKED, exit_cause=ExitCause.STOP_LOSS)
    assert guard_cell(HELD, blocked, 10) == ("SL BLOCKED", roles.URGENT)


@given(
    stop=st.integers(100, 9_000),
    above=st.integers(1, 5_000),
    mark=st.one_of(st.none(), st.integers(0, 10_000)),
    width=st.integers(1, 40),
)
def test_it_never_leaves_its_column(stop: int, above: int, mark: int | None, width: int) -> None:
    plan = changed(stop_loss_bp=stop, take_profit_bp=stop + above)
    assert len(guard_cell(at(mark), plan, width)[0]) <= width
