"""When the screen is drawn: changes are gathered and drawn together, ages once a second, keys at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.tui.flush import BEAT, LOADED, TIE, Dirt
from console.tui.frame.following import Follower
from console.tui.frame.pace import EACH_S, Pace, Step
from console.tui.frame.start import first_market
from engine.control.protocol import LOG, WATCH

if TYPE_CHECKING:
    from console.tui.app import DeskApp

_REST_AFTER_LOST_S = 10


class Drawing:
    """``is_frozen``: the panels stand still; the frame around them goes on."""

    def __init__(self, app: DeskApp) -> None:
        self.is_frozen = False
        self._app = app
        self._dirt = Dirt(app.options.clock)
        self._pace: Pace | None = None
        self._follower = Follower(app.tie, may_command=not app.options.is_observer, fail=app.messages.fail)

    def begin(self) -> None:
        """From here on the screen is looked at by itself. The app is mounted."""
        timers = {step: self._app.set_interval(each_s, self.flush) for step, each_s in EACH_S.items()}
        self._pace = Pace(timers)
        self._app.desk.listen(self.mark)
        self.flush()

    async def stop(self) -> None:
        await self._follower.stop()

    def mark(self, topic: str) -> None:
        """Something of that topic changed."""
        self._dirt.mark(topic)
        if topic != BEAT and self._pace is not None:
            self._pace.hurry()

    def now(self) -> None:
        """After a key: everything at once, so that the answer to a key is not a flush late."""
        if not self.is_frozen:
            self._app.boxes.draw()
        self._app.lines.draw()

    def flush(self) -> None:
        """As often as the pace is: starts what is due, draws what changed."""
        app = self._app
        app.desk.looked_at = frozenset(box.code for box in app.boxes.shown)
        app.desk.pump()
        kinds, is_new_second = self._dirt.take()
        if LOG in kinds:
            app.ringer.ring()
        if kinds & {WATCH, TIE, LOADED} and not app.desk.loaded:
            self._load_first()
        self._follower.sync(app.desk.topics(), app.desk.watched())
        self._settle()
        if kinds or is_new_second:
            self._draw(kinds, is_new_second=is_new_second)
        if kinds or is_new_second or app.trading.is_open:
            app.trading.flush()
        if app.lines.is_news:
            app.lines.draw()
        if self._pace is not None:
            self._pace.go(self._step_after(kinds))

    def _draw(self, kinds: frozenset[str], *, is_new_second: bool) -> None:
        app = self._app
        app.messages.age(app.desk.mono_ns())
        if not self.is_frozen:
            app.boxes.keep(kinds, is_new_second=is_new_second)
        app.lines.draw()

    def _settle(self) -> None:
        """Ends the flash of what changed a flush ago."""
        for box in self._app.boxes.shown:
            if box.is_flashing:
                box.settle()

    def _step_after(self, kinds: frozenset[str]) -> Step:
        """How soon the next look is worth it."""
        app = self._app
        is_open = app.trading.is_open
        if kinds - {BEAT} or (app.desk.is_attached and is_open) or app.boxes.is_flashing:
            return Step.RUN
        lost_s = app.desk.lost_s
        is_lost = lost_s is not None and lost_s >= _REST_AFTER_LOST_S
        return Step.REST if is_lost and not is_open and not app.messages.is_passing else Step.WALK

    def _load_first(self) -> None:
        desk = self._app.desk
        if desk.replica.watch.is_whole:
            ticker = first_market(desk)
            if ticker:
                desk.load(ticker)
