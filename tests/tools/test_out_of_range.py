"""What no market and no order can have is wrong usage at every command that takes a price or a count.

What one market does not take (its grid, its limits) is the engine's to refuse, with exit code 1.
"""

from __future__ import annotations

from typing import Any

import pytest
from fake_control import FakeControl

TICKER = "KXHIGHNY-26NOV20-B54.5"
BUY = ("order", TICKER, "--side", "yes", "--count", "10", "--price", "57")
CLOSE = ("close", TICKER)
COND = ("cond", "add", TICKER, "--when", "yes_bid<=42", "--do", "buy no 10 @ 60")
LOAD = ("load", "set", "3", TICKER, "--do", "buy no 10 @ 60")
PLAN = ("plan", TICKER)
NO_PRICES = ("0", "-5", "100", "1e9", "abc", "nan", "57.123")
NO_COUNTS = ("0", "-1", "1.005", "1e30", "1000000000000000", "ten", "inf")
NO_LEVELS = ("0", "100", "1000", "ab", "57.123")


def refused(sparko: Any, words: tuple[str, ...], field: str, value: str) -> None:
    """One line that names the field and the value."""
    ran = sparko(*words, "--json")
    assert (ran.code, ran.line[: len(field)]) == (2, field), ran
    assert f"got {value}" in ran.line or f"got '{value}" in ran.line


@pytest.mark.parametrize("value", NO_PRICES)
def test_prices(sparko: Any, engine: FakeControl, value: str) -> None:
    refused(sparko, (*BUY, "--price", value), "--price", value)
    refused(sparko, (*CLOSE, "--price", value), "--price", value)
    assert engine.commands == []


@pytest.mark.parametrize("value", NO_COUNTS)
def test_counts(sparko: Any, engine: FakeControl, value: str) -> None:
    refused(sparko, (*BUY, "--count", value), "--count", value)
    refused(sparko, (*CLOSE, "--count", value), "--count", value)
    assert engine.commands == []


@pytest.mark.parametrize("value", NO_LEVELS)
def test_levels_of_plans_and_conditions(sparko: Any, engine: FakeControl, value: str) -> None:
    for words in (BUY, COND, LOAD, PLAN):
        refused(sparko, (*words, "--tp", value), "--tp", value)
        refused(sparko, (*words, "--sl", value), "--sl", value)
    for words in (BUY, PLAN):
        refused(sparko, (*words, "--disaster", value), "--disaster", value)
        refused(sparko, (*words, "--trail", value), "--trail", value)
    refused(sparko, (*COND, "--when", f"yes_bid<={value}"), "--when", value)
    assert engine.commands == []


@pytest.mark.parametrize(
    ("count", "price"), [("0", "60"), ("10", "0"), ("10", "100"), ("1000000000000000", "60")]
)
def test_tickets_written_as_text(sparko: Any, engine: FakeControl, count: str, price: str) -> None:
    value = price if count == "10" else count
    for words in (COND, LOAD):
        refused(sparko, (*words, "--do", f"buy no {count} @ {price}"), "--do", value)
    assert engine.commands == []
