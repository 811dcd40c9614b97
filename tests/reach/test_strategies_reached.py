"""What a strategy is refused, as a person brings it about: by limits, stages and orders of ``sparko``, on a
running engine that has a strategy. The codes go to a file, for a strategy is told and a person is not."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from reach_desk import WIDE, ReachDesk

from engine.core.denial import DenyCode

GROUPS = "/portfolio/order_groups/**"
FORECASTER = '\n[forecaster]\nurls = ["http://127.0.0.1:9"]\nscan_seconds = 5\n'
"""Nobody listens there."""
Codes: TypeAlias = list[str]
Way: TypeAlias = Callable[[ReachDesk, DenyCode], Codes]
"""Brings a code about, and answers what was met."""
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


def refusals(desk: ReachDesk) -> Codes:
    """Those that the strategy has met since its log was begun."""
    log = desk.bent / "refused"
    return log.read_text().split() if log.exists() else []


def refused(desk: ReachDesk, code: DenyCode) -> Codes:
    """What the strategy is refused with from now on, until this code is among it."""
    (desk.bent / "refused").unlink(missing_ok=True)
    desk.until(lambda: code in refusals(desk), f"no {code}")
    return refusals(desk)


def under(limit: str, value: str = "0") -> Way:
    def drive(desk: ReachDesk, code: DenyCode) -> Codes:
        desk.done("limits", "set", limit, value)
        desk.done("cancel", "--all")
        met = refused(desk, code)
        desk.done("limits", "set", limit, "1000000")
        return met

    return drive


def no_group(desk: ReachDesk, code: DenyCode) -> Codes:
    """The exchange makes no group at first; it is asked again until it does, and then entries go out."""
    desk.until(lambda: code in refusals(desk), f"no {code}")
    met = refusals(desk)
    desk.until(lambda: desk.done("orders") != [], "no entry")
    return met


def without_its_source(desk: ReachDesk, code: DenyCode) -> Codes:
    """It looks at spot prices, and no collector runs."""
    desk.bend(needs="spot")
    desk.again()
    met = refused(desk, code)
    desk.bend(needs="")
    desk.again()
    return met


def an_order_of_a_person(desk: ReachDesk, code: DenyCode) -> Codes:
    ticker = (desk.bent / "market").read_text()
    desk.bend(rests="1")
    desk.done("cancel", "--all")
    desk.taken("order", ticker, "--side", "yes", "--count", "1", "--price", "6", "--again")
    desk.bend(rests="")
    met = refused(desk, code)
    desk.done("cancel", "--all")
    return met


def in_the_shadow(desk: ReachDesk, code: DenyCode) -> Codes:
    desk.done("strategies", "set", "buys", "shadow")
    met = refused(desk, code)
    desk.done("strategies", "set", "buys", "money")
    return met


def off_with_a_position(desk: ReachDesk, code: DenyCode) -> Codes:
    """It is asked while it has something to look after."""
    desk.bend(price="95")
    desk.done("cancel", "--all")
    desk.until(lambda: desk.done("positions") != [], "nothing is bought")
    desk.done("strategies", "set", "buys", "off")
    met = refused(desk, code)
    desk.flat()
    desk.bend(price="10")
    return met


def a_stage_that_is_none(desk: ReachDesk, code: DenyCode) -> Codes:
    ran = desk.run("strategies", "set", "buys", "fast")
    assert ran.code == 1, ran
    return [ran.deny_code]


def up_where_money_is_real(desk: ReachDesk, code: DenyCode) -> Codes:
    desk.done("strategies", "set", "buys", "off")
    desk.bend(venue="demo")
    desk.again()
    ran = desk.run("strategies", "set", "buys", "money")
    assert ran.code == 1, ran
    assert desk.done("strategies", "set", "buys", "money", "--confirm", "buys")[0]["stage"] == "money"
    return [ran.deny_code]


WAYS: dict[DenyCode, Way] = {
    DenyCode.NO_ORDER_GROUP: no_group,
    DenyCode.FORECAST_DOWN: refused,
    DenyCode.SOURCE_LOST: without_its_source,
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
    assert code in WAYS[code](desk, code)
