"""What else may be on the ticket's surface: a plan, a conditional order, the pad of loaded tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

from console.tui.cells import Row
from console.tui.desk import Desk
from console.tui.ticket import condition_draft, pad, plan_draft
from console.tui.ticket.asking import Asking
from console.tui.ticket.audit import Audit
from console.tui.ticket.condition_draft import ConditionDraft, prepared
from console.tui.ticket.foot import KeyLabels
from console.tui.ticket.messages import Message, outcome
from console.tui.ticket.pad import Pad, free_slot
from console.tui.ticket.plan_draft import PlanDraft, draft_of
from console.tui.ticket.plan_rows import KEYS as PLAN_KEYS
from console.tui.ticket.plan_rows import plan_surface
from console.tui.ticket.scene import Scene
from console.tui.ticket.sheet_rows import CONDITION_KEYS, PAD_KEYS, condition_surface, pad_surface
from console.tui.ticket.ticket import Ticket
from engine.control.protocol import AnswerState
from engine.domain.bad_text import BadText
from engine.domain.command import (
    AddCondition,
    AlertBody,
    CommandBody,
    FireLoad,
    SetLoad,
)
from engine.domain.units import MINUTE_NS, Nanoseconds

Sheet: TypeAlias = PlanDraft | ConditionDraft | Pad
LOADED_FOR_NS: Nanoseconds = 30 * MINUTE_NS
"""How long a ticket that was loaded by a key waits for its own."""


class Sheets:
    """At most one is open: ``sheet``. ``say`` gets a line of what came of it."""

    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        audit: Audit,
        say: Callable[[Message], None],
        mint: Callable[[], str],
    ) -> None:
        self.sheet: Sheet | None = None
        self._desk = desk
        self._asking = asking
        self._audit = audit
        self._say = say
        self._mint = mint

    @property
    def ticker(self) -> str:
        match self.sheet:
            case PlanDraft(position=position):
                return position.ticker
            case ConditionDraft(ticket=ticket):
                return ticket.ticker
        return ""

    @property
    def keys(self) -> KeyLabels:
        """Those of the sheet that is open, for the last row of the screen."""
        match self.sheet:
            case PlanDraft():
                return PLAN_KEYS
            case ConditionDraft():
                return CONDITION_KEYS
            case Pad():
                return PAD_KEYS
        return ()

    def rows(self, scene: Scene, width: int, height: int) -> tuple[Row, ...]:
        match self.sheet:
            case PlanDraft() as plan:
                return plan_surface(plan, scene, width, height)
            case ConditionDraft() as condition:
                return condition_surface(condition, scene, width, height)
            case Pad() as opened:
                return pad_surface(opened, self._desk, scene, width, height)
        return ()

    def painted(self, mono_ns: Nanoseconds) -> None:
        match self.sheet:
            case PlanDraft() as plan:
                self.sheet = plan_draft.painted(plan, mono_ns)
            case ConditionDraft() as condition:
                self.sheet = condition_draft.painted(condition, mono_ns)
            case Pad() as opened:
                self.sheet = pad.painted(opened, mono_ns)

    def takes(self, key: str) -> bool:
        """Whether a key is the sheet's; the pad leaves ``A`` to arming."""
        return self.sheet is not None and not (key == "A" and isinstance(self.sheet, Pad))

    def unseen(self) -> None:
        """Something covered the sheet: it must be seen anew before a key counts."""
        if self.sheet is not None:
            self.sheet = replace(self.sheet, shown_ns=None)

    # Opening.

    def open_plan(self, ticker: str) -> bool:
        """What guards the position of a market, to be set, changed or dropped; whether there is one."""
        position = self._desk.replica.desk.positions.get(ticker)
        if position is None:
            self._say(Message(f"{ticker or 'no market'}: nothing is held to guard; POS shows what is"))
            return False
        self.sheet = draft_of(position, self._desk.replica.desk.plans.get(ticker))
        return True

    def open_condition(self, ticket: Ticket) -> None:
        """A reviewed ticket that shall wait for something."""
        self.sheet = ConditionDraft(ticket)

    def open_pad(self) -> None:
        self.sheet = Pad()

    def load(self, ticket: Ticket) -> None:
        """Puts a reviewed ticket into the lowest free slot."""
        slot = free_slot(self._desk.replica.desk.loads)
        if slot is None:
            self._say(Message("all nine slots are taken; L, d and a digit empty one", is_error=True))
            return
        try:
            body = SetLoad(slot, prepared(ticket), self._desk.now_ns + LOADED_FOR_NS)
        except BadText as error:
            self._say(Message(str(error), is_error=True))
            return
        self._send(body, f"slot {slot} is loaded for 30 min; L and {slot} send it")

    # Keys.

    def key(self, key: str, pressed_ns: Nanoseconds, *, is_armed: bool) -> None:
        match self.sheet:
            case PlanDraft() as plan:
                told = plan_draft.press(plan, key, pressed_ns)
                self.sheet = told.draft
                if told.body is not None:
                    self._send(told.body, f"plan of {told.body.ticker}: done; POS shows it")
            case ConditionDraft() as condition:
                self._key_in_condition(condition, key, pressed_ns)
            case Pad() as opened:
                self._key_in_pad(opened, key, pressed_ns, is_armed=is_armed)

    def _key_in_condition(self, draft: ConditionDraft, key: str, pressed_ns: Nanoseconds) -> None:
        told = condition_draft.press(draft, key, pressed_ns, self._desk.now_ns, self._desk.replica.levels())
        self.sheet = told.draft
        if told.terms is not None:
            body = AddCondition(self._mint(), told.terms, draft.now)
            self._send(body, "the condition is armed; COND shows it, x there takes it away")

    def _key_in_pad(self, opened: Pad, key: str, pressed_ns: Nanoseconds, *, is_armed: bool) -> None:
        told = pad.press(opened, key, pressed_ns, self._desk.replica.desk.loads, is_armed=is_armed)
        self.sheet = told.pad
        if told.fire:
            self._send(FireLoad(told.fire, self._mint()), f"slot {told.fire} is sent; ORD and POS show it")
        elif told.empty:
            self._send(SetLoad(told.empty, None), f"slot {told.empty} is empty")

    def _send(self, body: CommandBody, done: str) -> None:
        self._asking.start(self.ask(body, done))

    async def ask(self, body: CommandBody | AlertBody, done: str) -> None:
        """Asks the engine, and says what came of it."""
        answer = await self._asking.command(body)
        self._audit.write("asked", self._desk.now_ns, {"body": body, "answer": answer})
        if isinstance(answer, str):
            self._say(Message(f"not answered: {answer}; look before you ask again", is_error=True))
        elif answer.state is AnswerState.DENIED:
            self._say(Message(f"{answer.deny_code}: {answer.text}", is_error=True))
        elif answer.state is AnswerState.UNKNOWN:
            self._say(Message(f"UNKNOWN: {answer.text}; ORD shows what becomes of it", is_error=True))
        elif answer.order is not None:
            self._say(Message(outcome(answer.order)))
        else:
            self._say(Message(done))
