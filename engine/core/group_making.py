"""How a strategy's order group comes to be at the exchange: one at a time, once, and again where it failed.

The exchange gives a group no name of ours. Where the outcome of making one is not known, it is looked for
among the groups that were not there before: on its shard, with its limit. One that no list holds is made
again; one that is made twice brakes nothing and harms nothing, since no order carries it.
"""

from __future__ import annotations

from typing import Any

from engine.core.desk import Desk
from engine.core.effects import AlertLevel, ChangeGroup, GroupVerb, ReadGroups
from engine.core.facts.orders import GroupMoved
from engine.core.group_limit import group_limit_c
from engine.core.group_record import GroupRecord, GroupState, group_key
from engine.core.inputs import GroupAnswered, GroupOutcome, GroupsRead
from engine.core.timers import Due
from engine.domain.units import SECOND_NS, Nanoseconds

_LONGEST_RETRY_NS = 64 * SECOND_NS
_TELL_AFTER = 3
_MISSES = 2
_CREATING, _READY = GroupState.CREATING, GroupState.READY
_TRIGGERED, _GONE = GroupState.TRIGGERED, GroupState.GONE


class GroupMaking:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._wanted: dict[tuple[str, int], None] = {}
        self._asked: dict[str, GroupVerb] = {}
        """Requests whose answer is to come, by group key."""
        self._tries: dict[str, int] = {}
        self._again_mono: dict[str, Nanoseconds] = {}
        self._doubts: dict[str, tuple[Nanoseconds, int]] = {}
        """Groups whose making nobody confirmed: since when (monotonic), and how many lists lacked them."""
        self._reading_since: Nanoseconds | None = None

    def doubt(self, key: str) -> None:
        """What an earlier run asked for is looked for."""
        self._doubts[key] = (self._desk.mono, 0)

    def want(self, strategy: str, exchange_index: int) -> None:
        self._wanted[strategy, exchange_index] = None
        self.look_on()

    def tries(self, key: str) -> int:
        """How often in a row something about a group has failed."""
        return self._tries.get(key, 0)

    def is_due(self, key: str) -> bool:
        """Whether the pause after a failure is over."""
        return self._again_mono.get(key, 0) <= self._desk.mono

    def answered(self, key: str) -> None:
        self._asked.pop(key, None)

    def read_failed(self) -> None:
        self._reading_since = None
        self.later("")

    def look_on(self) -> None:
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

    def listed(self, event: GroupsRead) -> None:
        self._reading_since = None
        for key in list(self._doubts):
            self._resolve(key, event)
        if not self._is_making():
            for strategy, exchange_index in self._due_wishes()[:1]:
                self._make(strategy, exchange_index, event)
        if self._doubts or self._wanted:
            self.later("")
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
        self.ask(key, desk.money.groups[key], GroupVerb.CREATE)

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
            self.lost(key, record, "in no list of the account's groups")

    def created(self, key: str, record: GroupRecord, event: GroupAnswered) -> None:
        if record.state is not _CREATING:
            return
        if event.outcome is GroupOutcome.DONE:
            self._made(key, record, event.group_id)
        elif event.outcome is GroupOutcome.UNKNOWN:
            self._doubts[key] = (self._desk.mono, 0)
            self.look_on()
        else:
            self.lost(key, record, event.cause)

    def _made(self, key: str, record: GroupRecord, group_id: str) -> None:
        self.is_well(key)
        self._doubts.pop(key, None)
        moved(self._desk, record, _READY, group_id=group_id, before=())
        self.look_on()

    def lost(self, key: str, record: GroupRecord, cause: str) -> None:
        """There is none, and another one is made: after a while where making it failed. One that holds its
        strategy goes on to, until a person resumes."""
        desk = self._desk
        if record.state is _TRIGGERED and record.group_id:
            moved(self._desk, record, _TRIGGERED, group_id="", text=record.text)
            return
        desk.record(GroupMoved(record.strategy, record.exchange_index, _GONE, desk.at, text=cause))
        self._wanted[record.strategy, record.exchange_index] = None
        self.failed(key, cause)
        self.look_on()
        self.later("")

    def failed(self, key: str, cause: str) -> None:
        """Counts what failed in a row, with a longer pause each time; told once."""
        desk, tries = self._desk, self._tries.get(key, 0) + 1
        self._tries[key] = tries
        wait_ns = min(_LONGEST_RETRY_NS, desk.timings.read_retry_ns << min(tries - 1, 10))
        self._again_mono[key] = desk.mono + wait_ns
        if tries == _TELL_AFTER:
            text = f"order group {key}: {cause}; the strategy's entries wait for it"
            desk.alert(AlertLevel.WARNING, "ORDER_GROUP_MISSING", text, key)

    def is_well(self, key: str) -> None:
        self._tries.pop(key, None)
        self._again_mono.pop(key, None)

    def later(self, key: str) -> None:
        """Sets the time of the next try; of the list, not before the first wish is due again."""
        desk = self._desk
        when = self._again_mono.get(key, 0)
        if not key and not self._doubts:
            when = min((self._again_mono.get(group_key(*wish), 0) for wish in self._wanted), default=0)
        soonest = desk.mono + desk.timings.lookup_spacing_ns
        desk.timers.after_mono(max(soonest, when), Due.ORDER_GROUP, key)

    def ask(self, key: str, record: GroupRecord, verb: GroupVerb) -> None:
        if key in self._asked:
            return
        self._asked[key] = verb
        limit_c = record.limit_c if verb is GroupVerb.CREATE else group_limit_c(self._desk.limits)
        self._desk.ask(ChangeGroup(key, verb, record.group_id, limit_c, record.exchange_index))


def moved(desk: Desk, record: GroupRecord, state: GroupState, **changes: Any) -> None:
    """Writes down what a group is now; what is not named stays, but for the words of a hold."""
    kept: dict[str, Any] = {
        "group_id": record.group_id,
        "limit_c": record.limit_c,
        "before": record.before,
        "triggered_ns": record.triggered_ns,
    }
    desk.record(GroupMoved(record.strategy, record.exchange_index, state, desk.at, **(kept | changes)))
