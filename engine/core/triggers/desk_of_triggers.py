"""Orders prepared for later, as the engine's other parts see them: commands in, times and prices in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from engine.core.answers import Answers
from engine.core.denial import Denial
from engine.core.desk import Desk
from engine.core.effects import Answer
from engine.core.inputs import Command, Observation
from engine.core.placing import Placing
from engine.core.triggers.conditions import Conditions, Done
from engine.core.triggers.loads import Loads
from engine.core.universe import Universe
from engine.domain.command import AddCondition, ChangeCondition, FireLoad, SetLoad
from engine.domain.feed import IndexSeen

Prepared: TypeAlias = AddCondition | ChangeCondition | SetLoad | FireLoad


class Triggers:
    def __init__(self, desk: Desk, placing: Placing, universe: Universe, answers: Answers) -> None:
        self._desk = desk
        self._universe = universe
        self._answers = answers
        self._conditions = Conditions(desk, placing)
        self._loads = Loads(desk, placing)
        self.due_condition = self._conditions.due
        self.due_load = self._loads.due

    def start(self) -> None:
        """Called before the first reconciliation, which then reads the markets that are needed."""
        self._conditions.start()
        self._loads.start()
        self._universe.prepared = self._needed()

    def take(self, command: Command, body: Prepared) -> None:
        match body:
            case AddCondition():
                self._answer(command, self._conditions.arm(body, command.who, command.is_interactive))
            case ChangeCondition():
                self._answer(command, self._conditions.change(body))
            case SetLoad():
                self._answer(command, self._loads.set(body) or Done("done"))
            case FireLoad():
                self._fire(command, body)
        self._carry()

    def index(self, event: IndexSeen) -> None:
        self._conditions.hear(event)
        self._conditions.index_moved(event.index_id)

    def level(self, event: Observation) -> None:
        """An index or a spot price, told by a source beside the exchange."""
        if self._conditions.hear_level(event):
            self._conditions.index_moved(event.key)

    def waiting_for(self, kinds: Sequence[str]) -> str:
        """How many armed conditions look at values of these kinds, in words; empty: none."""
        keys = [key for kind, key in self._desk.observations.by_key if kind in kinds]
        count = sum(len(self._conditions.lookout.by_index(key)) for key in dict.fromkeys(keys))
        return "" if not count else f"{count} condition{'s' if count > 1 else ''}"

    def look_around(self, _: str = "") -> None:
        self._conditions.look_around()
        self._carry()

    def _fire(self, command: Command, body: FireLoad) -> None:
        """A request whose order is there already gets that one's outcome."""
        name = body.client_order_id
        known = self._desk.money.orders.get(name)
        if known is not None:
            self._answers.await_order(command.command_id, known)
            return
        denial = self._loads.fire(body, command.who, command.is_interactive)
        if denial is None:
            self._answers.await_new(command.command_id, name)
        else:
            self._answers.deny(command.command_id, denial, name)

    def _answer(self, command: Command, result: Denial | Done) -> None:
        if isinstance(result, Denial):
            self._answers.deny(command.command_id, result)
            return
        answer = Answer(command.command_id, result.client_order_id, text=result.text, numbers=result.numbers)
        self._answers.give(answer)

    def _needed(self) -> dict[str, None]:
        return dict.fromkeys((*self._conditions.lookout.markets(), *self._loads.markets()))

    def _carry(self) -> None:
        """The feed carries the books of what is prepared."""
        needed = self._needed()
        if needed != self._universe.prepared:
            self._universe.prepared = needed
            self._universe.carry()
