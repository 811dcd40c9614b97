"""Tickets by keys on a screen, over a desk whose engine says what the test wants."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import msgspec
import pytest
from ticket_screen import OTHER, TICKER, Screen, screen
from tui_desk import order, position, tell_book

from console.tui.ticket.entry import Stage
from console.tui.ticket.prefill import prefill
from engine.control.errors import ConnectionLost, QueryRefused
from engine.control.protocol import AnswerState, CommandAnswer
from engine.control.rows.orders import PlanRow
from engine.domain.command import (
    Arm,
    CancelAll,
    CancelOrder,
    ClosePosition,
    CommandBody,
    DropPlan,
    Kill,
    PlaceOrder,
    SetPlan,
)
from engine.domain.order import Leg, OrderState
from engine.domain.plan import PlanState, PlanTerms, Target
from engine.domain.units import MINUTE_NS


def filled(body: CommandBody, command_id: str) -> CommandAnswer:
    assert isinstance(body, PlaceOrder)
    row = order(
        client_order_id=body.client_order_id,
        leg=body.leg,
        buys=body.buys,
        price_bp=body.price_bp,
        count_c=body.count_c,
        state=OrderState.FILLED,
        filled_c=body.count_c,
        booked_c=body.count_c,
        booked_ud=body.count_c * body.price_bp,
        fees_ud=17_400,
        remaining_c=0,
    )
    return CommandAnswer(command_id, AnswerState.ACCEPTED, body.client_order_id, order=row)


Script: TypeAlias = Callable[[PlaceOrder, str], CommandAnswer]


def answers(script: Script) -> Callable[[CommandBody, str], CommandAnswer]:
    def answer(body: CommandBody, command_id: str) -> CommandAnswer:
        if isinstance(body, PlaceOrder):
            return script(body, command_id)
        return CommandAnswer(command_id, AnswerState.ACCEPTED, text="done")

    return answer


async def test_no_is_bought_by_keys_and_each_step_is_on_the_screen(tmp_path: Path) -> None:
    async with screen(tmp_path) as at:
        at.tie.on_command = answers(filled)
        at.app.tickets.open_no(TICKER)
        await at.pilot.pause()
        assert at.app.toggles == [True]
        assert "BUY 1 NO at 44" in at.app.text
        await at.press("2", "enter")
        assert "REVIEW" in at.app.text
        for part in ("SIM", "BUY 2 NO at 44", "2 at 44", "flat -> 2 NO", "none: no TP, no SL", "KEYS armed"):
            assert part in at.app.text, at.app.text
        await at.wait()
        await at.press(*["enter"] * 20)
        assert len(at.placed) == 1
        (body,) = at.placed
        assert (body.leg, body.buys, body.price_bp, body.count_c) == (Leg.NO, True, 4_400, 200)
        assert body.opens
        assert at.tie.commands[-1][2], "an order by keys is interactive"
        assert at.app.last.startswith("FILLED: BUY 2 NO")
        assert "POS shows it" in at.app.last
        await at.wait()
        await at.press("escape")
        assert at.app.toggles == [True, False]
    lines = [json.loads(line) for line in (tmp_path / "logs/tickets.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["draft", "review", "send", "answer", "ack", "left"]
    assert lines[1]["figures"]["cost_ud"] == 880_000
    assert lines[3]["order"]["fees_ud"] == 17_400


async def test_without_arming_enter_says_what_is_missing_and_arming_asks_for_enter() -> None:
    async with screen(armed=False) as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        await at.press("enter")
        assert at.placed == []
        assert "A arms" in at.app.text
        await at.press("A")
        assert "ARM the keys?" in at.app.text
        await at.wait()
        await at.press("enter")
        assert [body for body, _, _ in at.tie.commands] == [Arm(600)]
        assert "KEYS ARMED" in at.app.last
        at.tie.is_armed = True
        at.tie.beat(at.clock)
        await at.pilot.pause()
        assert "KEYS armed" in at.app.text
        await at.press("enter")
        assert at.placed == [], "the review under the question must be seen again first"
        await at.wait()
        await at.press("enter")
        assert len(at.placed) == 1


async def test_an_answer_that_comes_after_the_picture_is_kept_too(tmp_path: Path) -> None:
    async with screen(tmp_path) as at:

        def tells_first(body: PlaceOrder, command_id: str) -> CommandAnswer:
            answer = filled(body, command_id)
            assert answer.order is not None
            at.tie.desk_rows = {"orders": (answer.order,)}
            at.tie.beat(at.clock)
            return answer

        at.tie.on_command = answers(tells_first)
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        await at.press("enter")
        assert at.app.tickets.entry.stage is Stage.ACK
    lines = [json.loads(line) for line in (tmp_path / "logs/tickets.jsonl").read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["draft", "review", "send", "ack", "answer"]


async def test_disarming_asks_nothing() -> None:
    async with screen() as at:
        at.app.tickets.requests.toggle_arm()
        await at.app.tickets.settled()
        assert [body for body, _, _ in at.tie.commands] == [Arm(0)]
        assert "KEYS LOCKED" in at.app.last


async def test_order_keys_renew_the_lease_now_and_then() -> None:
    async with screen() as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("1", "2", "+", "-")
        assert [body for body, _, _ in at.tie.commands] == [Arm(600)]


async def test_a_close_is_reviewed_through_the_book_and_needs_no_arming() -> None:
    held = (position(count_c=15_000, cost_ud=78_000_000),)
    async with screen(armed=False, positions=held) as at:
        at.tie.on_command = answers(filled)
        at.app.tickets.close_position(TICKER)
        await at.pilot.pause()
        assert "this CLOSES 150 YES" in at.app.text
        assert "CLOSE 150 YES at 55" in at.app.text
        await at.wait()
        await at.press("enter")
        (body,) = at.placed
        assert (body.leg, body.buys, body.opens) == (Leg.YES, False, False)
        assert (body.count_c, body.price_bp) == (15_000, 5_500)


async def test_a_book_that_moved_is_reviewed_again() -> None:
    async with screen() as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        from engine.control.protocol import BookRows, book_topic

        at.tie.tell(book_topic(TICKER), BookRows(((5_000, 1_000),), ((6_100, 1_000),), True))
        await at.pilot.pause()
        assert "the book moved" in at.app.text
        await at.press("enter", "enter")
        assert at.placed == []
        assert "look again" in at.app.text


async def test_an_engine_lost_while_reviewing_sends_nothing_and_says_why() -> None:
    async with screen() as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        at.tie.lose()
        await at.press("enter")
        assert at.placed == []
        assert "the engine is not there" in at.app.text
        at.tie.come_back()
        at.tie.is_armed = False
        at.tie.beat(at.clock)
        tell_book(at.tie)
        await at.press("enter")
        assert at.placed == []


async def test_a_connection_lost_while_sent_asks_the_same_command_again() -> None:
    async with screen() as at:

        def breaks(body: PlaceOrder, command_id: str) -> CommandAnswer:
            raise ConnectionLost("the engine is gone", command_id)

        at.tie.on_command = answers(breaks)
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        await at.press("enter")
        at.tie.lose()
        at.app.tickets.tick()
        await at.app.tickets.settled()
        assert len(at.placed) == 1
        assert at.app.tickets.entry.stage is Stage.SENT
        at.tie.on_command = answers(filled)
        at.tie.come_back()
        at.app.tickets.tick()
        await at.app.tickets.settled()
        first, second = at.placed
        assert first == second
        ids = [command_id for body, command_id, _ in at.tie.commands if isinstance(body, PlaceOrder)]
        assert ids[0] == ids[1]
        assert at.app.tickets.entry.stage is Stage.ACK


async def test_an_order_that_never_arrived_is_said_to_have_not() -> None:
    async with screen() as at:

        def breaks(body: PlaceOrder, command_id: str) -> CommandAnswer:
            raise ConnectionLost("the engine is gone", command_id)

        at.tie.on_command = answers(breaks)
        at.tie.answers["order"] = QueryRefused("order", "NOT_FOUND", "no such order")
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        await at.press("enter")
        for _ in range(2):
            await at.wait(11)
            at.app.tickets.tick()
            await at.app.tickets.settled()
        assert at.app.tickets.entry.stage is Stage.REJECT
        assert "never got this order" in at.app.last
        assert len(at.placed) == 1


async def test_unknown_is_sticky_and_the_way_out_stays_open() -> None:
    held = (position(),)
    async with screen(positions=held) as at:
        at.tie.on_command = answers(
            lambda body, command_id: CommandAnswer(command_id, AnswerState.UNKNOWN, text="unknown")
        )
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        await at.press("enter")
        (entry,) = at.placed
        await at.wait()
        await at.press("escape", "enter")
        assert at.app.tickets.entry.stage is Stage.UNKNOWN
        assert "UNKNOWN" in at.app.text
        at.app.tickets.open_yes(TICKER)
        assert "under way" in at.app.last
        await at.press("c")
        assert "this CLOSES 10 YES" in at.app.text
        await at.wait()
        await at.press("escape", "escape")
        assert at.app.tickets.entry.stage is Stage.UNKNOWN
        rests = order(client_order_id=entry.client_order_id)
        at.tie.desk_rows = {"positions": held, "orders": (rests,)}
        at.tie.beat(at.clock)
        await at.pilot.pause()
        assert at.app.tickets.entry.stage is Stage.ACK
        assert at.app.last.startswith("RESTS")
        assert len(at.placed) == 1


async def test_cancels_ask_nothing_but_for_all_of_a_market() -> None:
    async with screen(orders=(order(),)) as at:
        at.app.tickets.requests.cancel_order("order-1")
        await at.app.tickets.settled()
        assert at.tie.commands[-1][0] == CancelOrder("order-1")
        at.app.tickets.requests.cancel_market(TICKER)
        await at.pilot.pause()
        assert "1 working order in" in at.app.text
        at.clock.advance(1)
        await at.press("enter")
        assert at.tie.commands[-1][0] == CancelAll(TICKER)
        at.app.tickets.requests.cancel_market(OTHER)
        assert "no order of ours works here" in at.app.last


async def test_flatten_wants_the_number_typed() -> None:
    async with screen(positions=(position(), position(94_500, leg=Leg.NO))) as at:
        at.app.tickets.requests.flatten()
        await at.pilot.pause()
        at.clock.advance(1)
        await at.press("3", "enter")
        assert "wanted 2" in at.app.text
        await at.press("2", "enter")
        bodies = [body for body, _, _ in at.tie.commands if isinstance(body, ClosePosition)]
        assert [body.ticker for body in bodies] == [TICKER, OTHER]
        assert "2 closes sent" in at.app.last


async def test_kill_acts_at_once_and_again_within_three_seconds_stops_exits_too() -> None:
    async with screen(positions=(position(),)) as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("K")
        bodies = [body for body, _, _ in at.tie.commands if not isinstance(body, Arm) or not body.seconds]
        assert bodies == [Kill(reason="K at a console"), Arm(0)]
        assert at.app.tickets.entry.stage is Stage.CLOSED
        for part in ("keys locked", "K again within 3 s stops exits too", "sparko resume"):
            assert part in at.app.last
        at.clock.advance(2.9)
        at.app.tickets.kill()
        await at.app.tickets.settled()
        at.clock.advance(3.1)
        at.app.tickets.kill()
        await at.app.tickets.settled()
        kills = [body.exits_off for body, _, _ in at.tie.commands if isinstance(body, Kill)]
        assert kills == [False, True, False]


async def test_a_plan_is_written_seen_and_sent() -> None:
    async with screen(positions=(position(),)) as at:
        at.app.tickets.edit_plan(TICKER)
        await at.press("+", "2", "0", "tab", "-", "1", "0")
        await at.wait()
        await at.press("enter")
        assert sent_plans(at) == []
        assert "nothing is set" in at.app.text
        await at.press("+", "2", "0", "tab", "-", "1", "0")
        assert "rests there" in at.app.text
        await at.press("enter")
        terms = PlanTerms(take_profit=Target(2_000), stop_loss=Target(-1_000))
        assert sent_plans(at) == [SetPlan(TICKER, terms)]
        assert not at.app.tickets.is_open


async def test_a_plan_is_changed_from_what_it_is_and_dropped_after_enter() -> None:
    terms = PlanTerms(take_profit=Target(6_900, is_level=True), hold_ns=90 * MINUTE_NS)
    row = PlanRow(ticker=TICKER, leg=Leg.YES, owner="manual", terms=terms, state=PlanState.GUARDING)
    async with screen(positions=(position(),), plans=(row,)) as at:
        at.app.tickets.edit_plan(TICKER)
        await at.wait()
        await at.press("down", "-", "5", "enter")
        assert sent_plans(at) == [SetPlan(TICKER, msgspec.structs.replace(terms, stop_loss=Target(-500)))]
        at.app.tickets.edit_plan(TICKER)
        await at.wait()
        await at.press("d", "escape", "escape")
        assert len(sent_plans(at)) == 1
        at.app.tickets.edit_plan(TICKER)
        await at.wait()
        await at.press("d", "enter")
        assert sent_plans(at)[1:] == [DropPlan(TICKER)]


async def test_there_is_no_plan_for_nothing_and_none_by_an_observer() -> None:
    async with screen() as at:
        at.app.tickets.edit_plan(TICKER)
        assert "nothing is held to guard" in at.app.last
        at.app.tickets._is_observing = True
        at.app.tickets.edit_plan(TICKER)
        assert "only observes" in at.app.last
        assert not at.app.tickets.is_open


def sent_plans(at: Screen) -> list[CommandBody]:
    return [body for body, _, _ in at.tie.commands if isinstance(body, SetPlan | DropPlan)]


async def test_a_terminal_that_is_too_small_refuses_entries_alone() -> None:
    async with screen(size=(30, 10), positions=(position(),)) as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        await at.wait()
        await at.press("enter")
        assert at.placed == []
        assert at.app.tickets.entry.blocks[0].code == "TOO_SMALL"


async def test_a_code_prefills_a_plan_and_bad_ones_are_refused_in_words() -> None:
    async with screen() as at:
        at.app.tickets.open_code(TICKER, prefill("BY", ["2@57", "tp", "+20", "sl", "60"]))
        await at.press("enter")
        assert "BUY 2 YES at 57" in at.app.text
        assert "SL: at 60, wanted below the entry" in at.app.text
        await at.wait()
        await at.press("escape", "l", *["backspace"] * 2, "-", "1", "0", "enter")
        assert "TP 77" in at.app.text
        assert "SL 47" in at.app.text
        await at.wait()
        await at.press("escape", "e", "enter")
        assert "none: no TP, no SL" in at.app.text


async def test_what_cannot_be_opened_says_what_to_do() -> None:
    async with screen() as at:
        at.app.tickets.close_position(TICKER)
        assert "nothing is held" in at.app.last
        at.app.tickets.open_yes("")
        assert "no market is chosen" in at.app.last
        assert at.app.toggles == []
    async with screen() as at:
        at.app.tickets._is_observing = True
        at.app.tickets.open_yes(TICKER)
        assert "only observes" in at.app.last


async def test_a_paste_and_a_ctrl_key_are_not_the_tickets() -> None:
    async with screen() as at:
        at.app.tickets.open_yes(TICKER)
        before = at.app.tickets.entry
        from textual.events import Paste

        at.app.screen.post_message(Paste("1\n2\n5\n" * 300))
        await at.press("ctrl+l")
        assert at.app.tickets.entry.draft == before.draft


@pytest.mark.parametrize("size", [(36, 16), (50, 20), (60, 12)])
async def test_nothing_is_drawn_beyond_its_room(size: tuple[int, int]) -> None:
    from console.tui.cells import row_width

    async with screen(size=size, armed=False) as at:
        at.app.tickets.open_yes(TICKER)
        await at.press("enter")
        rows = at.app.tickets.rows(*size)
        assert len(rows) <= size[1]
        assert all(row_width(row) <= size[0] for row in rows)
        assert "A arm" in "".join(text for text, _ in rows[-1])


def test_audit_lines_hold_no_secret_and_are_plain_json(tmp_path: Path) -> None:
    from console.tui.ticket.audit import Audit

    audit = Audit(tmp_path / "logs/tickets.jsonl", most_bytes=200)
    for number in range(10):
        audit.write("draft", number, {"text": "x" * 60})
    audit.close()
    kept = (tmp_path / "logs/tickets.jsonl").read_bytes()
    assert len(kept) <= 200
    assert msgspec.json.decode(kept.splitlines()[-1])["at_ns"] == 9
    assert (tmp_path / "logs/tickets.jsonl.1").exists()
    assert audit.lost == 0


def test_a_disk_that_refuses_loses_lines_and_says_so(tmp_path: Path) -> None:
    from console.tui.ticket.audit import Audit

    (tmp_path / "logs").write_text("a file in the way")
    audit = Audit(tmp_path / "logs/tickets.jsonl")
    audit.write("draft", 1, {})
    audit.close()
    assert audit.lost == 1
    assert "logs" in audit.problem
