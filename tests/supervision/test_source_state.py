"""When a source that has not been live yet is said to be missing."""

from __future__ import annotations

from collectors.observations import Health
from console.supervision.source_state import CONNECTS_WITHIN_S, Source, State


def test_a_value_that_comes_before_the_word_of_its_connection_makes_it_no_lost_source() -> None:
    source = Source("weather/nws", 900.0)
    assert source.is_young(0.0)
    source.hear(Health("nws", connected=False), 1.0, 0)
    source.value_s = 2.0
    assert source.state(2.0, 0) is State.DOWN
    assert source.is_young(2.0), "it connects still"
    assert not source.is_young(1.1 + CONNECTS_WITHIN_S)
    source.hear(Health("nws", connected=True, age_s=0.5), 3.0, 0)
    assert source.state(3.0, 0) is State.LIVE


def test_a_source_that_is_connected_and_has_told_nothing_is_waited_for_as_long_as_it_may_be_silent() -> None:
    source = Source("news/rss", 900.0)
    source.hear(Health("rss", connected=True), 1.0, 0)
    assert source.is_young(900.0)
    assert not source.is_young(902.0)
