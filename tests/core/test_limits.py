"""Limits that change: lower at once, higher on real money with a reason and a wait, and all of it kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from core_bench import SERIES, TICKER, CoreBench, market, of, place

from engine.core.effects import Alert, Answer, SubmitOrder
from engine.core.facts.limits import LimitRaiseAsked, LimitsConfigured, LimitSet
from engine.core.inputs import Recovered
from engine.core.limit_table import LIMITS, effective, values_of
from engine.core.money import fold
from engine.core.settings import PROFILES, EngineSettings, Limits
from engine.core.state_hash import state_hash
from engine.domain.command import SetLimit
from engine.domain.feed import BookFresh, FeedAlive, FeedConnected
from engine.domain.units import DOLLAR_UD, MINUTE_NS, SECOND_NS

WAIT_NS = 15 * MINUTE_NS


def bench_of(venue: str = "live", **limits: int) -> CoreBench:
    made = msgspec.structs.replace(Limits(), **limits)
    bench = CoreBench(EngineSettings(series=(SERIES,), venue=venue, limits=made))
    start(bench)
    return bench


def start(bench: CoreBench) -> None:
    """As the bench does, and nothing of it is forgotten."""
    bench.feed(Recovered(f"r{bench.at}"), FeedConnected(1))
    bench.reads((market(),))
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))


def restarted(bench: CoreBench, after_ns: int = 0, **limits: int) -> CoreBench:
    """A new process on the same journal, with a file that may say something else."""
    made = msgspec.structs.replace(bench.settings.limits, **limits)
    settings = msgspec.structs.replace(bench.settings, limits=made)
    after = CoreBench(settings, fold(bench.changes))
    after.at, after.commands = bench.at + after_ns, bench.commands
    after.changes += bench.changes
    start(after)
    return after


def held(bench: CoreBench, name: str = "order_contracts") -> int:
    value: int = getattr(bench.engine.desk.limits, LIMITS[name].field)
    return value


def asked(bench: CoreBench, value: int, reason: str = "", name: str = "order_contracts") -> Answer:
    return bench.answer(SetLimit(name, value, reason), who="ann")


def takes(bench: CoreBench, count_c: int) -> bool:
    """Whether an order of so many passes."""
    bench.commands += 1
    bench.feed(FeedAlive())
    body = place(f"n{bench.commands}", price_bp=4_800, count_c=count_c, again=True)
    return bool(of(bench.ask(body).effects, SubmitOrder))


@pytest.mark.parametrize("venue", ["sandbox", "paper", "demo", "live"])
def test_lowering_acts_at_once_and_needs_no_reason(venue: str) -> None:
    bench = bench_of(venue)
    assert takes(bench, 600)
    answer = asked(bench, 500)
    assert (answer.deny_code, answer.text) == ("", "order_contracts is changed")
    assert not takes(bench, 600)
    assert takes(bench, 500)
    assert of(bench.changes, LimitSet) == [LimitSet("order_contracts", 500, "ann", "", bench.at)]
    assert "LIMIT_SET" in [alert.code for alert in of(bench.effects, Alert)]


@pytest.mark.parametrize("venue", ["sandbox", "paper", "demo"])
def test_raising_without_real_money_acts_at_once(venue: str) -> None:
    bench = bench_of(venue)
    assert asked(bench, 1_001).deny_code == ""
    assert held(bench) == 1_001


def test_raising_on_live_needs_a_reason_and_a_quarter_of_an_hour() -> None:
    bench = bench_of()
    for reason in ("", "   "):
        assert asked(bench, 1_100, reason).deny_code == "REASON_MISSING"
    answer = asked(bench, 1_100, "second week")
    assert (answer.deny_code, answer.text) == ("", "order_contracts changes in 15 minutes")
    assert held(bench) == 1_000
    assert bench.engine.risk.limits.acts_at("order_contracts") == bench.at + WAIT_NS
    bench.wait(WAIT_NS - 1)
    assert held(bench) == 1_000
    bench.wait(1)
    assert held(bench) == 1_100
    assert bench.engine.risk.limits.acts_at("order_contracts") is None
    last = of(bench.changes, LimitSet)[-1]
    assert (last.value, last.who, last.reason) == (1_100, "ann", "second week")


def test_exchange_time_alone_brings_no_raise_nearer() -> None:
    bench = bench_of()
    asked(bench, 1_100, "second week")
    bench.at += 10 * WAIT_NS
    bench.feed(FeedAlive())
    assert held(bench) == 1_000


def test_asking_anew_waits_anew_and_lowering_ends_the_wait() -> None:
    bench = bench_of()
    asked(bench, 1_100, "second week")
    bench.wait(WAIT_NS - SECOND_NS)
    asked(bench, 1_200, "more")
    bench.wait(WAIT_NS - SECOND_NS)
    assert held(bench) == 1_000
    asked(bench, 900)
    bench.wait(WAIT_NS)
    assert held(bench) == 900


@pytest.mark.parametrize("name", ["near_low", "bot_close", "loss_pause"])
def test_of_a_floor_less_is_looser(name: str) -> None:
    bench = bench_of()
    before = held(bench, name)
    assert asked(bench, before - 1, name=name).deny_code == "REASON_MISSING"
    assert asked(bench, before + 1, name=name).deny_code == ""
    assert held(bench, name) == before + 1


def test_names_and_values_that_are_none() -> None:
    bench = bench_of()
    assert asked(bench, 5, name="order_count").deny_code == "UNKNOWN_LIMIT"
    for value in (0, -5, 10**12):
        answer = asked(bench, value, "why not")
        assert (answer.deny_code, answer.numbers["value"]) == ("BAD_LIMIT", value)
    assert held(bench) == 1_000
    assert bench.engine.money.limits == {}


def test_a_changed_limit_holds_over_restarts() -> None:
    bench = bench_of()
    asked(bench, 500)
    after = restarted(restarted(bench))
    assert held(after) == 500
    assert not takes(after, 600)
    assert state_hash(after.engine.money) != state_hash(fold([]))


def test_a_raise_waits_on_over_a_restart() -> None:
    bench = bench_of()
    asked(bench, 1_100, "second week")
    after = restarted(bench, 10 * MINUTE_NS)
    assert held(after) == 1_000
    after.wait(5 * MINUTE_NS - 1)
    assert held(after) == 1_000
    after.wait(1)
    assert held(after) == 1_100
    late = restarted(bench, 20 * MINUTE_NS)
    assert held(late) == 1_100, "its time came while nobody ran"


# The file


def test_the_first_start_takes_the_file_as_it_is() -> None:
    bench = bench_of(order_count_c=5_000)
    assert held(bench) == 5_000
    assert of(bench.changes, LimitSet) == []


def test_a_file_that_lowers_acts_at_the_next_start() -> None:
    after = restarted(bench_of(), order_count_c=400)
    assert held(after) == 400
    assert restarted(after, 1) is not None
    assert held(restarted(after, 1)) == 400


def test_a_file_that_raises_on_live_waits_too() -> None:
    after = restarted(bench_of(), order_count_c=5_000)
    assert held(after) == 1_000
    assert [change.reason for change in of(after.changes, LimitRaiseAsked)] == ["config.toml was changed"]
    after.wait(WAIT_NS)
    assert held(after) == 5_000


def test_a_file_that_raises_elsewhere_acts_at_the_next_start() -> None:
    assert held(restarted(bench_of("sandbox"), order_count_c=5_000)) == 5_000


def test_the_newer_word_counts_whether_command_or_file() -> None:
    bench = bench_of("sandbox")
    asked(bench, 700)
    same_file = restarted(bench, 1)
    assert held(same_file) == 700
    new_file = restarted(same_file, 2, order_count_c=600)
    assert held(new_file) == 600
    asked(new_file, 800)
    assert held(restarted(new_file, 3)) == 800


def test_a_file_as_before_writes_nothing_down() -> None:
    after = restarted(bench_of(order_count_c=5_000))
    again = restarted(after, 1)
    assert len(of(again.changes, LimitsConfigured)) == len(of(after.changes, LimitsConfigured))


# The table


def test_every_limit_has_a_field_of_its_own() -> None:
    fields = [spec.field for spec in LIMITS.values()]
    assert len(fields) == len(dict.fromkeys(fields))
    fixed = {"count_step_c", "reduce_floor_bp"}
    assert {*fields} == {*Limits.__struct_fields__} - fixed


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_within_the_bounds(profile: str) -> None:
    for name, value in values_of(PROFILES[profile]).items():
        assert LIMITS[name].least <= value <= LIMITS[name].most, name


def test_the_first_week_is_the_table_of_the_design() -> None:
    first = PROFILES["first-week"]
    assert values_of(first) == {
        "order_contracts": 1_000,
        "order_loss": 5 * DOLLAR_UD,
        "market_loss": 10 * DOLLAR_UD,
        "event_loss": 15 * DOLLAR_UD,
        "total_loss": 40 * DOLLAR_UD,
        "total_share": 2_000,
        "day_loss": 10 * DOLLAR_UD,
        "day_loss_share": 500,
        "bot_wager": 3 * DOLLAR_UD,
        "bot_entries_per_scan": 3,
        "entries_per_minute": 6,
        "bot_entries_per_hour": 10,
        "bot_entries_per_day": 30,
        "collar": 300,
        "near_low": 300,
        "near_high": 9_700,
        "bot_close": 15 * MINUTE_NS,
        "loss_pause": 5 * MINUTE_NS,
        "losses_in_a_row": 3,
    }


def test_what_is_changed_lies_over_what_is_configured() -> None:
    bench = bench_of("sandbox")
    values: dict[str, Any] = {name: spec.least + 7 for name, spec in LIMITS.items()}
    for name, value in values.items():
        assert asked(bench, value, name=name).deny_code == ""
    assert values_of(bench.engine.desk.limits) == values
    assert values_of(effective(Limits(), bench.engine.money.limits)) == values
