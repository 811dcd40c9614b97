"""Numbers as people read them: cents, dollars, contracts, ages, and the time of day in US Eastern."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.domain.units import (
    CENT_BP,
    CONTRACT_BP,
    DOLLAR_UD,
    ONE_CONTRACT_C,
    SECOND_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
)

UNKNOWN = "-"
MINUS = "-"
EASTERN = ZoneInfo("America/New_York")
_CENT_UD = DOLLAR_UD // 100
_STEPS_AFTER_S, _SHORT_STEP_S = 10.0, 5
_LONG_STEPS_AFTER_S, _LONG_STEP_S = 30.0, 10


@lru_cache(maxsize=2 * CONTRACT_BP)
def cents(price_bp: PriceBp | None) -> str:
    """``57`` or ``57.2``; unknown is a dash."""
    if price_bp is None:
        return UNKNOWN
    whole, part = divmod(abs(price_bp), CENT_BP)
    sign = MINUS if price_bp < 0 else ""
    return f"{sign}{whole}" if not part else f"{sign}{whole}.{part:02d}".rstrip("0")


def dollars(amount_ud: MicroDollars | None, *, signed: bool = False) -> str:
    """``1,204.50``, with ``signed`` ``+4.10``: to the cent, half away from zero."""
    if amount_ud is None:
        return UNKNOWN
    in_cents = (abs(amount_ud) + _CENT_UD // 2) // _CENT_UD
    sign = MINUS if amount_ud < 0 and in_cents else "+" if signed and in_cents else ""
    return f"{sign}{in_cents // 100:,}.{in_cents % 100:02d}"


def contracts(count_c: CountC | None) -> str:
    """``10``, ``1,200`` or ``10.25``."""
    if count_c is None:
        return UNKNOWN
    whole, part = divmod(abs(count_c), ONE_CONTRACT_C)
    sign = MINUS if count_c < 0 else ""
    return f"{sign}{whole:,}" if not part else f"{sign}{whole:,}.{part:02d}".rstrip("0")


def short_count(count_c: CountC | None) -> str:
    """A volume in few cells, rounded down: ``950``, ``12.3k``, ``4.1M``."""
    if count_c is None:
        return UNKNOWN
    whole = count_c // ONE_CONTRACT_C
    if whole < 10_000:
        return f"{whole}"
    for scale, word in ((1_000, "k"), (1_000_000, "M"), (1_000_000_000, "G")):
        tenths = whole * 10 // scale
        if tenths < 10_000 or word == "G":
            break
    return f"{tenths // 10}.{tenths % 10}{word}"


def age(seconds: float | None) -> str:
    """``0.4s``, ``12s``, ``3m``, ``2h`` or ``5d``."""
    if seconds is None:
        return UNKNOWN
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    for limit, scale, word in ((60, 1, "s"), (3_600, 60, "m"), (86_400, 3_600, "h")):
        if seconds < limit:
            return f"{int(seconds // scale)}{word}"
    return f"{int(seconds // 86_400)}d"


def stepped(seconds: float | None) -> float | None:
    """An age as a screen tells it that is not to change each second for it: in steps of five seconds after
    ten, of ten after thirty."""
    if seconds is None or seconds < _STEPS_AFTER_S:
        return seconds
    step_s = _SHORT_STEP_S if seconds < _LONG_STEPS_AFTER_S else _LONG_STEP_S
    return seconds // step_s * step_s


def countdown(left_ns: Nanoseconds | None) -> str:
    """``0:09``, ``14:05``, ``3:20:00`` or ``2d 04h``; what is over reads ``0:00``."""
    if left_ns is None:
        return UNKNOWN
    seconds = max(left_ns, 0) // SECOND_NS
    if seconds < 3_600:
        return f"{seconds // 60}:{seconds % 60:02d}"
    if seconds < 86_400:
        return f"{seconds // 3_600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 86_400}d {seconds // 3_600 % 24:02d}h"


def eastern(at_ns: Nanoseconds) -> datetime:
    return datetime.fromtimestamp(at_ns // SECOND_NS, UTC).astimezone(EASTERN)


def clock(at_ns: Nanoseconds | None) -> str:
    """``14:02:11``, in US Eastern; whoever shows it says ``ET`` once."""
    return UNKNOWN if at_ns is None else f"{eastern(at_ns):%H:%M:%S}"


def day(at_ns: Nanoseconds | None) -> str:
    """``21 Nov``, in US Eastern."""
    return UNKNOWN if at_ns is None else f"{eastern(at_ns):%d %b}"
