"""A close that waits for the take profit in its way, and an engine that ends at every place meanwhile."""

from __future__ import annotations

import os

from fault_script import SaleLife

from engine.core.facts.plans import SaleEnded, SaleWaits
from engine.sandbox.sim.loop import simulate

STEP = 1 if "SPARKO_FAULTS" in os.environ else 3
NAME = "sell-guarded"


async def lived(at: int) -> SaleLife:
    life = SaleLife(at)
    await life.run()
    return life


def first(places: list[str], fact: str) -> int:
    """The number of the first place of a record that holds such a fact."""
    return next(number for number, name in enumerate(places, 1) if fact in name)


def test_a_sale_that_waits_is_sent_once_wherever_the_engine_ends() -> None:
    whole = simulate(lived(0))
    assert sold(whole) == 300
    places = whole.points.seen
    asked, ended = first(places, "SaleWaits"), first(places, "SaleEnded")
    assert ended - asked > 5, "it waits over several places"
    went_on = 0
    for at in range(asked, ended + 12, STEP):
        life = simulate(lived(at))
        changes = life.engine.disk.changes()
        where = f"place {at}: {places[at - 1]}"
        if not any(isinstance(change, SaleWaits) for change in changes):
            assert (sold(life), len(life.open_plans)) == (0, 1), f"{where}: nobody had asked for it yet"
            continue
        (end,) = [change for change in changes if isinstance(change, SaleEnded)]
        assert (end.cause, sold(life), life.open_plans) == ("", 300, []), where
        went_on += 1
    assert went_on > 3


def sold(life: SaleLife) -> int:
    """What the close sold, by the exchange's own orders."""
    orders = life.engine.disk.load().orders
    return orders[NAME].filled_c if NAME in orders else 0
