"""Alerts over the control socket: in the status, listed, acknowledged, tried; never by way of the core."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from control_desk import ControlDesk

from engine.control import people as rules
from engine.control.client import ControlClient
from engine.control.errors import NotAllowed, QueryRefused
from engine.control.protocol import AnswerState, ControlCode, Role
from engine.control.queries import NoArgs
from engine.control.rows.alerts import AlertRow, SinkRow, ToldRow
from engine.domain.command import Acknowledge, SetMode, TryAlerts


def told(number: int) -> ToldRow:
    return ToldRow(
        alert_id=str(number), level="urgent", code="KILLED", text="x", first_ns=1, last_ns=2, is_open=True
    )


class Told:
    """Implements engine.control.people.People."""

    def __init__(self) -> None:
        self.open_alerts: tuple[AlertRow, ...] = ()
        self.acknowledged: list[tuple[str, str]] = []
        self.hangs = False

    async def acknowledge(self, alert_id: str, who: str) -> int:
        if self.hangs:
            await asyncio.Event().wait()
        self.acknowledged.append((alert_id, who))
        known = [row for row in self.open_alerts if alert_id in ("", row.alert_id)]
        self.open_alerts = tuple(row for row in self.open_alerts if row not in known)
        return len(known)

    async def try_sinks(self) -> dict[str, str]:
        return {"json": "", "phone": "the service answered 404"}

    async def told(self) -> tuple[ToldRow, ...]:
        return tuple(told(number) for number in range(30, 0, -1))

    async def sinks(self) -> tuple[SinkRow, ...]:
        return (SinkRow(name="json", min_level="note", waiting=3, failures=2, failure="no connection"),)


OPEN = tuple(AlertRow(str(number), "urgent", "KILLED", "by me", 5) for number in (1, 2))


def open_ids(client: ControlClient) -> list[str]:
    status = client.replica.desk.status
    assert status is not None
    return [row.alert_id for row in status.alerts]


async def test_open_alerts_are_in_the_status_until_acknowledged(tmp_path: Path) -> None:
    people = Told()
    async with ControlDesk(tmp_path, people=people) as desk, await desk.connect(client="me") as client:
        people.open_alerts = OPEN
        await client.command(SetMode("NO_NEW_ENTRIES"))
        await client.until(lambda replica: open_ids(client) == ["1", "2"])
        answer = await client.command(Acknowledge("1"))
        assert (answer.state, answer.text) == (AnswerState.ACCEPTED, "1 alert acknowledged")
        assert people.acknowledged == [("1", "me")]
        await client.until(lambda replica: open_ids(client) == ["2"])
        assert (await client.command(Acknowledge())).numbers == {"alerts": 1}
        await client.until(lambda replica: open_ids(client) == [])
        assert (await client.command(Acknowledge())).text == "no alert is open"


async def test_acknowledging_touches_no_money(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, people=Told()) as desk, await desk.connect() as client:
        before = desk.ledger.appended
        await client.command(Acknowledge())
        await client.command(TryAlerts())
        assert desk.ledger.appended == before


async def test_what_is_not_open_is_refused(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, people=Told()) as desk, await desk.connect() as client:
        answer = await client.command(Acknowledge("9"))
        assert (answer.state, answer.deny_code) == (AnswerState.DENIED, ControlCode.NOT_FOUND)
        assert answer.text == "alert: got 9, which is not open; see: sparko alerts"


async def test_who_only_looks_acknowledges_nothing(tmp_path: Path) -> None:
    people = Told()
    async with ControlDesk(tmp_path, people=people) as desk, await desk.connect(role=Role.VIEW) as client:
        with pytest.raises(NotAllowed):
            await client.command(Acknowledge())
        assert (await client.query("alerts", NoArgs())).items


async def test_a_trial_answers_for_each_sink(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, people=Told()) as desk, await desk.connect() as client:
        answer = await client.command(TryAlerts())
        assert answer.text == "1 of 2 sinks took the test"
        assert answer.numbers == {"json": "", "phone": "the service answered 404"}


async def test_alerts_come_page_by_page(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, people=Told()) as desk, await desk.connect() as client:
        first = await client.query("alerts", NoArgs(), limit=20)
        second = await client.query("alerts", NoArgs(), cursor=first.cursor, limit=20)
        ids = [row.alert_id for page in (first, second) for row in page.items]
        assert ids == [str(number) for number in range(30, 0, -1)]
        assert (first.cursor, second.cursor) == ("11", None)
        with pytest.raises(QueryRefused) as caught:
            await client.query("alerts", NoArgs(), cursor="nonsense")
        assert caught.value.code == ControlCode.BAD_CURSOR
        (sink,) = (await client.query("sinks")).items
        assert sink.failure == "no connection"


async def test_a_keeper_that_does_not_answer_leaves_it_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "ANSWER_WITHIN_S", 0.01)
    people = Told()
    people.hangs = True
    async with ControlDesk(tmp_path, people=people) as desk, await desk.connect() as client:
        answer = await client.command(Acknowledge())
        assert (answer.state, answer.deny_code) == (AnswerState.UNKNOWN, ControlCode.NO_ANSWER)


async def test_an_engine_without_alerts_says_so(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path) as desk, await desk.connect() as client:
        assert (await client.command(Acknowledge())).deny_code == ControlCode.FAILED
        assert (await client.query("alerts", NoArgs())).items == ()
