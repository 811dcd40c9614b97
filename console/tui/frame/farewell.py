"""What is said when the screen is gone: what goes on without it, and how to come back."""

from __future__ import annotations

from console.tui.desk import Desk
from engine.domain.units import MINUTE_NS


def farewell(desk: Desk) -> str:
    """Two lines, or one when the engine was not there."""
    status = desk.status
    if status is None or not desk.is_attached:
        return "The engine was not attached when you left; see what it does with: sparko status"
    held = _counted(status.positions, "open position")
    rests = _counted(status.resting_orders, "resting order")
    up_min = status.uptime_ns // MINUTE_NS
    return (
        f"The engine keeps running (pid {status.pid}, up {up_min} min, {held}, {rests}).\n"
        "Come back: sparko-console   End it: sparko stop"
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
