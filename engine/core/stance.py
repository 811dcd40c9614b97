"""The engine's mode: it is made stricter at once, and loosened by a resume with a reason alone."""

from __future__ import annotations

from engine.core.cancels import Cancels
from engine.core.changes import EXTERNAL, ModeSet
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.modes import HALTED, MODES, RUNNING
from engine.domain.command import Resume, SetMode

_LONGEST_REASON = 500


class Stance:
    """The mode lives in the money state, so it is the same after a restart."""

    def __init__(self, desk: Desk, cancels: Cancels) -> None:
        self._desk = desk
        self._cancels = cancels

    @property
    def mode(self) -> str:
        return self._desk.money.mode or RUNNING

    def set(self, body: SetMode, who: str) -> Denial | None:
        """Halting cancels the entries that work; orders that reduce stay."""
        if body.mode not in MODES:
            text = f"mode: got {body.mode[:40]!r}, wanted one of {', '.join(MODES)}"
            return Denial(DenyCode.UNKNOWN_MODE, text)
        if MODES.index(body.mode) < MODES.index(self.mode):
            text = f"mode: is {self.mode}; entries come back by a resume with a reason, not by {body.mode}"
            return Denial(DenyCode.RESUME_NEEDED, text, {"mode": self.mode})
        if body.mode != self.mode:
            self._record(body.mode, who, body.reason)
        if body.mode == HALTED:
            for record in self._desk.working():
                if record.terms.opens and record.terms.owner != EXTERNAL:
                    self._cancels.want(record)
        return None

    def resume(self, body: Resume, who: str) -> Denial | None:
        """Back to RUNNING; the reason is kept in the journal."""
        if not body.reason.strip():
            return Denial(DenyCode.REASON_MISSING, "reason: got nothing, wanted why entries may go on")
        if self.mode != RUNNING:
            self._record(RUNNING, who, body.reason)
        return None

    def _record(self, mode: str, who: str, reason: str) -> None:
        desk = self._desk
        reason = reason.strip()[:_LONGEST_REASON]
        desk.record(ModeSet(mode, who, reason, desk.at))
        why = f": {reason}" if reason else ""
        desk.alert(AlertLevel.WARNING, "MODE_SET", f"mode is {mode}, by {who or 'nobody named'}{why}")
