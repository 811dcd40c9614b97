"""Commands: one answer for one request, whoever asks how often, and denials with their numbers."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from control_desk import ControlDesk
from core_bench import TICKER

from engine.control.command_desk import CommandDesk
from engine.control.errors import ConnectionLost, NotAllowed
from engine.control.limits import ControlLimits
from engine.control.protocol import AnswerState, CommandRequest, ControlCode, Role
from engine.core.inputs import Command, Unknown
from engine.domain.command import Arm, CancelAll, CancelOrder, ClosePosition, PlaceOrder, WatchMarkets
from engine.domain.order import Leg, OrderState


async def test_the_same_id_gets_the_same_answer_and_one_order(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client, await desk.connect() as other:
        order = desk.order(client_order_id="once")
        first = await client.command(order, command_id="q1")
        again = await client.command(order, command_id="q1")
        elsewhere = await other.command(order, command_id="q1")
        assert first.state is AnswerState.ACCEPTED
        assert (again.state, again.client_order_id, again.text) == (first.state, "once", first.text)
        assert elsewhere == again
        assert desk.venue.sent == ["once"]


async def test_a_request_asked_twice_at_once_is_one_request(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client, await desk.connect() as other:
        order = desk.order(client_order_id="once")
        answers = await asyncio.gather(
            client.command(order, command_id="q1"),
            client.command(order, command_id="q1"),
            other.command(order, command_id="q1"),
        )
        assert [answer.order is not None and answer.order.state for answer in answers] == ["resting"] * 3
        assert desk.venue.sent == ["once"]


async def test_an_id_is_not_used_for_another_request(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.command(desk.order(), command_id="q1")
        answer = await client.command(CancelAll(), command_id="q1")
        assert (answer.state, answer.deny_code) == (AnswerState.DENIED, ControlCode.COMMAND_ID_USED)
        assert len(client.replica.desk.orders) == 1


async def test_a_denial_carries_its_numbers(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        answer = await client.command(desk.order(price_bp=4_850 + 7))
        assert (answer.state, answer.deny_code) == (AnswerState.DENIED, "OFF_GRID")
        assert answer.numbers
        assert "4857" in answer.text.replace(".", "") or "48.57" in answer.text
        assert answer.order is None
        assert desk.venue.sent == []


async def test_an_order_nobody_can_speak_for_is_unknown_not_denied(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        desk.venue.answers["lost"] = Unknown("lost", "timeout")
        answer = await client.command(desk.order(client_order_id="lost"))
        assert (answer.state, answer.deny_code) == (AnswerState.UNKNOWN, "")
        assert answer.order is not None
        assert answer.order.state is OrderState.UNKNOWN
        await client.until(lambda replica: bool(replica.desk.unknown_orders))
        status = client.replica.desk.status
        assert status is not None
        assert status.unknown_orders == 1


async def test_cancel_and_close_are_answered(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        await client.command(desk.order(client_order_id="c1"))
        gone = await client.command(CancelOrder("c1"))
        assert gone.order is not None
        assert gone.order.state is OrderState.CANCELED
        assert "c1" in client.replica.desk.ended
        again = await client.command(CancelOrder("c1"))
        assert again.deny_code == "ORDER_ENDED"
        flat = await client.command(ClosePosition("c2", TICKER))
        assert flat.deny_code == "NO_POSITION"


async def test_a_viewer_sees_everything_and_changes_nothing(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect(role=Role.VIEW) as viewer:
        assert viewer.replica.desk.status is not None
        for body in (desk.order(), CancelAll(), WatchMarkets((TICKER,)), Arm(60)):
            with pytest.raises(NotAllowed):
                await viewer.command(body)
        viewer.hello = msgspec.structs.replace(viewer.hello, role=Role.OPERATE)
        answer = await viewer.command(desk.order())
        assert answer.deny_code == ControlCode.NOT_ALLOWED
        assert desk.venue.sent == []
        assert (await viewer.query("markets")).items


async def test_one_client_is_armed_at_a_time_until_it_leaves(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk:
        one = await desk.connect(name="one")
        other = await desk.connect(name="other")
        typed = {"is_interactive": True}
        assert (await one.command(desk.order(), **typed)).deny_code == "NOT_ARMED"
        assert (await one.command(Arm(60))).state is AnswerState.ACCEPTED
        await other.until(
            lambda replica: replica.desk.status is not None and replica.desk.status.lease is not None
        )
        assert other.replica.desk.status is not None
        lease = other.replica.desk.status.lease
        assert lease is not None
        assert lease.who == one.hello.client
        refused = await other.command(Arm(60))
        assert refused.deny_code == "ARMED_ELSEWHERE"
        assert refused.numbers["who"] == one.hello.client
        assert (await one.command(desk.order(), **typed)).state is AnswerState.ACCEPTED
        assert (await other.command(desk.order(), **typed)).deny_code == "NOT_ARMED"
        await one.close()
        await desk.until(lambda: desk.engine.lease is None)
        assert (await other.command(Arm(60))).state is AnswerState.ACCEPTED
        await other.close()


async def test_a_lease_outlives_one_of_two_connections_of_its_client(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk:
        first = await desk.connect(client="console-a")
        second = await desk.connect(client="console-a")
        await first.command(Arm(60))
        await first.command(WatchMarkets(("KXOTHER-1-T1",)))
        await first.close()
        assert (await second.command(desk.order(), is_interactive=True)).state is AnswerState.ACCEPTED
        assert desk.engine.lease is not None
        await second.close()
        await desk.until(lambda: desk.engine.lease is None)


async def test_too_many_commands_of_one_client_are_refused(tmp_path: Path) -> None:
    limits = ControlLimits(commands=3)
    async with ControlDesk(tmp_path, limits=limits) as desk, await desk.connect() as client:
        orders = [desk.order() for _ in range(8)]
        for order in orders:
            desk.venue.answers[order.client_order_id] = None
        tasks = [asyncio.create_task(client.command(order)) for order in orders]
        done, waiting = await asyncio.wait(tasks[3:], timeout=5)
        assert not waiting
        assert {task.result().deny_code for task in done} == {ControlCode.TOO_MANY_COMMANDS}
        await client.close()
        assert all(isinstance(task.exception(), ConnectionLost) for task in tasks[:3])


@pytest.mark.parametrize(
    ("command_id", "code"),
    [("", ControlCode.COMMAND_ID_INVALID), ("q" * 200, ControlCode.COMMAND_ID_INVALID)],
)
async def test_a_bad_command_id_is_refused(command_id: str, code: ControlCode) -> None:
    desk = CommandDesk(Shell(), 10)
    answer = await desk.answer(CommandRequest(command_id, CancelAll()), "dan", Role.OPERATE)
    assert answer.deny_code == code


@pytest.mark.parametrize(
    "body",
    [
        PlaceOrder("c1", TICKER, Leg.YES, True, 10**30, 100),
        PlaceOrder("c1", "K" * 3_000, Leg.YES, True, 4_000, 100),
        WatchMarkets(("K" * 300_000,)),
    ],
)
async def test_what_no_journal_could_hold_is_not_let_in(body: Any) -> None:
    desk = CommandDesk(Shell(), 10)
    answer = await desk.answer(CommandRequest("q1", body), "dan", Role.OPERATE)
    assert answer.deny_code == ControlCode.BAD_ARGS


async def test_a_command_that_is_not_answered_is_unknown_and_can_be_asked_again() -> None:
    shell = Shell()
    desk = CommandDesk(shell, 10)
    request = CommandRequest("q1", PlaceOrder("c1", TICKER, Leg.YES, True, 4_000, 100))
    answer = await desk.answer(request, "dan", Role.OPERATE)
    assert (answer.state, answer.deny_code) == (AnswerState.UNKNOWN, ControlCode.NO_ANSWER)
    assert answer.client_order_id == "c1"
    await desk.answer(request, "dan", Role.OPERATE)
    assert [command.command_id for command in shell.asked] == ["q1", "q1"]


class Shell:
    """Never answers."""

    engine: Any = None
    rev = 0

    def __init__(self) -> None:
        self.asked: list[Command] = []

    def subscribe(self, listener: object) -> Any:
        raise NotImplementedError

    async def command(self, command: Command) -> Any:
        self.asked.append(command)
        raise TimeoutError
