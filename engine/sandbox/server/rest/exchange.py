"""The exchange's own state: ``/exchange/*``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.units import SECOND_NS, Nanoseconds
from engine.sandbox.core.rules import Maintenance
from engine.sandbox.server.answers import json_response
from engine.sandbox.server.rest.context import exchange_of
from engine.wire.exchange import (
    ExchangeStatus,
    MaintenanceWindow,
    OpeningHours,
    Schedule,
    ScheduleAnswer,
    ShardStatus,
    UserDataTimestamp,
    WeekHours,
)
from engine.wire.iso_time import iso_text

if TYPE_CHECKING:
    from engine.sandbox.core.exchange import Exchange

SHARD_NAMES = {0: "Default", 1: "Combos", 2: "Crypto", 3: "Tennis and baseball"}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DECLARED_FROM = datetime(2024, 1, 1, tzinfo=UTC)
_DECLARED_TO = datetime(2099, 12, 31, tzinfo=UTC)


async def status(request: Request) -> Response:
    """200, or 503 with the same body while the whole exchange is paused."""
    found = exchange_status(exchange_of(request))
    return json_response(found, 200 if found.exchange_active else 503)


def exchange_status(exchange: Exchange) -> ExchangeStatus:
    """The exchange is active, or trades, while one of its shards is or does."""
    shards = list(exchange.statuses.values())
    resumes = [shard.resumes_ns for shard in shards if shard.resumes_ns is not None]
    return ExchangeStatus(
        exchange_active=any(shard.exchange_active for shard in shards),
        trading_active=any(shard.exchange_active and shard.trading_active for shard in shards),
        intra_exchange_transfers_active=any(shard.exchange_active for shard in shards),
        exchange_estimated_resume_time=iso_text(min(resumes)) if resumes else UNSET,
        exchange_index_statuses=[
            ShardStatus(
                exchange_index=shard.exchange_index,
                description=SHARD_NAMES.get(shard.exchange_index, f"Shard {shard.exchange_index}"),
                exchange_active=shard.exchange_active,
                trading_active=shard.exchange_active and shard.trading_active,
                intra_exchange_transfers_active=shard.exchange_active,
            )
            for shard in shards
        ],
    )


async def schedule(request: Request) -> Response:
    """Around the clock but for the weekly maintenance; US Eastern hours, ``00:00`` as an end is midnight."""
    exchange = exchange_of(request)
    maintenance = exchange.rules.maintenance
    hours = {day: [OpeningHours(open_time="00:00", close_time="00:00")] for day in _DAYS}
    windows: list[MaintenanceWindow] = []
    if maintenance is not None:
        hours[_DAYS[maintenance.weekday]] = _around(maintenance)
        windows = [_window(maintenance, exchange.now_ns)]
    week = WeekHours(
        start_time=_DECLARED_FROM.strftime("%Y-%m-%dT%H:%M:%SZ"),
        end_time=_DECLARED_TO.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **hours,
    )
    return json_response(
        ScheduleAnswer(schedule=Schedule(standard_hours=[week], maintenance_windows=windows))
    )


def _around(maintenance: Maintenance) -> list[OpeningHours]:
    start, end = f"{maintenance.start_hour:02d}:00", f"{maintenance.end_hour:02d}:00"
    return [
        OpeningHours(open_time="00:00", close_time=start),
        OpeningHours(open_time=end, close_time="00:00"),
    ]


def _window(maintenance: Maintenance, now_ns: Nanoseconds) -> MaintenanceWindow:
    start_ns, end_ns = maintenance.window_after(now_ns)
    return MaintenanceWindow(start_datetime=iso_text(start_ns), end_datetime=iso_text(end_ns))


async def user_data_timestamp(request: Request) -> Response:
    """Portfolio reads here are never behind: they are as of now, in whole seconds."""
    now_ns = exchange_of(request).now_ns
    return json_response(UserDataTimestamp(as_of_time=iso_text(now_ns - now_ns % SECOND_NS)))


routes = [
    Route("/exchange/status", status),
    Route("/exchange/schedule", schedule),
    Route("/exchange/user_data_timestamp", user_data_timestamp),
]
