"""Names of moving markets become tickers, or say why they cannot."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from engine.domain.bad_text import BadText
from engine.domain.market import MarketStatus, Strike, StrikeType
from engine.domain.rolling import (
    CannotRoll,
    Listed,
    RollingName,
    parse_rolling,
    rolled_event,
    rolled_market,
)

NOW = 1_000


def bound(event: str, at: str, bid: int | None, ask: int | None, close_ns: int) -> Listed:
    strike = Strike(StrikeType.GREATER, floor=Decimal(at))
    return Listed(f"{event}-T{at}", event, "KXB", MarketStatus.ACTIVE, close_ns, strike, bid, ask)


def between(event: str, low: str, high: str) -> Listed:
    strike = Strike(StrikeType.BETWEEN, Decimal(low), Decimal(high))
    return Listed(f"{event}-B{low}", event, "KXB", MarketStatus.ACTIVE, 5_000, strike)


FIRST = (
    bound("KXB-A", "76249.99", 7_000, 7_400, 5_000),
    bound("KXB-A", "76499.99", 4_500, 5_100, 5_000),
    bound("KXB-A", "76749.99", None, 900, 5_000),
)
SECOND = (bound("KXB-B", "76249.99", 5_000, 5_200, 9_000),)
RANGES = (between("KXB-C", "80", "81"), between("KXB-C", "82", "83"), between("KXB-C", "84", "85"))
ENDED = msgspec.structs.replace(SECOND[0], event_ticker="KXB-0", status=MarketStatus.CLOSED, close_ns=2_000)
OTHER_SERIES = msgspec.structs.replace(SECOND[0], event_ticker="KXZ-0", series_ticker="KXZ", close_ns=1_500)
LISTED = (*SECOND, ENDED, OTHER_SERIES, *FIRST)


def roll(text: str, listed: tuple[Listed, ...] = LISTED, now_ns: int = NOW) -> str:
    name = parse_rolling(text)
    assert name is not None
    return rolled_market(name, listed, now_ns)


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("KXB@now:atm", "KXB-A-T76499.99"),
        ("kxb@NEXT:ATM", "KXB-B-T76249.99"),
        ("KXB@now:76250", "KXB-A-T76249.99"),
        ("KXB@now:76749.99", "KXB-A-T76749.99"),
    ],
)
def test_names_become_tickers(text: str, ticker: str) -> None:
    assert roll(text) == ticker


def test_time_moves_the_name_on() -> None:
    assert roll("KXB@now:76250", now_ns=4_999) == "KXB-A-T76249.99"
    assert roll("KXB@now:76250", now_ns=5_000) == "KXB-B-T76249.99"


def test_a_range_holds_its_numbers_and_both_ends() -> None:
    assert [roll(f"KXB@now:{n}", RANGES) for n in ("82", "82.5", "83")] == ["KXB-C-B82"] * 3


def test_a_name_without_a_leg_is_the_event() -> None:
    name = parse_rolling("KXB@next")
    assert name == RollingName("KXB", is_next=True)
    assert rolled_event(name, LISTED, NOW) == "KXB-B"
    with pytest.raises(CannotRoll, match="wanted one market"):
        roll("KXB@next")


@pytest.mark.parametrize(
    ("text", "listed", "why"),
    [
        ("KXB@now:atm", (), "0 open events"),
        ("KXB@next:atm", FIRST, "1 open events are listed here, wanted 2"),
        ("KXB@now:atm", FIRST[2:], "no market has both"),
        ("KXB@now:70000", FIRST, "near it: 76249.99, 76499.99"),
        ("KXB@now:76250", (*FIRST, msgspec.structs.replace(FIRST[0], ticker="KXB-A-X")), " or "),
    ],
)
def test_what_is_not_one_market_is_said(text: str, listed: tuple[Listed, ...], why: str) -> None:
    with pytest.raises(CannotRoll) as caught:
        roll(text, listed)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_tickers_are_left_alone_and_broken_names_refused() -> None:
    assert parse_rolling("KXHIGHNY-26NOV20-B54.5") is None
    for text in ("KXB@later", "KXB@now:best", "@now", "KXB@now:", "KX B@now:atm"):
        with pytest.raises(BadText):
            parse_rolling(text)
