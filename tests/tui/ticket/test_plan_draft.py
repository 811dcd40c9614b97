"""Writing a plan: what each key does, what is refused in words, and that what is written is what is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tui_desk import position

from console.tui.cells import plain_rows, row_width
from console.tui.ticket.entry_state import DEAD_NS
from console.tui.ticket.plan_draft import PlanDraft, PlanField, draft_of, painted, press
from console.tui.ticket.plan_rows import plan_surface
from console.tui.ticket.scene import Scene
from engine.control.rows.orders import PlanRow
from engine.domain.command import SetPlan
from engine.domain.order import Leg
from engine.domain.plan import PlanState, PlanTerms, Target
from engine.domain.units import MINUTE_NS

SEEN = painted(PlanDraft(position()), 0)


def typed(draft: PlanDraft, *keys: str) -> PlanDraft:
    for key in keys:
        reply = press(draft, key, DEAD_NS)
        assert reply.body is None
        assert reply.draft is not None
        draft = reply.draft
    return draft


def test_nothing_counts_before_it_was_seen() -> None:
    assert press(PlanDraft(position()), "5", 10**12).draft == PlanDraft(position())
    assert press(SEEN, "5", DEAD_NS - 1).draft == SEEN
    assert press(SEEN, "escape", 0).draft is None


@pytest.mark.parametrize(
    ("field", "keys", "note"),
    [
        (PlanField.TAKE_PROFIT, "+2+", "TP: wanted"),
        (PlanField.STOP_LOSS, "c5", "SL: wanted"),
        (PlanField.TRAILING, "-", "trailing: wanted cents"),
        (PlanField.HOLD, ".", "time stop: wanted minutes"),
    ],
)
def test_what_cannot_be_typed_says_what_can(field: PlanField, keys: str, note: str) -> None:
    draft = SEEN
    while draft.at is not field:
        draft = typed(draft, "tab")
    assert note in typed(draft, *keys).note


@pytest.mark.parametrize("keys", [("0", "."), ("+",), ("0", ".", "6"), ("1", "0", "0")])
def test_what_cannot_be_read_is_not_sent(keys: tuple[str, ...]) -> None:
    reply = press(typed(SEEN, *keys), "enter", DEAD_NS)
    assert reply.body is None
    assert reply.draft is not None
    assert reply.draft.note


def test_to_payout_alone_is_a_plan() -> None:
    reply = press(typed(SEEN, "h"), "enter", DEAD_NS)
    assert reply.body == SetPlan(position().ticker, PlanTerms(to_settlement=True))


targets = st.one_of(
    st.none(),
    st.builds(Target, st.integers(1, 9_999), st.just(True)),
    st.builds(Target, st.integers(1, 9_999) | st.integers(-9_999, -1)),
)


@given(
    profit=targets,
    stop=targets,
    disaster=targets,
    takes=st.booleans(),
    trailing=st.one_of(st.none(), st.integers(1, 9_999)),
    minutes=st.one_of(st.none(), st.integers(1, 99_999)),
    to_settlement=st.booleans(),
)
def test_what_is_there_is_shown_and_sent_as_it_was(
    profit: Target | None,
    stop: Target | None,
    disaster: Target | None,
    takes: bool,
    trailing: int | None,
    minutes: int | None,
    to_settlement: bool,
) -> None:
    hold_ns = None if minutes is None else minutes * MINUTE_NS
    terms = PlanTerms(profit, takes, stop, disaster, trailing, hold_ns, to_settlement)
    row = PlanRow(ticker="M", leg=Leg.YES, owner="manual", terms=terms, state=PlanState.GUARDING)
    draft = painted(draft_of(position(), row), 0)
    for width in (20, 34, 60):
        rows = plan_surface(draft, Scene("M"), width, 16)
        assert all(row_width(row) <= width for row in rows)
    reply = press(draft, "enter", DEAD_NS)
    if not terms.is_empty:
        assert reply.body == SetPlan(position().ticker, terms)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("56", "TP 56 is reached: it brings 56, so Enter sells"),
        ("+4", "TP 56 is reached"),
        ("57", ""),
        ("50", ""),  # below the entry: the engine refuses it
    ],
)
def test_a_profit_that_is_reached_is_told_before_it_sells(keys: str, word: str) -> None:
    """The position brings 56 now, and was bought at 52."""
    shown = plain_rows(plan_surface(typed(SEEN, *keys), Scene("M"), 60, 16))
    assert word in shown
    assert ("is reached" in shown) is bool(word)


def test_a_stop_that_is_reached_is_told_before_it_sells() -> None:
    fallen = painted(PlanDraft(position(exit_ud=4_600_000)), 0)
    shown = {
        keys: plain_rows(plan_surface(typed(fallen, "tab", *keys), Scene("M"), 60, 16))
        for keys in ("47", "45", "60")
    }
    assert "SL 47 is reached: it brings 46, so Enter sells" in shown["47"]
    assert "is reached" not in shown["45"] + shown["60"], "60 is above the entry: the engine refuses it"
