"""Every breaker of a running engine, opened by what really goes wrong at its exchange, its clock and its
disk: told by ``sparko``, held over a death, and closed as it says.

``TRIPPED`` holds every cause: a new one without a way to it fails.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from reach_desk import SHORT, WIDE, ReachDesk

from engine.core.breaker_record import BreakerCause

ORDERS = "/portfolio/events/orders"
LONG_COMMIT_S = 2.0
"""Longer than ``commit_seconds``, shorter than the ledger's own patience with who locks its file."""
WHOLE = os.environ.get("SPARKO_REACH") == "1"
long = pytest.mark.skipif(not WHOLE, reason="with SPARKO_REACH=1")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReachDesk]:
    running = ReachDesk(tmp_path_factory.mktemp("breakers") / "home", WIDE + SHORT)
    running.bend(clock="0")
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.fixture(autouse=True)
def calm(desk: ReachDesk) -> Iterator[None]:
    """Afterwards as before, whatever a test came to."""
    yield
    desk.rules()
    desk.bend(clock="0")
    desk.done("limits", "set", "day_loss", "1000000")
    desk.done("limits", "set", "losses_in_a_row", "1000000")
    desk.until(lambda: BreakerCause.CLOCK_SKEW not in desk.breakers(), "the clock is right")
    desk.done("resume", "--reason", "a test ends")
    desk.flat()
    desk.done("cancel", "--all")


def bad(desk: ReachDesk) -> None:
    """An entry that the exchange refuses: there are not that many to be had."""
    ticker = desk.lively()[0].ticker
    words = ("--side", "yes", "--count", "1", "--price", "5", "--tif", "fok", "--again")
    ran = desk.patient("order", ticker, *words)
    assert ran.deny_code == "REJECTED", ran


def entry(desk: ReachDesk) -> str:
    """The code with which an entry is refused; empty if it rests."""
    ticker = desk.lively()[0].ticker
    ran = desk.patient("order", ticker, "--side", "yes", "--count", "1", "--price", "5", "--again")
    assert (ran.code == 0) == (ran.deny_code == ""), ran
    return ran.deny_code


def rejects(desk: ReachDesk) -> None:
    for _ in range(3):
        bad(desk)


def unknowns(desk: ReachDesk) -> None:
    """Two sales that nobody answers; what became of them is looked up, and they were done once."""
    tickers = desk.held(least=2)
    desk.rules({"effect": "accept_then_stall", "method": "POST", "path": ORDERS, "times": 2})
    for ticker in tickers:
        desk.run("close", ticker)
    desk.rules()


def losses(desk: ReachDesk) -> None:
    desk.done("limits", "set", "losses_in_a_row", "2")
    desk.held("20", least=2)
    desk.flat()


def a_bad_day(desk: ReachDesk) -> None:
    """What is held is worth less than it cost."""
    desk.held("20")
    desk.done("limits", "set", "day_loss", "0.01")


def silence(desk: ReachDesk) -> None:
    """For longer than the feed's patience. It closes by itself once something is heard."""
    with desk.exchange_stopped():
        desk.until(lambda: BreakerCause.STALE_FEED in desk.breakers(), "the feed goes on")
        look(desk, BreakerCause.STALE_FEED)


def a_wrong_clock(desk: ReachDesk) -> None:
    desk.bend(clock="60")


def a_slow_disk(desk: ReachDesk) -> None:
    """Somebody else locks the ledger while the engine has something to write."""
    ledger = sqlite3.connect(desk.home / "ledger.sqlite", isolation_level=None)
    ledger.execute("BEGIN IMMEDIATE")
    writes = threading.Thread(target=desk.run, args=("limits", "set", "collar", "98"))
    writes.start()
    began = time.monotonic()
    desk.until(lambda: time.monotonic() - began > LONG_COMMIT_S, "no time passes")
    ledger.rollback()
    ledger.close()
    writes.join()


TRIPPED: dict[BreakerCause, Callable[[ReachDesk], None]] = {
    BreakerCause.REJECT_STREAK: rejects,
    BreakerCause.UNKNOWN_STREAK: unknowns,
    BreakerCause.LOSSES_IN_A_ROW: losses,
    BreakerCause.DAILY_LOSS: a_bad_day,
    BreakerCause.STALE_FEED: silence,
    BreakerCause.CLOCK_SKEW: a_wrong_clock,
    BreakerCause.SLOW_DISK: a_slow_disk,
}
OF_STRATEGIES = {BreakerCause.ORDER_GROUP: "it holds the entries of a strategy alone: test_brakes_reached"}
RESETS_ITSELF = (BreakerCause.STALE_FEED, BreakerCause.CLOCK_SKEW, BreakerCause.SLOW_DISK)


def look(desk: ReachDesk, cause: BreakerCause) -> None:
    """It is told: what, since when, why nothing is taken, and what was said to people."""
    status = desk.status()
    (row,) = [row for row in status["breakers"] if row["cause"] == cause]
    assert row["since"]
    assert any(letter.isdigit() for letter in row["text"]), "a text has its numbers"
    assert status["entries_stopped"].startswith("breaker ")
    told = [alert["text"] for alert in desk.done("alerts")["alerts"] if alert["open"]]
    assert any(f"breaker {cause}: {row['text']}" in text for text in told), told


@pytest.mark.parametrize("cause", TRIPPED)
def test_a_breaker_opens_and_is_told(desk: ReachDesk, cause: BreakerCause) -> None:
    if cause not in (BreakerCause.REJECT_STREAK, BreakerCause.STALE_FEED) and not WHOLE:
        pytest.skip("with SPARKO_REACH=1")
    desk.run("ack", "--all")
    TRIPPED[cause](desk)
    if cause is not BreakerCause.STALE_FEED:
        desk.until(lambda: cause in desk.breakers(), f"no breaker {cause}")
        look(desk, cause)
        wanted = "DAILY_LOSS" if cause is BreakerCause.DAILY_LOSS else "BREAKER_OPEN"
        assert entry(desk) == wanted
    if desk.done("positions"):
        desk.flat()
    if cause in RESETS_ITSELF:
        desk.bend(clock="0")
        desk.until(lambda: cause not in desk.breakers(), f"{cause} stays")
        assert entry(desk) == ""
        return
    assert cause in desk.breakers()
    desk.done("limits", "set", "day_loss", "1000000")
    desk.done("resume", "--reason", f"{cause} was looked at")
    assert desk.breakers() == {}
    assert entry(desk) == ""


@long
def test_all_of_them_stay_over_a_death_and_a_resume_ends_those_that_wait_for_one(desk: ReachDesk) -> None:
    desk.done("limits", "set", "losses_in_a_row", "2")
    desk.held("20", least=3)
    rejects(desk)
    desk.rules({"effect": "accept_then_stall", "method": "POST", "path": ORDERS, "times": 2})
    for row in desk.done("positions")[:2]:
        desk.run("close", row["ticker"])
    desk.rules()
    desk.done("limits", "set", "day_loss", "0.01")
    desk.bend(clock="60")
    wanted = {cause.value for cause in TRIPPED} - {BreakerCause.STALE_FEED, BreakerCause.SLOW_DISK}
    desk.until(lambda: wanted <= set(desk.breakers()), f"not all of {wanted}")
    before = {cause: row["since"] for cause, row in desk.breakers().items()}

    desk.again()
    assert {cause: row["since"] for cause, row in desk.breakers().items()} == before
    assert entry(desk) in ("BREAKER_OPEN", "DAILY_LOSS")
    desk.flat()
    desk.bend(clock="0")
    desk.until(lambda: "clock_skew" not in desk.breakers(), "the clock is right")
    desk.done("limits", "set", "day_loss", "1000000")
    desk.done("resume", "--reason", "all were looked at")
    assert desk.breakers() == {}
    assert entry(desk) == ""
    desk.until(lambda: desk.wrong() == [], "ledger and exchange differ")
    desk.done("doctor", "--verify")


@long
def test_one_entry_tries_whether_the_exchange_takes_orders_again(desk: ReachDesk) -> None:
    rejects(desk)
    (row,) = desk.breakers().values()
    assert entry(desk) == "BREAKER_OPEN", "not before its time"
    desk.until(lambda: entry_is_tried(desk), "nothing is let through")
    (again,) = desk.breakers().values()
    assert again["text"].startswith("the order that tried again was refused by the exchange")
    assert again["since"] > row["since"]
    assert again["probe_time"] > row["probe_time"]
    desk.until(lambda: entry(desk) == "", "nothing is let through")
    assert desk.breakers() == {}
    assert any("is closed" in alert["text"] for alert in desk.done("alerts")["alerts"])


def entry_is_tried(desk: ReachDesk) -> bool:
    """One that is refused again, once its time has come."""
    ticker = desk.lively()[0].ticker
    words = ("--side", "yes", "--count", "1", "--price", "5", "--tif", "fok", "--again")
    return desk.patient("order", ticker, *words).deny_code == "REJECTED"


def test_every_cause_has_a_way() -> None:
    assert set(TRIPPED) | set(OF_STRATEGIES) == set(BreakerCause)
