"""How much each alert matters, in one table.

A sink takes an alert from its own ``min_level`` on; an urgent one is sent again until somebody acknowledges
it. The level is the higher one of this table and of the alert itself, and for a code that is not in the table
the alert's own.
"""

from __future__ import annotations

from engine.core.effects import Alert, AlertLevel

ENGINE_STARTED = "ENGINE_STARTED"
ENGINE_STOPPED = "ENGINE_STOPPED"
ENGINE_DELAYED = "ENGINE_DELAYED"
SINK_FAILING = "SINK_FAILING"
ALERTS_INCOMPLETE = "ALERTS_INCOMPLETE"
STORE_FAILED = "ALERT_STORE_FAILED"

RANK = {AlertLevel.NOTE: 0, AlertLevel.WARNING: 1, AlertLevel.URGENT: 2}

LEVELS: dict[str, AlertLevel] = {
    "FILL": AlertLevel.NOTE,
    "TAKE_PROFIT": AlertLevel.NOTE,
    "STOP_LOSS": AlertLevel.WARNING,
    "DISASTER": AlertLevel.WARNING,
    "TRAILING": AlertLevel.WARNING,
    "TIME_STOP": AlertLevel.NOTE,
    "SL_BLOCKED": AlertLevel.URGENT,
    "EXITS_OFF": AlertLevel.URGENT,
    "UNKNOWN_LONG": AlertLevel.URGENT,
    "KILLED": AlertLevel.URGENT,
    "BREAKER_OPEN": AlertLevel.URGENT,
    "DAILY_LOSS": AlertLevel.URGENT,
    "FEED_LOST": AlertLevel.WARNING,
    "RECONCILE_LATE": AlertLevel.WARNING,
    "JOURNAL_FAILED": AlertLevel.URGENT,
    ENGINE_STARTED: AlertLevel.NOTE,
    ENGINE_STOPPED: AlertLevel.NOTE,
    ENGINE_DELAYED: AlertLevel.URGENT,
    SINK_FAILING: AlertLevel.WARNING,
    ALERTS_INCOMPLETE: AlertLevel.WARNING,
    STORE_FAILED: AlertLevel.WARNING,
}


def level_of(alert: Alert) -> AlertLevel:
    return max(alert.level, LEVELS.get(alert.code, AlertLevel.NOTE), key=RANK.__getitem__)
