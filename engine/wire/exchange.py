"""The exchange's own state, the account's limits and what each endpoint costs."""

from __future__ import annotations

from msgspec import UnsetType

from engine.wire.shape import ABSENT, MaybeBool, MaybeInt, MaybeText, Shape


class ShardStatus(Shape, frozen=True, kw_only=True):
    exchange_index: int
    description: MaybeText = ABSENT
    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: MaybeBool = ABSENT


class ExchangeStatus(Shape, frozen=True, kw_only=True):
    """Sent with 200, and with 500, 503 and 504 while the exchange is down."""

    exchange_active: bool
    trading_active: bool
    intra_exchange_transfers_active: MaybeBool = ABSENT
    exchange_estimated_resume_time: MaybeText = ABSENT
    exchange_index_statuses: list[ShardStatus] | UnsetType | None = ABSENT


class OpeningHours(Shape, frozen=True, kw_only=True):
    """``HH:MM`` in Eastern time."""

    open_time: str
    close_time: str


class WeekHours(Shape, frozen=True, kw_only=True):
    start_time: str
    end_time: str
    monday: list[OpeningHours]
    tuesday: list[OpeningHours]
    wednesday: list[OpeningHours]
    thursday: list[OpeningHours]
    friday: list[OpeningHours]
    saturday: list[OpeningHours]
    sunday: list[OpeningHours]


class MaintenanceWindow(Shape, frozen=True, kw_only=True):
    start_datetime: str
    end_datetime: str


class Schedule(Shape, frozen=True, kw_only=True):
    standard_hours: list[WeekHours]
    maintenance_windows: list[MaintenanceWindow] | None


class ScheduleAnswer(Shape, frozen=True, kw_only=True):
    schedule: Schedule


class UserDataTimestamp(Shape, frozen=True, kw_only=True):
    """How fresh the portfolio reads are."""

    as_of_time: str


class Bucket(Shape, frozen=True, kw_only=True):
    """Tokens a second, and how many can be saved up."""

    refill_rate: int
    bucket_capacity: int


class Grant(Shape, frozen=True, kw_only=True):
    exchange_instance: str
    level: str
    expires_ts: MaybeInt = ABSENT
    source: str


class AccountLimits(Shape, frozen=True, kw_only=True):
    usage_tier: str
    read: Bucket
    write: Bucket
    grants: list[Grant] | UnsetType | None = ABSENT


class EndpointCost(Shape, frozen=True, kw_only=True):
    """``path`` is a template such as ``/trade-api/v2/portfolio/events/orders/:order_id``."""

    method: str
    path: str
    cost: int


class EndpointCosts(Shape, frozen=True, kw_only=True):
    default_cost: int
    endpoint_costs: list[EndpointCost]
