"""Order groups: orders that are canceled together when too many contracts match within 15 seconds."""

from __future__ import annotations

import msgspec

from engine.domain.units import CountC
from engine.domain.venue import OrderGroupState
from engine.kalshi import decode
from engine.kalshi.budget_queue import Lane
from engine.kalshi.outcome import Outcome
from engine.kalshi.query import Query, path_of
from engine.kalshi.rest.group import ReadGroup
from engine.kalshi.sender import Change, Sender, WithoutOrder, done
from engine.wire.fixed_point import count_text
from engine.wire.orders import CreateGroup, GroupCreated, GroupLimit, OrderGroupDetail, OrderGroups
from engine.wire.shape import ABSENT

_ROOT = ("portfolio", "order_groups")


class OrderGroupReads(ReadGroup):
    async def all(self, *, subaccount: int | None = None) -> tuple[OrderGroupState, ...]:
        """``GET /portfolio/order_groups``; the orders of a group are not told here."""
        answer = await self._get(path_of(*_ROOT), OrderGroups, subaccount=subaccount)
        return tuple(decode.order_group(row.id, row, self._reader.drift) for row in answer.order_groups)

    async def one(self, group_id: str, *, subaccount: int | None = None) -> OrderGroupState:
        """``GET /portfolio/order_groups/{id}`` with its orders."""
        answer = await self._get(path_of(*_ROOT, group_id), OrderGroupDetail, subaccount=subaccount)
        return decode.order_group(group_id, answer, self._reader.drift)


class OrderGroupWrites:
    """Every method sends once and returns how it ended."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def create(
        self, contracts_limit_c: CountC, *, exchange_index: int | None = None, subaccount: int | None = None
    ) -> Outcome[str]:
        """``POST /portfolio/order_groups/create``; the value is the new group's id."""
        body = CreateGroup(
            contracts_limit_fp=count_text(contracts_limit_c),
            subaccount=ABSENT if subaccount is None else subaccount,
            exchange_index=ABSENT if exchange_index is None else exchange_index,
        )
        change = Change("POST", path_of(*_ROOT, "create"), Lane.ENTRY, body=msgspec.json.encode(body))
        return await self._sender.send(change, self._group_id)

    async def reset(self, group_id: str, *, subaccount: int | None = None) -> Outcome[None]:
        """``PUT .../{id}/reset``: the group takes orders again."""
        return await self._put(group_id, "reset", Lane.ENTRY, {}, subaccount)

    async def trigger(self, group_id: str, *, subaccount: int | None = None) -> Outcome[None]:
        """``PUT .../{id}/trigger``: cancels the group's orders now."""
        return await self._put(group_id, "trigger", Lane.EXIT, {}, subaccount)

    async def limit(
        self, group_id: str, contracts_limit_c: CountC, *, subaccount: int | None = None
    ) -> Outcome[None]:
        """``PUT .../{id}/limit``."""
        body = GroupLimit(contracts_limit_fp=count_text(contracts_limit_c))
        return await self._put(group_id, "limit", Lane.ENTRY, body, subaccount)

    async def delete(self, group_id: str, *, subaccount: int | None = None) -> Outcome[None]:
        """``DELETE .../{id}``: cancels the group's orders, and the group is gone."""
        change = Change("DELETE", path_of(*_ROOT, group_id), Lane.EXIT, query=_query(subaccount))
        return await self._sender.send(change, done)

    async def _put(
        self, group_id: str, verb: str, lane: Lane, body: object, subaccount: int | None
    ) -> Outcome[None]:
        path = path_of(*_ROOT, group_id, verb)
        change = Change("PUT", path, lane, body=msgspec.json.encode(body), query=_query(subaccount))
        return await self._sender.send(change, done)

    def _group_id(self, body: bytes) -> str:
        created = self._sender.decode("POST /portfolio/order_groups/create", body, GroupCreated)
        if not created.order_group_id:
            raise WithoutOrder("order group id: got none")
        return created.order_group_id


def _query(subaccount: int | None) -> Query | None:
    return None if subaccount is None else {"subaccount": subaccount}
