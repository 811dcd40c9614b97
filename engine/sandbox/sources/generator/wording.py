"""Titles, subtitles and rules as the exchange words them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeAlias

import msgspec

from engine.domain.market import Strike, StrikeType
from engine.sandbox.sources.generator.eastern import eastern
from engine.sandbox.sources.generator.grammar import plain
from engine.sandbox.sources.generator.slots import Slot

INDEX_NOTE = (
    "Not all cryptocurrency price data is the same. While checking a source like Google or Coinbase may help "
    "guide your decision, the price used to determine this market is based on CF Benchmarks' corresponding "
    "Real Time Index (RTI). At the last minute before expiration, 60 RTI prices are collected. The official "
    "and final value is the average of these prices, rounded to the nearest 2 decimal places."
)


class Words(msgspec.Struct, frozen=True):
    """The texts of one market."""

    title: str
    yes_sub_title: str
    no_sub_title: str
    rules: str


class EventWords(msgspec.Struct, frozen=True):
    title: str
    sub_title: str


MarketWording: TypeAlias = Callable[[Slot, Strike], Words]
EventWording: TypeAlias = Callable[[Slot], EventWords]


def short_date(day: date) -> str:
    """``Aug 5, 2026``"""
    return f"{day:%b} {day.day}, {day.year}"


def long_date(day: date) -> str:
    """``August 28, 2026``, the day of the month with two digits as index rules have it."""
    return f"{day:%B} {day.day:02d}, {day.year}"


def clock_time(at_s: int, *, minutes: bool = False) -> str:
    """``5 PM EDT``, or ``6:45 PM EDT``."""
    at = eastern(at_s)
    hour = at.hour % 12 or 12
    return f"{hour}{f':{at.minute:02d}' if minutes else ''} {'PM' if at.hour >= 12 else 'AM'} {at.tzname()}"


def condition(strike: Strike) -> str:
    """``between 72000-72499.99``, ``above 71999.99``, ``below 1905``."""
    if strike.floor is not None and strike.cap is not None:
        return f"between {plain(strike.floor)}-{plain(strike.cap)}"
    if strike.floor is not None:
        return f"above {plain(strike.floor)}"
    return f"below {plain(strike.cap or Decimal(0))}"


def price_range(strike: Strike, sign: str, gap: Decimal) -> str:
    """What a person reads: ``$73,200 to 73,299.99``, ``$86,750 or above``, ``7,224.9999 or below``."""
    if strike.floor is not None and strike.cap is not None:
        return f"{sign}{strike.floor:,} to {strike.cap:,}"
    if strike.floor is not None:
        return f"{sign}{(strike.floor + gap).normalize():,f} or above"
    return f"{sign}{(strike.cap or Decimal(0)) - gap:,} or below"


def crypto(coin: str, index: str, title: str) -> tuple[EventWording, MarketWording]:
    """``index`` as in rules: ``Bitcoin Real-Time Index (BRTI)``; ``title`` may hold {date} and {hour}."""

    def event(slot: Slot) -> EventWords:
        at = eastern(slot.close_s)
        hour = clock_time(slot.close_s).replace(" PM", "pm").replace(" AM", "am")
        name = title.format(date=short_date(at.date()), hour=hour)
        return EventWords(name, f"{short_date(at.date())} at {hour}")

    def market(slot: Slot, strike: Strike) -> Words:
        hour = clock_time(slot.close_s)
        rules = (
            f"If the simple average of the sixty seconds of CF Benchmarks' {index} before {hour} is "
            f"{condition(strike)} at {hour} on {short_date(slot.day)}, then the market resolves to Yes."
        )
        shown = price_range(strike, "$", Decimal("0.01"))
        return Words(event(slot).title, shown, shown, rules)

    return event, market


def quarter_event(slot: Slot) -> EventWords:
    """Of an up-or-down event."""
    start, end = clock_time(slot.open_s, minutes=True), clock_time(slot.close_s, minutes=True)
    return EventWords("BTC price up in next 15 mins?", f"{short_date(slot.day)}, {start} to {end}")


def quarter_market(slot: Slot, strike: Strike) -> Words:
    """Of an up-or-down market; the target is to be determined until it opens."""
    opening = eastern(slot.open_s).date()
    start, end = clock_time(slot.open_s, minutes=True), clock_time(slot.close_s, minutes=True)
    rules = (
        f"If the simple average of the sixty seconds of CF Benchmarks' BRTI before {end} on "
        f"{short_date(slot.day)} is at least the simple average of the sixty seconds of CF Benchmarks' BRTI "
        f"before {start} on "
        f"{opening:%B} {opening.day}, {opening.year}, then the market resolves to Yes."
    )
    target = "Target price: TBD" if strike.floor is None else f"Target Price: ${strike.floor:,}"
    return Words(quarter_event(slot).title, target, "Target price: TBD", rules)


def stock_index(name: str, gap: Decimal) -> tuple[EventWording, MarketWording]:
    """``name``: ``S&P 500``; ``gap`` is what a cap lies below the next floor."""

    def event(slot: Slot) -> EventWords:
        hour = clock_time(slot.close_s).replace(" PM", "pm")
        return EventWords(f"{name} range on {short_date(slot.day)}?", f"On {short_date(slot.day)} at {hour}")

    def market(slot: Slot, strike: Strike) -> Words:
        hour = clock_time(slot.close_s).replace(" PM", "pm")
        said = condition(strike)
        if strike.kind is StrikeType.BETWEEN:
            said = said.replace("-", " and ")
        rules = (
            f"If the end-of-day {name} index value on {long_date(slot.day)} is {condition(strike)}, "
            "then the market resolves to Yes."
        )
        shown = price_range(strike, "", gap)
        title = f"Will the {name} be {said} on {short_date(slot.day)} at {hour}?"
        return Words(title, shown, shown, rules)

    return event, market


def temperature(short_name: str, full_name: str, site: str) -> tuple[EventWording, MarketWording]:
    """``short_name`` as in titles (``NYC``), ``full_name`` and ``site`` as in rules (``CLINYC``)."""

    def event(slot: Slot) -> EventWords:
        return EventWords(
            f"Highest temperature in {short_name} on {short_date(slot.day)}?", f"On {short_date(slot.day)}"
        )

    def market(slot: Slot, strike: Strike) -> Words:
        floor, cap = strike.floor, strike.cap
        if floor is not None and cap is not None:
            sign, said, shown = f"{floor}-{cap}", f"between {floor}-{cap}", f"{floor}° to {cap}°"
        elif floor is not None:
            sign, said, shown = f">{floor}", f"greater than {floor}", f"{floor + 1}° or above"
        else:
            edge = cap or Decimal(0)
            sign, said, shown = f"<{edge}", f"less than {edge}", f"{edge - 1}° or below"
        rules = (
            f"If the maximum temperature recorded at {full_name} ({site}) for {short_date(slot.day)}, is "
            f"{said}° fahrenheit according to The Weather Company, then the market resolves to Yes."
        )
        title = f"Will the high temp in {short_name} be {sign}° on {short_date(slot.day)}?"
        return Words(title, shown, shown, rules)

    return event, market


def travellers_event(slot: Slot) -> EventWords:
    return EventWords(
        "How many people will be screened by the TSA this week?", f"Week ending {short_date(slot.day)}"
    )


def travellers_market(slot: Slot, strike: Strike) -> Words:
    """Strictly more than the strike."""
    floor = strike.floor or Decimal(0)
    rules = (
        f"If the weekly average TSA airport screenings are above {floor / 1_000_000:.2f} million "
        f"for the week ending {slot.day:%B} {slot.day.day}, {slot.day.year}, then the market resolves to Yes."
    )
    title = f"Will more than {floor} people be screened by the TSA on average this week?"
    shown = f"Above {floor / 1_000_000:.2f} million"
    return Words(title, shown, shown, rules)
