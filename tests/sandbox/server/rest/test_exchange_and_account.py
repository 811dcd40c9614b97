"""``/exchange/*``, ``/account/*``, the settlement indexes, and what is not there."""

from __future__ import annotations

import pytest
from rest_world import COIN, Desk, failed, nested, ok, refused, typed

from engine.sandbox.core.feed import IndexValue
from engine.sandbox.core.rules import ExchangeRules
from engine.sandbox.server.limits import Tier
from engine.wire.exchange import (
    AccountLimits,
    EndpointCosts,
    ExchangeStatus,
    ScheduleAnswer,
    UserDataTimestamp,
)

NOT_FOUND = nested("not_found", "not found")


async def test_status_names_every_shard_and_keeps_its_body_when_paused(desk: Desk) -> None:
    found = typed(await desk.anyone("GET", "/exchange/status"), ExchangeStatus)
    assert (found.exchange_active, found.trading_active, found.intra_exchange_transfers_active) == (True,) * 3
    assert [shard.exchange_index for shard in found.exchange_index_statuses or []] == [0, 1, 2, 3]
    desk.exchange.set_active(trading_active=False, exchange_index=2)
    found = typed(await desk.anyone("GET", "/exchange/status"), ExchangeStatus)
    trading = {s.exchange_index: s.trading_active for s in found.exchange_index_statuses or []}
    assert trading == {0: True, 1: True, 2: False, 3: True}
    assert found.trading_active is True
    desk.exchange.set_active(exchange_active=False)
    found = typed(await desk.anyone("GET", "/exchange/status"), ExchangeStatus, 503)
    assert (found.exchange_active, found.trading_active) == (False, False)


async def test_schedule_is_around_the_clock_but_for_maintenance(desk: Desk) -> None:
    schedule = typed(await desk.anyone("GET", "/exchange/schedule"), ScheduleAnswer).schedule
    assert schedule.maintenance_windows == []
    desk.exchange.rules = ExchangeRules()
    schedule = typed(await desk.anyone("GET", "/exchange/schedule"), ScheduleAnswer).schedule
    week = schedule.standard_hours[0]
    assert [(h.open_time, h.close_time) for h in week.thursday] == [("00:00", "03:00"), ("05:00", "00:00")]
    assert [(h.open_time, h.close_time) for h in week.friday] == [("00:00", "00:00")]
    window = schedule.maintenance_windows[0]
    # Thursday 2026-09-24, 03:00 to 05:00 in New York (daylight saving time).
    assert (window.start_datetime, window.end_datetime) == ("2026-09-24T07:00:00Z", "2026-09-24T09:00:00Z")


async def test_portfolio_reads_are_as_of_now(desk: Desk) -> None:
    desk.pass_time(7.5)
    found = typed(await desk.anyone("GET", "/exchange/user_data_timestamp"), UserDataTimestamp)
    assert found.as_of_time == "2026-09-21T14:13:27Z"


async def test_limits_costs_and_the_upgrade(desk: Desk) -> None:
    desk.world.limits.set_tier("ann", Tier.BASIC)
    limits = typed(await desk.ann("GET", "/account/limits"), AccountLimits)
    assert (limits.usage_tier, limits.read.refill_rate, limits.write.bucket_capacity) == ("basic", 200, 100)
    upgraded = typed(await desk.ann("POST", "/account/api_usage_level/upgrade"), AccountLimits)
    assert (upgraded.usage_tier, upgraded.write.refill_rate) == ("advanced", 300)
    costs = typed(await desk.anyone("GET", "/account/endpoint_costs"), EndpointCosts)
    assert costs.default_cost == 10
    by_path = {(c.method, c.path): c.cost for c in costs.endpoint_costs}
    assert by_path["DELETE", "/trade-api/v2/portfolio/events/orders/:order_id"] == 2
    assert (await desk.anyone("GET", "/account/limits")).status_code == 401


async def test_the_latest_index_value_is_passed_through(desk: Desk) -> None:
    assert refused(await desk.ann("GET", "/cfbenchmarks/values")) == (
        400,
        failed("GetCFBenchmarksValues", "Id", "required"),
    )
    assert (await desk.ann("GET", "/cfbenchmarks/values?id=BRTI")).status_code == 404
    now_ns = desk.exchange.now_ns
    desk.exchange.publish_index(IndexValue("BRTI", now_ns, "86751.25", "86750.00"))
    found = ok(await desk.ann("GET", "/cfbenchmarks/values?id=BRTI"))
    assert found["data"] == {
        "serverTime": "2026-09-21T14:13:20Z",
        "payload": [{"value": "86751.25", "time": now_ns // 1_000_000}],
    }
    assert (await desk.anyone("GET", "/cfbenchmarks/values?id=BRTI")).status_code == 401


@pytest.mark.parametrize(
    "path", ["/exchange/announcements", "/nothing", "/markets/", f"/markets/{COIN}/nothing", "/portfolio"]
)
async def test_an_unknown_path_is_not_found(desk: Desk, path: str) -> None:
    assert refused(await desk.ann("GET", path)) == (404, NOT_FOUND)


async def test_a_wrong_method_is_refused(desk: Desk) -> None:
    answer = await desk.ann("PATCH", "/markets")
    assert refused(answer) == (405, nested("method_not_allowed", "method not allowed"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/portfolio/orders"),
        ("DELETE", "/portfolio/orders/some-id"),
        ("POST", "/portfolio/orders/some-id/amend"),
        ("POST", "/portfolio/orders/some-id/decrease"),
        ("POST", "/portfolio/orders/batched"),
        ("DELETE", "/portfolio/orders/batched"),
    ],
)
async def test_the_first_version_of_order_writes_is_gone(desk: Desk, method: str, path: str) -> None:
    status, body = refused(await desk.ann(method, path))
    assert status == 410
    assert body == nested(
        "deprecated_v1_order_endpoint",
        "Please switch to the V2 endpoints",
        "https://docs.kalshi.com/api-reference/orders/create-order-v2",
    )
