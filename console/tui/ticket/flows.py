"""The trading keys: tickets, closes, cancels, arming, flatten and kill, for the app that owns the screen.

Everything that happens goes through one :func:`console.tui.ticket.entry_state.step`; this class gives it what
the desk shows, carries out what it asks for, and says what came of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from console.tui.cells import Row
from console.tui.desk import Desk
from console.tui.ticket import events, questions
from console.tui.ticket.asking import Asking
from console.tui.ticket.audit import Audit
from console.tui.ticket.audit_lines import audit_transition
from console.tui.ticket.draft_rows import venue_word
from console.tui.ticket.drawing import MIN_HEIGHT, MIN_WIDTH, surface
from console.tui.ticket.editing import Draft
from console.tui.ticket.editing import press as press_in_draft
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.entry_state import may_open, step
from console.tui.ticket.lease import ARM_S, Lease
from console.tui.ticket.looking import known_order, scene_of
from console.tui.ticket.messages import TICKET, Message, denial, outcome
from console.tui.ticket.prefill import Prefill
from console.tui.ticket.questions import Ask, Question
from console.tui.ticket.scene import Scene
from console.tui.ticket.sheets import Sheets
from console.tui.ticket.ticket import Ticket, Verb
from console.tui.ticket.ways_out import WaysOut
from engine.domain.command import Acknowledge, ChangeCondition
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import ONE_CONTRACT_C, CountC, Nanoseconds, PriceBp

_OBSERVES = "this console only observes; start one without --observe to trade"


Face: TypeAlias = tuple[Ask | None, bool, Stage, int]


def _uuid() -> str:
    return str(uuid4())


class TicketDesk:
    """``entry``, ``question`` and ``sheets`` are what is on the surface; ``is_open``: there is something.

    ``say`` gets a line for the message row, ``settle`` what no longer holds of them, ``changed`` is called
    when the surface is to be drawn anew. The app calls :meth:`moved` after changes of the desk and
    :meth:`tick` a few times a second.
    """

    def __init__(
        self,
        desk: Desk,
        *,
        home: Path | None = None,
        say: Callable[[Message], None] = lambda _: None,
        settle: Callable[[str], None] = lambda _: None,
        changed: Callable[[], None] = lambda: None,
        mint: Callable[[], str] = _uuid,
        is_observing: bool = False,
    ) -> None:
        self.entry = Entry()
        self.question: Question | None = None
        self.audit = Audit(None if home is None else home / "logs" / "tickets.jsonl")
        self.changed = changed
        self._desk = desk
        self._say = say
        self._settle = settle
        self._mint = mint
        self._is_observing = is_observing
        self._asking = Asking(desk.tie, self._happened)
        self.lease = Lease(desk, self._asking, say)
        self._ways_out = WaysOut(desk, self._asking, self.audit, say, mint)
        self.sheets = Sheets(desk, self._asking, self.audit, say, mint)
        self._usual_c: CountC = ONE_CONTRACT_C
        self._is_roomy = True

    # What the app asks.

    @property
    def is_open(self) -> bool:
        """Whether the surface is to be shown, and has the keys."""
        is_asked = self.question is not None or self.sheets.sheet is not None
        return is_asked or self.entry.stage is not Stage.CLOSED

    @property
    def ticker(self) -> str:
        """The market that the surface is about; empty if none."""
        entry = self.entry
        if self.sheets.sheet is not None:
            return self.sheets.ticker
        if entry.flight is not None:
            return entry.flight.body.ticker
        return "" if entry.draft is None else entry.draft.ticket.ticker

    def rows(self, width: int, height: int) -> tuple[Row, ...]:
        """The surface in this much room."""
        is_roomy = width >= MIN_WIDTH and height >= MIN_HEIGHT
        if is_roomy is not self._is_roomy:
            self._is_roomy = is_roomy
            self.entry = step(self.entry, events.SceneMoved(self.scene(self.ticker))).entry
        scene = self.scene(self.ticker) if self.ticker else None
        if self.sheets.sheet is not None and self.question is None:
            return self.sheets.rows(scene or self.scene(""), width, height)
        return surface(self.entry, scene, self.question, width, height)

    def mono_ns(self) -> Nanoseconds:
        """The desk's steady clock, by which keys are judged."""
        return self._desk.mono_ns()

    def scene(self, ticker: str) -> Scene:
        return scene_of(
            self._desk,
            ticker,
            is_armed=self.lease.is_armed,
            armed_by=self.lease.armed_by,
            is_observing=self._is_observing,
            is_roomy=self._is_roomy,
            usual_c=self._usual_c,
        )

    # Tickets.

    def open_yes(self, ticker: str, price_bp: PriceBp | None = None) -> None:
        """A ticket to buy YES; without a price at what is asked for it now."""
        self.open_code(ticker, Prefill(Verb.OPEN, Leg.YES, price_bp=price_bp))

    def open_no(self, ticker: str, price_bp: PriceBp | None = None) -> None:
        self.open_code(ticker, Prefill(Verb.OPEN, Leg.NO, price_bp=price_bp))

    def close_position(self, ticker: str, count_c: CountC = 0) -> None:
        """REVIEW of the close of ``count_c`` (0: all that is free), priced through the book."""
        self.open_code(ticker, Prefill(Verb.CLOSE, count_c=count_c))

    def open_code(self, ticker: str, wanted: Prefill) -> None:
        """A ticket as a code prefilled it; a close goes on to REVIEW at once where it can."""
        refused = self._refusal(ticker, wanted)
        if refused:
            self._say(Message(refused, is_error=True))
            return
        self._look_at(ticker)
        scene = self.scene(ticker)
        if wanted.verb is Verb.CLOSE and scene.held_leg is None:
            self._say(
                Message(f"{ticker}: nothing is held, so nothing to close; POS shows what is", is_error=True)
            )
            return
        draft = _draft(ticker, wanted, scene)
        reviews = wanted.verb is Verb.CLOSE and wanted.price_bp is None
        self.question = None
        self.lease.renew()
        self._happened(events.Opened(draft, scene, self._mint(), reviews=reviews))

    def _refusal(self, ticker: str, wanted: Prefill) -> str:
        if not ticker:
            return "no market is chosen; go to a row, or type TICKER and a code"
        if self._is_observing:
            return _OBSERVES
        return may_open(self.entry, wanted.verb)

    def _look_at(self, ticker: str) -> None:
        if self._desk.loaded != ticker:
            self._desk.load(ticker)

    def key(self, key: str, pressed_ns: Nanoseconds) -> None:
        """A key on the surface; ``pressed_ns`` is when it was pressed, on the desk's steady clock."""
        if key == "K":
            self.kill()
            return
        if self.question is not None:
            self._key_in_question(self.question, key, pressed_ns)
            return
        if self.sheets.takes(key):
            self.sheets.key(key, pressed_ns, is_armed=self.lease.is_armed)
            self.changed()
            return
        if key == "A":
            self.toggle_arm()
            return
        if self.entry.stage is Stage.REVIEW and key in ("L", "i"):
            self._keep_for_later(key)
            return
        if self.entry.stage in (Stage.SENT, Stage.UNKNOWN, Stage.ACK) and key in ("c", "x"):
            self._way_out(key)
            return
        self.lease.renew()
        self._happened(events.Key(key, pressed_ns, self.scene(self.ticker), self._mint()))

    def _way_out(self, key: str) -> None:
        """While an order is under way its market can still be closed, and the order canceled."""
        if key == "c":
            self.close_position(self.ticker)
        else:
            self.cancel_order(self.entry.client_order_id)

    @property
    def face(self) -> Face:
        """What kind of surface there is: another one must be seen before a key counts on it."""
        asked = None if self.question is None else self.question.ask
        return asked, self.sheets.sheet is not None, self.entry.stage, id(self.entry.review)

    def painted(self, face: Face) -> None:
        """That surface stands on the screen, as :meth:`rows` gave it."""
        if face != self.face:
            return
        now = self._desk.mono_ns()
        if self.question is not None:
            self.question = questions.painted(self.question, now)
        elif self.sheets.sheet is not None:
            self.sheets.painted(now)
        elif self.entry.stage is not Stage.CLOSED:
            self.entry = step(self.entry, events.Painted(now)).entry

    def moved(self) -> None:
        """The desk changed."""
        self.lease.look()
        for flight in self.entry.flights:
            self._see(flight.client_order_id)
        if self.entry.stage is Stage.ACK:
            self._see(self.entry.client_order_id)
        if self.ticker:
            self._happened(events.SceneMoved(self.scene(self.ticker)))

    def _see(self, client_order_id: str) -> None:
        order = known_order(self._desk.replica, client_order_id)
        if order is not None:
            self._happened(events.OrderSeen(order))

    def tick(self) -> None:
        """Time passed."""
        self.lease.look()
        self._happened(events.Tick(self._desk.mono_ns(), self._desk.is_attached))

    def _happened(self, event: events.Event) -> None:
        before = self.entry
        done = step(before, event)
        self.entry = done.entry
        for effect in done.effects:
            if isinstance(effect, events.LookUp):
                self._asking.look_up(effect.flight)
            else:
                self._asking.order(effect.flight)
        if (
            isinstance(event, events.Opened)
            and self.entry.draft is not event.draft
            and before is not self.entry
        ):
            self._say(Message(self.entry.note, is_error=True))
        audit_transition(self.audit, before, self.entry, event, self._desk.now_ns)
        if self.entry != before:
            self._tell(before)
            self.changed()

    def _tell(self, before: Entry) -> None:
        """A line for what came of an order that was sent."""
        entry = self.entry
        for landed in {flight.client_order_id for flight in before.flights}:
            if landed not in {flight.client_order_id for flight in entry.flights}:
                self._settle(landed)
        if entry.stage is before.stage and entry.order == before.order:
            return
        if entry.stage is Stage.SENT and before.stage is Stage.REVIEW:
            self._usual_c = self._sent_c(entry)
        elif entry.stage is Stage.ACK and entry.order is not None:
            self._say(Message(outcome(entry.order), about=TICKET))
        elif entry.stage is Stage.REJECT and entry.answer is not None:
            self._say(Message(denial(entry.answer), is_error=True, about=TICKET))
        elif entry.stage is Stage.REJECT and entry.order is not None:
            self._say(Message(outcome(entry.order), is_error=True, about=TICKET))
        elif entry.stage is Stage.UNKNOWN:
            text = (
                "UNKNOWN: the engine is finding out and will not send it twice; c closes, x cancels meanwhile"
            )
            self._say(Message(text, is_error=True, about=entry.client_order_id))

    def _sent_c(self, entry: Entry) -> CountC:
        ticket = None if entry.draft is None else entry.draft.ticket
        return self._usual_c if ticket is None or ticket.verb is Verb.CLOSE else ticket.count_c

    # Plans, conditions, loaded tickets.

    def edit_plan(self, ticker: str) -> None:
        """What guards the position of a market, to be set, changed or dropped. Needs no arming."""
        if self._may_open_sheet() and self.sheets.open_plan(ticker):
            self._look_at(ticker)
            self.changed()

    def open_pad(self) -> None:
        """The loaded tickets, each sent by its digit."""
        if self._may_open_sheet():
            self.sheets.open_pad()
            self.changed()

    def acknowledge(self) -> None:
        """Whoever sits here has heard of every urgent alert."""
        status = self._desk.status
        if status is None or not status.alerts:
            self._say(Message("no alert is open"))
        elif not self._is_observing:
            done = f"{len(status.alerts)} alerts heard: they are not sent again"
            self._asking.start(self.sheets.ask(Acknowledge(), done))

    def change_condition(self, condition_id: str, change: str) -> None:
        if condition_id not in self._desk.replica.desk.conditions:
            self._say(Message("no condition is chosen; go to a row of COND"))
        elif not self._is_observing:
            body = ChangeCondition(condition_id, change)
            self._asking.start(self.sheets.ask(body, f"condition {condition_id[:8]}: {change}d"))

    def _may_open_sheet(self) -> bool:
        if self._is_observing:
            self._say(Message(_OBSERVES, is_error=True))
        elif self.entry.stage is not Stage.CLOSED:
            self._say(Message("a ticket is open; Esc leaves it first", is_error=True))
        else:
            return True
        return False

    def _keep_for_later(self, key: str) -> None:
        """The reviewed ticket is loaded into a slot, or shall wait for a condition."""
        assert self.entry.review is not None
        ticket = self.entry.review.ticket
        self.entry = Entry(parked=self.entry.parked)
        if key == "L":
            self.sheets.load(ticket)
        else:
            self.sheets.open_condition(ticket)
        self.changed()

    # Arming, cancels, everything at once.

    def toggle_arm(self) -> None:
        """Disarms at once; arming asks for Enter."""
        if self._is_observing:
            self._say(Message(_OBSERVES, is_error=True))
        elif self.lease.is_armed:
            self._asking.start(self.lease.arm(0))
        else:
            status = self._desk.status
            self._ask(questions.arming("" if status is None else venue_word(status.venue)[0]))

    def cancel_order(self, client_order_id: str) -> None:
        """At once, without a question: a cancel takes risk away."""
        self._asking.start(self._ways_out.cancel(client_order_id))

    def cancel_market(self, ticker: str) -> None:
        """Asks for Enter, then cancels all orders of ours in a market."""
        mine = self._ways_out.working(ticker)
        if mine:
            self._ask(questions.canceling(ticker, len(mine)))
        else:
            self._say(Message(f"{ticker}: no order of ours works here; ORD shows all"))

    def flatten(self) -> None:
        """Closes every position after their number was typed."""
        held = self._ways_out.held()
        if held:
            self._ask(questions.flattening(held))
        else:
            self._say(Message("nothing is held, so nothing to flatten"))

    def kill(self) -> None:
        """Halts the engine and disarms, without a question; pressed again soon, exits stop too."""
        self.question = self.sheets.sheet = None
        if self.entry.stage in (Stage.TICKET, Stage.REVIEW):
            self.entry = Entry(parked=self.entry.parked)
        self._asking.start(self._ways_out.kill(self._desk.mono_ns(), is_armed=self.lease.is_armed))
        self.changed()

    # Questions.

    def _ask(self, question: Question) -> None:
        if self.entry.stage in (Stage.TICKET, Stage.REVIEW) and question.ask is not Ask.ARM:
            self.entry = Entry(parked=self.entry.parked)
        self.question = question
        self.changed()

    def _key_in_question(self, question: Question, key: str, pressed_ns: Nanoseconds) -> None:
        reply = questions.press(question, key, pressed_ns)
        self.question = reply.question
        if reply.is_yes:
            self._do(question)
        if reply.question is None and self.entry.stage is not Stage.CLOSED:
            # What lay under the question must be looked at again before a key counts in it.
            self.entry = replace(self.entry, shown_ns=None)
        if reply.question is None:
            self.sheets.unseen()
        self.changed()

    def _do(self, question: Question) -> None:
        match question.ask:
            case Ask.ARM:
                self._asking.start(self.lease.arm(ARM_S))
            case Ask.CANCEL_MARKET:
                self._asking.start(self._ways_out.cancel_all(question.ticker))
            case Ask.FLATTEN:
                self._asking.start(self._ways_out.flatten())

    async def settled(self) -> None:
        """Waits until no command is under way."""
        await self._asking.settled()

    async def stop(self) -> None:
        """Leaves: nothing is waited for, nothing is taken back."""
        await self._asking.stop()
        self.audit.close()


def _draft(ticker: str, wanted: Prefill, scene: Scene) -> Draft:
    """The ticket with what was not said filled in: one contract, the other side's price; of a close all."""
    closes = wanted.verb is Verb.CLOSE
    leg = wanted.leg or scene.held_leg or Leg.YES
    default_life = TimeInForce.IMMEDIATE_OR_CANCEL if closes else TimeInForce.GOOD_TILL_CANCELED
    ticket = Ticket(
        ticker=ticker,
        leg=leg,
        verb=wanted.verb,
        count_c=wanted.count_c or (scene.free_c if closes else ONE_CONTRACT_C),
        price_bp=wanted.price_bp,
        time_in_force=wanted.time_in_force or default_life,
        post_only=wanted.post_only,
        far=wanted.far,
        again=wanted.again,
        flip=wanted.flip,
        take_profit=wanted.take_profit,
        stop_loss=wanted.stop_loss,
    )
    draft = Draft(ticket)
    return replace(press_in_draft(draft, "a", scene), note="") if ticket.price_bp is None else draft
