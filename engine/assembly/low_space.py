"""The disk is full and the ledger goes on in the room that was kept back: what is left of it is for exits."""

from __future__ import annotations

import uuid

from engine.core.effects import Alert, AlertLevel
from engine.core.inputs import Command
from engine.core.modes import NO_NEW_ENTRIES
from engine.domain.command import SetMode
from engine.ledger.base import StagingLedger
from engine.ports import Notifier
from engine.runtime import Runtime

DISK_FULL = "DISK_FULL"
_WHY = "the disk is full"


def watch_space(ledger: StagingLedger, runtime: Runtime, notifier: Notifier) -> None:
    """Has entries switched off, and people told, once the ledger had to spend its reserve."""

    def met() -> None:
        text = f"{_WHY}: the ledger goes on in its reserve, entries are off; make room, then resume"
        notifier.notify(Alert(AlertLevel.URGENT, DISK_FULL, text, DISK_FULL))
        runtime.post(Command(str(uuid.uuid4()), "engine", SetMode(NO_NEW_ENTRIES, _WHY)))

    ledger.on_low_space(met)
