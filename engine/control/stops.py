"""Everything that keeps entries off now, each with its code: what a resume did not change."""

from __future__ import annotations

from collections.abc import Iterator

from engine.control.risk_rows import limit_rows
from engine.control.rows.status import StopRow
from engine.core.breaker_record import BreakerCause
from engine.core.denial import DenyCode
from engine.core.engine import Engine
from engine.core.group_record import GroupState
from engine.core.modes import RUNNING
from engine.core.stage_record import Stage
from engine.domain.units import SECOND_NS

_OPEN = (True, True)
_USED_UP = {
    "total_loss": DenyCode.TOTAL_LOSS,
    "total_share": DenyCode.TOTAL_LOSS,
    "day_loss": DenyCode.DAILY_LOSS,
    "day_loss_share": DenyCode.DAILY_LOSS,
    "entries_per_minute": DenyCode.ENTRY_RATE,
    "bot_entries_per_hour": DenyCode.BOT_HOUR,
    "bot_entries_per_day": DenyCode.BOT_DAY,
}
"""Limits that are used up by what was done before, whatever the next entry is."""


def stop_rows(engine: Engine) -> tuple[StopRow, ...]:
    """What stops every entry first, then what stops some. The codes are those of the denials."""
    found = (*_engine(engine), *_breakers(engine), *_pauses(engine), *_limits(engine), *_strategies(engine))
    return tuple(StopRow(code.value, text) for code, text in found)


def _engine(engine: Engine) -> Iterator[tuple[DenyCode, str]]:
    if engine.is_stopping:
        yield DenyCode.STOPPING, "the engine is stopping"
    if not engine.is_ready:
        yield DenyCode.NOT_READY, "the engine reconciles with the exchange"
    if engine.mode != RUNNING:
        yield DenyCode.ENTRIES_OFF, f"the mode is {engine.mode}"


def _breakers(engine: Engine) -> Iterator[tuple[DenyCode, str]]:
    for record in engine.money.breakers.values():
        is_day = record.cause is BreakerCause.DAILY_LOSS
        code = DenyCode.DAILY_LOSS if is_day else DenyCode.BREAKER_OPEN
        yield code, f"breaker {record.cause}: {record.text}"


def _pauses(engine: Engine) -> Iterator[tuple[DenyCode, str]]:
    left_ns = engine.risk.breakers.pause_left_ns
    if left_ns:
        text = f"a position ended with a loss; entries go on in {-(-left_ns // SECOND_NS)} s"
        yield DenyCode.LOSS_PAUSE, text
    if engine.desk.exchange not in (None, _OPEN):
        yield DenyCode.EXCHANGE_PAUSED, engine.notice or "the exchange does not trade"
        return
    for shard, state in sorted(engine.status.items()):
        if state != _OPEN:
            yield DenyCode.EXCHANGE_PAUSED, f"shard {shard} of the exchange does not trade"


def _limits(engine: Engine) -> Iterator[tuple[DenyCode, str]]:
    for row in limit_rows(engine):
        code = _USED_UP.get(row.name)
        if code is not None and row.used is not None and row.used >= row.limit and row.used > 0:
            yield code, f"limit {row.name} is used up; {row.remedy}"


def _strategies(engine: Engine) -> Iterator[tuple[DenyCode, str]]:
    for name, stage, failure in engine.strategies:
        if failure or stage is Stage.OFF:
            why = f": {failure}" if failure else ""
            yield DenyCode.STAGE_OFF, f"strategy {name} is off{why}"
        elif stage is Stage.SHADOW:
            yield DenyCode.STAGE_SHADOW, f"strategy {name} is in the shadow"
    for group in engine.money.groups.values():
        if group.state in (GroupState.CREATING, GroupState.RESETTING):
            what = "made" if group.state is GroupState.CREATING else "reset"
            yield (
                DenyCode.NO_ORDER_GROUP,
                f"the order group of {group.strategy} is being {what}; its entries wait",
            )
