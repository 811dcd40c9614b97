"""What is asked of the engine beside orders: some of it at once, some after it was asked back."""

from __future__ import annotations

from collections.abc import Callable

from console.tui.desk import Desk
from console.tui.ticket import questions
from console.tui.ticket.asking import Asking
from console.tui.ticket.draft_rows import venue_word
from console.tui.ticket.lease import ARM_S, Lease
from console.tui.ticket.messages import Message
from console.tui.ticket.questions import Ask, Question
from console.tui.ticket.sheets import Sheets
from console.tui.ticket.ways_out import WaysOut
from engine.domain.command import Acknowledge, ChangeCondition
from engine.domain.units import Nanoseconds

OBSERVES = "this console only observes; start one without --observe to trade"


class Requests:
    """``question`` is what is asked back now; ``uncover`` is called when one takes the place of a draft,
    ``changed`` when there is one."""

    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        lease: Lease,
        ways_out: WaysOut,
        sheets: Sheets,
        say: Callable[[Message], None],
        uncover: Callable[[], None],
        changed: Callable[[], None],
        *,
        is_observing: bool,
    ) -> None:
        self.question: Question | None = None
        self._desk = desk
        self._asking = asking
        self._lease = lease
        self._ways_out = ways_out
        self._sheets = sheets
        self._say = say
        self._uncover = uncover
        self._changed = changed
        self._is_observing = is_observing

    # At once.

    def cancel_order(self, client_order_id: str) -> None:
        """Without a question: a cancel takes risk away."""
        self._asking.start(self._ways_out.cancel(client_order_id))

    def kill(self) -> None:
        """Halts the engine and disarms, without a question; pressed again soon, exits stop too."""
        self.question = None
        self._asking.start(self._ways_out.kill(self._desk.mono_ns(), is_armed=self._lease.is_armed))

    def acknowledge(self) -> None:
        """Whoever sits here has heard of every urgent alert."""
        status = self._desk.status
        if status is None or not status.alerts:
            self._say(Message("no alert is open"))
        elif not self._is_observing:
            done = f"{len(status.alerts)} alerts heard: they are not sent again"
            self._asking.start(self._sheets.ask(Acknowledge(), done))

    def change_condition(self, condition_id: str, change: str) -> None:
        """``enable``, ``disable`` or ``remove``."""
        if condition_id not in self._desk.replica.desk.conditions:
            self._say(Message("no condition is chosen; go to a row of COND"))
        elif not self._is_observing:
            body = ChangeCondition(condition_id, change)
            self._asking.start(self._sheets.ask(body, f"condition {condition_id[:8]}: {change}d"))

    # After a question.

    def toggle_arm(self) -> None:
        """Disarms at once; arming asks for Enter."""
        if self._is_observing:
            self._say(Message(OBSERVES, is_error=True))
        elif self._lease.is_armed:
            self._asking.start(self._lease.arm(0))
        else:
            status = self._desk.status
            self._ask(questions.arming("" if status is None else venue_word(status.venue)[0]))

    def cancel_market(self, ticker: str) -> None:
        """Asks for Enter, then cancels all orders of ours in a market."""
        mine = self._ways_out.working(ticker)
        if mine:
            self._cover(questions.canceling(ticker, len(mine)))
        else:
            self._say(Message(f"{ticker}: no order of ours works here; ORD shows all"))

    def flatten(self) -> None:
        """Closes every position after their number was typed."""
        held = self._ways_out.held()
        if held:
            self._cover(questions.flattening(held))
        else:
            self._say(Message("nothing is held, so nothing to flatten"))

    def key(self, key: str, pressed_ns: Nanoseconds) -> bool:
        """A key on the question; whether it is answered by it."""
        question = self.question
        if question is None:
            return False
        reply = questions.press(question, key, pressed_ns)
        self.question = reply.question
        if reply.is_yes:
            self._do(question)
        return reply.question is None

    def painted(self, mono_ns: Nanoseconds) -> None:
        """The question stands on the screen."""
        if self.question is not None:
            self.question = questions.painted(self.question, mono_ns)

    def _cover(self, question: Question) -> None:
        self._uncover()
        self._ask(question)

    def _ask(self, question: Question) -> None:
        self.question = question
        self._changed()

    def _do(self, question: Question) -> None:
        match question.ask:
            case Ask.ARM:
                self._asking.start(self._lease.arm(ARM_S))
            case Ask.CANCEL_MARKET:
                self._asking.start(self._ways_out.cancel_all(question.ticker))
            case Ask.FLATTEN:
                self._asking.start(self._ways_out.flatten())
