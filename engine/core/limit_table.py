"""The limits of the risk gate by the names that people use, each with its unit and its bounds."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from engine.core.limit_record import LimitRecord
from engine.core.settings import WHOLE_SHARE, Limits
from engine.domain.units import (
    CENT_BP,
    CONTRACT_BP,
    DAY_NS,
    DOLLAR_UD,
    ONE_CONTRACT_C,
    SECOND_NS,
    cents,
    contracts,
    dollars,
)

MOST_CONTRACTS = 1_000_000
MOST_DOLLARS = 1_000_000
_MOST_TIMES = 1_000_000


class LimitSpec(msgspec.Struct, frozen=True):
    """``unit`` as in a row of status: ``count``, ``ud``, ``bp``, ``share``, ``times`` or ``ns``.

    ``is_floor``: a lower value lets more through. ``remedy`` is what makes room again.
    """

    name: str
    field: str
    unit: str
    most: int
    remedy: str
    is_floor: bool = False
    least: int = 0

    def loosens(self, before: int, after: int) -> bool:
        """Whether ``after`` lets anything through that ``before`` does not."""
        return after < before if self.is_floor else after > before

    def text(self, value: int) -> str:
        """A value as people say it."""
        match self.unit:
            case "count":
                return f"{contracts(value)} contracts"
            case "ud":
                return f"${dollars(value)}"
            case "bp":
                return f"{cents(value)} c"
            case "ns":
                return f"{value // SECOND_NS} s"
            case "share":
                return f"{cents(value)} %"
        return str(value)


_MOST_C, _MOST_UD, _MOST_BP = MOST_CONTRACTS * ONE_CONTRACT_C, MOST_DOLLARS * DOLLAR_UD, CONTRACT_BP - CENT_BP
_SMALLER = "a smaller order"
_CLOSE = "close or cancel something"

LIMITS: dict[str, LimitSpec] = {
    spec.name: spec
    for spec in (
        LimitSpec("order_contracts", "order_count_c", "count", _MOST_C, _SMALLER, least=1),
        LimitSpec("order_loss", "order_loss_ud", "ud", _MOST_UD, _SMALLER, least=1),
        LimitSpec("market_loss", "market_loss_ud", "ud", _MOST_UD, f"{_CLOSE} in the market"),
        LimitSpec("event_loss", "event_loss_ud", "ud", _MOST_UD, f"{_CLOSE} in the event"),
        LimitSpec("total_loss", "total_loss_ud", "ud", _MOST_UD, _CLOSE),
        LimitSpec("total_share", "total_share", "share", WHOLE_SHARE, _CLOSE),
        LimitSpec("day_loss", "day_loss_ud", "ud", _MOST_UD, "the next Eastern day, then resume"),
        LimitSpec(
            "day_loss_share", "day_loss_share", "share", WHOLE_SHARE, "the next Eastern day, then resume"
        ),
        LimitSpec("bot_wager", "bot_wager_ud", "ud", _MOST_UD, "a smaller wager"),
        LimitSpec("bot_entries_per_scan", "bot_entries_per_scan", "times", _MOST_TIMES, "the next scan"),
        LimitSpec("entries_per_minute", "entries_per_minute", "times", _MOST_TIMES, "wait a minute"),
        LimitSpec("bot_entries_per_hour", "bot_entries_per_hour", "times", _MOST_TIMES, "wait up to an hour"),
        LimitSpec("bot_entries_per_day", "bot_entries_per_day", "times", _MOST_TIMES, "the next Eastern day"),
        LimitSpec("collar", "collar_bp", "bp", _MOST_BP, "a price nearer to the ask"),
        LimitSpec("near_low", "near_low_bp", "bp", _MOST_BP, "--far", is_floor=True),
        LimitSpec("near_high", "near_high_bp", "bp", CONTRACT_BP, "--far", least=CENT_BP),
        LimitSpec("bot_close", "bot_close_ns", "ns", DAY_NS, "another market", is_floor=True),
        LimitSpec("loss_pause", "loss_pause_ns", "ns", DAY_NS, "wait, or resume", is_floor=True),
        LimitSpec("losses_in_a_row", "losses_in_a_row", "times", _MOST_TIMES, "resume", least=1),
    )
}
"""In the order in which they are shown."""


def effective(configured: Limits, changed: Mapping[str, LimitRecord]) -> Limits:
    """What holds now: the configured limits with those that were changed since."""
    values = {
        LIMITS[name].field: record.value
        for name, record in changed.items()
        if record.value is not None and name in LIMITS
    }
    return msgspec.structs.replace(configured, **values) if values else configured


def values_of(limits: Limits) -> dict[str, int]:
    """By name, in their units."""
    return {name: getattr(limits, spec.field) for name, spec in LIMITS.items()}
