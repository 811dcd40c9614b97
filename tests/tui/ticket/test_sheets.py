"""Conditions and loaded tickets by keys: a reviewed ticket is kept for later, and sent once."""

from __future__ import annotations

import pytest
from ticket_screen import TICKER, Screen, screen

from console.tui.ticket.condition_draft import ConditionDraft, ConditionField, painted, press
from console.tui.ticket.entry import Stage
from console.tui.ticket.entry_state import DEAD_NS
from console.tui.ticket.pad import Pad, free_slot
from console.tui.ticket.pad import painted as pad_painted
from console.tui.ticket.pad import press as press_in_pad
from console.tui.ticket.ticket import Ticket
from engine.control.protocol import OUTSIDE, Snapshot
from engine.control.rows.orders import ConditionRow, LoadRow
from engine.control.rows.outside import ObservationRow, OutsideRows
from engine.domain.command import AddCondition, ChangeCondition, FireLoad, PlaceOrder, SetLoad
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Trigger
from engine.domain.trigger import Ticket as Prepared
from engine.domain.units import HOUR_NS, MINUTE_NS

NO_TICKET = Prepared(TICKER, Leg.NO, True, 200, 4_400)
LOADED = LoadRow(slot=3, ticket=NO_TICKET)


async def review_of_no(at: Screen) -> None:
    at.app.tickets.open_no(TICKER)
    await at.press("2", "enter")
    await at.wait()


def kinds(at: Screen, kind: type) -> list[object]:
    return [body for body, _, _ in at.tie.commands if isinstance(body, kind)]


async def test_a_reviewed_ticket_waits_for_a_condition() -> None:
    async with screen(armed=False) as at:
        at.app.tickets.open_no(TICKER)
        await at.press("2", "t", "+", "2", "0", "enter")
        await at.wait()
        await at.press("i")
        assert "CONDITION" in at.app.text
        await at.wait()
        await at.press(*"yes_bid<", "enter")
        assert "wanted" in at.app.text
        await at.press(*"=42", "enter")
        (body,) = kinds(at, AddCondition)
        assert isinstance(body, AddCondition)
        assert body.terms.trigger == Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_200)
        assert body.terms.ticket.plan == PlanTerms(take_profit=Target(2_000))
        assert (body.terms.ticket.leg, body.terms.ticket.count_c, body.terms.ticket.buys) == (
            Leg.NO,
            200,
            True,
        )
        assert body.terms.expires_ns == at.desk.now_ns + 2 * HOUR_NS
        assert not body.now
        assert kinds(at, PlaceOrder) == []
        assert not at.app.tickets.is_open
        assert "COND shows it" in at.app.last


async def test_a_condition_on_what_nobody_tells_of_is_not_armed() -> None:
    async with screen(armed=False) as at:
        await review_of_no(at)
        await at.press("i")
        await at.wait()
        await at.press(*"spot:FOO>=1", "enter")
        assert "spot: got FOO, wanted" in at.app.text
        assert kinds(at, AddCondition) == []
        value = ObservationRow("spot", "FOO", "0.5", 0, 0)
        at.desk.replica.apply(Snapshot(OUTSIDE, 1, OutsideRows((value,))))
        await at.press("enter")
        assert len(kinds(at, AddCondition)) == 1


async def test_a_reviewed_ticket_is_loaded_into_the_lowest_free_slot() -> None:
    first = LoadRow(slot=1, ticket=NO_TICKET)
    async with screen(loads=(first,)) as at:
        await review_of_no(at)
        await at.press("L")
        (body,) = kinds(at, SetLoad)
        assert body == SetLoad(2, NO_TICKET, at.desk.now_ns + 30 * MINUTE_NS)
        assert at.app.tickets.entry.stage is Stage.CLOSED
        assert "L and 2 send it" in at.app.last


async def test_a_loaded_ticket_is_sent_once_with_armed_keys_alone() -> None:
    async with screen(armed=False, loads=(LOADED,)) as at:
        at.app.tickets.open_pad()
        await at.press("3")
        assert kinds(at, FireLoad) == []
        await at.wait()
        await at.press("3")
        assert "A arms" in at.app.text
        at.tie.is_armed = True
        await at.wait()
        await at.press("4")
        assert "slot 4 is empty" in at.app.text
        await at.press(*["3"] * 20)
        assert [(body.slot, len(body.client_order_id) > 0) for body in kinds(at, FireLoad)] == [(3, True)]  # type: ignore[attr-defined]
        assert at.tie.commands[-1][2], "it is interactive: the engine asks for the lease too"


async def test_the_pad_arms_and_is_seen_anew_before_a_digit_counts() -> None:
    async with screen(armed=False, loads=(LOADED,)) as at:
        at.app.tickets.open_pad()
        await at.wait()
        await at.press("A")
        await at.wait()
        await at.press("enter")
        at.tie.is_armed = True
        assert at.app.tickets.is_open
        await at.wait()
        await at.press("3")
        assert len(kinds(at, FireLoad)) == 1


async def test_a_slot_is_emptied() -> None:
    async with screen(loads=(LOADED,)) as at:
        at.app.tickets.open_pad()
        await at.wait()
        await at.press("d", "3")
        assert kinds(at, SetLoad) == [SetLoad(3, None)]
        assert kinds(at, FireLoad) == []


async def test_a_condition_is_switched_and_taken_away() -> None:
    trigger = Trigger(Source.BID, Crossing.AT_OR_BELOW, 4_200)
    row = ConditionRow(
        condition_id="dip",
        terms=ConditionTerms(trigger, NO_TICKET),
        state=ConditionState.ARMED,
        created_ns=0,
    )
    async with screen(conditions=(row,)) as at:
        at.app.tickets.requests.change_condition("dip", "disable")
        at.app.tickets.requests.change_condition("other", "remove")
        await at.app.tickets.settled()
        assert kinds(at, ChangeCondition) == [ChangeCondition("dip", "disable")]


def test_fields_of_a_condition() -> None:
    draft = painted(ConditionDraft(Ticket(TICKER, Leg.YES, count_c=100, price_bp=5_000), "mid>=60"), 0)
    assert press(draft, "x", DEAD_NS - 1, 0).draft == draft
    for _ in range(2):
        draft = press(draft, "tab", DEAD_NS, 0).draft or draft
    assert draft.at is ConditionField.NOW
    draft = press(draft, "space", DEAD_NS, 0).draft or draft
    assert draft.now
    told = press(draft, "enter", DEAD_NS, 1)
    assert told.draft is None
    assert told.terms is not None
    late = painted(ConditionDraft(draft.ticket, "mid>=60", expires="2026-01-01 00:00"), 0)
    refused = press(late, "enter", DEAD_NS, 1_800_000_000 * 10**9)
    assert refused.draft is not None
    assert "over already" in refused.draft.note


@pytest.mark.parametrize("key", ["0", "x", "enter"])
def test_the_pad_says_what_its_keys_are(key: str) -> None:
    told = press_in_pad(pad_painted(Pad(), 0), key, DEAD_NS, {3: LOADED}, is_armed=True)
    assert (told.fire, told.empty) == (0, 0)
    assert told.pad is not None
    assert "1 to 9" in told.pad.note


def test_nine_slots_and_no_more() -> None:
    full = dict.fromkeys(range(1, 10), LOADED)
    assert free_slot(full) is None
    assert free_slot({1: LOADED, 2: LOADED}) == 3


async def test_the_pad_names_the_strike_of_what_a_digit_sends() -> None:
    async with screen(loads=(LOADED,)) as at:
        at.app.tickets.open_pad()
        await at.pilot.pause()
        row = next(line for line in at.app.text.splitlines() if line.startswith(" 3 "))
        assert "buy no 2 @ 44" in row
        assert "≥ $95,000" in row[:38], "in the least room that a surface has"
