"""Alerts on their way to people: into the log, and to whoever keeps and delivers them."""

from __future__ import annotations

import logging
from typing import Protocol

from engine.core.effects import Alert, AlertLevel

_log = logging.getLogger("engine.alert")
_LEVELS = {AlertLevel.URGENT: logging.ERROR, AlertLevel.WARNING: logging.WARNING}


class Keeper(Protocol):
    def tell(self, alert: Alert) -> None:
        """Returns at once."""
        ...


class LogNotifier:
    """Implements :class:`engine.ports.Notifier`: each alert is one line of the log."""

    def notify(self, alert: Alert) -> None:
        level = _LEVELS.get(alert.level, logging.INFO)
        _log.log(level, alert.text, extra={"code": alert.code, "alert": str(alert.level)})


class PeopleNotifier(LogNotifier):
    """The same, and to the keeper of alerts."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper

    def notify(self, alert: Alert) -> None:
        super().notify(alert)
        self._keeper.tell(alert)
