"""The table ``[limits]`` of ``config.toml``: a profile by its name, and what is different from it.

Money is dollars, prices cents, counts contracts, durations seconds, parts of the equity percent.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import msgspec

from engine.core.limit_table import LIMITS, LimitSpec
from engine.core.settings import PROFILES, Limits
from engine.domain.units import CENT_BP, DOLLAR_UD, ONE_CONTRACT_C, SECOND_NS

FIRST_WEEK = "first-week"
_Number = int | float | None


class LimitsTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    profile: str = FIRST_WEEK
    order_contracts: _Number = None
    order_loss_dollars: _Number = None
    market_loss_dollars: _Number = None
    event_loss_dollars: _Number = None
    total_loss_dollars: _Number = None
    total_percent: _Number = None
    day_loss_dollars: _Number = None
    day_loss_percent: _Number = None
    bot_wager_dollars: _Number = None
    bot_entries_per_scan: _Number = None
    entries_per_minute: _Number = None
    bot_entries_per_hour: _Number = None
    bot_entries_per_day: _Number = None
    collar_cents: _Number = None
    near_low_cents: _Number = None
    near_high_cents: _Number = None
    bot_close_seconds: _Number = None
    loss_pause_seconds: _Number = None
    losses_in_a_row: _Number = None


class LimitUnfit(ValueError):
    """A limit that cannot be used. One line: which one, what was got, what is wanted."""


_SUFFIXES = {"count": "", "ud": "_dollars", "bp": "_cents", "ns": "_seconds", "times": "", "share": ""}
_SCALES = {"count": ONE_CONTRACT_C, "ud": DOLLAR_UD, "bp": CENT_BP, "ns": SECOND_NS, "times": 1, "share": 100}
_OTHERWISE = {"total_share": "total_percent", "day_loss_share": "day_loss_percent"}


def limits_of(table: LimitsTable) -> Limits:
    """Raises LimitUnfit."""
    profile = PROFILES.get(table.profile)
    if profile is None:
        raise LimitUnfit(f"limits.profile: got {table.profile!r}, wanted one of {', '.join(PROFILES)}")
    given: dict[str, int] = {}
    for spec in LIMITS.values():
        field = _OTHERWISE.get(spec.name, spec.name + _SUFFIXES[spec.unit])
        value: int | float | None = getattr(table, field)
        if value is not None:
            given[spec.field] = _scaled(f"limits.{field}", value, spec)
    return msgspec.structs.replace(profile, **given)


def _scaled(name: str, value: float, spec: LimitSpec) -> int:
    """In the limit's own unit, exactly."""
    scale = _SCALES[spec.unit]
    try:
        scaled = Decimal(str(value)) * scale
    except InvalidOperation:
        raise LimitUnfit(f"{name}: got {value}, wanted a number") from None
    is_exact = scaled.is_finite() and scaled == scaled.to_integral_value()
    if not is_exact or not spec.least <= scaled <= spec.most:
        least, most = Decimal(spec.least) / scale, Decimal(spec.most) / scale
        raise LimitUnfit(f"{name}: got {value}, wanted {least:f} to {most:f}, in steps of 1/{scale}")
    return int(scaled)
