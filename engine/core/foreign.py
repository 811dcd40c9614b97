"""Somebody else trades the account: what we count and what is there would part, so entries are off.

What was there before the engine was ready is taken over without that: it is what the account came with.
"""

from __future__ import annotations

from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.facts.stance import ModeSet
from engine.core.modes import NO_NEW_ENTRIES, RUNNING

REASON = "another program trades this account"


def seen_foreign(desk: Desk) -> None:
    """An order or a fill that no order of ours explains came while the engine was at work."""
    if not desk.is_ready or not desk.settings.foreign_orders_stop_entries:
        return
    if desk.money.mode in ("", RUNNING):
        desk.record(ModeSet(NO_NEW_ENTRIES, "engine", REASON, desk.at))
        desk.alert(AlertLevel.URGENT, "FOREIGN_ORDER", f"entries are off: {REASON}")
