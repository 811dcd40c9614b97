"""What people write of triggers, tickets, targets and moments, and that all of it reads back exactly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.bad_text import BadText
from engine.domain.eastern_text import parse_eastern, parse_expiry, text_of_eastern
from engine.domain.order import Leg, TimeInForce
from engine.domain.plan import Target
from engine.domain.plan_text import parse_target, text_of_target
from engine.domain.trigger import Crossing, Source, Ticket, Trigger
from engine.domain.trigger_text import parse_ticket, parse_trigger, text_of_ticket, text_of_trigger
from engine.domain.units import HOUR_NS, SECOND_NS, Nanoseconds

BELOW, ABOVE = Crossing.AT_OR_BELOW, Crossing.AT_OR_ABOVE


def utc(text: str) -> Nanoseconds:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


NOW = utc("2026-11-20T15:00:00")
"""10:00 in New York."""


@pytest.mark.parametrize(
    ("text", "trigger"),
    [
        ("yes_bid<=42", Trigger(Source.BID, BELOW, 4_200)),
        ("no_ask >= 57.5", Trigger(Source.ASK, ABOVE, 5_750, Leg.NO)),
        ("ask<=0.6", Trigger(Source.ASK, BELOW, 60)),
        ("MID<=30c", Trigger(Source.MID, BELOW, 3_000)),
        ("no_last>=99.99", Trigger(Source.LAST, ABOVE, 9_999, Leg.NO)),
        ("KXBTCD-26NOV20-T7.99 last>=60", Trigger(Source.LAST, ABOVE, 6_000, ticker="KXBTCD-26NOV20-T7.99")),
        ("spot:BRTI>=76200.5", Trigger(Source.SPOT, ABOVE, 7_620_050, key="BRTI")),
        ("q10<=35", Trigger(Source.FORECAST, BELOW, 3_500, key="100")),
        ("no_q2.5>=1", Trigger(Source.FORECAST, ABOVE, 100, Leg.NO, key="25")),
        ("time>=15:30", Trigger(Source.TIME, ABOVE, utc("2026-11-20T20:30:00"))),
        ("time>=9:30:15", Trigger(Source.TIME, ABOVE, utc("2026-11-20T14:30:15"))),
        ("time >= 2026-07-04 09:30", Trigger(Source.TIME, ABOVE, utc("2026-07-04T13:30:00"))),
        ("time>=2026-11-20T15:30:00Z", Trigger(Source.TIME, ABOVE, utc("2026-11-20T15:30:00"))),
    ],
)  # fmt: skip
def test_triggers(text: str, trigger: Trigger) -> None:
    assert parse_trigger(text, NOW) == trigger


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "when"),
        ("yes_bid<42", "when"),
        ("yes_bid=42", "when"),
        ("yes_bid<=", "when"),
        ("volume>=3", "when"),
        ("q0<=3", "when"),
        ("spot:>=3", "when"),
        ("KXBTCD time>=15:30", "when"),
        ("yes_bid<=0", "when: level"),
        ("yes_bid<=100", "when: level"),
        ("yes_bid<=-4", "when: level"),
        ("yes_bid<=42.555", "when: level"),
        ("yes_bid<=٤٢", "when: level"),
        ("yes_bid<=nan", "when: level"),
        ("spot:BRTI>=1e5", "when: spot"),
        ("time>=25:00", "when: time"),
        ("time>=tomorrow", "when: time"),
        ("time>=2026-02-30 10:00", "when: time"),
    ],
)
def test_what_is_no_trigger_is_told_with_its_field(text: str, field: str) -> None:
    with pytest.raises(BadText) as caught:
        parse_trigger(text, NOW)
    assert caught.value.field == field
    assert "wanted" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "ticket"),
    [
        ("buy no 10 @ 60", Ticket("T", Leg.NO, True, 1_000, 6_000)),
        ("BUY yes 2.5@43.5 IOC", Ticket("T", Leg.YES, True, 250, 4_350, TimeInForce.IMMEDIATE_OR_CANCEL)),
        ("sell yes 1 @ 0.6c fok", Ticket("T", Leg.YES, False, 100, 60, TimeInForce.FILL_OR_KILL)),
        ("  buy  no 1 @ 99 far ", Ticket("T", Leg.NO, True, 100, 9_900, far=True)),
    ],
)  # fmt: skip
def test_tickets(text: str, ticket: Ticket) -> None:
    assert parse_ticket(text, "T") == ticket


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("buy no 10 60", "do"),
        ("buy 10 @ 60", "do"),
        ("short no 10 @ 60", "do"),
        ("buy no 10 @ 60 gtd", "do"),
        ("buy no 0 @ 60", "do: count"),
        ("buy no ten @ 60", "do: count"),
        ("buy no 1.001 @ 60", "do: count"),
        ("buy no 1 @ 100", "do: price"),
        ("buy no 1 @ 0", "do: price"),
    ],
)
def test_what_is_no_ticket_is_told_with_its_field(text: str, field: str) -> None:
    with pytest.raises(BadText) as caught:
        parse_ticket(text, "T")
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("+20", Target(2_000)),
        ("-10", Target(-1_000)),
        ("72", Target(7_200, is_level=True)),
        ("57.25", Target(5_725, is_level=True)),
        ("0.6c", Target(60, is_level=True)),
        ("-0.5c", Target(-50)),
    ],
)
def test_targets(text: str, target: Target) -> None:
    assert parse_target(text) == target
    assert text_of_target(target) == text


@pytest.mark.parametrize("text", ["", "0", "+0", "100", "0.6", "+-3", "20%", "1e1", "١٠", "5.555"])
def test_what_is_no_target(text: str) -> None:
    with pytest.raises(BadText):
        parse_target(text, "--tp")


def test_a_length_of_time_or_a_moment() -> None:
    assert parse_expiry("--expires", "2h", NOW) == NOW + 2 * HOUR_NS
    assert parse_expiry("--expires", "90s", NOW) == NOW + 90 * SECOND_NS
    assert parse_expiry("--expires", "16:00", NOW) == utc("2026-11-20T21:00:00")
    with pytest.raises(BadText):
        parse_expiry("--expires", "2 weeks", NOW)


def test_the_hour_that_comes_twice_reads_back() -> None:
    """On 1 November 2026 New York sets its clocks back at 2:00."""
    first, second = utc("2026-11-01T05:30:00"), utc("2026-11-01T06:30:00")
    assert text_of_eastern(first) == "2026-11-01T01:30:00-04:00"
    assert text_of_eastern(second) == "2026-11-01T01:30:00-05:00"
    assert parse_eastern("time", text_of_eastern(second), NOW) == second


prices = st.integers(1, 9_999)
legs, crossings = st.sampled_from(Leg), st.sampled_from(Crossing)
tickers = st.from_regex(r"KX[A-Z]{2,6}-26NOV20-[TB]\d{1,5}(\.\d{1,2})?", fullmatch=True)
triggers = st.one_of(
    st.builds(
        Trigger,
        st.sampled_from((Source.BID, Source.ASK, Source.MID, Source.LAST)),
        crossings,
        prices,
        legs,
        st.just("") | tickers,
    ),
    st.builds(
        lambda crossing, level, leg, key: Trigger(Source.FORECAST, crossing, level, leg, key=str(key)),
        crossings,
        prices,
        legs,
        st.integers(1, 999),
    ),
    st.builds(
        lambda crossing, level, key: Trigger(Source.SPOT, crossing, level, key=key),
        crossings,
        st.integers(0, 10**14),
        st.from_regex(r"[A-Z_]{1,12}", fullmatch=True),
    ),
    st.builds(
        lambda level: Trigger(Source.TIME, ABOVE, level), st.integers(0, utc("2100-01-01T00:00:00") + 999)
    ),
)
tickets = st.builds(
    Ticket,
    tickers,
    legs,
    st.booleans(),
    st.integers(1, 10**9),
    prices,
    st.sampled_from(TimeInForce),
    far=st.booleans(),
)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(triggers)
def test_every_trigger_reads_back(trigger: Trigger) -> None:
    assert parse_trigger(text_of_trigger(trigger), NOW) == trigger


@settings(derandomize=True, max_examples=100, deadline=None)
@given(tickets)
def test_every_ticket_reads_back(ticket: Ticket) -> None:
    assert parse_ticket(text_of_ticket(ticket), ticket.ticker) == ticket


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.builds(Target, prices, st.just(True)) | st.builds(Target, prices | st.integers(-9_999, -1)))
def test_every_target_reads_back(target: Target) -> None:
    assert parse_target(text_of_target(target)) == target


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for parse in (lambda t: parse_trigger(t, NOW), lambda t: parse_ticket(t, "T"), parse_target):
        try:
            parse(text)
        except BadText as error:
            assert "\n" not in str(error)
