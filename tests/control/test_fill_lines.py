"""A fill in the log: in words and prices of the leg that was bought, not of its side at the exchange."""

from __future__ import annotations

import pytest
from exit_bench import ExitBench

from engine.control.log_lines import line_of_change
from engine.core.facts.money import FillBooked
from engine.domain.order import Leg
from engine.domain.plan import PlanTerms, Target


def fills(bench: ExitBench) -> list[str]:
    lines = (line_of_change(one, bench.engine.money) for one in bench.history if isinstance(one, FillBooked))
    return [line.text.partition(", fee")[0] for line in lines if line is not None]


@pytest.mark.parametrize("leg", Leg)
def test_a_leg_is_bought_and_sold_in_its_own_prices(leg: Leg) -> None:
    bench = ExitBench(leg).open()
    bench.buy(PlanTerms(take_profit=Target(500), takes=True))
    bench.book(57, 59)
    assert fills(bench) == [f"bought 5 {leg.upper()} at 51 c", f"sold 5 {leg.upper()} at 56 c"]
