"""Each command is answered once, and a repetition with the same answer."""

from __future__ import annotations

from collections import OrderedDict

from engine.core.denial import Denial, DenyCode
from engine.core.desk import Desk
from engine.core.effects import Answer
from engine.core.order_record import OrderRecord
from engine.domain.order import OrderState

_ASKING = (OrderState.INTENT, OrderState.SENT)


class Answers:
    """Who waits for which order. ``given`` remembers the newest answers by command id."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._placing: dict[str, tuple[str, ...]] = {}
        self._canceling: dict[str, dict[str, None]] = {}
        self._pending: dict[str, None] = {}
        self._given: OrderedDict[str, Answer] = OrderedDict()

    def repeat(self, command_id: str) -> bool:
        """Whether the command came before; if it was answered, its answer is given again."""
        earlier = self._given.get(command_id)
        if earlier is None:
            return command_id in self._pending
        self._desk.ask(earlier)
        return True

    def give(self, answer: Answer) -> None:
        self._pending.pop(answer.command_id, None)
        self._given[answer.command_id] = answer
        if len(self._given) > self._desk.settings.answers_kept:
            self._given.popitem(last=False)
        self._desk.ask(answer)

    def deny(self, command_id: str, denial: Denial, client_order_id: str = "") -> None:
        self.give(Answer(command_id, client_order_id, denial.code, denial.text, denial.numbers))

    def await_order(self, command_id: str, record: OrderRecord) -> None:
        """Answers as soon as the order has an outcome, at once if it has one."""
        client_order_id = record.terms.client_order_id
        if record.state in _ASKING:
            self._pending[command_id] = None
            waiting = self._placing.get(client_order_id)
            self._placing[client_order_id] = (*waiting, command_id) if waiting else (command_id,)
        else:
            self.give(_order_answer(command_id, record))

    def await_new(self, command_id: str, client_order_id: str) -> None:
        """As :meth:`await_order`, of an order that was just sent and that nobody waits for yet."""
        self._pending[command_id] = None
        self._placing[client_order_id] = (command_id,)

    def hold(self, command_id: str) -> None:
        """Its answer comes later, by :meth:`give` or :meth:`deny`."""
        self._pending[command_id] = None

    def await_cancel(self, command_id: str, client_order_id: str) -> None:
        self._pending[command_id] = None
        self._canceling.setdefault(client_order_id, {})[command_id] = None

    def order_settled(self, client_order_id: str) -> None:
        """The order has an outcome: acknowledged, refused, unknown or ended."""
        record = self._desk.money.orders[client_order_id]
        for command_id in self._placing.pop(client_order_id, ()):
            self.give(_order_answer(command_id, record))

    def refuse_order(self, client_order_id: str, denial: Denial) -> None:
        """An order that was waited for is not sent after all."""
        for command_id in self._placing.pop(client_order_id, ()):
            self.deny(command_id, denial, client_order_id)

    def cancel_settled(self, client_order_id: str, denial: Denial | None = None) -> None:
        record = self._desk.money.orders[client_order_id]
        for command_id in self._canceling.pop(client_order_id, {}):
            if denial is None:
                self.give(_order_answer(command_id, record))
            else:
                self.deny(command_id, denial, client_order_id)


def _order_answer(command_id: str, record: OrderRecord) -> Answer:
    """``text`` begins with the order's state; a refusal by the exchange carries its words."""
    numbers: dict[str, int | str] = {
        "state": record.state.value,
        "filled_c": max(record.filled_c, record.venue_filled_c),
        "count_c": record.terms.count_c,
    }
    deny_code = ""
    if record.state is OrderState.REJECTED:
        deny_code = DenyCode.NOT_SENT if record.cause.startswith("not sent") else DenyCode.REJECTED
    text = f"{record.state}: {record.cause}" if record.cause else record.state.value
    return Answer(command_id, record.terms.client_order_id, deny_code, text, numbers)
