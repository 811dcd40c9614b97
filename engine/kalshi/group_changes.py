"""Changes of order groups for the core: each is sent once, and what came of it is told."""

from __future__ import annotations

from typing import Any, assert_never

from engine.core.effects import ChangeGroup, GroupVerb
from engine.core.inputs import GroupAnswered, GroupOutcome
from engine.kalshi import outcome
from engine.kalshi.rest.order_groups import OrderGroupWrites

_NOT_FOUND = 404


async def change_group(writes: OrderGroupWrites, effect: ChangeGroup) -> GroupAnswered:
    """Does it; a reset or a limit may be asked again, a creation may not before its outcome is known."""
    found: outcome.Outcome[Any]
    match effect.verb:
        case GroupVerb.CREATE:
            found = await writes.create(effect.limit_c, exchange_index=effect.exchange_index)
        case GroupVerb.RESET:
            found = await writes.reset(effect.group_id)
        case GroupVerb.LIMIT:
            found = await writes.limit(effect.group_id, effect.limit_c)
        case _:
            assert_never(effect.verb)
    return _told(effect, found)


def _told(effect: ChangeGroup, found: outcome.Outcome[Any]) -> GroupAnswered:
    key, verb, group_id = effect.key, effect.verb, effect.group_id
    match found:
        case outcome.Answered(value=value):
            group_id = value if verb is GroupVerb.CREATE else group_id
            return GroupAnswered(key, verb, GroupOutcome.DONE, group_id, effect.limit_c)
        case outcome.Refused():
            is_gone = found.status == _NOT_FOUND and verb is not GroupVerb.CREATE
            how = GroupOutcome.GONE if is_gone else GroupOutcome.REFUSED
            return GroupAnswered(key, verb, how, group_id, cause=f"{found.status} {found.error}")
        case outcome.NotSent():
            cause = f"not sent: {found.cause}: {found.detail}"
            return GroupAnswered(key, verb, GroupOutcome.NOT_SENT, group_id, cause=cause)
        case outcome.OutcomeUnknown():
            cause = f"{found.cause}: {found.detail}"
            return GroupAnswered(key, verb, GroupOutcome.UNKNOWN, group_id, cause=cause)
        case _:
            assert_never(found)
