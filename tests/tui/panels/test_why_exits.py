"""WHY of what a plan sold: its cause, its order and what it looked at, and no word of buying."""

from __future__ import annotations

import msgspec
import pytest
from panel_desk import BTC_AT, NOW, full_desk
from panel_models import decisions

from console.tui.cells import plain
from console.tui.lookups import Decisions
from console.tui.panels.base import Place
from console.tui.panels.why import WhyPanel
from engine.domain.decision import EXIT, DecisionRow, GateRow
from engine.domain.order import Leg

SOLD = DecisionRow(
    decision_id="j7", at_ns=NOW, strategy="timesfm-no", stage="plan", ticker=BTC_AT, verdict=EXIT,
    code="STOP_LOSS", text="bids reach 40: sells 5 NO at 40 c", leg=Leg.NO, price_bp=4_000, count_c=500,
    gates=(GateRow("reference", True, "40 c"), GateRow("level", True, "41 c")),
)  # fmt: skip


def shown(row: DecisionRow, width: int = 118) -> list[str]:
    hands = full_desk()
    desk = hands.desk
    desk.ask_why(BTC_AT)
    desk.decisions[BTC_AT] = Decisions((row,), NOW)
    return [plain(line) for line in WhyPanel().view(desk, Place(width, 16)).rows]


@pytest.mark.parametrize("width", [58, 118])
def test_an_exit_sells_and_tells_what_it_looked_at(width: int) -> None:
    lines = shown(SOLD, width)
    assert "EXIT STOP_LOSS" in lines[1]
    text = " ".join(" ".join(lines).split())
    assert "sell 5 NO at 40c" in text
    assert "buy" not in text
    for name, price in (("reference", "40 c"), ("level", "41 c")):
        assert any(name in line and price in line for line in lines)


def test_where_a_move_begins_is_named() -> None:
    passed = decisions()[0]
    (line,) = [text for text in shown(passed) if "forecast" in text]
    assert "(mean to " in line
    assert "from 51.9 (the book), move -4.4" in line
    seen = msgspec.structs.replace(passed, is_from_book=False)
    (line,) = [text for text in shown(seen) if "forecast" in text]
    assert "from 51.9 (the price seen)" in line
