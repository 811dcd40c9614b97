"""How long a condition lives: until its own time is over, or its market has closed."""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.timers import NEVER, Due
from engine.core.triggers.condition_record import ConditionRecord
from engine.core.triggers.lookout import markets_of
from engine.core.triggers.validity import ENDED
from engine.domain.trigger import Source
from engine.domain.units import Nanoseconds


def is_expired(desk: Desk, record: ConditionRecord) -> bool:
    expires_ns = record.terms.expires_ns
    return expires_ns is not None and expires_ns <= desk.at


def has_closed(desk: Desk, record: ConditionRecord) -> bool:
    """As the markets are listed now; one that is listed no more closed when it was said to."""
    if not desk.is_ready:
        return False
    markets = [desk.markets.get(ticker) for ticker in markets_of(record.terms)]
    if any(market is not None and market.status in ENDED for market in markets):
        return True
    closes = [record.closes_ns if market is None else market.close_ns for market in markets]
    return desk.at >= min(closes)


def set_timer(desk: Desk, name: str) -> None:
    """For the next moment that matters to a live condition by itself."""
    record = desk.money.conditions.get(name)
    if record is None or not record.is_live:
        return
    moments: list[Nanoseconds] = [record.terms.expires_ns or NEVER]
    if record.terms.trigger.source is Source.TIME:
        moments.append(record.terms.trigger.level)
    coming = [moment for moment in moments if desk.at < moment < NEVER]
    if coming:
        desk.timers.after_at(min(coming), Due.CONDITION, name)
