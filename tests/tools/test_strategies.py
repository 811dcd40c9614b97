"""``sparko strategies``, ``mode`` and ``resume``: what they ask of the engine and how they tell it."""

from __future__ import annotations

from typing import Any

import pytest
from fake_control import FakeControl, status_row

from engine.control.protocol import AnswerState, CommandAnswer, CommandRequest
from engine.control.rows.status import StopRow
from engine.control.rows.strategies import EvidenceRow
from engine.domain.command import Resume, SetExits, SetMode, SetStage

ROW = EvidenceRow(
    name="timesfm-no",
    stage="shadow",
    shadowed=12,
    entries=4,
    fills=3,
    events=2,
    net_ud=1_250_000,
    mean_ud=625_000,
    half_width_ud=310_000,
    verdict="no evidence",
)


def test_a_table_of_stages_and_what_speaks_for_each(sparko: Any, engine: FakeControl) -> None:
    engine.rows["strategies"] = [ROW]
    ran = sparko("strategies")
    assert ran.code == 0
    head, line = ran.out.splitlines()
    assert head.split()[:5] == ["STRATEGY", "STAGE", "SHADOW", "FILLS", "EVENTS"]
    assert "SHADOW" in line
    assert "+0.6250 ±0.3100" in line
    assert line.endswith("no evidence")
    assert max(len(text) for text in ran.out.splitlines()) <= 80


def test_as_json(sparko: Any, engine: FakeControl) -> None:
    engine.rows["strategies"] = [ROW]
    (row,) = sparko("strategies", "--json").document
    assert (row["stage"], row["shadow_decisions"], row["net_dollars"]) == ("shadow", 12, "1.25")
    assert (row["mean_dollars"], row["half_width_dollars"]) == ("0.625", "0.31")


def test_no_strategy_says_so(sparko: Any, engine: FakeControl) -> None:
    assert sparko("strategies").out.startswith("No strategy is installed.")


def test_a_stage_is_set_with_the_name_typed(sparko: Any, engine: FakeControl) -> None:
    engine.rows["strategies"] = [ROW]
    engine.script = accept
    assert sparko("strategies", "set", "timesfm-no", "MONEY", "--confirm", "timesfm-no").code == 0
    assert engine.commands[-1].body == SetStage("timesfm-no", "money", "timesfm-no")


def test_a_refusal_to_go_up_shows_the_evidence_and_what_to_type(sparko: Any, engine: FakeControl) -> None:
    engine.rows["strategies"] = [ROW]
    engine.script = lambda asked: (
        CommandAnswer(
            asked.command_id, AnswerState.DENIED, deny_code="NAME_NEEDED", text="needs its name typed"
        ),
    )
    ran = sparko("strategies", "set", "timesfm-no", "money")
    assert ran.code == 1
    assert ran.line == (
        "needs its name typed (NAME_NEEDED); evidence: no evidence (12 decisions in the shadow, 4 entries, "
        "3 fills, 2 events over, mean +0.6250 ±0.3100 $); to go on: --confirm timesfm-no"
    )


@pytest.mark.parametrize(
    ("words", "body"),
    [
        (("mode", "halted", "--reason", "lunch"), SetMode("HALTED", "lunch")),
        (("resume", "--reason", "back"), Resume("back")),
        (("resume", "--exits-only", "--reason", "back"), SetExits(is_on=True, reason="back")),
    ],
)
def test_modes_and_resumes_are_asked_for(
    sparko: Any, engine: FakeControl, words: tuple[str, ...], body: object
) -> None:
    engine.script = accept
    mode = "RUNNING" if isinstance(body, Resume) else "HALTED"
    engine.status = status_row(mode=mode)
    ran = sparko(*words, "--json")
    assert ran.code == 0
    assert engine.commands[-1].body == body
    assert ran.document == {"mode": mode, "exits_off": None, "still_stopped": []}


def test_a_resume_names_what_still_stops_entries(sparko: Any, engine: FakeControl) -> None:
    engine.script = accept
    stops = (StopRow("STAGE_OFF", "strategy tsa is off"), StopRow("ENTRY_RATE", "limit is used up"))
    engine.status = status_row(mode="RUNNING", stops=stops)
    told = sparko("resume", "--reason", "back", "--json").document["still_stopped"]
    assert told == [
        {"code": "STAGE_OFF", "text": "strategy tsa is off"},
        {"code": "ENTRY_RATE", "text": "limit is used up"},
    ]
    ran = sparko("resume", "--reason", "back")
    assert ran.out.splitlines() == [
        "mode RUNNING; exits by plan ON",
        "still stopped: STAGE_OFF: strategy tsa is off",
        "still stopped: ENTRY_RATE: limit is used up",
    ]


def test_a_resume_without_a_reason_is_wrong_usage(sparko: Any, engine: FakeControl) -> None:
    ran = sparko("resume", "--reason", " ")
    assert (ran.code, ran.line) == (2, "--reason: got nothing, wanted why entries may go on")
    assert engine.commands == []


def accept(asked: CommandRequest) -> tuple[CommandAnswer, ...]:
    return (CommandAnswer(asked.command_id, AnswerState.ACCEPTED, text="done"),)
