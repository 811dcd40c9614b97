"""Limits that change while the engine runs: lowered at once, raised on real money with a reason and a wait.

A limit that was raised in the configuration file between two runs waits in the same way. What was changed by
command holds until it is changed again, here or in the file.
"""

from __future__ import annotations

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel
from engine.core.facts.limits import LimitRaiseAsked, LimitsConfigured, LimitSet
from engine.core.limit_record import LimitRecord
from engine.core.limit_table import LIMITS, LimitSpec, effective, values_of
from engine.core.settings import Limits
from engine.core.timers import Due
from engine.domain.command import SetLimit
from engine.domain.units import MINUTE_NS, Nanoseconds

RAISE_WAIT_NS: Nanoseconds = 15 * MINUTE_NS
_WAIT = "15 minutes"
FILE = "config.toml"
_REAL_MONEY = "live"
_LONGEST_REASON = 500


class LimitDesk:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def start(self, *, is_first_run: bool) -> None:
        """Takes what the file says differently than at the last start, and waits on for what is pending."""
        desk = self._desk
        now = values_of(desk.settings.limits)
        before = desk.money.limits_configured or values_of(Limits())
        if now != before:
            held = effective(_with(desk.settings.limits, before), desk.money.limits)
            desk.record(LimitsConfigured(now, desk.at))
            for name in () if is_first_run else now:
                if now[name] != before.get(name):
                    self._follow_file(LIMITS[name], values_of(held)[name], now[name])
        for name, record in desk.money.limits.items():
            if record.pending is not None:
                self._await(name, max(0, record.wait_ns - desk.passed_since(record.asked_at)))
        self._take_effect()

    def set(self, body: SetLimit, who: str) -> Denial | str:
        """Changes a limit, or says why not; the text says when it acts."""
        spec = LIMITS.get(body.name)
        if spec is None:
            text = f"limit: got {body.name[:40]!r}, wanted one of {', '.join(LIMITS)}"
            return Denial(DenyCode.UNKNOWN_LIMIT, text)
        if not spec.least <= body.value <= spec.most:
            bounds = f"{spec.text(spec.least)} to {spec.text(spec.most)}"
            text = f"{spec.name}: got {spec.text(body.value)}, wanted {bounds}"
            numbers: dict[str, int | str] = {"value": body.value, "least": spec.least, "most": spec.most}
            return Denial(DenyCode.BAD_LIMIT, text, numbers)
        if not spec.loosens(self._value(spec), body.value) or not self._is_real_money:
            self._set(spec, body.value, who, body.reason)
            return f"{spec.name} is changed"
        if not body.reason.strip():
            text = f"reason: got nothing, wanted why {spec.name} may let more through"
            return Denial(DenyCode.REASON_MISSING, text)
        self._ask(spec, body.value, who, body.reason)
        return f"{spec.name} changes in {_WAIT}"

    def due(self, name: str) -> None:
        """A raise has waited long enough."""
        record = self._desk.money.limits.get(name)
        if record is not None and record.pending is not None:
            self._set(LIMITS[name], record.pending, record.who, record.reason)

    def acts_at(self, name: str) -> Nanoseconds | None:
        """When a pending raise acts, exchange time; None: there is none."""
        record = self._desk.money.limits.get(name, LimitRecord())
        return None if record.pending is None else record.asked_at + record.wait_ns

    @property
    def _is_real_money(self) -> bool:
        return self._desk.settings.venue == _REAL_MONEY

    def _value(self, spec: LimitSpec) -> int:
        value: int = getattr(self._desk.limits, spec.field)
        return value

    def _follow_file(self, spec: LimitSpec, held: int, value: int) -> None:
        """``held`` is what counted until now, by the file of before or by a command."""
        desk = self._desk
        if not spec.loosens(held, value) or not self._is_real_money:
            self._set(spec, value, FILE, "")
            return
        desk.record(LimitSet(spec.name, held, FILE, "", desk.at))
        self._ask(spec, value, FILE, f"{FILE} was changed")

    def _set(self, spec: LimitSpec, value: int, who: str, reason: str) -> None:
        desk = self._desk
        was = self._value(spec)
        desk.record(LimitSet(spec.name, value, who, reason.strip()[:_LONGEST_REASON], desk.at))
        desk.timers.drop(Due.LIMIT, spec.name)
        self._take_effect()
        if value != was:
            text = f"limit {spec.name}: {spec.text(was)} to {spec.text(value)}, by {who or 'nobody named'}"
            desk.alert(AlertLevel.WARNING, "LIMIT_SET", text, spec.name)

    def _ask(self, spec: LimitSpec, value: int, who: str, reason: str) -> None:
        desk = self._desk
        reason = reason.strip()[:_LONGEST_REASON]
        desk.record(LimitRaiseAsked(spec.name, value, who, reason, desk.at, RAISE_WAIT_NS))
        self._await(spec.name, RAISE_WAIT_NS)
        text = f"limit {spec.name}: {spec.text(value)} in {_WAIT}, by {who or 'nobody named'}: {reason}"
        desk.alert(AlertLevel.WARNING, "LIMIT_RAISE_ASKED", text, spec.name)

    def _await(self, name: str, left_ns: Nanoseconds) -> None:
        self._desk.timers.after_mono(self._desk.mono + left_ns, Due.LIMIT, name)

    def _take_effect(self) -> None:
        desk = self._desk
        desk.limits = effective(desk.settings.limits, desk.money.limits)


def _with(base: Limits, values: dict[str, int]) -> Limits:
    """``base`` with the values of these names; names that are none any more are passed over."""
    changed = {name: LimitRecord(value) for name, value in values.items()}
    return effective(base, changed)
