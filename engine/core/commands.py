"""What people ask for, each answered once."""

from __future__ import annotations

from engine.core.answers import Answers
from engine.core.cancels import Cancels
from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import Answer
from engine.core.exits.exits import Exits
from engine.core.facts.orders import EXTERNAL, MANUAL
from engine.core.inputs import Command
from engine.core.killing import working_entries
from engine.core.lease import Leases
from engine.core.order_groups import OrderGroups
from engine.core.placing import Placing
from engine.core.risk import Risk
from engine.core.stance import Stance
from engine.core.triggers.desk_of_triggers import Triggers
from engine.core.universe import Universe
from engine.domain.command import (
    AddCondition,
    Arm,
    CancelAll,
    CancelOrder,
    ChangeCondition,
    ClosePosition,
    DropPlan,
    FireLoad,
    Kill,
    PlaceOrder,
    Resume,
    SetExits,
    SetLimit,
    SetLoad,
    SetMode,
    SetPlan,
    SetStage,
    WatchMarkets,
)


class Commands:
    def __init__(
        self,
        desk: Desk,
        answers: Answers,
        placing: Placing,
        cancels: Cancels,
        leases: Leases,
        universe: Universe,
        stance: Stance,
        triggers: Triggers,
        risk: Risk,
        exits: Exits,
        groups: OrderGroups,
    ) -> None:
        self._desk = desk
        self._answers = answers
        self._placing = placing
        self._cancels = cancels
        self._leases = leases
        self._universe = universe
        self._stance = stance
        self._triggers = triggers
        self._risk = risk
        self._exits = exits
        self._groups = groups

    def take(self, command: Command) -> None:
        """A repeated command id gets the first one's answer and does nothing else."""
        if self._answers.repeat(command.command_id):
            return
        body = command.body
        if type(body) is PlaceOrder:
            self._place(command, body)
            return
        match body:
            case CancelOrder():
                self._cancel(command, body)
            case CancelAll():
                self._cancel_all(command, body)
            case ClosePosition():
                self._close(command, body)
            case WatchMarkets():
                self._reply(command, self._universe.watch(command.who, body.tickers))
            case Arm():
                self._reply(command, self._leases.arm(command.who, body.seconds))
            case SetMode() | Resume() | Kill() | SetExits() | SetStage():
                self._change_stance(command, body)
            case SetPlan() | DropPlan():
                self._exits.take(command, body)
            case SetLimit():
                self._set_limit(command, body)
            case AddCondition() | ChangeCondition() | SetLoad() | FireLoad():
                self._triggers.take(command, body)

    def _change_stance(self, command: Command, body: SetMode | Resume | Kill | SetExits | SetStage) -> None:
        if isinstance(body, Resume) and body.reason.strip():
            self._risk.breakers.resume(command.who, body.reason)
            self._groups.resume()
        self._stance.take(command, body)
        if isinstance(body, SetStage):
            self._groups.prepare()

    def stop(self) -> None:
        """No entries from now on, and those that work are canceled; orders that reduce stay."""
        self._desk.is_stopping = True
        self._cancels.want_all(working_entries(self._desk, foreign=False))

    def _place(self, command: Command, body: PlaceOrder) -> None:
        if body.key:
            earlier = self._desk.money.by_key.get(body.key)
            if earlier is not None:
                self._answers.await_order(command.command_id, self._desk.money.orders[earlier])
                return
        denial = self._placing.place(body, MANUAL, command.who, command.is_interactive)
        if denial is None:
            self._answers.await_new(command.command_id, body.client_order_id)
        else:
            self._answer_order(command.command_id, body.client_order_id, denial)

    def _close(self, command: Command, body: ClosePosition) -> None:
        known = self._desk.money.orders.get(body.client_order_id)
        if known is not None:
            self._answers.await_order(command.command_id, known)
            return
        self._answer_order(command.command_id, body.client_order_id, self._placing.close(body))

    def _cancel(self, command: Command, body: CancelOrder) -> None:
        record = self._desk.order(body.order)
        if record is None:
            text = (
                f"order: got {body.order}, which is neither a client order id nor an order id of this account"
            )
            self._answers.deny(command.command_id, Denial(DenyCode.ORDER_NOT_FOUND, text))
            return
        client_order_id = record.terms.client_order_id
        if client_order_id not in self._desk.money.working:
            text = f"order {client_order_id}: is {record.state} already"
            denial = Denial(DenyCode.ORDER_ENDED, text, {"state": record.state.value})
            self._answers.deny(command.command_id, denial, client_order_id)
            return
        self._answers.await_cancel(command.command_id, client_order_id)
        self._cancels.want(record)

    def _cancel_all(self, command: Command, body: CancelAll) -> None:
        """Answered at once with how many are being canceled."""
        ours = [record for record in self._desk.working(body.ticker) if record.terms.owner != EXTERNAL]
        for record in ours:
            self._cancels.want(record)
        text = f"canceling {len(ours)} orders"
        self._answers.give(Answer(command.command_id, text=text, numbers={"orders": len(ours)}))

    def _set_limit(self, command: Command, body: SetLimit) -> None:
        done = self._risk.limits.set(body, command.who)
        if isinstance(done, Denial):
            self._answers.deny(command.command_id, done)
        else:
            self._answers.give(Answer(command.command_id, text=done))

    def _answer_order(self, command_id: str, client_order_id: str, denial: Denial | None) -> None:
        """A request whose order is there already gets that one's outcome."""
        if denial is None:
            self._answers.await_new(command_id, client_order_id)
        elif denial.code is DenyCode.ID_USED:
            self._answers.await_order(command_id, self._desk.money.orders[client_order_id])
        else:
            self._answers.deny(command_id, denial, client_order_id)

    def _reply(self, command: Command, denial: Denial | None) -> None:
        if denial is None:
            self._answers.give(Answer(command.command_id, text="done"))
        else:
            self._answers.deny(command.command_id, denial)
