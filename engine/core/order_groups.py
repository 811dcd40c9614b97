"""The brake at the exchange: one order group for each strategy that spends money, on each shard it works in.

Every entry of a strategy carries its group; exits and what people send carry none. Its limit is more than the
strategy may trade by the limits here, so that only a failure of ours can reach it: then the exchange cancels
the strategy's entries by itself, takes no more, and the strategy is held until a person resumes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from engine.core.breakers import Breakers
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel, GroupVerb
from engine.core.facts.orders import OrderMoved, OrderTerms
from engine.core.group_limit import WINDOW_NS, group_limit_c
from engine.core.group_making import GroupMaking, moved
from engine.core.group_record import (
    CANCELED_BY_GROUP,
    GroupRecord,
    GroupState,
    group_key,
    is_unexplained,
)
from engine.core.inputs import GroupAnswered, GroupOutcome, GroupsRead, Rejected
from engine.core.orders import Orders
from engine.core.stage_record import Stage
from engine.core.stages import Stages
from engine.domain.feed import GroupKind, GroupSeen
from engine.domain.units import SECOND_NS, Nanoseconds, contracts

_CREATING, _READY = GroupState.CREATING, GroupState.READY
_TRIGGERED, _RESETTING, _GONE = GroupState.TRIGGERED, GroupState.RESETTING, GroupState.GONE

Handlers: TypeAlias = dict[type[Any], Callable[[Any], None]]


class OrderGroups:
    def __init__(
        self,
        desk: Desk,
        stages: Stages,
        orders: Orders,
        breakers: Breakers,
        series_of: Mapping[str, tuple[str, ...]],
    ) -> None:
        """``series_of`` are the series of each strategy."""
        self._desk = desk
        self._stages = stages
        self._orders = orders
        self._breakers = breakers
        self._series_of = series_of
        self._making = GroupMaking(desk)

    def start(self) -> None:
        """What was under way when the last run ended is looked for, or asked for again."""
        for key, record in self._desk.money.groups.items():
            if record.state is _CREATING:
                self._making.doubt(key)
            elif record.state is _RESETTING:
                self._reset(key, record)
        self._making.look_on()

    def prepare(self) -> None:
        """Makes the groups of all strategies that may spend, before they want to."""
        for strategy, series in self._series_of.items():
            if self._stages.stage(strategy) is not Stage.MONEY:
                continue
            markets = self._desk.markets.values()
            shards = {m.exchange_index: None for m in markets if m.series_ticker in series}
            for shard in sorted(shards):
                self.group_for(strategy, shard)

    def group_for(self, owner: str, exchange_index: int) -> str:
        """The id for a strategy's entry; empty where it has none, and then one is under way."""
        key = group_key(owner, exchange_index)
        record = self._desk.money.groups.get(key)
        if record is None:
            self._making.want(owner, exchange_index)
            return ""
        if record.state is not _READY:
            return ""
        self._fit_limit(key, record)
        return record.group_id

    def refusal(self, terms: OrderTerms) -> Denial | None:
        """Why a strategy's entry may not go out by its group."""
        key = group_key(terms.owner, terms.exchange_index)
        record = self._desk.money.groups.get(key)
        if record is not None and record.state is _READY and record.group_id == terms.group:
            return None
        state = _GONE if record is None else record.state
        numbers: dict[str, int | str] = {
            "state": state.value,
            "exchange_index": terms.exchange_index,
            "limit_c": group_limit_c(self._desk.limits),
            "tries": self._making.tries(key),
        }
        if record is not None and state is _TRIGGERED:
            text = f"order group of {terms.owner}: {record.text}; resume with a reason resets it"
            return Denial(
                DenyCode.BREAKER_OPEN, text, numbers | {"cause": "order_group", "since_ns": record.since}
            )
        what = {_RESETTING: "is being reset", _READY: "is another one by now"}.get(state, "is not there yet")
        text = f"order group of {terms.owner}, shard {terms.exchange_index}: {what}; entries wait for it"
        return Denial(DenyCode.NO_ORDER_GROUP, text, numbers)

    def resume(self) -> None:
        """A person lets the held strategies go on: their groups are reset at the exchange first."""
        for key, record in list(self._desk.money.groups.items()):
            if record.state is _TRIGGERED and record.group_id:
                moved(self._desk, record, _RESETTING)
                self._reset(key, self._desk.money.groups[key])
            elif record.state is _TRIGGERED:
                self._making.lost(key, record, record.text)

    def listening(self, table: Handlers) -> Handlers:
        rejected = table[Rejected]

        def refused(event: Rejected) -> None:
            rejected(event)
            self._rejected(event)

        mine: Handlers = {
            GroupSeen: self._seen,
            GroupsRead: self._making.listed,
            GroupAnswered: self._answered,
            Rejected: refused,
        }
        return {**table, **mine}

    def due(self, key: str) -> None:
        """Time to try again: a group's request, or (no key) the list."""
        record = self._desk.money.groups.get(key)
        if record is None:
            self._making.look_on()
        elif record.state is _RESETTING:
            self._reset(key, record)
        elif record.state is _READY:
            self._fit_limit(key, record)

    def read_failed(self) -> None:
        """The list of groups could not be read."""
        self._making.read_failed()

    def _answered(self, event: GroupAnswered) -> None:
        key, record = event.key, self._desk.money.groups.get(event.key)
        self._making.answered(key)
        if record is None:
            return
        if event.outcome is GroupOutcome.GONE and record.state is not _CREATING:
            self._making.lost(key, record, "it is not at the exchange any more")
        elif event.verb is GroupVerb.CREATE:
            self._making.created(key, record, event)
        elif event.outcome is not GroupOutcome.DONE:
            self._making.failed(key, f"{event.verb.value} was not done: {event.cause}")
            self._making.later(key)
        elif event.verb is GroupVerb.RESET and record.state is _RESETTING:
            self._making.is_well(key)
            moved(self._desk, record, _READY)
            text = f"order group of {record.strategy} is reset; its entries go on"
            self._desk.alert(AlertLevel.NOTE, "ORDER_GROUP_RESET", text, record.strategy)
        elif event.verb is GroupVerb.LIMIT and record.state is _READY:
            self._making.is_well(key)
            moved(self._desk, record, _READY, limit_c=event.limit_c)

    def _reset(self, key: str, record: GroupRecord) -> None:
        """May be asked twice: a group that takes orders is not changed by it."""
        self._making.ask(key, record, GroupVerb.RESET)

    def _fit_limit(self, key: str, record: GroupRecord) -> None:
        """The limits changed: the group follows. Entries do not wait, its limit brakes failures alone."""
        wanted_c = group_limit_c(self._desk.limits)
        if record.limit_c != wanted_c and self._making.is_due(key):
            self._making.ask(key, record, GroupVerb.LIMIT)

    def _seen(self, event: GroupSeen) -> None:
        named = [r for r in self._desk.money.groups.values() if r.group_id]
        record = next((r for r in named if r.group_id == event.order_group_id), None)
        if record is None:
            return
        if event.kind is GroupKind.TRIGGERED:
            is_old = event.at_ns is not None and event.at_ns <= (record.triggered_ns or -1)
            if not is_old and record.state is not _TRIGGERED:
                self._triggered(record, "the exchange triggered it and canceled its orders", event.at_ns)
        elif event.kind is GroupKind.DELETED:
            self._making.lost(group_key(record.strategy, record.exchange_index), record, "it was deleted")

    def _rejected(self, event: Rejected) -> None:
        """A refusal that speaks of the group tells what the stream may have missed."""
        order = self._desk.money.orders.get(event.client_order_id)
        if order is None or not order.terms.group:
            return
        key = group_key(order.terms.owner, order.terms.exchange_index)
        record = self._desk.money.groups.get(key)
        if record is None or record.state is not _READY or record.group_id != order.terms.group:
            return
        words = f"{event.code} {event.details}"
        if "group" not in words.lower():
            return
        if event.status == 404:
            self._making.lost(key, record, "it is not at the exchange any more")
        else:
            self._triggered(record, f"the exchange takes no order of it ({words.strip()})", None)

    def _triggered(self, record: GroupRecord, text: str, at_ns: Nanoseconds | None) -> None:
        """Holds the strategy, and looks at what became of its entries."""
        desk = self._desk
        limit = contracts(record.limit_c)
        text = f"{text}; its limit is {limit} contracts in {WINDOW_NS // SECOND_NS} s"
        moved(self._desk, record, _TRIGGERED, text=text, triggered_ns=at_ns or record.triggered_ns)
        self._breakers.hold(text, record.strategy)
        since = (desk.at if at_ns is None else at_ns) - WINDOW_NS
        for order in list(desk.money.orders.values()):
            if order.terms.group != record.group_id:
                continue
            name = order.terms.client_order_id
            if name in desk.money.working:
                self._orders.look_for(name)
            elif order.updated_at >= since and is_unexplained(order):
                desk.record(OrderMoved(name, order.state, desk.at, cause=CANCELED_BY_GROUP))
