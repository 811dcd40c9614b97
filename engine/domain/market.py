"""Series, events and markets, and the life of a market."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from engine.domain.fee import FeeSchedule, FeeType
from engine.domain.price_grid import PriceGrid
from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp


class MarketStatus(StrEnum):
    """The status field of a market. The words of the list filter differ: see :data:`FILTER_STATUSES`."""

    INITIALIZED = "initialized"
    INACTIVE = "inactive"
    ACTIVE = "active"
    CLOSED = "closed"
    DETERMINED = "determined"
    DISPUTED = "disputed"
    AMENDED = "amended"
    FINALIZED = "finalized"


NEXT_STATUSES: dict[MarketStatus, frozenset[MarketStatus]] = {
    MarketStatus.INITIALIZED: frozenset({MarketStatus.ACTIVE, MarketStatus.INACTIVE, MarketStatus.CLOSED}),
    MarketStatus.ACTIVE: frozenset({MarketStatus.INACTIVE, MarketStatus.CLOSED}),
    MarketStatus.INACTIVE: frozenset({MarketStatus.ACTIVE, MarketStatus.CLOSED}),
    MarketStatus.CLOSED: frozenset({MarketStatus.DETERMINED}),
    MarketStatus.DETERMINED: frozenset({MarketStatus.DISPUTED, MarketStatus.AMENDED, MarketStatus.FINALIZED}),
    MarketStatus.DISPUTED: frozenset({MarketStatus.AMENDED, MarketStatus.DETERMINED, MarketStatus.FINALIZED}),
    MarketStatus.AMENDED: frozenset({MarketStatus.DISPUTED, MarketStatus.FINALIZED}),
    MarketStatus.FINALIZED: frozenset(),
}

FILTER_STATUSES: dict[str, frozenset[MarketStatus]] = {
    "unopened": frozenset({MarketStatus.INITIALIZED}),
    "open": frozenset({MarketStatus.ACTIVE}),
    "paused": frozenset({MarketStatus.INACTIVE}),
    "closed": frozenset(
        {MarketStatus.CLOSED, MarketStatus.DETERMINED, MarketStatus.DISPUTED, MarketStatus.AMENDED}
    ),
    "settled": frozenset({MarketStatus.FINALIZED}),
}
"""What each word of the exchange's ``status`` query means; any other word is refused there."""


class StrikeType(StrEnum):
    GREATER = "greater"
    GREATER_OR_EQUAL = "greater_or_equal"
    LESS = "less"
    LESS_OR_EQUAL = "less_or_equal"
    BETWEEN = "between"
    CUSTOM = "custom"
    STRUCTURED = "structured"
    FUNCTIONAL = "functional"


class CannotResolve(ValueError):
    """The strike does not say which way a value falls."""


class Strike(msgspec.Struct, frozen=True):
    """The condition of a market. Both ends of ``between`` belong to it."""

    kind: StrikeType
    floor: Decimal | None = None
    cap: Decimal | None = None

    def holds(self, value: Decimal) -> bool:
        """Whether YES wins at this value; raises CannotResolve for other kinds or a missing strike."""
        floor, cap = self.floor, self.cap
        match self.kind:
            case StrikeType.GREATER if floor is not None:
                return value > floor
            case StrikeType.GREATER_OR_EQUAL if floor is not None:
                return value >= floor
            case StrikeType.LESS if cap is not None:
                return value < cap
            case StrikeType.LESS_OR_EQUAL if cap is not None:
                return value <= cap
            case StrikeType.BETWEEN if floor is not None and cap is not None:
                return floor <= value <= cap
        raise CannotResolve(f"strike {self.kind}: got floor {floor} and cap {cap}")


class Outcome(StrEnum):
    """The ``result`` of a market. SCALAR pays a value strictly between the legs."""

    YES = "yes"
    NO = "no"
    SCALAR = "scalar"
    UNKNOWN = ""


class InvalidSettlement(ValueError):
    """A settlement value outside [0, $1]."""


def outcome_of(settlement_bp: PriceBp) -> Outcome:
    """The result that goes with what one YES contract is paid; raises InvalidSettlement outside [0, $1]."""
    if not 0 <= settlement_bp <= CONTRACT_BP:
        raise InvalidSettlement(f"settlement value: got {settlement_bp} bp, wanted 0 to {CONTRACT_BP}")
    if settlement_bp == CONTRACT_BP:
        return Outcome.YES
    return Outcome.NO if settlement_bp == 0 else Outcome.SCALAR


class Series(msgspec.Struct, frozen=True):
    ticker: str
    title: str
    category: str
    frequency: str
    fees: FeeSchedule
    settlement_sources: tuple[tuple[str, str], ...] = ()
    """Pairs of name and address."""
    exchange_index: int = 0
    tags: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True):
    ticker: str
    series_ticker: str
    title: str
    sub_title: str
    mutually_exclusive: bool
    """At most one market of the event pays YES in full, so collateral is shared (MECNET)."""
    strike_ns: Nanoseconds | None = None
    exchange_index: int = 0
    fee_type_override: FeeType | None = None
    """What the event charges instead of its series, here and below; None is the series' own."""
    fee_multiplier_override_millionths: int | None = None

    def fees(self, series: FeeSchedule) -> FeeSchedule:
        """What its markets charge, given the series' schedule."""
        multiplier = self.fee_multiplier_override_millionths
        return replace(
            series,
            fee_type=series.fee_type if self.fee_type_override is None else self.fee_type_override,
            multiplier_millionths=series.multiplier_millionths if multiplier is None else multiplier,
        )


class Market(msgspec.Struct, frozen=True):
    """What is fixed when a market is listed, with the few fields that move with its life."""

    ticker: str
    event_ticker: str
    series_ticker: str
    title: str
    yes_sub_title: str
    no_sub_title: str
    rules_primary: str
    open_ns: Nanoseconds
    close_ns: Nanoseconds
    expected_expiration_ns: Nanoseconds
    latest_expiration_ns: Nanoseconds
    strike: Strike
    price_level_structure: str
    grid: PriceGrid
    fees: FeeSchedule
    status: MarketStatus = MarketStatus.INITIALIZED
    settlement_timer_s: int = 60
    can_close_early: bool = True
    exchange_index: int = 0
    rules_secondary: str = ""
    created_ns: Nanoseconds = 0
    updated_ns: Nanoseconds = 0
    settlement_bp: PriceBp | None = None
    settled_ns: Nanoseconds | None = None
    determined_ns: Nanoseconds | None = None
    expiration_value: str = ""
