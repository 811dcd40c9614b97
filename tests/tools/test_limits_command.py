"""``sparko limits`` and ``sparko codes``: units of the screen, and one line for what cannot be."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from fake_control import FakeControl, status_row

from engine.control.protocol import AnswerState, CommandAnswer, CommandRequest, Delta, DeskRows
from engine.control.rows.risk import LimitRow
from engine.core.denial import DenyCode
from engine.domain.command import SetLimit
from engine.strategies.pass_codes import PassCode

THREE_PM = 1_795_186_800_000_000_000
ROWS = (
    LimitRow("order_contracts", "count", 1_050, None, "a smaller order"),
    LimitRow("day_loss", "ud", 10_000_000, 2_500_000, "tomorrow", 25_000_000, THREE_PM),
    LimitRow("total_share", "share", 1_250, 25, "close something"),
    LimitRow("collar", "bp", 350),
    LimitRow("bot_close", "ns", 900_000_000_000),
    LimitRow("entries_per_minute", "times", 6, 2),
)


@pytest.fixture
def desk(engine: FakeControl) -> FakeControl:
    engine.status = status_row(limits=ROWS, entries_stopped="breaker clock_skew: it is wrong")
    return engine


def test_the_table_as_a_document(sparko: Any, desk: FakeControl) -> None:
    document = sparko("limits", "--json").document
    assert document["entries_stopped"] == "breaker clock_skew: it is wrong"
    assert document["limits"][1] == {
        "name": "day_loss",
        "limit": "10.00",
        "used": "2.50",
        "unit": "dollars",
        "remedy": "tomorrow",
        "pending": "25.00",
        "pending_time": "2026-11-20T15:00:00Z",
    }
    told = [(row["name"], row["limit"], row["used"], row["unit"]) for row in document["limits"]]
    assert told == [
        ("order_contracts", 10.5, None, "contracts"),
        ("day_loss", "10.00", "2.50", "dollars"),
        ("total_share", 12.5, 0.25, "percent"),
        ("collar", 3.5, None, "cents"),
        ("bot_close", 900, None, "seconds"),
        ("entries_per_minute", 6, 2, "times"),
    ]


def test_the_table_for_people(sparko: Any, desk: FakeControl) -> None:
    lines = sparko("limits").out.splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].split() == ["order_contracts", "10.5", "a", "smaller", "order"]
    assert "$25.00 from 20 Nov 10:00:00 ET" in lines[2]
    assert ("12.5 %" in lines[3], "3.5 c" in lines[4], "900 s" in lines[5]) == (True, True, True)
    assert lines[-1] == "No entries: breaker clock_skew: it is wrong"


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("order_contracts", "2.5", 250),
        ("day_loss", "12.34", 12_340_000),
        ("total_share", "7.5", 750),
        ("collar", "2", 200),
        ("bot_close", "60", 60_000_000_000),
        ("entries_per_minute", "3", 3),
    ],
)
def test_a_change_is_asked_for_in_its_unit(
    sparko: Any, desk: FakeControl, name: str, typed: str, value: int
) -> None:
    def changes(request: CommandRequest) -> list[Any]:
        rows = tuple(msgspec.structs.replace(row, limit=value) if row.name == name else row for row in ROWS)
        desk.status = status_row(limits=rows)
        told = Delta("desk", 1, 2, DeskRows(status=desk.status))
        return [CommandAnswer(request.command_id, AnswerState.ACCEPTED), told]

    desk.script = changes
    ran = sparko("limits", "set", name, typed, "--reason", "a drill", "--json")
    assert ran.code == 0
    assert desk.commands[0].body == SetLimit(name, value, "a drill")
    assert ran.document["name"] == name
    assert str(ran.document["limit"]).rstrip("0").rstrip(".") == typed.rstrip("0").rstrip(".")


def test_what_the_engine_refuses(sparko: Any, desk: FakeControl) -> None:
    desk.script = lambda request: [
        CommandAnswer(request.command_id, AnswerState.DENIED, deny_code="REASON_MISSING", text="reason: none")
    ]
    ran = sparko("limits", "set", "day_loss", "50")
    assert (ran.code, ran.line) == (1, "reason: none (REASON_MISSING); what helps: --reason TEXT")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("luck", "7"), "NAME: got 'luck', wanted one of order_contracts, day_loss, total_share"),
        (("collar", "wide"), "VALUE: got 'wide', wanted cents, such as 5"),
        (("collar", "nan"), "VALUE: got 'nan', wanted cents, such as 5"),
        (("entries_per_minute", "1.5"), "VALUE: got 1.5, wanted a whole number in steps of 1/1"),
        (("order_contracts", "0.001"), "VALUE: got 0.001, wanted contracts in steps of 1/100"),
    ],
)
def test_what_cannot_be_asked_for(sparko: Any, desk: FakeControl, words: tuple[str, str], line: str) -> None:
    ran = sparko("limits", "set", *words)
    assert ran.code == 2
    assert ran.line.startswith(line)
    assert desk.commands == []


def test_every_code_has_its_page(sparko: Any) -> None:
    page = sparko("codes", "--json").document
    told = [(row["of"], row["code"]) for row in page]
    assert told == [
        *(("denial", code.value) for code in DenyCode),
        *(("pass", code.value) for code in PassCode),
    ]
    assert sparko("codes", "collar", "--json").document == [row for row in page if row["code"] == "COLLAR"]
    lines = sparko("codes").out.splitlines()
    assert len(lines) == 2 * (len(DenyCode) + len(PassCode))
    assert all(len(line) <= 120 for line in lines)


def test_a_code_that_is_none(sparko: Any) -> None:
    ran = sparko("codes", "LUCK")
    assert (ran.code, ran.line) == (2, "CODE: got 'LUCK', wanted one of: sparko codes")
