"""The side door: ground truth and levers for tests, open to this machine alone and unsigned.

Every answer is of the instant of the request. Amounts are exact micro-dollars, as text. A body that makes no
sense is answered with 400 and one line naming the field, what came and what was wanted.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.fee import MULTIPLIER_ONE
from engine.domain.units import DOLLAR_UD, SECOND_NS, MicroDollars
from engine.sandbox.core.accounts import Account
from engine.sandbox.server.answers import BodyRefusal, empty_response, json_response, not_found
from engine.sandbox.server.auth import ALL_SCOPES
from engine.sandbox.server.clock import MILLIONTHS, ClockError
from engine.sandbox.server.faults import InvalidFault
from engine.sandbox.server.rest.projection_portfolio import order_shape
from engine.sandbox.server.settling import settle
from engine.sandbox.server.side_body import (
    ClockBody,
    FaultsBody,
    FeesBody,
    KeyOptions,
    SettleBody,
    decimal_of,
    money_of,
    read,
    refused,
    settlement_of,
    whole,
)
from engine.sandbox.server.world import World
from engine.sandbox.source import HasAge, TellsFills
from engine.wire.errors import ErrorBody
from engine.wire.iso_time import iso_text

Endpoint: TypeAlias = Callable[[Request, World], Awaitable[Response]]

FUNDED_SHARDS = (0, 2)
FUNDS_UD: MicroDollars = 10_000 * DOLLAR_UD
MULTIPLIER_MAX = 100
"""Of the standard fee."""


def _local(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        if not is_loopback(request.client.host if request.client else ""):
            line = "the side door is open to this machine alone"
            raise BodyRefusal(403, ErrorBody("forbidden", line))
        return await endpoint(request, request.app.state.world)

    return guarded


def is_loopback(host: str) -> bool:
    """Whether a peer's address is this machine's own."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


async def _orders(request: Request, world: World) -> Response:
    return json_response({"orders": [order_shape(order) for order in world.exchange.orders.values()]})


async def _accounts(request: Request, world: World) -> Response:
    customers = [account for account in world.exchange.accounts.values() if not account.is_house]
    fees = {str(shard): str(amount) for shard, amount in world.exchange.fees_ud.items()}
    return json_response(
        {"accounts": [_account_shape(world, account) for account in customers], "fees_collected_ud": fees}
    )


def _account_shape(world: World, account: Account) -> dict[str, object]:
    return {
        "account_id": account.account_id,
        "tier": world.limits.tier_of(account.account_id),
        "shards": [
            {
                "exchange_index": shard,
                "cash_ud": str(cash_ud),
                "reserved_ud": str(account.reserved_ud.get(shard, 0)),
                "available_ud": str(account.available_ud(shard)),
            }
            for shard, cash_ud in sorted(account.cash_ud.items())
        ],
        "holdings": [
            {
                "ticker": holding.ticker,
                "count_c": holding.count_c,
                "cost_ud": str(holding.cost_ud),
                "realised_ud": str(holding.realised_ud),
                "fees_ud": str(holding.fees_ud),
            }
            for _, holding in sorted(account.holdings.items())
        ],
        "fees_ud": str(sum(holding.fees_ud for holding in account.holdings.values())),
        "fill_count": len(account.fills),
    }


async def _keys(request: Request, world: World) -> Response:
    wanted = await read(request, KeyOptions)
    for scope in wanted.scopes:
        if scope.partition("::")[0] not in ALL_SCOPES:
            raise refused(f"scopes: got {scope!r}, wanted read, write or a part of one")
    cash_ud = _cash(world, wanted.cash_dollars)
    account_id = wanted.account or str(uuid.uuid4())
    known = world.exchange.accounts.get(account_id)
    if known is not None and known.is_house:
        raise refused(f"account: got {account_id}, which is the exchange's own, wanted a customer's")
    fund(world, account_id, cash_ud)
    if wanted.tier is not None:
        world.limits.set_tier(account_id, wanted.tier)
    made = world.keys.create(account_id, wanted.scopes, wanted.key_type)
    world.commit()
    return json_response(
        {"key_id": made.record.key_id, "private_key": made.private_key, "account_id": account_id}, 201
    )


def fund(world: World, account_id: str, cash_ud: Mapping[int, MicroDollars] | None) -> None:
    """Opens an account with cash (by default $10,000 on each funded shard), or adds cash to a known one."""
    if account_id not in world.exchange.accounts:
        world.exchange.open_account(account_id, cash_ud or dict.fromkeys(FUNDED_SHARDS, FUNDS_UD))
        return
    for shard, amount_ud in (cash_ud or {}).items():
        world.exchange.deposit(account_id, shard, amount_ud)


def _cash(
    world: World, given: int | float | str | dict[str, int | float | str] | None
) -> dict[int, MicroDollars] | None:
    if given is None:
        return None
    if not isinstance(given, dict):
        return dict.fromkeys(FUNDED_SHARDS, money_of(given, "cash_dollars"))
    known = {str(shard): shard for shard in world.exchange.rules.shards}
    for name in given:
        if name not in known:
            raise refused(f"cash_dollars: got shard {name!r}, wanted one of {', '.join(known)}")
    return {known[name]: money_of(amount, f"cash_dollars.{name}") for name, amount in given.items()}


async def _set_faults(request: Request, world: World) -> Response:
    body = await read(request, FaultsBody)
    try:
        world.faults.set_rules(body.rules)
    except InvalidFault as error:
        raise refused(str(error)) from None
    return _faults_answer(world)


async def _get_faults(request: Request, world: World) -> Response:
    return _faults_answer(world)


async def _clear_faults(request: Request, world: World) -> Response:
    world.faults.clear()
    return empty_response(204)


def _faults_answer(world: World) -> Response:
    return json_response({"rules": world.faults.rules_left(), "pauses": sorted(world.faults.pauses)})


async def _get_clock(request: Request, world: World) -> Response:
    return _clock_answer(world)


async def _set_clock(request: Request, world: World) -> Response:
    body = await read(request, ClockBody)
    clock = world.clock
    speed = None if body.speed is None else decimal_of(body.speed, "speed")
    step = None if body.seconds is None else whole(decimal_of(body.seconds, "step_s"), SECOND_NS, "step_s")
    try:
        clock.check(None if speed is None else whole(speed, MILLIONTHS, "speed"), step)
        if body.pause is not None:
            clock.set_paused(body.pause)
        if speed is not None:
            clock.set_speed(whole(speed, MILLIONTHS, "speed"))
        if step is not None:
            clock.step(step)
    except ClockError as error:
        raise refused(str(error)) from None
    world.tick()
    return _clock_answer(world)


def _clock_answer(world: World) -> Response:
    return json_response(
        {
            "now": iso_text(world.exchange.now_ns),
            "now_ns": str(world.exchange.now_ns),
            "speed": world.clock.speed,
            "paused": world.clock.is_paused,
        }
    )


async def _settle(request: Request, world: World) -> Response:
    body = await read(request, SettleBody)
    if body.value is not None and body.result is not None:
        raise refused("result: got value too, wanted one of them")
    given = body.result if body.value is None else body.value
    value_bp = None if given is None else settlement_of(given, "value")
    market = settle(world.exchange, body.ticker, value_bp)
    world.commit()
    return json_response({"ticker": market.ticker, "status": market.status, "value_bp": market.settlement_bp})


async def _fees(request: Request, world: World) -> Response:
    body = await read(request, FeesBody)
    given = body.fee_multiplier
    multiplier = None if given is None else decimal_of(given, "fee_multiplier")
    if multiplier is not None and not 0 <= multiplier <= MULTIPLIER_MAX:
        raise refused(f"fee_multiplier: got {multiplier}, wanted 0 to {MULTIPLIER_MAX}")
    if body.event_ticker not in world.exchange.events:
        raise not_found(f"event: got {body.event_ticker}")
    millionths = None if multiplier is None else whole(multiplier, MULTIPLIER_ONE, "fee_multiplier")
    world.exchange.update_event_fees(body.event_ticker, body.fee_type, millionths)
    world.commit()
    return empty_response(204)


async def _source(request: Request, world: World) -> Response:
    return json_response(world.source.summary())


async def _world(request: Request, world: World) -> Response:
    exchange = world.exchange
    return json_response(
        {
            "world_id": exchange.world_id,
            "now": iso_text(exchange.now_ns),
            "now_ns": str(exchange.now_ns),
            "speed": world.clock.speed,
            "paused": world.clock.is_paused,
            "source": {"kind": world.origin.kind, "options": world.origin.options},
            **_prices(world),
            "series": sorted(exchange.series),
            "event_count": len(exchange.events),
            "market_count": len(exchange.markets),
            "order_count": len(exchange.orders),
        }
    )


def _prices(world: World) -> dict[str, object]:
    """Of a world whose prices come from elsewhere: how, and how late they are."""
    source = world.source
    if not isinstance(source, HasAge):
        return {}
    return {"prices": source.prices, "age_ns": None if source.age_ns is None else str(source.age_ns)}


async def _fills(request: Request, world: World) -> Response:
    told = world.source.told() if isinstance(world.source, TellsFills) else ()
    return json_response({"fills": list(told)})


async def _stop(request: Request, world: World) -> Response:
    """The answer goes out before the end begins."""
    if world.stop is None:
        raise refused("stop: this world has no server to stop")
    asyncio.get_running_loop().call_later(0.05, world.stop)
    return empty_response(202)


routes = [
    Route("/orders", _local(_orders), methods=["GET"]),
    Route("/accounts", _local(_accounts), methods=["GET"]),
    Route("/keys", _local(_keys), methods=["POST"]),
    Route("/faults", _local(_set_faults), methods=["POST"]),
    Route("/faults", _local(_get_faults), methods=["GET"]),
    Route("/faults", _local(_clear_faults), methods=["DELETE"]),
    Route("/clock", _local(_get_clock), methods=["GET"]),
    Route("/clock", _local(_set_clock), methods=["POST"]),
    Route("/settle", _local(_settle), methods=["POST"]),
    Route("/fees", _local(_fees), methods=["POST"]),
    Route("/source", _local(_source), methods=["GET"]),
    Route("/world", _local(_world), methods=["GET"]),
    Route("/fills", _local(_fills), methods=["GET"]),
    Route("/stop", _local(_stop), methods=["POST"]),
]
