"""Every deny code is produced by a command or a decision, and every one is explained.

A new code without a way to it in one of the tables, or without its words, fails.
"""

from __future__ import annotations

import deny_afterwards
import deny_entries
import deny_prepared
import deny_stance
import deny_strategies
import pytest
from core_bench import SERIES, market
from deny_bench import bench_of
from deny_strategies import ENTER, decided
from wide_limits import WIDE_LIMITS

from engine.core.denial import DenyCode
from engine.core.denial_words import WORDS
from engine.core.inputs import MarketsRead
from engine.core.settings import Limits
from engine.domain.feed import FeedConnected
from engine.domain.market import Event

PARTS = (
    deny_entries.DRIVERS,
    deny_stance.DRIVERS,
    deny_afterwards.DRIVERS,
    deny_strategies.DRIVERS,
    deny_prepared.DRIVERS,
)
DRIVERS = {code: driver for part in PARTS for code, driver in part.items()}


def test_each_code_has_one_way() -> None:
    assert len(DRIVERS) == sum(len(part) for part in PARTS)


@pytest.mark.parametrize("code", DenyCode)
def test_every_code_is_produced(code: DenyCode) -> None:
    assert DRIVERS[code]() == code


@pytest.mark.parametrize("code", DenyCode)
def test_every_code_is_explained(code: DenyCode) -> None:
    meaning, remedy = WORDS[code]
    assert meaning.endswith(".")
    assert remedy
    assert not remedy.endswith(".")


def test_the_drivers_stand_on_a_desk_that_takes_orders() -> None:
    """What they produce is not that nothing is taken at all."""
    assert bench_of().placed("c1")
    assert decided(ENTER, scans=2, bot_entries_per_hour=1) == "BOT_HOUR", "the first one passed"
    assert Limits() != WIDE_LIMITS
    bench = bench_of()
    bench.feed(FeedConnected(1))
    event = Event("KXT-26NOV20", SERIES, "", "", mutually_exclusive=True)
    bench.feed(MarketsRead(SERIES, (event,), (market(),), True))
    assert bench.placed("c2")
