"""Order groups: ``/portfolio/order_groups``."""

from __future__ import annotations

from msgspec import UNSET
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.units import ONE_CONTRACT_C, CountC
from engine.sandbox.core.groups import OrderGroup as CoreGroup
from engine.sandbox.server.answers import json_response, not_found
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.rest.body import invalid_parameters, read_body
from engine.sandbox.server.rest.context import exchange_of, world_of
from engine.sandbox.server.rest.order_fields import read_count
from engine.sandbox.server.rest.order_writes import TRADE_SCOPE, committing
from engine.sandbox.server.rest.projection import count_of
from engine.sandbox.server.rest.query import Query, refuse_subaccount
from engine.wire.orders import (
    CreateGroup,
    GroupCreated,
    GroupLimit,
    OrderGroup,
    OrderGroupDetail,
    OrderGroups,
)
from engine.wire.shape import Shape


class _Nothing(Shape, frozen=True, kw_only=True):
    """A body without fields: ``{}``, or none at all."""


def _limit_c(body: CreateGroup | GroupLimit) -> CountC:
    """The limit from either field; where both are given they must agree."""
    whole, text = body.contracts_limit, body.contracts_limit_fp
    if text is UNSET:
        if whole is UNSET:
            raise invalid_parameters(
                "contracts_limit: got none, wanted contracts_limit or contracts_limit_fp"
            )
        return whole * ONE_CONTRACT_C
    found = read_count(text, "contracts_limit_fp")
    if whole is not UNSET and whole * ONE_CONTRACT_C != found:
        raise invalid_parameters(f"contracts_limit: got {whole} and {text}, wanted the same")
    return found


async def create(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    body = await read_body(request, CreateGroup, "CreateOrderGroupRequest")
    refuse_subaccount(body.subaccount or 0)
    limit_c, index = _limit_c(body), body.exchange_index or 0
    with committing(world_of(request)) as exchange:
        group = exchange.create_group(caller.account_id, limit_c, index)
    return json_response(
        GroupCreated(order_group_id=group.order_group_id, subaccount=0, exchange_index=group.exchange_index),
        201,
    )


async def list_groups(request: Request) -> Response:
    caller = await require_caller(request, "read")
    query = Query(request, "GetOrderGroups")
    query.refuse_other_subaccounts()
    shard = query.shard()
    found = [
        OrderGroup(
            id=group.order_group_id,
            contracts_limit_fp=count_of(group.contracts_limit_c),
            is_auto_cancel_enabled=True,
            exchange_index=group.exchange_index,
        )
        for group in exchange_of(request).groups.values()
        if group.account_id == caller.account_id and shard in (None, group.exchange_index)
    ]
    return json_response(OrderGroups(order_groups=found))


async def one_group(request: Request) -> Response:
    """``orders`` are those that rest."""
    caller = await require_caller(request, "read")
    Query(request, "GetOrderGroup").refuse_other_subaccounts()
    group = _group_of(request, caller.account_id)
    return json_response(
        OrderGroupDetail(
            is_auto_cancel_enabled=True,
            contracts_limit_fp=count_of(group.contracts_limit_c),
            orders=sorted(group.order_ids),
            exchange_index=group.exchange_index,
        )
    )


def _group_of(request: Request, account_id: str) -> CoreGroup:
    group_id = request.path_params["order_group_id"]
    group = exchange_of(request).groups.get(group_id)
    if group is None or group.account_id != account_id:
        raise not_found(f"order_group_id: got {group_id}")
    return group


async def reset(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    await read_body(request, _Nothing, "ResetOrderGroupRequest", may_be_empty=True)
    Query(request, "ResetOrderGroup").refuse_other_subaccounts()
    with committing(world_of(request)) as exchange:
        exchange.reset_group(caller.account_id, request.path_params["order_group_id"])
    return json_response({})


async def trigger(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    await read_body(request, _Nothing, "TriggerOrderGroupRequest", may_be_empty=True)
    Query(request, "TriggerOrderGroup").refuse_other_subaccounts()
    with committing(world_of(request)) as exchange:
        exchange.trigger_group(caller.account_id, request.path_params["order_group_id"])
    return json_response({})


async def limit(request: Request) -> Response:
    caller = await require_caller(request, TRADE_SCOPE)
    body = await read_body(request, GroupLimit, "UpdateOrderGroupLimitRequest")
    Query(request, "UpdateOrderGroupLimit").refuse_other_subaccounts()
    limit_c = _limit_c(body)
    with committing(world_of(request)) as exchange:
        exchange.limit_group(caller.account_id, request.path_params["order_group_id"], limit_c)
    return json_response({})


async def delete(request: Request) -> Response:
    """Cancels the group's orders."""
    caller = await require_caller(request, TRADE_SCOPE)
    Query(request, "DeleteOrderGroup").refuse_other_subaccounts()
    with committing(world_of(request)) as exchange:
        exchange.delete_group(caller.account_id, request.path_params["order_group_id"])
    return json_response({})


_GROUPS = "/portfolio/order_groups"
_ONE = f"{_GROUPS}/{{order_group_id}}"
routes = [
    Route(_GROUPS, list_groups),
    Route(f"{_GROUPS}/create", create, methods=["POST"]),
    Route(_ONE, one_group, methods=["GET"]),
    Route(_ONE, delete, methods=["DELETE"]),
    Route(f"{_ONE}/reset", reset, methods=["PUT"]),
    Route(f"{_ONE}/trigger", trigger, methods=["PUT"]),
    Route(f"{_ONE}/limit", limit, methods=["PUT"]),
]
