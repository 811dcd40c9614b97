"""What ``timesfm-no`` may be told, in the units of the screen, and its two presets."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from engine.domain.forecast_signal import FIRST_RELEASE, LATER, Confidence, Table
from engine.domain.units import (
    CENT_BP,
    DOLLAR_UD,
    HOUR_NS,
    ONE_CONTRACT_C,
    SECOND_NS,
    CountC,
    MicroDollars,
    Nanoseconds,
    PriceBp,
)

DEFAULT, PREDECESSOR = "default", "predecessor"
TABLES: dict[str, Table] = {"first-release": FIRST_RELEASE, "later": LATER}


class StrategyUnfit(ValueError):
    """A setting of a strategy that cannot be used: which one, what was got, what is wanted."""


class TimesfmNoTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The table ``[strategies.timesfm-no]``. What is None is the preset's."""

    preset: str = DEFAULT
    series: tuple[str, ...] = ()
    """Empty: every series that the engine follows."""
    allow_baseline: bool = False
    exits: str = "first-release"
    """Which table of TP and SL: ``first-release`` or ``later``."""
    tp_cents: int | None = None
    """Both together in place of the table."""
    sl_cents: int | None = None
    min_move_cents: int | float | None = None
    max_spread_cents: int | float | None = None
    wager_dollars: int | float | None = None
    most_contracts: int | None = None
    per_series: int | None = None
    horizon_hours: int | float = 6


class TimesfmNoParams(msgspec.Struct, frozen=True):
    """The predecessor's rules by default. Prices are of NO but where YES is named."""

    preset: str = PREDECESSOR
    series: tuple[str, ...] = ()
    allow_baseline: bool = True
    has_cost_gates: bool = False
    """The gates that the predecessor's losses show to be missing."""
    uses_mid: bool = False
    """The move starts at the book's middle, not at the last price that the model saw."""
    exits: str = "first-release"
    tp_bp: PriceBp | None = None
    sl_bp: PriceBp | None = None
    min_confidence: Confidence = Confidence.MEDIUM
    min_move_bp: PriceBp = 5 * CENT_BP
    lowest_bp: PriceBp = 20 * CENT_BP
    highest_bp: PriceBp = 95 * CENT_BP
    most_spread_bp: PriceBp = 10 * CENT_BP
    per_series: int = 3
    most_c: CountC = 100 * ONE_CONTRACT_C
    adds: bool = True
    """Whether a later forecast may add to what is held."""
    wager_ud: MicroDollars = 3 * DOLLAR_UD
    slip_share: int = 20
    """Percent of the move that may be paid above the ask, in whole cents, at most ``slip_most_bp``."""
    slip_most_bp: PriceBp = 3 * CENT_BP
    wait_ns: Nanoseconds = 15 * SECOND_NS
    horizon_s: int = 6 * 3_600


PRESETS = {
    PREDECESSOR: TimesfmNoParams(),
    DEFAULT: TimesfmNoParams(
        preset=DEFAULT,
        allow_baseline=False,
        has_cost_gates=True,
        uses_mid=True,
        adds=False,
        most_c=10 * ONE_CONTRACT_C,
    ),
}


def params_of(table: TimesfmNoTable) -> TimesfmNoParams:
    """Raises StrategyUnfit."""
    preset = PRESETS.get(table.preset)
    if preset is None:
        raise StrategyUnfit(f"preset: got {table.preset!r}, wanted one of {', '.join(PRESETS)}")
    if table.exits not in TABLES:
        raise StrategyUnfit(f"exits: got {table.exits!r}, wanted one of {', '.join(TABLES)}")
    if (table.tp_cents is None) is not (table.sl_cents is None):
        raise StrategyUnfit("tp_cents, sl_cents: got one of them, wanted both or none")
    changes: dict[str, object] = {
        "series": table.series,
        "exits": table.exits,
        "allow_baseline": table.allow_baseline or preset.allow_baseline,
        "horizon_s": _scaled("horizon_hours", table.horizon_hours, HOUR_NS // SECOND_NS, 128),
    }
    for name, field, scale, most in _OPTIONAL:
        value: int | float | None = getattr(table, name)
        if value is not None:
            changes[field] = _scaled(name, value, scale, most)
    return msgspec.structs.replace(preset, **changes)


_OPTIONAL = (
    ("tp_cents", "tp_bp", CENT_BP, 98),
    ("sl_cents", "sl_bp", CENT_BP, 98),
    ("min_move_cents", "min_move_bp", CENT_BP, 99),
    ("max_spread_cents", "most_spread_bp", CENT_BP, 99),
    ("wager_dollars", "wager_ud", DOLLAR_UD, 10_000),
    ("most_contracts", "most_c", ONE_CONTRACT_C, 10_000),
    ("per_series", "per_series", 1, 1_000),
)


def _scaled(name: str, value: float, scale: int, most: int) -> int:
    scaled = Decimal(str(value)) * scale
    if not scaled.is_finite() or not 0 < value <= most or scaled != scaled.to_integral_value():
        raise StrategyUnfit(f"{name}: got {value}, wanted above 0, at most {most}, in steps of 1/{scale}")
    return int(scaled)
