"""``sparko close`` and ``sparko cancel``: what reaches the engine, what is told of it, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from fake_control import FakeControl
from told_orders import FILLED, KEYS, TICKER, answered, order_row

from engine.control.protocol import AnswerState, CommandAnswer, CommandRequest, Frame
from engine.domain.command import CancelAll, CancelOrder, ClosePosition
from engine.domain.order import OrderState, TimeInForce


def test_close_sells_all_that_is_held(sparko: Any, engine: FakeControl) -> None:
    sold = order_row(buys=False, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL, opens=False, **FILLED)
    engine.script = answered(sold)
    ran = sparko("close", TICKER, "--json")
    body = engine.commands[0].body
    assert isinstance(body, ClosePosition)
    assert body == ClosePosition(body.client_order_id, TICKER)
    assert (ran.code, ran.document["status"], list(ran.document)) == (0, "filled", KEYS)


def test_close_of_a_part_with_a_limit(sparko: Any, engine: FakeControl) -> None:
    part = {"state": OrderState.CANCELED, "filled_c": 200, "booked_c": 200, "booked_ud": 200 * 4_000}
    engine.script = answered(
        order_row(buys=False, time_in_force=TimeInForce.IMMEDIATE_OR_CANCEL, remaining_c=0, **part)
    )
    ran = sparko("close", TICKER, "--count", "10", "--price", "40", "--json")
    body = engine.commands[0].body
    assert isinstance(body, ClosePosition)
    assert (body.count_c, body.limit_bp) == (1_000, 4_000)
    assert (ran.code, ran.document["filled"], ran.document["average_price_cents"]) == (1, 2, 40)
    assert "sparko positions" in ran.line


def test_close_of_nothing(sparko: Any, engine: FakeControl) -> None:
    text = f"{TICKER}: nothing is held"
    engine.script = answered(None, state=AnswerState.DENIED, deny_code="NO_POSITION", text=text)
    ran = sparko("close", TICKER)
    assert (ran.code, ran.document["deny_code"], ran.document["count"]) == (1, "NO_POSITION", None)
    assert ran.line == f"{text} (NO_POSITION); what is held: sparko positions"


def test_cancel_one(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row(state=OrderState.CANCELED, remaining_c=0))
    ran = sparko("cancel", "ven-1", "--json")
    assert engine.commands[0].body == CancelOrder("ven-1")
    assert (ran.code, ran.document["status"], list(ran.document)) == (0, "canceled", KEYS)


@pytest.mark.parametrize("code", ["ORDER_NOT_FOUND", "ORDER_ENDED"])
def test_cancel_of_what_cannot_be_canceled(sparko: Any, engine: FakeControl, code: str) -> None:
    ended = order_row(**FILLED) if code == "ORDER_ENDED" else None
    engine.script = answered(ended, state=AnswerState.DENIED, deny_code=code, text="order ven-1: no")
    ran = sparko("cancel", "ven-1", "--json")
    assert (ran.code, ran.document["deny_code"]) == (1, code)
    assert ran.line.startswith(f"order ven-1: no ({code})")


def test_a_fill_that_wins_over_the_cancel(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(order_row(**FILLED))
    ran = sparko("cancel", "ven-1", "--json")
    assert (ran.code, ran.document["status"]) == (1, "filled")
    assert "was filled before the cancel" in ran.line


def test_cancel_all(sparko: Any, engine: FakeControl) -> None:
    names = ["new", "foreign", "old"]
    owners = {"foreign": "external"}
    listed = [order_row(client_order_id=name, owner=owners.get(name, "manual")) for name in names]
    engine.rows["orders"] = listed

    def script(request: CommandRequest) -> Sequence[Frame]:
        engine.rows["order"] = [order_row(state=OrderState.CANCELED, remaining_c=0)]
        return [CommandAnswer(request.command_id, AnswerState.ACCEPTED, text="canceling 2 orders")]

    engine.script = script
    ran = sparko("cancel", "--all", "--ticker", TICKER, "--json")
    assert engine.commands[0].body == CancelAll(TICKER)
    assert (ran.code, [row["status"] for row in ran.document]) == (0, ["canceled", "canceled"])
    asked = [msgspec.json.decode(query.args)["order"] for query in engine.queries if query.kind == "order"]
    assert asked == ["old", "new"]


def test_cancel_all_says_what_may_still_work(
    sparko: Any, engine: FakeControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.tools.waiting.ANSWER_WITHIN_S", 0.2)
    engine.rows["orders"] = engine.rows["order"] = [order_row()]
    engine.script = answered(None)
    ran = sparko("cancel", "--all", "--json")
    assert (ran.code, ran.document[0]["status"]) == (3, "resting")
    assert "c1" in ran.line


def test_cancel_all_of_nothing(sparko: Any, engine: FakeControl) -> None:
    engine.script = answered(None)
    ran = sparko("cancel", "--all", "--json")
    assert (ran.code, ran.document) == (0, [])


@pytest.mark.parametrize(
    ("words", "word"),
    [((), "neither"), (("c1", "--all"), "both"), (("c1", "--ticker", TICKER), "without --all")],
)
def test_cancel_wants_one_order_or_all(
    sparko: Any, engine: FakeControl, words: tuple[str, ...], word: str
) -> None:
    ran = sparko("cancel", *words)
    assert ran.code == 2
    assert word in ran.line
    assert engine.commands == []


def test_cancel_by_the_beginning_of_an_id(sparko: Any, engine: FakeControl) -> None:
    ids = ["4b1c9a52-1", "4b1c9a52-2", "77777777-1"]
    engine.rows["orders"] = [order_row(client_order_id=name) for name in ids]

    def script(request: CommandRequest) -> Sequence[Frame]:
        name = request.body.order  # type: ignore[union-attr]
        if name not in ids:
            missing = {"deny_code": "ORDER_NOT_FOUND", "text": f"order: got {name}"}
            return [CommandAnswer(request.command_id, AnswerState.DENIED, **missing)]
        row = order_row(client_order_id=name, state=OrderState.CANCELED, remaining_c=0)
        return [CommandAnswer(request.command_id, AnswerState.ACCEPTED, name, order=row)]

    engine.script = script
    assert sparko("cancel", "7777", "--json").document["client_order_id"] == "77777777-1"
    several = sparko("cancel", "4b1c9a52", "--json")
    assert (several.code, len(engine.commands)) == (1, 3)
    assert "4b1c9a52-1 or 4b1c9a52-2" in several.line
    few = sparko("cancel", "777", "--json")
    assert (few.code, few.document["deny_code"]) == (1, "ORDER_NOT_FOUND")
    assert few.line.endswith("the orders: sparko orders --all")
