"""``sparko order``: what reaches the engine, what is told of it, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from fake_control import FakeControl, told
from told_orders import FILLED, KEYS, TICKER, answered, order_row

from engine.control.protocol import AnswerState, CommandAnswer, CommandRequest, ControlCode, Frame
from engine.domain.command import PlaceOrder
from engine.domain.order import Leg, OrderState, TimeInForce

BUY = ("order", TICKER, "--side", "yes", "--count", "10", "--price", "57.2")


def test_an_order_that_fills(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row(**FILLED))
    ran = sparko(*BUY, "--json")
    body = engine.commands[0].body
    assert isinstance(body, PlaceOrder)
    assert (ran.code, ran.err) == (0, "")
    assert list(ran.document) == KEYS
    assert ran.document == {
        "client_order_id": body.client_order_id,
        "order_id": "ven-1",
        "status": "filled",
        "count": 10,
        "filled": 10,
        "remaining": 0,
        "average_price_cents": 57.02,
        "fee_dollars": "0.1715",
        "deny_code": None,
    }
    assert body == PlaceOrder(body.client_order_id, TICKER, Leg.YES, True, 5_720, 1_000)
    assert not engine.commands[0].is_interactive


def test_every_option_reaches_the_engine(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row(**FILLED))
    words = ("--side", "no", "--count", "2.25", "--price", "98", "--tif", "fok")
    ran = sparko("order", TICKER, *words, "--key", "morning", "--far", "--again", "--confirm", "sandbox")
    assert ran.code == 0
    body = engine.commands[0].body
    assert isinstance(body, PlaceOrder)
    assert (body.leg, body.count_c, body.price_bp) == (Leg.NO, 225, 9_800)
    assert body.time_in_force is TimeInForce.FILL_OR_KILL
    assert (body.key, body.far, body.again, body.opens) == ("morning", True, True, True)


def test_two_orders_have_two_ids(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row())
    ids = {sparko(*BUY).document["client_order_id"] for _ in range(2)}
    assert len(ids) == 2


def test_a_resting_order_is_told_at_once(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row())
    found = sparko(*BUY, "--json")
    assert (found.code, found.document["status"], found.document["remaining"]) == (0, "resting", 10)
    assert found.document["average_price_cents"] is None


def test_fills_that_are_still_to_be_booked_are_waited_for(sparko: Any, engine: FakeControl) -> None:
    def script(request: CommandRequest) -> Sequence[Frame]:
        name = request.body.client_order_id  # type: ignore[union-attr]
        early = order_row(client_order_id=name, state=OrderState.RESTING, filled_c=1_000, remaining_c=0)
        late = order_row(client_order_id=name, **FILLED)
        return [
            CommandAnswer(request.command_id, AnswerState.ACCEPTED, name, order=early),
            told(early, 1),
            told(late, 2),
        ]

    engine.script = script
    found = sparko(*BUY, "--json").document
    assert (found["status"], found["average_price_cents"], found["fee_dollars"]) == (
        "filled",
        57.02,
        "0.1715",
    )


def test_an_immediate_order_is_told_when_it_has_ended(sparko: Any, engine: FakeControl) -> None:
    ioc = {"time_in_force": TimeInForce.IMMEDIATE_OR_CANCEL}

    def script(request: CommandRequest) -> Sequence[Frame]:
        name = request.body.client_order_id  # type: ignore[union-attr]
        early = order_row(client_order_id=name, **ioc)
        late = order_row(client_order_id=name, state=OrderState.CANCELED, remaining_c=0, **ioc)
        return [CommandAnswer(request.command_id, AnswerState.ACCEPTED, name, order=early), told(late, 1)]

    engine.script = script
    found = sparko(*BUY, "--tif", "ioc", "--json")
    assert (found.code, found.document["status"], found.document["filled"]) == (0, "canceled", 0)


def test_a_denial(sparko: Any, engine: FakeControl) -> None:
    text = "price: got 57.25, wanted 57.2 or 57.3"
    engine.script = answered(None, state=AnswerState.DENIED, deny_code="OFF_GRID", text=text)
    ran = sparko(*BUY, "--json")
    assert (ran.code, ran.line) == (1, f"{text} (OFF_GRID)")
    assert list(ran.document) == KEYS
    assert (ran.document["status"], ran.document["deny_code"]) == ("denied", "OFF_GRID")
    assert (ran.document["count"], ran.document["filled"], ran.document["order_id"]) == (10, 0, None)


def test_a_rejection_by_the_exchange(sparko: Any, engine: FakeControl) -> None:
    rejected = order_row(state=OrderState.REJECTED, order_id="", remaining_c=0, cause="insufficient_balance")
    text = "rejected: insufficient_balance"
    engine.script = answered(rejected, state=AnswerState.DENIED, deny_code="REJECTED", text=text)
    ran = sparko(*BUY, "--json")
    assert (ran.code, ran.line) == (1, "rejected: insufficient_balance (REJECTED)")
    assert (ran.document["status"], ran.document["deny_code"]) == ("rejected", "REJECTED")


def test_an_unknown_outcome(sparko: Any, engine: FakeControl) -> None:
    unknown = order_row(state=OrderState.UNKNOWN, order_id="")
    engine.script = answered(unknown, state=AnswerState.UNKNOWN, text="unknown: timed out")
    ran = sparko(*BUY, "--json")
    assert ran.code == 3
    assert (ran.document["status"], ran.document["order_id"], ran.document["remaining"]) == (
        "unknown",
        None,
        10,
    )
    assert "sparko orders --all" in ran.line


def test_an_engine_that_knows_no_answer_in_time(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(
        None, state=AnswerState.UNKNOWN, deny_code=ControlCode.NO_ANSWER, text="no answer yet"
    )
    ran = sparko(*BUY, "--json")
    assert (ran.code, ran.document["status"], ran.document["deny_code"]) == (3, "unknown", None)
    assert ran.document["client_order_id"] == engine.commands[0].body.client_order_id  # type: ignore[union-attr]


def test_an_engine_that_says_nothing(
    sparko: Any, engine: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.tools.waiting.ANSWER_WITHIN_S", 0.2)

    def script(request: CommandRequest) -> Sequence[Frame]:
        name = request.body.client_order_id  # type: ignore[union-attr]
        return [told(order_row(client_order_id=name, state=OrderState.SENT, order_id=""), 1)]

    engine.script = script
    ran = sparko(*BUY, "--json")
    assert (ran.code, ran.document["status"], ran.document["count"]) == (3, "sent", 10)
    assert "did not answer" in ran.line


def test_an_engine_that_dies_before_it_answers(sparko: Any, engine: FakeControl) -> None:
    engine.script = lambda request: None
    ran = sparko(*BUY, "--json")
    assert (ran.code, ran.document["status"]) == (3, "unknown")
    assert "went away" in ran.line


@pytest.mark.parametrize(
    ("words", "line", "deny_code"),
    [
        (("--count", "0"), "--count: got 0, wanted more than 0", "COUNT_NOT_POSITIVE"),
        (("--count", "-1"), "--count: got -1, wanted more than 0", "COUNT_NOT_POSITIVE"),
        (
            ("--count", "1.005"),
            "--count: got 1.005, wanted at most two decimals, such as 1 or 1.01",
            "COUNT_TOO_FINE",
        ),
        (("--price", "0"), "--price: got 0, wanted cents above 0 and below 100", "OFF_GRID"),
        (("--price", "100"), "--price: got 100, wanted cents above 0 and below 100", "OFF_GRID"),
        (("--price", "-5"), "--price: got -5, wanted cents above 0 and below 100", "OFF_GRID"),
    ],
)
def test_values_that_no_order_has_never_reach_the_engine(
    sparko: Any, engine: FakeControl, words: tuple[str, ...], line: str, deny_code: str
) -> None:
    ran = sparko(*BUY, *words, "--json")
    assert (ran.code, ran.line) == (2, line)
    assert list(ran.document) == KEYS
    assert (ran.document["status"], ran.document["deny_code"]) == ("denied", deny_code)
    assert engine.commands == []


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--count", "ten"), "--count: got 'ten', wanted contracts such as 10 or 0.25"),
        (("--count", "1e30"), "--count: got 1e30, wanted contracts such as 10 or 0.25"),
        (("--price", "nan"), "--price: got 'nan', wanted cents such as 57 or 57.2"),
        (("--tp", "120"), "--tp: got '120', wanted cents above 0 and below 100"),
        (("--sl", "0.6"), "--sl: got '0.6', wanted 0.6c for a part of a cent"),
        (("--hold", "soon"), "--hold: got 'soon', wanted a length of time such as 90s, 30m, 2h or 1d"),
        (("--trail", "+5"), "--trail: got '+5', wanted cents such as 5, without a sign"),
        (("--take",), "--take: got no profit to take, wanted --tp"),
        (("--venue", "moon"), "--venue: got 'moon', wanted one of sandbox, paper, demo, live"),
    ],
)
def test_wrong_usage(sparko: Any, engine: FakeControl, words: tuple[str, ...], line: str) -> None:
    ran = sparko(*BUY, *words, "--json")
    assert (ran.code, ran.line, ran.out) == (2, line, "")
    assert engine.commands == []


@pytest.mark.parametrize("words", [("--side", "up"), ("--tif", "day"), ("--nonsense",)])
def test_words_that_no_option_takes(sparko: Any, engine: FakeControl, words: tuple[str, ...]) -> None:
    assert sparko(*BUY, *words).code == 2
    assert sparko("order", TICKER).code == 2
    assert engine.commands == []


@pytest.mark.parametrize("venue", ["demo", "live"])
def test_an_entry_with_real_rules_names_its_venue(sparko: Any, tmp_path: Path, venue: str) -> None:
    with FakeControl(tmp_path, venue=venue) as engine:
        engine.script = answered(order_row())
        for words in ((), ("--confirm", "sandbox")):
            ran = sparko(*BUY, "--json", *words)
            assert (ran.code, ran.document["deny_code"]) == (1, "NOT_CONFIRMED")
            assert f"wanted {venue}" in ran.line
        assert engine.commands == []
        assert sparko(*BUY, "--confirm", venue).code == 0
        assert sparko("close", TICKER).code in (0, 1)
        assert sparko("cancel", "c1").code == 0
        assert len(engine.commands) == 3


def test_a_confirmation_that_names_another_venue_is_refused_everywhere(
    sparko: Any, engine: FakeControl
) -> None:
    assert sparko(*BUY, "--confirm", "live").code == 1
    assert engine.commands == []


@pytest.mark.parametrize("name", ["", "KX\udcff", "KX\n", "KX\x1b[2J"])
def test_names_that_nothing_can_have(sparko: Any, engine: FakeControl, name: str) -> None:
    for words in (
        ("order", name, *BUY[2:]),
        ("close", name),
        ("cancel", name),
        (*BUY, "--key", name or "\t"),
    ):
        ran = sparko(*words, "--json")
        assert (ran.code, ran.out) == (2, "")
        assert "wanted printable text" in ran.line
    assert engine.commands == []
