"""The engine's mode: it is made stricter at once, and loosened by a resume with a reason alone.

The mode, and whether exits by plan are on, live in the money state, so they are the same after a restart. A
kill lies in the home as a file too, which others may write while the engine cannot be asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.answers import Answers
from engine.core.cancels import Cancels
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel, Answer, LiftHalt, WriteHalt
from engine.core.facts.stance import ExitsSet, ModeSet
from engine.core.inputs import Command, HaltLifted, HaltSeen
from engine.core.killing import working_entries, working_plan_exits
from engine.core.modes import HALTED, MODES, RUNNING
from engine.core.order_record import OrderRecord
from engine.core.stages import Stages
from engine.domain.command import Kill, Resume, SetExits, SetMode, SetStage
from engine.domain.halt import Halt

_LONGEST_REASON = 500
_NO_ONE = "nobody named"


class Stance:
    def __init__(self, desk: Desk, cancels: Cancels, answers: Answers, stages: Stages) -> None:
        self._desk = desk
        self._stages = stages
        self._cancels = cancels
        self._answers = answers
        self._resuming: dict[str, None] = {}
        """Commands that wait until the file of the kill is gone."""

    @property
    def mode(self) -> str:
        return self._desk.money.mode or RUNNING

    def take(self, command: Command, body: SetMode | Resume | Kill | SetExits | SetStage) -> None:
        match body:
            case SetStage():
                self._stages.take(command, body)
            case SetMode():
                self._reply(command, self._set(body, command.who))
            case Resume():
                self._resume(body, command)
            case Kill():
                self._kill(body, command)
            case SetExits():
                off = "" if body.is_on else _off_text(command.who, body.reason)
                self._set_exits(off, command.who)
                self._reply(command, None)

    def _set(self, body: SetMode, who: str) -> Denial | None:
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
            self._cancels.want_all(working_entries(self._desk, foreign=False))
        return None

    def _kill(self, body: Kill, command: Command) -> None:
        """HALTED, and every entry that works is canceled. Exits go on unless they are to stop too."""
        reason = _trimmed(body.reason)
        halt = Halt(command.command_id, self._desk.at, command.who, reason, body.exits_off)
        ended = self._halt(halt)
        money = self._desk.money
        held = sum(1 for record in money.positions.values() if record.position.count_c)
        stops = f"OFF ({money.exits_off})" if money.exits_off else "ON"
        text = f"HALTED: canceling {len(ended)} orders; {held} positions, exits by plan are {stops}"
        numbers: dict[str, int | str] = {
            "orders": len(ended),
            "positions": held,
            "exits_off": money.exits_off,
        }
        self._answers.give(Answer(command.command_id, text=text, numbers=numbers))

    def halt_seen(self, event: HaltSeen) -> None:
        """A kill by somebody who could not, or did not, ask: the file is there."""
        if not self._resuming and event.halt.halt_id != self._desk.money.halt_id:
            self._halt(event.halt)

    def _resume(self, body: Resume, command: Command) -> None:
        """Back to RUNNING with exits on; the reason is kept in the journal, then the kill's file goes."""
        if not body.reason.strip():
            text = "reason: got nothing, wanted why entries may go on"
            self._reply(command, Denial(DenyCode.REASON_MISSING, text))
            return
        halt_id = self._desk.money.halt_id
        if self.mode != RUNNING:
            self._record(RUNNING, command.who, body.reason)
        self._set_exits("", command.who)
        if halt_id:
            self._desk.ask(LiftHalt(halt_id))
        if halt_id or self._resuming:
            self._resuming[command.command_id] = None
            self._answers.hold(command.command_id)
        else:
            self._reply(command, None)

    def halt_lifted(self, event: HaltLifted) -> None:
        """The file is gone; or it is not, and then the engine stays halted."""
        waiting, self._resuming = self._resuming, {}
        if event.problem:
            text = f"HALT cannot be taken away: {event.problem}; entries stay off until it can"
            self._record(HALTED, "engine", text, event.halt_id)
            self._desk.alert(AlertLevel.URGENT, "HALT_STAYS", text)
        for command_id in waiting:
            if event.problem:
                self._answers.deny(command_id, Denial(DenyCode.HALT_STAYS, text))
            else:
                self._answers.give(Answer(command_id, text="done"))

    def _reply(self, command: Command, denial: Denial | None) -> None:
        if denial is None:
            self._answers.give(Answer(command.command_id, text="done"))
        else:
            self._answers.deny(command.command_id, denial)

    def _halt(self, halt: Halt) -> Sequence[OrderRecord]:
        """Obeys a kill and returns the orders that it takes back."""
        desk = self._desk
        is_news = halt.halt_id != desk.money.halt_id
        if is_news:
            self._record(HALTED, halt.who, halt.why, halt.halt_id)
        desk.ask(WriteHalt(halt))
        ended = working_entries(desk, foreign=True)
        self._cancels.want_all(ended)
        if halt.exits_off:
            ended += working_plan_exits(desk)
            self._set_exits(_off_text(halt.who, halt.why), halt.who)
        if is_news:
            stops = "exits by plan are OFF" if desk.money.exits_off else "exits stay on"
            text = f"killed by {halt.who or _NO_ONE}: {len(ended)} orders are canceled, {stops}"
            desk.alert(AlertLevel.URGENT, "KILLED", text)
        return ended

    def _set_exits(self, off: str, who: str) -> None:
        desk = self._desk
        if bool(off) == bool(desk.money.exits_off):
            return
        desk.record(ExitsSet(off, who, desk.at))
        if off:
            self._cancels.want_all(working_plan_exits(desk))
            desk.alert(AlertLevel.URGENT, "EXITS_OFF", f"exits by plan are OFF: {off}")
        else:
            desk.alert(AlertLevel.WARNING, "EXITS_ON", f"exits by plan are on again, by {who or _NO_ONE}")

    def _record(self, mode: str, who: str, reason: str, halt_id: str = "") -> None:
        desk = self._desk
        reason = _trimmed(reason)
        desk.record(ModeSet(mode, who, reason, desk.at, halt_id))
        why = f": {reason}" if reason else ""
        desk.alert(AlertLevel.WARNING, "MODE_SET", f"mode is {mode}, by {who or _NO_ONE}{why}")


def _trimmed(reason: str) -> str:
    return reason.strip()[:_LONGEST_REASON]


def _off_text(who: str, why: str) -> str:
    """Never empty: an empty one would mean that exits are on."""
    why = _trimmed(why)
    return f"by {who or _NO_ONE}: {why}" if why else f"by {who or _NO_ONE}"
