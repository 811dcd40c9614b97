"""Alerts on their way to people: into the log."""

from __future__ import annotations

import logging

from engine.core.effects import Alert, AlertLevel

_log = logging.getLogger("engine.alert")
_LEVELS = {AlertLevel.URGENT: logging.ERROR, AlertLevel.WARNING: logging.WARNING}


class LogNotifier:
    """Implements :class:`engine.ports.Notifier`: each alert is one line of the log."""

    def notify(self, alert: Alert) -> None:
        level = _LEVELS.get(alert.level, logging.INFO)
        _log.log(level, alert.text, extra={"code": alert.code, "alert": str(alert.level)})
