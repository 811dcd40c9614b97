"""The brake at the exchange: one order group for each strategy that spends money, on each shard it works in.

Every entry of a strategy carries its group; exits and what people send carry none. Its limit is more than the
strategy may trade by the limits here, so that only a failure of ours can reach it: then the exchange cancels
the strategy's entries by itself, takes no more, and the strategy is held until a person resumes.

A group is made before the first entry. The exchange gives it no name of ours, so one is made at a time: where
the outcome is not known, the group is looked for among those that were not there before. One that is made
twice brakes nothing and harms nothing, since no order carries it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from engine.core.breakers import Breakers
from engine.core.changes import MANUAL, GroupMoved, OrderMoved, OrderTerms
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ChangeGroup, GroupVerb, ReadGroups
from engine.core.group_record import (
    CANCELED_BY_GROUP,
    GroupRecord,
    GroupState,
    group_key,
    is_unexplained,
)
from engine.core.inputs import GroupAnswered, GroupOutcome, GroupsRead, Rejected
from engine.core.orders import Orders
from engine.core.settings import Limits
from engine.core.stage_record import Stage
from engine.core.stages import Stages
from engine.core.timers import Due
from engine.domain.feed import GroupKind, GroupSeen
from engine.domain.units import CENT_BP, ONE_CONTRACT_C, SECOND_NS, CountC, Nanoseconds, contracts

_MOST_C = 100_000 * ONE_CONTRACT_C
"""The highest limit that the exchange takes."""
_WINDOW_NS = 15 * SECOND_NS
"""In which matches count against a group's limit."""
_LONGEST_RETRY_NS = 64 * SECOND_NS
_TELL_AFTER = 3
_MISSES = 2
_CREATING, _READY = GroupState.CREATING, GroupState.READY
_TRIGGERED, _RESETTING, _GONE = GroupState.TRIGGERED, GroupState.RESETTING, GroupState.GONE

Handlers: TypeAlias = dict[type[Any], Callable[[Any], None]]


def group_limit_c(limits: Limits) -> CountC:
    """What a strategy's entries may trade within the exchange's 15 seconds, at the most.

    An entry is at most as large as one order, or as the wager buys at a cent. Whatever matches within the
    window was sent in it, or rested for no longer than an entry may: within one minute, whose entries are
    limited.
    """
    largest_c = min(limits.order_count_c, limits.bot_wager_ud // CENT_BP)
    times = min(limits.entries_per_minute, limits.bot_entries_per_hour, limits.bot_entries_per_day)
    return max(ONE_CONTRACT_C, min(_MOST_C, largest_c * times))


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
        self._wanted: dict[tuple[str, int], None] = {}
        self._asked: dict[str, GroupVerb] = {}
        """Requests whose answer is to come, by group key."""
        self._tries: dict[str, int] = {}
        """How often in a row something about a group has failed."""
        self._again_mono: dict[str, Nanoseconds] = {}
        self._doubts: dict[str, tuple[Nanoseconds, int]] = {}
        """Groups whose making nobody confirmed: since when (monotonic), and how many lists lacked them."""
        self._reading_since: Nanoseconds | None = None

    def start(self) -> None:
        """What was under way when the last run ended is looked for, or asked for again."""
        for key, record in self._desk.money.groups.items():
            if record.state is _CREATING:
                self._doubts[key] = (self._desk.mono, 0)
            elif record.state is _RESETTING:
                self._reset(key, record)
        self._look_on()

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
        """The id for an entry; empty where it has none, and then one is under way."""
        if owner == MANUAL:
            return ""
        key = group_key(owner, exchange_index)
        record = self._desk.money.groups.get(key)
        if record is None:
            self._wanted[owner, exchange_index] = None
            self._look_on()
            return ""
        if record.state is not _READY:
            return ""
        self._fit_limit(key, record)
        return record.group_id

    def refusal(self, terms: OrderTerms) -> Denial | None:
        """Why an entry may not go out by its group."""
        if terms.owner == MANUAL:
            return None
        key = group_key(terms.owner, terms.exchange_index)
        record = self._desk.money.groups.get(key)
        if record is not None and record.state is _READY and record.group_id == terms.group:
            return None
        state = _GONE if record is None else record.state
        numbers: dict[str, int | str] = {
            "state": state.value,
            "exchange_index": terms.exchange_index,
            "limit_c": group_limit_c(self._desk.limits),
            "tries": self._tries.get(key, 0),
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
                self._move(record, _RESETTING)
                self._reset(key, self._desk.money.groups[key])
            elif record.state is _TRIGGERED:
                self._lost(key, record, record.text)

    def listening(self, table: Handlers) -> Handlers:
        rejected = table[Rejected]

        def refused(event: Rejected) -> None:
            rejected(event)
            self._rejected(event)

        mine: Handlers = {
            GroupSeen: self._seen,
            GroupsRead: self._listed,
            GroupAnswered: self._answered,
            Rejected: refused,
        }
        return {**table, **mine}

    def due(self, key: str) -> None:
        """Time to try again: a group's request, or (no key) the list."""
        record = self._desk.money.groups.get(key)
        if record is None:
            self._look_on()
        elif record.state is _RESETTING:
            self._reset(key, record)
        elif record.state is _READY:
            self._fit_limit(key, record)

    def read_failed(self) -> None:
        self._reading_since = None
        self._later("")

    def _look_on(self) -> None:
        """Lists the account's groups, if one is to be made or found and no list is under way."""
        desk = self._desk
        if not self._doubts and (not self._due_wishes() or self._is_making()):
            return
        patience_ns = desk.timings.read_patience_ns
        if self._reading_since is not None and desk.mono - self._reading_since <= patience_ns:
            return
        self._reading_since = desk.mono
        desk.timers.after_mono(desk.mono + patience_ns + 1, Due.ORDER_GROUP)
        desk.ask(ReadGroups())

    def _listed(self, event: GroupsRead) -> None:
        self._reading_since = None
        for key in list(self._doubts):
            self._resolve(key, event)
        if not self._is_making():
            for strategy, exchange_index in self._due_wishes()[:1]:
                self._make(strategy, exchange_index, event)
        if self._doubts or self._wanted:
            self._later("")
        else:
            self._desk.timers.drop(Due.ORDER_GROUP)

    def _is_making(self) -> bool:
        return any(record.state is _CREATING for record in self._desk.money.groups.values())

    def _due_wishes(self) -> list[tuple[str, int]]:
        mono, again = self._desk.mono, self._again_mono
        return [wish for wish in self._wanted if again.get(group_key(*wish), 0) <= mono]

    def _make(self, strategy: str, exchange_index: int, listed: GroupsRead) -> None:
        desk = self._desk
        del self._wanted[strategy, exchange_index]
        limit_c = group_limit_c(desk.limits)
        before = tuple(sorted(group.order_group_id for group in listed.groups))
        desk.record(GroupMoved(strategy, exchange_index, _CREATING, desk.at, limit_c=limit_c, before=before))
        key = group_key(strategy, exchange_index)
        self._ask(key, desk.money.groups[key], GroupVerb.CREATE)

    def _resolve(self, key: str, listed: GroupsRead) -> None:
        """Of a group whose making is in doubt: it is among those that are new, or it is not there."""
        desk = self._desk
        record = desk.money.groups.get(key)
        since_mono, misses = self._doubts[key]
        if record is None or record.state is not _CREATING:
            del self._doubts[key]
            return
        ours = {other.group_id for other in desk.money.groups.values()}
        for group in listed.groups:
            is_new = group.order_group_id not in record.before and group.order_group_id not in ours
            is_alike = (group.exchange_index, group.contracts_limit_c) == (
                record.exchange_index,
                record.limit_c,
            )
            if is_new and is_alike:
                del self._doubts[key]
                self._made(key, record, group.order_group_id)
                return
        if desk.mono - since_mono >= desk.timings.freshness_margin_ns:
            misses += 1
        self._doubts[key] = (since_mono, misses)
        if misses >= _MISSES:
            del self._doubts[key]
            self._lost(key, record, "in no list of the account's groups")

    def _answered(self, event: GroupAnswered) -> None:
        key, record = event.key, self._desk.money.groups.get(event.key)
        self._asked.pop(key, None)
        if record is None:
            return
        if event.outcome is GroupOutcome.GONE and record.state is not _CREATING:
            self._lost(key, record, "it is not at the exchange any more")
        elif event.verb is GroupVerb.CREATE:
            self._create_answered(key, record, event)
        elif event.outcome is not GroupOutcome.DONE:
            self._failed(key, f"{event.verb.value} was not done: {event.cause}")
            self._later(key)
        elif event.verb is GroupVerb.RESET and record.state is _RESETTING:
            self._is_well(key)
            self._move(record, _READY)
            text = f"order group of {record.strategy} is reset; its entries go on"
            self._desk.alert(AlertLevel.NOTE, "ORDER_GROUP_RESET", text, record.strategy)
        elif event.verb is GroupVerb.LIMIT and record.state is _READY:
            self._is_well(key)
            self._move(record, _READY, limit_c=event.limit_c)

    def _create_answered(self, key: str, record: GroupRecord, event: GroupAnswered) -> None:
        if record.state is not _CREATING:
            return
        if event.outcome is GroupOutcome.DONE:
            self._made(key, record, event.group_id)
        elif event.outcome is GroupOutcome.UNKNOWN:
            self._doubts[key] = (self._desk.mono, 0)
            self._look_on()
        else:
            self._lost(key, record, event.cause)

    def _made(self, key: str, record: GroupRecord, group_id: str) -> None:
        self._is_well(key)
        self._doubts.pop(key, None)
        self._move(record, _READY, group_id=group_id, before=())
        self._look_on()

    def _lost(self, key: str, record: GroupRecord, cause: str) -> None:
        """There is none, and another one is made: after a while where making it failed. One that holds its
        strategy goes on to, until a person resumes."""
        desk = self._desk
        if record.state is _TRIGGERED and record.group_id:
            self._move(record, _TRIGGERED, group_id="", text=record.text)
            return
        desk.record(GroupMoved(record.strategy, record.exchange_index, _GONE, desk.at, text=cause))
        self._wanted[record.strategy, record.exchange_index] = None
        self._failed(key, cause)
        self._look_on()
        self._later("")

    def _failed(self, key: str, cause: str) -> None:
        """Counts what failed in a row, with a longer pause each time; told once."""
        desk, tries = self._desk, self._tries.get(key, 0) + 1
        self._tries[key] = tries
        wait_ns = min(_LONGEST_RETRY_NS, desk.timings.read_retry_ns << min(tries - 1, 10))
        self._again_mono[key] = desk.mono + wait_ns
        if tries == _TELL_AFTER:
            text = f"order group {key}: {cause}; the strategy's entries wait for it"
            desk.alert(AlertLevel.WARNING, "ORDER_GROUP_MISSING", text, key)

    def _is_well(self, key: str) -> None:
        self._tries.pop(key, None)
        self._again_mono.pop(key, None)

    def _later(self, key: str) -> None:
        """Sets the time of the next try; of the list, not before the first wish is due again."""
        desk = self._desk
        when = self._again_mono.get(key, 0)
        if not key and not self._doubts:
            when = min((self._again_mono.get(group_key(*wish), 0) for wish in self._wanted), default=0)
        soonest = desk.mono + desk.timings.lookup_spacing_ns
        desk.timers.after_mono(max(soonest, when), Due.ORDER_GROUP, key)

    def _reset(self, key: str, record: GroupRecord) -> None:
        """May be asked twice: a group that takes orders is not changed by it."""
        self._ask(key, record, GroupVerb.RESET)

    def _fit_limit(self, key: str, record: GroupRecord) -> None:
        """The limits changed: the group follows. Entries do not wait, its limit brakes failures alone."""
        wanted_c = group_limit_c(self._desk.limits)
        if record.limit_c != wanted_c and self._again_mono.get(key, 0) <= self._desk.mono:
            self._ask(key, record, GroupVerb.LIMIT)

    def _ask(self, key: str, record: GroupRecord, verb: GroupVerb) -> None:
        if key in self._asked:
            return
        self._asked[key] = verb
        limit_c = record.limit_c if verb is GroupVerb.CREATE else group_limit_c(self._desk.limits)
        self._desk.ask(ChangeGroup(key, verb, record.group_id, limit_c, record.exchange_index))

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
            self._lost(group_key(record.strategy, record.exchange_index), record, "it was deleted")

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
            self._lost(key, record, "it is not at the exchange any more")
        else:
            self._triggered(record, f"the exchange takes no order of it ({words.strip()})", None)

    def _triggered(self, record: GroupRecord, text: str, at_ns: Nanoseconds | None) -> None:
        """Holds the strategy, and looks at what became of its entries."""
        desk = self._desk
        limit = contracts(record.limit_c)
        text = f"{text}; its limit is {limit} contracts in {_WINDOW_NS // SECOND_NS} s"
        self._move(record, _TRIGGERED, text=text, triggered_ns=at_ns or record.triggered_ns)
        self._breakers.hold(text, record.strategy)
        since = (desk.at if at_ns is None else at_ns) - _WINDOW_NS
        for order in list(desk.money.orders.values()):
            if order.terms.group != record.group_id:
                continue
            name = order.terms.client_order_id
            if name in desk.money.working:
                self._orders.look_for(name)
            elif order.updated_at >= since and is_unexplained(order):
                desk.record(OrderMoved(name, order.state, desk.at, cause=CANCELED_BY_GROUP))

    def _move(self, record: GroupRecord, state: GroupState, **changes: Any) -> None:
        """Writes down what a group is now; what is not named stays, but for the words of a hold."""
        kept: dict[str, Any] = {
            "group_id": record.group_id,
            "limit_c": record.limit_c,
            "before": record.before,
            "triggered_ns": record.triggered_ns,
        }
        kept |= changes
        self._desk.record(GroupMoved(record.strategy, record.exchange_index, state, self._desk.at, **kept))
