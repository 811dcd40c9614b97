"""What a strategy is refused, as a person brings it about: by limits, stages and orders of ``sparko``, on a
running engine that has a strategy. The codes go to a file, for a strategy is told and a person is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from reach_desk import WIDE, ReachDesk

from engine.core.denial import DenyCode

GROUPS = "/portfolio/order_groups/**"
FORECASTER = '\n[forecaster]\nurls = ["http://127.0.0.1:9"]\nscan_seconds = 5\n'
"""Nobody listens there."""
pytestmark = pytest.mark.skipif(os.environ.get("SPARKO_REACH") != "1", reason="with SPARKO_REACH=1")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReachDesk]:
    running = ReachDesk(tmp_path_factory.mktemp("strategies") / "home", WIDE + FORECASTER)
    try:
        running.start()
        running.rules({"effect": "503", "method": "POST", "path": GROUPS, "times": 3})
        running.bend(market=running.lively()[0].ticker)
        running.again()
        running.done("strategies", "set", "buys", "money")
        yield running
    finally:
        running.close()


def refused(desk: ReachDesk, code: DenyCode) -> None:
    """From now on the strategy is refused with this code."""
    log = desk.bent / "refused"
    log.unlink(missing_ok=True)
    desk.until(lambda: log.exists() and code.value in log.read_text().split(), f"no {code}")


def under(limit: str, value: str = "0") -> Callable[[ReachDesk, DenyCode], None]:
    def drive(desk: ReachDesk, code: DenyCode) -> None:
        desk.done("limits", "set", limit, value)
        desk.done("cancel", "--all")
        refused(desk, code)
        desk.done("limits", "set", limit, "1000000")

    return drive


def no_group(desk: ReachDesk, code: DenyCode) -> None:
    """The exchange makes no group at first; it is asked again until it does, and then entries go out."""
    log = desk.bent / "refused"
    desk.until(lambda: log.exists() and code.value in log.read_text().split(), f"no {code}")
    desk.until(lambda: desk.done("orders") != [], "no entry")


def an_order_of_a_person(desk: ReachDesk, code: DenyCode) -> None:
    ticker = (desk.bent / "market").read_text()
    desk.bend(rests="1")
    desk.done("cancel", "--all")
    desk.taken("order", ticker, "--side", "yes", "--count", "1", "--price", "6", "--again")
    desk.bend(rests="")
    refused(desk, code)
    desk.done("cancel", "--all")


def in_the_shadow(desk: ReachDesk, code: DenyCode) -> None:
    desk.done("strategies", "set", "buys", "shadow")
    refused(desk, code)
    desk.done("strategies", "set", "buys", "money")


def off_with_a_position(desk: ReachDesk, code: DenyCode) -> None:
    """It is asked while it has something to look after."""
    desk.bend(price="95")
    desk.done("cancel", "--all")
    desk.until(lambda: desk.done("positions") != [], "nothing is bought")
    desk.done("strategies", "set", "buys", "off")
    refused(desk, code)
    desk.flat()
    desk.bend(price="10")


def a_stage_that_is_none(desk: ReachDesk, code: DenyCode) -> None:
    ran = desk.run("strategies", "set", "buys", "fast")
    assert (ran.code, ran.deny_code) == (1, code), ran


def up_where_money_is_real(desk: ReachDesk, code: DenyCode) -> None:
    desk.done("strategies", "set", "buys", "off")
    desk.bend(venue="demo")
    desk.again()
    ran = desk.run("strategies", "set", "buys", "money")
    assert (ran.code, ran.deny_code) == (1, code), ran
    assert desk.done("strategies", "set", "buys", "money", "--confirm", "buys")[0]["stage"] == "money"


WAYS: dict[DenyCode, Callable[[ReachDesk, DenyCode], None]] = {
    DenyCode.NO_ORDER_GROUP: no_group,
    DenyCode.FORECAST_DOWN: refused,
    DenyCode.BOT_WAGER: under("bot_wager", "0.01"),
    DenyCode.BOT_SCAN: under("bot_entries_per_scan"),
    DenyCode.BOT_HOUR: under("bot_entries_per_hour"),
    DenyCode.BOT_DAY: under("bot_entries_per_day"),
    DenyCode.MARKET_OWNED: an_order_of_a_person,
    DenyCode.STAGE_SHADOW: in_the_shadow,
    DenyCode.STAGE_OFF: off_with_a_position,
    DenyCode.UNKNOWN_STAGE: a_stage_that_is_none,
    DenyCode.NAME_NEEDED: up_where_money_is_real,
}
"""In this order, on one engine."""


@pytest.mark.parametrize("code", WAYS)
def test_a_code_of_strategies_is_reached(desk: ReachDesk, code: DenyCode) -> None:
    WAYS[code](desk, code)
