"""Every deny code as a person meets it: a running engine, a running exchange, and ``sparko``; where the
command line cannot say it, a console's own client.

``REACHED`` and ``HIDDEN`` together hold every code: a new one without a way to it fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

import pytest
import reach_endings
import reach_entries
import reach_positions
import reach_prepared
import reach_stance
from reach_desk import WIDE, Ran, ReachDesk

from engine.core.denial import DenyCode

PARTS = (
    reach_entries.REACHED,
    reach_stance.REACHED,
    reach_positions.REACHED,
    reach_prepared.REACHED,
    reach_endings.REACHED,
)
REACHED = {code: way for part in PARTS for code, way in part.items()}
"""In this order, on one engine."""
HIDDEN: dict[DenyCode, str] = {
    DenyCode.NOT_READY: "the socket opens once the engine is ready; it keeps conditions from firing before",
    DenyCode.NO_CASH_KNOWN: "ready means that the balance was read; it fails closed should that change",
    DenyCode.COUNT_TOO_FINE: "the line of sparko says it first; the engine's own holds for a coarser step",
}
"""What another check is in front of, and why it stays. Each is driven in the core's own table of codes."""
STRATEGIES = {
    DenyCode.BOT_WAGER,
    DenyCode.BOT_SCAN,
    DenyCode.BOT_HOUR,
    DenyCode.BOT_DAY,
    DenyCode.MARKET_OWNED,
    DenyCode.STAGE_OFF,
    DenyCode.STAGE_SHADOW,
    DenyCode.UNKNOWN_STAGE,
    DenyCode.NAME_NEEDED,
    DenyCode.NO_ORDER_GROUP,
    DenyCode.FORECAST_DOWN,
    DenyCode.FORECAST_STALE,
    DenyCode.SOURCE_LOST,
}
"""Reached in ``test_strategies_reached``, or in ``test_brakes_reached``, on an engine that has one."""

OWN = """
[breakers]
rejects_in_a_row = 3

[forecaster]
is_on = false
"""
WHOLE = os.environ.get("SPARKO_REACH") == "1"
SLOW = {
    DenyCode.CANCEL_FAILED,
    DenyCode.MARKET_CLOSING,
    DenyCode.EXIT_UNDER_WAY,
    DenyCode.TOO_MANY_CONDITIONS,
    DenyCode.NOT_SENT,
}
"""More than two seconds each: with SPARKO_REACH=1."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReachDesk]:
    running = ReachDesk(tmp_path_factory.mktemp("reach") / "home", WIDE + OWN)
    try:
        running.start()
        yield running
    finally:
        running.close()


@pytest.mark.parametrize("code", REACHED)
def test_a_code_is_reached(desk: ReachDesk, code: DenyCode) -> None:
    if code in SLOW and not WHOLE:
        pytest.skip("with SPARKO_REACH=1")
    told = REACHED[code](desk)
    if isinstance(told, Ran):
        # What no order can have is wrong usage: sparko says the engine's word before it is asked.
        ends = 2 if code is DenyCode.COUNT_NOT_POSITIVE else 1
        assert (told.code, told.deny_code) == (ends, code), told
        text = told.line
    else:
        assert told.deny_code == code, told
        text = told.text
    assert re.search(r"\w+", text), text


def test_every_code_has_a_way_or_a_reason() -> None:
    assert set(REACHED) | set(HIDDEN) | STRATEGIES == set(DenyCode)
    assert not set(REACHED) & set(HIDDEN)
    assert len(REACHED) == sum(len(part) for part in PARTS)
    assert all(HIDDEN.values())
