"""The trading keys: tickets, closes, cancels, arming, flatten and kill, for the app that owns the screen.

Keys come here and go to the question, the sheet or the ticket that is on the surface. What adds risk goes
through one :func:`console.tui.ticket.entry_state.step`, run by :mod:`console.tui.ticket.entering`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias
from uuid import uuid4

from console.tui.cells import Row
from console.tui.desk import Desk
from console.tui.ticket import events
from console.tui.ticket.asking import Asking
from console.tui.ticket.audit import Audit
from console.tui.ticket.drafting import first_draft
from console.tui.ticket.drawing import MIN_HEIGHT, MIN_WIDTH, surface
from console.tui.ticket.entering import Entering
from console.tui.ticket.entry import Entry, Stage
from console.tui.ticket.entry_state import may_open
from console.tui.ticket.lease import Lease
from console.tui.ticket.looking import scene_of
from console.tui.ticket.messages import Message
from console.tui.ticket.prefill import Prefill
from console.tui.ticket.questions import Ask
from console.tui.ticket.requests import OBSERVES, Requests
from console.tui.ticket.scene import Scene
from console.tui.ticket.sheets import Sheets
from console.tui.ticket.ticket import Verb
from console.tui.ticket.ways_out import WaysOut
from engine.domain.order import Leg
from engine.domain.units import CountC, Nanoseconds, PriceBp

Face: TypeAlias = tuple[Ask | None, bool, Stage, int]


def _uuid() -> str:
    return str(uuid4())


class TicketDesk:
    """``entry``, ``requests.question`` and ``sheets`` are what is on the surface.

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
        self.audit = Audit(None if home is None else home / "logs" / "tickets.jsonl")
        self.changed = changed
        self._desk = desk
        self._say = say
        self._mint = mint
        self._is_observing = is_observing
        self._asking = Asking(desk.tie, self._answered)
        self._entering = Entering(desk, self._asking, self.audit, say, settle, self._redraw)
        self.lease = Lease(desk, self._asking, say)
        self.sheets = Sheets(desk, self._asking, self.audit, say, mint)
        self.requests = Requests(
            desk,
            self._asking,
            self.lease,
            WaysOut(desk, self._asking, self.audit, say, mint),
            self.sheets,
            say,
            self._entering.drop_draft,
            self._redraw,
            is_observing=is_observing,
        )
        self._is_roomy = True

    # What the app asks.

    @property
    def entry(self) -> Entry:
        """The ticket and what became of it."""
        return self._entering.entry

    @property
    def is_open(self) -> bool:
        """Whether the surface is to be shown, and has the keys."""
        is_asked = self.requests.question is not None or self.sheets.sheet is not None
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
            self._entering.quietly(events.SceneMoved(self.scene(self.ticker)))
        scene = self.scene(self.ticker) if self.ticker else None
        if self.sheets.sheet is not None and self.requests.question is None:
            return self.sheets.rows(scene or self.scene(""), width, height)
        return surface(self.entry, scene, self.requests.question, width, height)

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
            usual_c=self._entering.usual_c,
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
        draft = first_draft(ticker, wanted, scene)
        reviews = wanted.verb is Verb.CLOSE and wanted.price_bp is None
        self.requests.question = None
        self.lease.renew()
        self._entering.happened(events.Opened(draft, scene, self._mint(), reviews=reviews))

    def _refusal(self, ticker: str, wanted: Prefill) -> str:
        if not ticker:
            return "no market is chosen; go to a row, or type TICKER and a code"
        if self._is_observing:
            return OBSERVES
        return may_open(self.entry, wanted.verb)

    def _look_at(self, ticker: str) -> None:
        if self._desk.loaded != ticker:
            self._desk.load(ticker)

    def key(self, key: str, pressed_ns: Nanoseconds) -> None:
        """A key on the surface; ``pressed_ns`` is when it was pressed, on the desk's steady clock."""
        if key == "K":
            self.kill()
        elif self.requests.question is not None:
            self._key_in_question(key, pressed_ns)
        elif self.sheets.takes(key):
            self.sheets.key(key, pressed_ns, is_armed=self.lease.is_armed)
            self.changed()
        elif key == "A":
            self.requests.toggle_arm()
        elif self.entry.stage is Stage.REVIEW and key in ("L", "i"):
            self._keep_for_later(key)
        elif self.entry.stage in (Stage.SENT, Stage.UNKNOWN, Stage.ACK) and key in ("c", "x"):
            self._way_out(key)
        else:
            self.lease.renew()
            self._entering.happened(events.Key(key, pressed_ns, self.scene(self.ticker), self._mint()))

    def _way_out(self, key: str) -> None:
        """While an order is under way its market can still be closed, and the order canceled."""
        if key == "c":
            self.close_position(self.ticker)
        else:
            self.requests.cancel_order(self.entry.client_order_id)

    def _key_in_question(self, key: str, pressed_ns: Nanoseconds) -> None:
        if self.requests.key(key, pressed_ns):
            # What lay under the question must be looked at again before a key counts in it.
            self._entering.unseen()
            self.sheets.unseen()
        self.changed()

    @property
    def face(self) -> Face:
        """What kind of surface there is: another one must be seen before a key counts on it."""
        question = self.requests.question
        asked = None if question is None else question.ask
        return asked, self.sheets.sheet is not None, self.entry.stage, id(self.entry.review)

    def painted(self, face: Face) -> None:
        """That surface stands on the screen, as :meth:`rows` gave it."""
        if face != self.face:
            return
        now = self._desk.mono_ns()
        if self.requests.question is not None:
            self.requests.painted(now)
        elif self.sheets.sheet is not None:
            self.sheets.painted(now)
        elif self.entry.stage is not Stage.CLOSED:
            self._entering.quietly(events.Painted(now))

    def moved(self) -> None:
        """The desk changed."""
        self.lease.look()
        self._entering.look()
        if self.ticker:
            self._entering.happened(events.SceneMoved(self.scene(self.ticker)))

    def tick(self) -> None:
        """Time passed."""
        self.lease.look()
        self._entering.happened(events.Tick(self._desk.mono_ns(), self._desk.is_attached))

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

    def _may_open_sheet(self) -> bool:
        if self._is_observing:
            self._say(Message(OBSERVES, is_error=True))
        elif self.entry.stage is not Stage.CLOSED:
            self._say(Message("a ticket is open; Esc leaves it first", is_error=True))
        else:
            return True
        return False

    def _keep_for_later(self, key: str) -> None:
        """The reviewed ticket is loaded into a slot, or shall wait for a condition."""
        assert self.entry.review is not None
        ticket = self.entry.review.ticket
        self._entering.drop_draft()
        if key == "L":
            self.sheets.load(ticket)
        else:
            self.sheets.open_condition(ticket)
        self.changed()

    # Everything at once, answers, and the end.

    def kill(self) -> None:
        """Halts the engine and disarms, without a question; what was drafted is gone."""
        self.sheets.sheet = None
        self._entering.drop_draft()
        self.requests.kill()
        self.changed()

    def _answered(self, event: events.Event) -> None:
        self._entering.happened(event)

    def _redraw(self) -> None:
        self.changed()

    async def settled(self) -> None:
        """Waits until no command is under way."""
        await self._asking.settled()

    async def stop(self) -> None:
        """Leaves: nothing is waited for, nothing is taken back."""
        await self._asking.stop()
        self.audit.close()
