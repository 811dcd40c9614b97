"""Sources of observations: what they tell counts while they may be relied on; what is lost is said, with what
waits for it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from core_bench import SERIES, TICKER, CoreBench, of
from core_strategies import Scripted

from engine.core.effects import Alert, AlertLevel, SubmitOrder
from engine.core.inputs import Observation, SourceSeen
from engine.core.observation_desk import MOST_KEPT
from engine.core.settings import EngineSettings, Timings
from engine.core.strategy import Enter, Needs
from engine.domain.command import AddCondition
from engine.domain.feed import BookFresh, Channel, IndexSeen
from engine.domain.order import Leg
from engine.domain.trigger import ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import MINUTE_NS, SECOND_NS

SPOT = SourceSeen("spot", ("spot", "index"), True)
LOST = SourceSeen("spot", ("spot", "index"), False, "nothing has come for 12 s")
ABOVE = Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 9_500_000, key="BTC-USD")
BUY = Ticket(TICKER, Leg.YES, True, 100, 5_100)
ENTER = Enter(TICKER, Leg.YES, 5_100, 100)


def spot(value: str, source_ns: int = 1, key: str = "BTC-USD", kind: str = "spot") -> Observation:
    return Observation(kind, key, value, source_ns, source_ns + 1)


def entering(kinds: tuple[str, ...] = ("spot",), **timings: int) -> tuple[CoreBench, Scripted]:
    """A strategy that wants to enter whenever its schedule asks it."""
    strategy = Scripted(
        Needs((SERIES,), observations=kinds), lambda view: (ENTER,) if view.cause == "schedule" else ()
    )
    settings = EngineSettings(series=(SERIES,), timings=Timings(**timings))
    bench = CoreBench(settings, strategies=[strategy])
    bench.start()
    return bench, strategy


def next_minute(bench: CoreBench) -> list[SubmitOrder]:
    """What its schedule sends."""
    before = len(of(bench.effects, SubmitOrder))
    bench.at += MINUTE_NS
    bench.mono += MINUTE_NS
    bench.feed(BookFresh(TICKER, ((4_900, 10_000),), ((5_100, 10_000),), None))
    return of(bench.effects, SubmitOrder)[before:]


def refused(strategy: Scripted) -> tuple[str, str]:
    denial = strategy.views[-1].denials[-1]
    return denial.code.value, denial.text


def told(bench: CoreBench) -> list[tuple[str, str]]:
    return [(alert.code, alert.text) for alert in of(bench.effects, Alert) if alert.code.startswith("SOURCE")]


def test_a_strategy_enters_while_the_source_of_what_it_looks_at_lives_however_old_the_value() -> None:
    bench, strategy = entering()
    bench.feed(SPOT, spot("95000"))
    bench.mono += 10 * MINUTE_NS

    assert len(next_minute(bench)) == 1
    assert strategy.views[-1].missing == ()


def test_without_its_source_it_enters_nothing_and_hears_why() -> None:
    bench, strategy = entering()
    bench.feed(SPOT, spot("95000"))
    bench.mono += 12 * SECOND_NS
    bench.feed(LOST)
    assert next_minute(bench) == []
    assert next_minute(bench) == []

    text = "spot: the last value is 72 s old; source spot: nothing has come for 12 s"
    assert refused(strategy) == ("SOURCE_LOST", text)
    assert strategy.views[-1].missing == ("observation:spot",)
    assert strategy.views[-1].denials[-1].numbers == {"kind": "spot", "age_ns": 72 * SECOND_NS}

    bench.feed(SPOT)
    assert len(next_minute(bench)) == 1


def test_of_keys_without_end_the_newest_are_kept() -> None:
    bench, strategy = entering()
    bench.feed(SPOT, *(spot("1", key=f"K{number}") for number in range(MOST_KEPT + 10)))
    next_minute(bench)
    known = strategy.views[-1].observations
    assert len(known) == MOST_KEPT
    assert ("spot", f"K{MOST_KEPT + 9}") in known


def test_one_live_source_of_a_kind_is_enough() -> None:
    bench, _ = entering()
    bench.feed(SPOT, SourceSeen("other", ("spot",), True), spot("95000"), LOST)

    assert len(next_minute(bench)) == 1


def test_of_several_kinds_each_must_be_there() -> None:
    bench, strategy = entering(("spot", "day_high"))
    bench.feed(SPOT, spot("95000"))
    next_minute(bench)
    next_minute(bench)

    assert refused(strategy) == ("SOURCE_LOST", "day_high: no value has come yet")


@pytest.mark.parametrize(("age_ns", "sent"), [(MINUTE_NS, 1), (MINUTE_NS + 1, 0)])
def test_where_no_source_tells_of_itself_the_age_of_the_last_value_counts(age_ns: int, sent: int) -> None:
    bench, _ = entering(stale_observation_ns=MINUTE_NS)
    bench.feed(spot("95000"))
    bench.mono += age_ns - MINUTE_NS

    assert len(next_minute(bench)) == sent


def test_a_loss_is_said_once_with_what_waits_for_it_and_so_is_its_end() -> None:
    bench, _ = entering()
    bench.feed(SPOT, spot("94000"))
    assert bench.answer(AddCondition("k1", ConditionTerms(ABOVE, BUY))).text == "armed"
    bench.feed(LOST, LOST, SPOT, SPOT)

    assert told(bench) == [
        (
            "SOURCE_LOST",
            "source spot is lost: nothing has come for 12 s; scripted may not enter; "
            "1 condition on spot waits",
        ),
        ("SOURCE_BACK", "source spot is back"),
    ]


def test_what_nothing_depends_on_is_lost_without_more_words() -> None:
    bench, _ = entering(("day_high",))
    bench.feed(SourceSeen("news", ("news",), True), SourceSeen("news", ("news",), False, "403"))

    assert told(bench) == [("SOURCE_LOST", "source news is lost: 403")]


def test_one_that_never_was_there_is_a_note_unless_something_depends_on_it() -> None:
    bench, _ = entering(("day_high",))
    bench.feed(SourceSeen("news", ("news",), False, "no key"))
    bench.feed(SourceSeen("weather", ("day_high",), False, "403"))

    assert [(alert.level, alert.text) for alert in of(bench.effects, Alert)] == [
        (AlertLevel.NOTE, "source news is not there: no key"),
        (AlertLevel.WARNING, "source weather is not there: 403; scripted may not enter"),
    ]


def condition(bench: CoreBench, trigger: Trigger = ABOVE) -> str:
    return bench.answer(AddCondition("k1", ConditionTerms(trigger, BUY))).text


def state(bench: CoreBench) -> str:
    return bench.engine.money.conditions["k1"].state.value


def test_a_spot_price_that_crosses_fires_its_condition() -> None:
    bench, _ = entering()
    assert "not known yet" in condition(bench)
    bench.feed(spot("94999.99", 1), spot("95500", 2, key="ETH-USD"), spot("95500", 3, kind="temperature"))
    assert state(bench) == "armed"
    bench.feed(spot("95000.00", 4))

    assert state(bench) == "fired"
    assert len(of(bench.effects, SubmitOrder)) == 1


def test_a_price_that_came_late_is_as_old_as_it_was_made() -> None:
    bench, _ = entering()
    bench.feed(spot("94000"))
    condition(bench)
    late = Observation("spot", "BTC-USD", "96000", 2, 2 + 6 * SECOND_NS)
    bench.feed(late)
    assert state(bench) == "armed", "6 s old when it came, 5 s are the most"
    bench.feed(Observation("spot", "BTC-USD", "96000", 3, 3 + 4 * SECOND_NS))
    assert state(bench) == "fired"


def test_a_price_older_than_the_last_one_is_passed_over() -> None:
    bench, _ = entering()
    bench.feed(spot("94000", 10))
    condition(bench)
    bench.feed(spot("96000", 9))

    assert state(bench) == "armed"


@pytest.mark.parametrize("value", ["nan", "Infinity", "-Infinity", "", "95,000", "1e999999999"])
def test_what_is_no_number_fires_nothing(value: str) -> None:
    bench, _ = entering()
    bench.feed(spot("94000"))
    condition(bench)
    bench.feed(spot(value, 2))

    assert state(bench) == "armed"


def test_what_the_exchange_says_of_an_index_goes_before_what_others_say_of_it() -> None:
    bench, _ = entering()
    condition(bench, Trigger(Source.SPOT, Crossing.AT_OR_ABOVE, 9_500_000, key="BRTI"))
    bench.feed(spot("94000", 1, key="BRTI", kind="index"))
    bench.feed(IndexSeen(Channel.INDEX, "BRTI", Decimal(94_100), None, 2))
    bench.feed(spot("96000", 3, key="BRTI", kind="index"))
    assert state(bench) == "armed"
    bench.feed(IndexSeen(Channel.INDEX, "BRTI", Decimal(96_000), None, 4))
    assert state(bench) == "fired"
