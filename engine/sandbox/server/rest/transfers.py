"""Cash between shards, and the subaccounts, of which there is one: the primary."""

from __future__ import annotations

from msgspec import UNSET, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from engine.domain.units import CENTICENT_UD
from engine.sandbox.core.refusal import Reason, Refusal
from engine.sandbox.server.answers import BodyRefusal, json_response, not_found
from engine.sandbox.server.auth import require_caller
from engine.sandbox.server.limits import Tier
from engine.sandbox.server.rest.body import invalid_parameters, read_body
from engine.sandbox.server.rest.context import exchange_of, world_of
from engine.sandbox.server.rest.paging import newest_first
from engine.sandbox.server.rest.projection_portfolio import four_places
from engine.sandbox.server.rest.query import Query, refuse_subaccount
from engine.sandbox.server.rest.times import seconds_of
from engine.sandbox.server.shard_transfers import ShardTransfer
from engine.wire import portfolio as wire
from engine.wire.errors import ErrorBody
from engine.wire.iso_time import iso_text
from engine.wire.shape import ABSENT, Shape

TRANSFER_SCOPE = "write::transfer"
AMOUNT_MAX = 10**13
"""In hundredths of a cent: a billion dollars."""


class _TransferItem(Shape, frozen=True, kw_only=True):
    transfer_id: str
    amount: int
    source_exchange_shard: int
    destination_exchange_shard: int
    status: str
    created_time: str
    updated_time: str


class _TransferPage(Shape, frozen=True, kw_only=True):
    transfers: list[_TransferItem]
    cursor: str


class _TransferAnswer(Shape, frozen=True, kw_only=True):
    transfer: _TransferItem


class _SubaccountTransfer(Shape, frozen=True, kw_only=True):
    client_transfer_id: str | UnsetType = ABSENT
    from_subaccount: int
    to_subaccount: int
    amount_cents: int
    exchange_index: int | UnsetType = ABSENT


class _Netting(Shape, frozen=True, kw_only=True):
    subaccount_number: int
    enabled: bool
    exchange_index: int | UnsetType = ABSENT


def _item(transfer: ShardTransfer) -> _TransferItem:
    return _TransferItem(
        transfer_id=transfer.transfer_id,
        amount=transfer.amount_ud // CENTICENT_UD,
        source_exchange_shard=transfer.from_index,
        destination_exchange_shard=transfer.to_index,
        status=transfer.status.value,
        created_time=iso_text(transfer.created_ns),
        updated_time=iso_text(transfer.updated_ns),
    )


async def transfer_between_shards(request: Request) -> Response:
    """Accepted if it could be carried out now; it is at the next step of the clock."""
    caller = await require_caller(request, TRANSFER_SCOPE)
    body = await read_body(request, wire.ShardTransfer, "IntraExchangeInstanceTransferRequest")
    source, destination = body.source_exchange_shard, body.destination_exchange_shard
    if not 0 < body.amount <= AMOUNT_MAX:
        raise invalid_parameters(f"amount: got {body.amount} centicents, wanted 1 to {AMOUNT_MAX}")
    if source == destination:
        raise invalid_parameters(
            f"destination_exchange_shard: got {destination}, wanted another than the source"
        )
    world = world_of(request)
    for index in (source, destination):
        world.exchange.require_exchange(index)
    amount_ud = body.amount * CENTICENT_UD
    free_ud = world.exchange.available_ud(caller.account_id, source)
    if amount_ud > free_ud:
        raise Refusal(
            Reason.INSUFFICIENT_BALANCE,
            f"exchange_index {source}: needed {four_places(amount_ud)}, had {four_places(free_ud)}",
        )
    transfer = world.transfers.accept(caller.account_id, source, destination, amount_ud)
    world.commit()
    return json_response(wire.ShardTransferAccepted(transfer_id=transfer.transfer_id))


async def list_shard_transfers(request: Request) -> Response:
    """Newest first."""
    caller = await require_caller(request, "read")
    query = Query(request, "GetIntraExchangeInstanceTransfers")
    limit = query.limit(maximum=500)
    transfers = world_of(request).transfers.of(caller.account_id)
    page, cursor = newest_first(
        "shard_transfers", transfers, query.text("cursor"), limit, lambda transfer: True
    )
    return json_response(_TransferPage(transfers=[_item(transfer) for transfer in page], cursor=cursor))


async def one_shard_transfer(request: Request) -> Response:
    caller = await require_caller(request, "read")
    transfer_id = request.path_params["transfer_id"]
    transfer = world_of(request).transfers.find(caller.account_id, transfer_id)
    if transfer is None:
        raise not_found(f"transfer_id: got {transfer_id}")
    return json_response(_TransferAnswer(transfer=_item(transfer)))


# Subaccounts. An account here has its primary one alone: all its orders and positions are in one place.


async def create_subaccount(request: Request) -> Response:
    """Always refused: by the tier at first, and then because there is no second one to be had."""
    caller = await require_caller(request, TRANSFER_SCOPE)
    code = "subaccount_creation_requires_advanced_api_usage_level"
    if world_of(request).limits.tier_of(caller.account_id) is not Tier.BASIC:
        code = "subaccounts_not_supported"
    raise BodyRefusal(
        403, ErrorBody(code, code.replace("_", " "), "got 1 subaccount, wanted at most the primary")
    )


async def transfer_between_subaccounts(request: Request) -> Response:
    await require_caller(request, TRANSFER_SCOPE)
    body = await read_body(request, _SubaccountTransfer, "ApplySubaccountTransferRequest")
    refuse_subaccount(body.from_subaccount)
    refuse_subaccount(body.to_subaccount)
    raise invalid_parameters("to_subaccount: got 0, wanted another than from_subaccount")


async def subaccount_balances(request: Request) -> Response:
    """The primary subaccount's free cash on every shard."""
    caller = await require_caller(request, "read::portfolio_balance")
    exchange = exchange_of(request)
    account = exchange.accounts[caller.account_id]
    balances = [
        {
            "subaccount_number": 0,
            "balance": four_places(account.available_ud(index)),
            "exchange_index": index,
            "updated_ts": seconds_of(exchange.now_ns),
        }
        for index in sorted(account.cash_ud)
    ]
    return json_response({"subaccount_balances": balances})


async def subaccount_transfers(request: Request) -> Response:
    await require_caller(request, "read")
    Query(request, "GetSubaccountTransfers").limit()
    return json_response({"transfers": [], "cursor": ""})


async def netting(request: Request) -> Response:
    """One position for each market is how this exchange keeps accounts: netting is on."""
    await require_caller(request, "read")
    shards = exchange_of(request).rules.shards
    configs = [{"subaccount_number": 0, "enabled": True, "exchange_index": index} for index in shards]
    return json_response({"netting_configs": configs})


async def set_netting(request: Request) -> Response:
    await require_caller(request, TRANSFER_SCOPE)
    body = await read_body(request, _Netting, "UpdateSubaccountNettingRequest")
    refuse_subaccount(body.subaccount_number)
    if body.exchange_index is not UNSET:
        exchange_of(request).require_exchange(body.exchange_index)
    if not body.enabled:
        raise invalid_parameters("enabled: got false, wanted true (netting cannot be switched off here)")
    return json_response({})


routes = [
    Route("/portfolio/intra_exchange_instance_transfer", transfer_between_shards, methods=["POST"]),
    Route("/portfolio/intra_exchange_instance_transfers", list_shard_transfers),
    Route("/portfolio/intra_exchange_instance_transfers/{transfer_id}", one_shard_transfer),
    Route("/portfolio/subaccounts", create_subaccount, methods=["POST"]),
    Route("/portfolio/subaccounts/transfer", transfer_between_subaccounts, methods=["POST"]),
    Route("/portfolio/subaccounts/balances", subaccount_balances),
    Route("/portfolio/subaccounts/transfers", subaccount_transfers),
    Route("/portfolio/subaccounts/netting", netting, methods=["GET"]),
    Route("/portfolio/subaccounts/netting", set_netting, methods=["PUT"]),
]
