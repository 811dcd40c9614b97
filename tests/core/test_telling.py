"""What the core tells people of by itself: fills of ours, and outcomes that stay unknown."""

from __future__ import annotations

from core_bench import TICKER, CoreBench, a_fill, of

from engine.core.effects import Alert, AlertLevel
from engine.core.facts.money import FillBooked
from engine.core.inputs import CancelFailed, Rejected, Unknown
from engine.domain import command
from engine.domain.feed import FillSeen
from engine.domain.order import BookSide, Leg
from engine.domain.units import SECOND_NS


def alerts(bench: CoreBench, code: str) -> list[Alert]:
    return [alert for alert in of(bench.effects, Alert) if alert.code == code]


def unknown_bench() -> CoreBench:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.feed(Unknown("c1", "timeout"))
    return bench


def test_an_outcome_that_stays_unknown_is_told_after_thirty_seconds() -> None:
    bench = unknown_bench()
    bench.run_for(29 * SECOND_NS)
    assert alerts(bench, "UNKNOWN_LONG") == []
    bench.run_for(2 * SECOND_NS)
    (told,) = alerts(bench, "UNKNOWN_LONG")
    assert (told.level, told.subject) == (AlertLevel.URGENT, "c1")
    assert f"order c1 in {TICKER}: in doubt for over 30 s, whether it is at the exchange is" in told.text
    bench.run_for(600 * SECOND_NS)
    assert len(alerts(bench, "UNKNOWN_LONG")) == 1


def test_an_outcome_that_is_found_in_time_is_not_told() -> None:
    bench = unknown_bench()
    bench.run_for(5 * SECOND_NS)
    bench.feed(Rejected("c1", 400, "insufficient_balance", ""))
    bench.run_for(600 * SECOND_NS)
    assert alerts(bench, "UNKNOWN_LONG") == []


def test_a_cancel_that_stays_unknown_is_told() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    bench.ask(command.CancelOrder("c1"))
    bench.feed(CancelFailed("c1", "timeout", is_unknown=True))
    bench.run_for(31 * SECOND_NS)
    assert "whether it was canceled is unknown" in alerts(bench, "UNKNOWN_LONG")[0].text


def test_a_fill_is_told_in_the_words_of_its_leg() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed(leg=Leg.NO, price_bp=4_900)
    bench.acked()
    bench.feed(FillSeen(a_fill("t1", 200, side=BookSide.ASK, price_bp=5_100), -200, 0))
    (told,) = alerts(bench, "FILL")
    assert told.level is AlertLevel.NOTE
    assert told.subject == "c1"
    assert told.text.startswith(f"bought 2 NO {TICKER} at 49 c, fee $0.001")
    assert told.text.endswith("(manual)")


def test_a_fill_that_is_told_twice_by_the_exchange_is_told_once() -> None:
    bench = CoreBench()
    bench.start()
    bench.placed()
    bench.acked()
    for _ in range(3):
        bench.feed(FillSeen(a_fill("t1"), 100, 0))
    assert len(of(bench.changes, FillBooked)) == 1
    assert len(alerts(bench, "FILL")) == 1


def test_a_fill_of_another_program_is_not_told_as_ours() -> None:
    bench = CoreBench()
    bench.start()
    bench.feed(FillSeen(a_fill("t1", order_id="somebody-elses"), 100, 0))
    assert len(of(bench.changes, FillBooked)) == 1
    assert alerts(bench, "FILL") == []
