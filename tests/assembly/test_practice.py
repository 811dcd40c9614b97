"""The position that a new home begins with: which market, how much, and never a second time."""

from __future__ import annotations

from pathlib import Path

import pytest
from control_desk import ControlDesk
from core_bench import START, TICKER, market

from engine.assembly.practice import COUNT_C, DEAREST_BP, SHORTEST_NS, take_practice_position
from engine.core.engine import Engine
from engine.domain.order import TimeInForce
from engine.domain.units import HOUR_NS


def intents(engine: Engine) -> list[str]:
    return [record.terms.ticker for record in engine.money.orders.values()]


async def test_one_small_order_that_takes_what_is_there(tmp_path: Path) -> None:
    async with ControlDesk(tmp_path, [market(close_ns=START + 20 * HOUR_NS)]) as desk:
        assert await take_practice_position(desk.runtime, START) == TICKER
        (record,) = desk.engine.money.orders.values()
        assert record.terms.count_c == COUNT_C
        assert record.terms.time_in_force is TimeInForce.IMMEDIATE_OR_CANCEL
        assert record.terms.price_bp <= DEAREST_BP
        assert await take_practice_position(desk.runtime, START) == ""
        assert len(desk.engine.money.orders) == 1


@pytest.mark.parametrize("left_ns", [SHORTEST_NS - 1, 0])
async def test_none_in_a_market_that_is_soon_over(tmp_path: Path, left_ns: int) -> None:
    close_ns = START + 20 * HOUR_NS
    async with ControlDesk(tmp_path, [market(close_ns=close_ns)]) as desk:
        assert await take_practice_position(desk.runtime, close_ns - left_ns) == ""
        assert intents(desk.engine) == []
