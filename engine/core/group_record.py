"""Order groups of strategies as the money state keeps them, and what their facts make of them.

A group is a brake that works at the exchange: when more contracts of its orders match within 15 seconds than
its limit, the exchange cancels all of them and takes no more until the group is reset.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from engine.core.row import Row
from engine.domain.order import OrderState
from engine.domain.units import CountC, Nanoseconds

if TYPE_CHECKING:
    from engine.core.facts.orders import GroupMoved
    from engine.core.order_record import OrderRecord

CANCELED_BY_GROUP = "order group triggered"
"""The cause of an order that ended because its group was triggered."""
_UNEXPLAINED = "canceled"
"""The cause of one that ended without a reason given."""


class GroupState(StrEnum):
    CREATING = "creating"
    """Asked for; the outcome is to come, or is looked for."""
    READY = "ready"
    TRIGGERED = "triggered"
    """The exchange canceled its orders and takes no more; it waits for a resume."""
    RESETTING = "resetting"
    """A person resumed; the exchange has not confirmed yet that it takes orders again."""
    GONE = "gone"
    """There is none: it was never made, or it was deleted. Another one is made."""


class GroupRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """The one group of a strategy on a shard (groups do not span shards). ``since`` is exchange time.

    ``before`` are the ids that the account had when the group was asked for: what is listed beside them, on
    this shard and with this limit, is the one whose outcome nobody told.
    """

    strategy: str
    exchange_index: int
    state: GroupState
    since: Nanoseconds
    group_id: str = ""
    limit_c: CountC = 0
    text: str = ""
    before: tuple[str, ...] = ()
    triggered_ns: Nanoseconds | None = None
    """When the exchange says that it was triggered last."""


def group_key(strategy: str, exchange_index: int) -> str:
    return f"{exchange_index}/{strategy}"


def is_unexplained(order: OrderRecord) -> bool:
    """Whether an order of a group was canceled, and neither by us nor as its kind is."""
    is_canceled = order.state is OrderState.CANCELED and order.cause == _UNEXPLAINED
    return is_canceled and bool(order.terms.group) and order.cancel.value == "none"


def cause_of_end(groups: Mapping[str, GroupRecord], order: OrderRecord, cause: str) -> str:
    """What canceled an order, where the exchange gives no reason: its group, if that was triggered."""
    terms = order.terms
    if cause != _UNEXPLAINED or not terms.group or order.cancel.value != "none":
        return cause
    group = groups.get(group_key(terms.owner, terms.exchange_index))
    is_held = group is not None and group.state is GroupState.TRIGGERED and group.group_id == terms.group
    return CANCELED_BY_GROUP if is_held else cause


def group_moved(groups: MutableMapping[str, GroupRecord], change: GroupMoved) -> list[Row]:
    key = group_key(change.strategy, change.exchange_index)
    if change.state is GroupState.GONE:
        return [Row("group", key, None)] if groups.pop(key, None) is not None else []
    record = groups[key] = GroupRecord(
        change.strategy,
        change.exchange_index,
        change.state,
        change.at,
        change.group_id,
        change.limit_c,
        change.text,
        change.before,
        change.triggered_ns,
    )
    return [Row("group", key, record)]
