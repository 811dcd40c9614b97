"""Another program on the account: its later orders and fills stop entries, its earlier ones nothing."""

from __future__ import annotations

from core_bench import CoreBench, a_fill, alerts, listed_order, of, place

from engine.core.effects import CancelOrder, SubmitOrder
from engine.core.facts.stance import ModeSet
from engine.core.inputs import OrdersRead
from engine.domain.feed import FillSeen


def test_later_foreign_orders_stop_entries() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(OrdersRead("", 0, (listed_order("foreign"),), bench.at, True))
    assert [change.mode for change in of(bench.changes, ModeSet)] == ["NO_NEW_ENTRIES"]
    assert "FOREIGN_ORDER" in alerts(bench)
    assert bench.answer(place()).deny_code == "ENTRIES_OFF"
    assert of(bench.effects, CancelOrder) == [], "it is not ours to cancel"


def test_a_later_foreign_fill_stops_entries_though_its_order_was_never_seen() -> None:
    """Another program's immediate order rests nowhere."""
    bench = CoreBench()
    bench.start()
    step = bench.feed(FillSeen(a_fill("t9", 200, "v-other"), 200, 0))
    assert [change.mode for change in of(step.changes, ModeSet)] == ["NO_NEW_ENTRIES"]
    assert {"FOREIGN_FILL", "FOREIGN_ORDER"} <= set(alerts(bench))
    assert bench.answer(place()).deny_code == "ENTRIES_OFF"


def test_foreign_fills_of_before_the_start_stop_nothing() -> None:
    bench = CoreBench()
    bench.start(fills=[a_fill("t9", 200, "v-other")])
    assert of(bench.changes, ModeSet) == []
    assert of(bench.ask(place()).effects, SubmitOrder)
