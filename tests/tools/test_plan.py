"""Plans on the command line: ``sparko plan``, orders that bring one, positions that say what guards them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest
from fake_control import FakeControl
from told_orders import FILLED, TICKER, answered, order_row

from engine.control.protocol import DESK, AnswerState, CommandAnswer, CommandRequest, Delta, DeskRows, Frame
from engine.control.rows.account import PositionRow
from engine.control.rows.orders import PlanRow
from engine.domain.command import DropPlan, PlaceOrder, SetPlan
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms, Target
from engine.domain.units import HOUR_NS

BUY = ("order", TICKER, "--side", "yes", "--count", "10", "--price", "57")
BOTH = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))
GUARDED = PlanRow(
    ticker=TICKER,
    leg=Leg.YES,
    owner="manual",
    terms=BOTH,
    state=PlanState.GUARDING,
    take_profit_bp=7_700,
    stop_loss_bp=4_700,
)


def taken(row: PlanRow | None = None) -> Callable[[CommandRequest], Sequence[Frame]]:
    """An engine that takes the command, and then tells of the plan."""

    def script(request: CommandRequest) -> Sequence[Frame]:
        answer = CommandAnswer(request.command_id, AnswerState.ACCEPTED)
        return [answer] if row is None else [answer, Delta(DESK, 1, 2, DeskRows(plans=(row,)))]

    return script


@pytest.mark.parametrize(
    ("words", "terms"),
    [
        (("--tp", "+20", "--sl", "-10"), BOTH),
        (
            ("--tp", "72", "--sl", "0.6c"),
            PlanTerms(take_profit=Target(7_200, is_level=True), stop_loss=Target(60, is_level=True)),
        ),
        (("--tp", "+20", "--take"), PlanTerms(take_profit=Target(2_000), takes=True)),
        (("--sl", "-10", "--disaster", "-25"), PlanTerms(stop_loss=Target(-1_000), disaster=Target(-2_500))),
        (("--trail", "2.5", "--hold", "2h"), PlanTerms(trailing_bp=250, hold_ns=2 * HOUR_NS)),
        (("--to-settlement",), PlanTerms(to_settlement=True)),
    ],
)
def test_every_word_of_a_plan_reaches_the_engine(
    sparko: Any, engine: FakeControl, words: tuple[str, ...], terms: PlanTerms
) -> None:
    engine.script = taken(msgspec.structs.replace(GUARDED, terms=terms))
    assert sparko("plan", TICKER, *words, "--json").code == 0
    assert engine.commands[0].body == SetPlan(TICKER, terms)
    engine.script = answered(order_row(**FILLED))
    assert sparko(*BUY, *words, "--json").code == 0
    body = engine.commands[1].body
    assert isinstance(body, PlaceOrder)
    assert body.plan == terms


def test_an_order_without_words_brings_no_plan(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row(**FILLED))
    sparko(*BUY)
    body = engine.commands[0].body
    assert isinstance(body, PlaceOrder)
    assert body.plan is None


def test_what_guards_a_position_is_told(sparko: Any, engine: FakeControl) -> None:
    engine.plans = (
        msgspec.structs.replace(GUARDED, state=PlanState.BLOCKED, exit_cause="stop_loss", text="x"),
    )
    found = sparko("plan", TICKER, "--json").document
    assert found == {
        "ticker": TICKER,
        "plan": {
            "state": "blocked",
            "take_profit": "+20",
            "stop_loss": "-10",
            "disaster": None,
            "take": False,
            "trail_cents": None,
            "hold": None,
            "to_settlement": False,
            "take_profit_cents": 77,
            "stop_loss_cents": 47,
            "disaster_cents": None,
            "ends_time": None,
            "exit_cause": "stop_loss",
            "text": "x",
            "owner": "manual",
        },
    }
    assert engine.commands == []


def test_positions_carry_their_plans(sparko: Any, engine: FakeControl) -> None:
    engine.plans = (GUARDED,)
    held = PositionRow(ticker=TICKER, leg=Leg.YES, count_c=300, cost_ud=13_200_00, owner="manual")
    bare = msgspec.structs.replace(held, ticker="KXB-1")
    engine.rows["positions"] = [held, bare]
    first, second = sparko("positions", "--json").document
    assert (first["take_profit_cents"], first["stop_loss_cents"], first["plan"]["state"]) == (
        77,
        47,
        "guarding",
    )
    assert (second["take_profit_cents"], second["stop_loss_cents"], second["plan"]) == (None, None, None)
    lines = sparko("positions").out.splitlines()
    assert lines[1].endswith("47/77")
    assert lines[2].endswith("NO PLAN")


def test_a_plan_is_dropped(sparko: Any, engine: FakeControl) -> None:
    engine.plans = (GUARDED,)
    engine.script = taken(msgspec.structs.replace(GUARDED, state=PlanState.RETIRED))
    ran = sparko("plan", TICKER, "--drop", "--json")
    assert (ran.code, ran.document) == (0, {"ticker": TICKER, "plan": None})
    assert engine.commands[0].body == DropPlan(TICKER)


def test_a_refused_plan_is_one_line_and_a_document(sparko: Any, engine: FakeControl) -> None:
    def script(request: CommandRequest) -> Sequence[Frame]:
        text = "TP: got 40, wanted more than the entry at 57"
        return [CommandAnswer(request.command_id, AnswerState.DENIED, deny_code="BAD_PLAN", text=text)]

    engine.script = script
    ran = sparko("plan", TICKER, "--tp", "40", "--json")
    assert (ran.code, ran.line) == (1, "TP: got 40, wanted more than the entry at 57 (BAD_PLAN)")
    assert ran.document == {"ticker": TICKER, "state": "denied", "deny_code": "BAD_PLAN"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--tp", "100"), "--tp: got '100', wanted cents above 0 and below 100"),
        (("--sl", "-0.5"), "--sl: got '-0.5', wanted -0.5c for a part of a cent"),
        (("--trail", "-5"), "--trail: got '-5', wanted cents such as 5, without a sign"),
        (("--hold", "0m"), "--hold: got '0m', wanted a length of time such as 90s, 30m, 2h or 1d"),
        (("--drop", "--sl", "-5"), "--drop: got a plan with it, wanted one of the two"),
        (("--take", "--sl", "-5"), "--take: got no profit to take, wanted --tp"),
    ],
)
def test_words_that_make_no_plan(sparko: Any, engine: FakeControl, words: tuple[str, ...], line: str) -> None:
    ran = sparko("plan", TICKER, *words, "--json")
    assert (ran.code, ran.line, engine.commands) == (2, line, [])
