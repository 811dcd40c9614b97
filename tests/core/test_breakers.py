"""Breakers: what opens each, what it refuses, and how it closes; all of it over a restart too."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from core_bench import SERIES, TICKER, CoreBench, a_fill, listed_order, market, of, place
from wide_limits import WIDE_LIMITS

from engine.core.effects import Alert, Answer, SubmitOrder
from engine.core.facts.limits import BreakerReset, BreakerTripped
from engine.core.facts.money import TripEnded
from engine.core.inputs import ClockSkewSeen, CommitSlow, NotSent, Rejected, Unknown
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.domain.command import Resume
from engine.domain.feed import BookFresh, FeedAlive, FeedConnected, FeedLost, FillSeen
from engine.domain.order import BookSide, TimeInForce
from engine.domain.units import DOLLAR_UD, HOUR_NS, MINUTE_NS, SECOND_NS

SENT = "sent"
AWAY = "KXT-26NOV21-T50"
IOC = TimeInForce.IMMEDIATE_OR_CANCEL


def settings_of(**limits: int) -> EngineSettings:
    made = msgspec.structs.replace(WIDE_LIMITS, **limits)
    return EngineSettings(series=(SERIES,), limits=made, foreign_orders_stop_entries=False)


def bench_of(is_patient: bool = True, **limits: int) -> CoreBench:
    bench = CoreBench(settings_of(**limits), is_patient=is_patient)
    bench.start(market(), market(AWAY))
    return bench


def restarted(bench: CoreBench, after_ns: int = 0) -> CoreBench:
    """A new process on the same journal, so much later on the exchange's clock."""
    after = CoreBench(bench.settings, fold(bench.changes), is_patient=False)
    after.at, after.commands = bench.at + after_ns, bench.commands
    after.start(market(), market(AWAY))
    return after


def tried(bench: CoreBench) -> tuple[str, dict[str, int | str]]:
    bench.commands += 1
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    step = bench.ask(place(f"n{bench.commands}", again=True))
    if of(step.effects, SubmitOrder):
        return SENT, {}
    (answer,) = of(step.effects, Answer)
    return answer.deny_code, answer.numbers


def sent(bench: CoreBench) -> str:
    """The client order id of an entry that went out."""
    assert tried(bench)[0] == SENT
    return last(bench)


def last(bench: CoreBench) -> str:
    return list(bench.engine.money.orders)[-1]


def cause(bench: CoreBench) -> str:
    """Of the refusal; ``sent`` if there is none."""
    code, numbers = tried(bench)
    assert code in (SENT, "BREAKER_OPEN", "DAILY_LOSS")
    return str(numbers["cause"]) if "cause" in numbers else code


def codes(bench: CoreBench) -> list[str]:
    wanted = ("BREAKER_OPEN", "BREAKER_CLOSED", "DAILY_LOSS")
    return [alert.code for alert in of(bench.effects, Alert) if alert.code in wanted]


def rejected(bench: CoreBench, times: int) -> None:
    for _ in range(times):
        bench.feed(Rejected(sent(bench), 400, "invalid_order", ""))


def later(bench: CoreBench, nanoseconds: int) -> None:
    bench.wait(nanoseconds)
    bench.feed(FeedAlive())


def test_refusals_in_a_row() -> None:
    bench = bench_of()
    rejected(bench, 4)
    bench.acked(sent(bench))
    rejected(bench, 4)
    assert cause(bench) == SENT, "one that was taken begins the row anew"
    bench.feed(Rejected(last(bench), 400, "invalid_order", ""))
    assert cause(bench) == "reject_streak"
    (tripped,) = of(bench.changes, BreakerTripped)
    assert (tripped.wait_ns, tripped.times) == (MINUTE_NS, 1)
    assert codes(bench) == ["BREAKER_OPEN"]


def test_an_order_that_never_left_is_no_refusal() -> None:
    bench = bench_of()
    for _ in range(10):
        bench.feed(NotSent(sent(bench), "rate budget"))
    assert cause(bench) == SENT


def test_a_streak_goes_on_over_a_restart() -> None:
    """An engine that dies between two bad answers does not begin to count anew."""
    bench = bench_of()
    rejected(bench, 2)
    bench.feed(Unknown(sent(bench), "timeout"))
    after = restarted(bench)
    assert (after.engine.money.streaks.rejects, after.engine.money.streaks.unknowns) == (2, 1)
    rejected(after, 2)
    assert cause(after) == SENT, "four so far"
    after.feed(Rejected(last(after), 400, "invalid_order", ""))
    assert cause(after) == "reject_streak"


def test_a_streak_that_ended_stays_ended_over_a_restart() -> None:
    bench = bench_of()
    rejected(bench, 4)
    bench.acked(sent(bench))
    after = restarted(bench)
    rejected(after, 4)
    assert cause(after) == SENT


def test_one_entry_tries_it_and_closes_it() -> None:
    bench = bench_of()
    rejected(bench, 5)
    later(bench, MINUTE_NS - 1)
    assert cause(bench) == "reject_streak"
    later(bench, 1)
    probe = sent(bench)
    assert cause(bench) == "reject_streak", "one at a time"
    bench.acked(probe)
    assert cause(bench) == SENT
    assert codes(bench) == ["BREAKER_OPEN", "BREAKER_CLOSED"]


def test_one_entry_tries_it_and_opens_it_for_longer() -> None:
    bench = bench_of()
    rejected(bench, 5)
    later(bench, MINUTE_NS)
    bench.feed(Rejected(sent(bench), 400, "invalid_order", ""))
    assert of(bench.changes, BreakerTripped)[-1].wait_ns == 2 * MINUTE_NS
    later(bench, 2 * MINUTE_NS - 1)
    assert cause(bench) == "reject_streak"
    for minutes in (4, 8, 10, 10):
        later(bench, 11 * MINUTE_NS)
        bench.feed(Rejected(sent(bench), 400, "invalid_order", ""))
        assert of(bench.changes, BreakerTripped)[-1].wait_ns == minutes * MINUTE_NS


def test_a_probe_that_never_left_lets_another_try() -> None:
    bench = bench_of()
    rejected(bench, 5)
    later(bench, MINUTE_NS)
    bench.feed(NotSent(sent(bench), "HALT"))
    assert cause(bench) == SENT


def test_outcomes_that_nobody_knows_wait_until_they_are_known() -> None:
    bench = bench_of()
    names = [sent(bench) for _ in range(3)]
    for name in names:
        bench.feed(Unknown(name, "timeout"))
    assert cause(bench) == "unknown_streak"
    later(bench, MINUTE_NS)
    assert cause(bench) == "unknown_streak", "three are in doubt still"
    bench.listing(*(listed_order(name) for name in names))
    assert bench.state(names[0]) == "resting"
    assert cause(bench) == SENT


def test_exits_cancels_and_closes_meet_no_breaker() -> None:
    bench = bench_of()
    bench.feed(FillSeen(a_fill("t0", 500, "v-old"), 0, 0))
    rejected(bench, 5)
    assert cause(bench) == "reject_streak"
    body = place("x1", buys=False, opens=False, price_bp=4_900, time_in_force=IOC)
    assert of(bench.ask(body).effects, SubmitOrder)


# The feed


def test_a_feed_that_is_silent_and_one_that_is_lost() -> None:
    for loses in (True, False):
        bench = bench_of(is_patient=False)
        if loses:
            bench.feed(FeedLost("gone"))
        bench.run_for(30 * SECOND_NS - 1)
        assert bench.engine.money.breakers == {}
        bench.run_for(2 * SECOND_NS)
        assert [record.cause for record in bench.engine.money.breakers.values()] == ["stale_feed"]
        bench.run_for(HOUR_NS)
        assert codes(bench) == ["BREAKER_OPEN"], "said once"
        bench.feed(FeedConnected(2))
        assert cause(bench) == SENT
        assert codes(bench) == ["BREAKER_OPEN", "BREAKER_CLOSED"]


def test_a_feed_that_lives_opens_nothing() -> None:
    bench = bench_of(is_patient=False)
    for _ in range(30):
        bench.run_for(10 * SECOND_NS)
        bench.feed(FeedAlive())
    assert of(bench.changes, BreakerTripped) == []


# The machine


@pytest.mark.parametrize(
    ("offset_ms", "expected"), [(5_000, SENT), (5_001, "clock_skew"), (-5_001, "clock_skew")]
)
def test_a_clock_that_is_wrong(offset_ms: int, expected: str) -> None:
    bench = bench_of()
    bench.feed(ClockSkewSeen(offset_ms))
    assert cause(bench) == expected
    later(bench, HOUR_NS)
    assert cause(bench) == expected, "time alone puts no clock right"
    bench.feed(ClockSkewSeen(12))
    assert cause(bench) == SENT


def test_a_disk_that_is_slow() -> None:
    bench = bench_of()
    bench.feed(CommitSlow(2_999))
    assert cause(bench) == SENT
    bench.feed(CommitSlow(3_000))
    assert cause(bench) == "slow_disk"
    later(bench, 40 * SECOND_NS)
    bench.feed(CommitSlow(9_000))
    later(bench, 40 * SECOND_NS)
    assert cause(bench) == "slow_disk", "each slow one begins the wait anew"
    later(bench, 20 * SECOND_NS)
    assert cause(bench) == SENT


# Results


def lose(bench: CoreBench, number: int, cents: int = 1, count_c: int = 100) -> None:
    """In a market in which nothing works that could be taken for it."""
    bench.at += 2
    bought = a_fill(f"a{number}", count_c, f"xa{number}", ticker=AWAY, at_ns=bench.at - 1, fee_ud=0)
    sold = msgspec.structs.replace(
        bought,
        trade_id=f"b{number}",
        order_id=f"xb{number}",
        side=BookSide.ASK,
        price_bp=5_000 - 100 * cents,
        at_ns=bench.at,
    )
    bench.feed(FillSeen(bought, 0, 0), FillSeen(sold, 0, 0))


def test_losses_in_a_row_wait_for_a_person() -> None:
    bench = bench_of(losses_in_a_row=3)
    for number, cents in enumerate((1, 1, -1, 1, 1, 0)):
        lose(bench, number, cents)
    assert cause(bench) == SENT, "a gain ends the row, breaking even does not add to it"
    lose(bench, 9)
    assert cause(bench) == "losses_in_a_row"
    later(bench, 3 * HOUR_NS)
    assert bench.engine.money.breakers["losses_in_a_row"].wait_ns is None
    assert bench.answer(Resume("")).deny_code == "REASON_MISSING"
    assert list(bench.engine.money.breakers) == ["losses_in_a_row"]
    bench.answer(Resume("looked at all three"), who="ann")
    assert bench.engine.money.breakers == {}
    reset = of(bench.changes, BreakerReset)[-1]
    assert (reset.who, reset.reason) == ("ann", "looked at all three")
    assert bench.engine.money.losses.in_a_row == 0


def test_a_trip_is_what_a_position_made_from_open_to_end() -> None:
    bench = bench_of()
    lose(bench, 1, 3, 200)
    lose(bench, 2, -2, 100)
    assert [trip.result_ud for trip in of(bench.changes, TripEnded)] == [-60_000, 20_000]


def test_resume_ends_the_pause_after_a_loss() -> None:
    bench = bench_of(loss_pause_ns=5 * MINUTE_NS)
    lose(bench, 1)
    assert tried(bench)[0] == "LOSS_PAUSE"
    bench.answer(Resume("it was small"))
    assert tried(bench)[0] == SENT
    after = restarted(bench)
    assert tried(after)[0] == SENT, "also after a restart"


def day_lost() -> CoreBench:
    """$1 is lost of $1 that the day may; a position is held so that the day is looked at."""
    bench = bench_of(day_loss_ud=DOLLAR_UD)
    lose(bench, 1, 10, 1_000)
    held = a_fill("t9", 1_000, "x9", ticker=AWAY, price_bp=4_900, at_ns=bench.at, fee_ud=0)
    bench.feed(FillSeen(held, 0, 0))
    return bench


def test_the_days_loss_stops_the_day_and_waits_for_a_person() -> None:
    bench = day_lost()
    for _ in range(4):
        later(bench, SECOND_NS)
    assert cause(bench) == "daily_loss"
    assert codes(bench) == ["DAILY_LOSS"]
    bench.feed(BookFresh(AWAY, ((9_900, 10_000),), (), None))
    bench.run_for(2 * SECOND_NS)
    bench.feed(FeedAlive())
    assert cause(bench) == "daily_loss", "that prices came back does not resume the day"
    bench.answer(Resume("one more"))
    bench.run_for(10 * SECOND_NS)
    bench.feed(FeedAlive())
    bench.run_for(SECOND_NS)
    assert cause(bench) == SENT, "what is held is worth more than was lost"


def test_a_resume_while_the_limit_is_passed_holds_for_three_looks() -> None:
    bench = day_lost()
    for _ in range(4):
        later(bench, SECOND_NS)
    bench.answer(Resume("again"))
    assert tried(bench)[0] == "DAILY_LOSS", "the limit itself still refuses"
    for _ in range(4):
        later(bench, SECOND_NS)
    assert list(bench.engine.money.breakers) == ["daily_loss"]


def test_a_book_that_is_empty_for_a_moment_is_no_loss() -> None:
    bench = bench_of(day_loss_ud=DOLLAR_UD)
    bench.feed(FillSeen(a_fill("t9", 1_000, "x9", ticker=AWAY, at_ns=bench.at, fee_ud=0), 0, 0))
    for _ in range(5):
        bench.feed(BookFresh(AWAY, (), ((5_100, 10_000),), None))
        bench.run_for(2 * SECOND_NS)
        bench.feed(BookFresh(AWAY, ((4_900, 10_000),), ((5_100, 10_000),), None))
        bench.run_for(SECOND_NS)
    assert bench.engine.money.breakers == {}
    bench.feed(BookFresh(AWAY, (), ((5_100, 10_000),), None))
    for _ in range(4):
        later(bench, SECOND_NS)
    assert list(bench.engine.money.breakers) == ["daily_loss"]


def test_a_position_without_any_price_is_no_known_loss() -> None:
    """After a restart, until books come, and of a market that is listed no more."""
    bench = bench_of(day_loss_ud=DOLLAR_UD)
    gone = a_fill("t9", 1_000, "x9", ticker="KXT-26NOV01-T1", at_ns=bench.at, fee_ud=0)
    bench.feed(FillSeen(gone, 0, 0))
    for _ in range(10):
        later(bench, SECOND_NS)
    assert bench.engine.money.breakers == {}
    assert tried(bench)[0] == "DAILY_LOSS", "what may be lost refuses, and stops nothing for good"


# Restarts


@pytest.mark.parametrize("how", ["reject_streak", "clock_skew", "losses_in_a_row"])
def test_what_was_open_is_open_after_a_restart(how: str) -> None:
    bench = bench_of(losses_in_a_row=1)
    match how:
        case "reject_streak":
            rejected(bench, 5)
        case "clock_skew":
            bench.feed(ClockSkewSeen(60_000))
        case _:
            lose(bench, 1)
    assert cause(bench) == how
    after = restarted(bench)
    assert cause(after) == how


def test_the_wait_goes_on_where_it_was() -> None:
    bench = bench_of()
    rejected(bench, 5)
    after = restarted(bench, 40 * SECOND_NS)
    later(after, 20 * SECOND_NS - 1)
    assert cause(after) == "reject_streak"
    later(after, 1)
    assert cause(after) == SENT


def test_the_clocks_breaker_closes_with_the_first_word_of_a_right_one() -> None:
    bench = bench_of()
    bench.feed(ClockSkewSeen(60_000))
    after = restarted(bench, MINUTE_NS)
    assert cause(after) == "clock_skew"
    after.feed(ClockSkewSeen(-3))
    assert cause(after) == SENT


def numbers_of(bench: CoreBench) -> dict[str, Any]:
    return tried(bench)[1]


def test_a_refusal_says_cause_and_since_when() -> None:
    bench = bench_of()
    since = bench.at
    bench.feed(ClockSkewSeen(60_000))
    bench.at += SECOND_NS
    assert numbers_of(bench) == {"cause": "clock_skew", "since_ns": since}
