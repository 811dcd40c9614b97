"""What stands in front of every entry: modes, stopping, readiness, the lease, who owns the market."""

from __future__ import annotations

import msgspec
import pytest
from core_bench import TICKER, CoreBench, a_fill, of, place
from gate_bench import IOC, SENT, bench_with, code
from wide_limits import WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.effects import Alert, CancelOrder, SubmitOrder
from engine.core.facts.stance import ModeSet
from engine.core.inputs import FillsRead, Recovered, Stopping
from engine.core.modes import HALTED, NO_NEW_ENTRIES
from engine.core.money import apply
from engine.domain import command
from engine.domain.feed import BookFresh
from engine.domain.units import SECOND_NS


@pytest.mark.parametrize("mode", [NO_NEW_ENTRIES, HALTED])
def test_modes_stop_entries_and_nothing_else(mode: str) -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old")])
    apply(bench.engine.money, ModeSet(mode, "dan", "test", bench.at))
    assert code(bench) == DenyCode.ENTRIES_OFF
    assert code(bench, buys=False, opens=False, price_bp=4_900, time_in_force=IOC) == SENT


def test_stopping_takes_no_entries_and_cancels_those_that_add_risk() -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old")])
    bench.placed("c1")
    bench.acked("c1")
    bench.placed("c2", buys=False, opens=False, price_bp=6_000)
    bench.acked("c2")
    step = bench.feed(Stopping())
    assert [effect.client_order_id for effect in of(step.effects, CancelOrder)] == ["c1"]
    assert code(bench, again=True) == DenyCode.STOPPING
    assert bench.engine.is_stopping


def test_reducing_does_not_wait_for_readiness() -> None:
    before = bench_with(fills=[a_fill("t0", 500, "v-old")])
    bench = CoreBench(money=before.engine.money)
    bench.feed(Recovered("r2"))
    assert code(bench) == DenyCode.NOT_READY
    assert code(bench, buys=False, opens=False, price_bp=4_900, time_in_force=IOC) == SENT


def test_the_lease_is_one_clients_and_runs_out() -> None:
    bench = bench_with(WIDE_LIMITS)

    def typed(who: str) -> str:
        bench.feed(BookFresh(TICKER, ((4_900, 100),), ((5_100, 100),), None))
        step = bench.ask(place(f"t{bench.commands}", again=True), who=who, typed=True)
        return SENT if of(step.effects, SubmitOrder) else "denied"

    assert bench.answer(place(), typed=True).deny_code == DenyCode.NOT_ARMED
    assert bench.answer(command.Arm(60), who="dan").deny_code == ""
    denied = bench.answer(command.Arm(60), who="eve")
    assert (denied.deny_code, denied.numbers) == (DenyCode.ARMED_ELSEWHERE, {"who": "dan", "left_s": 60})
    assert (typed("dan"), typed("eve")) == (SENT, "denied")
    assert code(bench, again=True) == SENT, "a program needs no lease"
    bench.wait(60 * SECOND_NS - 1)
    assert typed("dan") == SENT
    bench.wait(1)
    assert typed("dan") == "denied"
    assert bench.engine.lease is None
    assert bench.answer(command.Arm(60), who="eve").deny_code == ""
    assert bench.answer(command.Arm(0), who="eve").deny_code == ""
    assert typed("eve") == "denied"


def test_a_lease_is_not_longer_than_its_most() -> None:
    bench = bench_with()
    bench.answer(command.Arm(1_000_000), who="dan")
    assert bench.engine.lease is not None
    assert bench.engine.lease.until_mono == bench.mono + 600 * SECOND_NS


def test_cancel_and_reducing_need_no_lease() -> None:
    bench = bench_with(fills=[a_fill("t0", 500, "v-old")])
    body = place(buys=False, opens=False, price_bp=4_900, time_in_force=IOC)
    assert of(bench.ask(body, typed=True).effects, SubmitOrder)
    bench.placed("c2", again=True)
    bench.acked("c2")
    assert of(bench.ask(command.CancelOrder("c2"), typed=True).effects, CancelOrder)


def owned_bench(owner: str) -> CoreBench:
    """A market in which ``owner`` holds contracts."""
    bench = bench_with()
    bench.placed("s1", again=True)
    record = bench.engine.money.orders["s1"]
    terms = msgspec.structs.replace(record.terms, owner=owner)
    bench.engine.money.orders["s1"] = msgspec.structs.replace(record, terms=terms)
    bench.acked("s1")
    return bench


def test_a_person_may_take_over_and_the_strategys_entry_ends() -> None:
    bench = owned_bench("alpha")
    step = bench.ask(place("c2", again=True))
    assert of(step.effects, SubmitOrder)
    assert [effect.client_order_id for effect in of(step.effects, CancelOrder)] == ["s1"]
    assert "TAKEN_OVER" in [alert.code for alert in of(step.effects, Alert)]


def test_the_position_follows_who_adds_to_it() -> None:
    bench = owned_bench("alpha")
    bench.feed(FillsRead(0, (a_fill("t1", 200, "v-s1"),), bench.at, True))
    assert bench.engine.money.positions[TICKER].owner == "alpha"
    bench.placed("c2", again=True)
    bench.acked("c2", filled_c=500)
    bench.feed(FillsRead(0, (a_fill("t2", 500, "v-c2"),), bench.at, True))
    assert bench.engine.money.positions[TICKER].owner == "manual"
