"""Values as people read them in tables."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from engine.domain.units import (
    DOLLAR_UD,
    HOUR_NS,
    MILLISECOND_NS,
    MINUTE_NS,
    SECOND_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
    cents,
    contracts,
)

NOTHING = "-"
_EASTERN = ZoneInfo("America/New_York")


def cents_text(price_bp: PriceBp | None) -> str:
    return NOTHING if price_bp is None else cents(price_bp)


def count_text(count_c: CountC | None) -> str:
    return NOTHING if count_c is None else contracts(count_c)


def average_text(value_ud: MicroDollars | None, count_c: CountC) -> str:
    """An average price in cents, to a hundredth."""
    if value_ud is None or not count_c:
        return NOTHING
    average = (Decimal(value_ud) / count_c / 100).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    text = f"{average:f}"
    return text.rstrip("0").rstrip(".")


def dollars_text(amount_ud: MicroDollars | None) -> str:
    """Money to the cent, ``$1,234.50``; under a dollar to a hundredth of one, ``$0.0175``."""
    if amount_ud is None:
        return NOTHING
    sign = "-" if amount_ud < 0 else ""
    return f"{sign}${_magnitude(amount_ud)}"


def gain_text(amount_ud: MicroDollars | None) -> str:
    """A gain or loss with its sign."""
    if amount_ud is None:
        return NOTHING
    sign = "+" if amount_ud > 0 else "-" if amount_ud < 0 else ""
    return f"{sign}{_magnitude(amount_ud)}"


def _magnitude(amount_ud: MicroDollars) -> str:
    amount = Decimal(abs(amount_ud)) / DOLLAR_UD
    places = Decimal("0.01") if amount >= 1 or amount == 0 else Decimal("0.0001")
    return f"{amount.quantize(places, ROUND_HALF_EVEN):,f}"


def duration(length_ns: Nanoseconds) -> str:
    """``0.4 s``, ``12 s``, ``3 min``, ``2 h 05 min``."""
    if length_ns < 10 * SECOND_NS:
        return f"{length_ns / SECOND_NS:.1f} s"
    if length_ns < MINUTE_NS:
        return f"{length_ns // SECOND_NS} s"
    if length_ns < HOUR_NS:
        return f"{length_ns // MINUTE_NS} min"
    hours, rest = divmod(length_ns, HOUR_NS)
    return f"{hours} h {rest // MINUTE_NS:02d} min"


def clock_text(offset_ns: Nanoseconds | None, uncertainty_ns: Nanoseconds) -> str:
    if offset_ns is None:
        return "not known yet"
    known_to = f", known to {uncertainty_ns / MILLISECOND_NS:.0f} ms" if uncertainty_ns else ""
    return f"{offset_ns / MILLISECOND_NS:+.0f} ms to the exchange{known_to}"


def eastern(at_ns: Nanoseconds | None) -> str:
    """A time in US Eastern to the minute; the column's head says ET."""
    if at_ns is None:
        return NOTHING
    moment = datetime.fromtimestamp(at_ns // SECOND_NS, UTC).astimezone(_EASTERN)
    return f"{moment:%d %b %H:%M}"


def eastern_seconds(at_ns: Nanoseconds) -> str:
    moment = datetime.fromtimestamp(at_ns // SECOND_NS, UTC).astimezone(_EASTERN)
    return f"{moment:%d %b %H:%M:%S}"


def eastern_dated(at_ns: Nanoseconds | None) -> str:
    """A time in US Eastern to the minute with its year, for what goes back over years."""
    if at_ns is None:
        return NOTHING
    moment = datetime.fromtimestamp(at_ns // SECOND_NS, UTC).astimezone(_EASTERN)
    return f"{moment:%d %b %Y %H:%M}"


def counted(number: int, noun: str) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def short_names(names: list[str], least: int = 8) -> list[str]:
    """Each name cut to as few characters as tell it from the others, the same number for all."""
    distinct = len(set(names))
    longest = max((len(name) for name in names), default=least)
    length = next(
        (n for n in range(least, longest) if len({name[:n] for name in names}) == distinct), longest
    )
    return [name[:length] for name in names]
