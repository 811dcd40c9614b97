"""What each strategy may do: its stage lives in the money state, so it is the same after a restart."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.answers import Answers
from engine.core.cancels import Cancels
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import AlertLevel, Answer
from engine.core.facts.stance import ShadowDecided, StageSet
from engine.core.inputs import Command
from engine.core.stage_record import RANK, Stage
from engine.core.strategy import Enter
from engine.domain.command import SetStage
from engine.domain.order import Leg
from engine.domain.units import Nanoseconds, cents, contracts

REAL_MONEY = ("demo", "live")
"""Venues on which a strategy begins OFF, and goes up only by its name typed by a person."""


class Stages:
    def __init__(self, desk: Desk, cancels: Cancels, answers: Answers, names: Sequence[str]) -> None:
        self._desk = desk
        self._cancels = cancels
        self._answers = answers
        self._names = tuple(names)
        self._told: dict[tuple[str, str, Leg], Nanoseconds] = {}
        """When an entry in the shadow was last written down, monotonic."""

    def stage(self, strategy: str) -> Stage:
        known = self._desk.money.stages.get(strategy)
        if known is not None and known.stage is not None:
            return known.stage
        settings = self._desk.settings
        begins_off = settings.strategies_begin_off or settings.venue in REAL_MONEY
        return Stage.OFF if begins_off else Stage.MONEY

    def is_asked(self, strategy: str) -> bool:
        """Whether it decides at all: one that is OFF only while it has something to look after."""
        return self.stage(strategy) is not Stage.OFF or self._is_engaged(strategy)

    def refusal(self, strategy: str, decision: Enter) -> Denial | None:
        """Why an entry that it decided is not sent; one in the shadow is told instead."""
        stage = self.stage(strategy)
        if stage is Stage.MONEY:
            return None
        if stage is Stage.OFF:
            return Denial(DenyCode.STAGE_OFF, f"strategy {strategy}: is off and takes no entries")
        self._tell(strategy, decision)
        return Denial(DenyCode.STAGE_SHADOW, f"strategy {strategy}: is in the shadow and never orders")

    def take(self, command: Command, body: SetStage) -> None:
        denial = self._set(body, command.who)
        if denial is None:
            self._answers.give(Answer(command.command_id, text=f"{body.strategy}: {body.stage}"))
        else:
            self._answers.deny(command.command_id, denial)

    def _set(self, body: SetStage, who: str) -> Denial | None:
        """Going down acts at once and takes its working entries back."""
        name = body.strategy
        if name not in self._names:
            known = ", ".join(self._names) or "none is installed"
            return Denial(DenyCode.UNKNOWN_STRATEGY, f"strategy: got {name[:60]!r}, wanted one of: {known}")
        if body.stage not in RANK:
            wanted = ", ".join(stage.value for stage in RANK)
            return Denial(DenyCode.UNKNOWN_STAGE, f"stage: got {body.stage[:40]!r}, wanted one of {wanted}")
        stage, before = Stage(body.stage), self.stage(name)
        goes_up = RANK[stage] > RANK[before]
        if goes_up and self._desk.settings.venue in REAL_MONEY and body.confirmed_name != name:
            where = self._desk.settings.venue
            text = f"strategy {name}: from {before} up to {stage} on {where} needs its name typed"
            return Denial(DenyCode.NAME_NEEDED, text, {"stage": before.value, "wanted": stage.value})
        known_record = self._desk.money.stages.get(name)
        if stage is not before or known_record is None or known_record.stage is None:
            self._desk.record(StageSet(name, stage, who, self._desk.at))
            text = f"strategy {name} is {stage.upper()} (was {before.upper()}), by {who or 'nobody named'}"
            self._desk.alert(AlertLevel.WARNING, "STAGE_SET", text, name)
        if stage is not Stage.MONEY:
            mine = [r for r in self._desk.working() if r.terms.owner == name and r.terms.opens]
            self._cancels.want_all(mine)
        return None

    def _is_engaged(self, strategy: str) -> bool:
        money = self._desk.money
        holds = any(r.owner == strategy and r.position.count_c for r in money.positions.values())
        return holds or any(record.terms.owner == strategy for record in self._desk.working())

    def _tell(self, strategy: str, decision: Enter) -> None:
        """Written down once a while for each market and leg: it may be decided at every change of a book."""
        desk = self._desk
        key = (strategy, decision.ticker, decision.leg)
        last = self._told.get(key)
        if last is not None and desk.mono - last < desk.timings.shadow_again_ns:
            return
        self._told[key] = desk.mono
        desk.record(
            ShadowDecided(
                strategy, decision.ticker, decision.leg, decision.price_bp, decision.count_c, desk.at
            )
        )
        what = f"{contracts(decision.count_c)} {decision.leg.upper()} at {cents(decision.price_bp)} c"
        desk.alert(
            AlertLevel.NOTE, "SHADOW", f"{strategy} would buy {what} in {decision.ticker}", decision.ticker
        )
