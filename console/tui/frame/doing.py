"""What the actions of the table do to the desk on the screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.tui.codes import period_text
from console.tui.frame.panel_box import PanelBox
from console.tui.frame.prompt import Mode
from console.tui.frame.stepping import held, listed
from console.tui.frame.trading import Where
from console.tui.lookups import PERIODS_MIN
from console.tui.panel_registry import help_panel
from console.tui.theme import BUILT_IN, ThemeInvalid

if TYPE_CHECKING:
    from console.tui.app import DeskApp

_TRADING = (
    "ticket.",
    "order.",
    "position.plan",
    "load.",
    "condition.",
    "alert.",
    "desk.arm",
    "desk.kill",
    "desk.flatten",
)
_ENTRIES = ("ticket.yes", "ticket.no")
"""What needs room for a whole review; the ways out work at any size."""
_OWN = ("POS", "ORD", "COND")
_OF_MARKETS = ("WATCH", "EVT", "POS", "ORD", "FILL")
"""Panels whose rows are markets, or orders and fills in one."""


class Doing:
    """Every action of the table has a method or a line here; a test holds it to that."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self._do: dict[str, Callable[[], object]] = {
            "move.up": lambda: self._move(-1),
            "move.down": lambda: self._move(1),
            "move.page_up": lambda: self._move(-self._box.page),
            "move.page_down": lambda: self._move(self._box.page),
            "move.top": lambda: self._move(-1_000_000),
            "move.bottom": lambda: self._move(1_000_000),
            "panel.next": lambda: app.boxes.focus_next(1),
            "panel.previous": lambda: app.boxes.focus_next(-1),
            "panel.zoom": app.boxes.zoom,
            "panel.fold": lambda: self._panel("fold"),
            "panel.resort": lambda: self._panel("resort"),
            "panel.centre": lambda: self._panel("centre"),
            "row.open": lambda: app.choosing.open_row(self._box.key),
            "row.copy": self._copy,
            "desk.back": self._back,
            "market.previous": lambda: app.choosing.step(listed(app.desk), -1),
            "market.next": lambda: app.choosing.step(listed(app.desk), 1),
            "position.previous": lambda: app.choosing.step(held(app.desk), -1, "no open position"),
            "position.next": lambda: app.choosing.step(held(app.desk), 1, "no open position"),
            "market.star": app.choosing.star,
            "market.why": app.choosing.why,
            "market.forecasts": lambda: app.boxes.open("FCST"),
            "desk.scan": lambda: app.boxes.open("SCAN"),
            "chart.period": self._next_period,
            "desk.command": lambda: app.open_prompt(Mode.COMMAND),
            "desk.search": lambda: app.open_prompt(Mode.SEARCH),
            "desk.palette": lambda: app.open_prompt(Mode.PALETTE),
            "desk.help": lambda: app.boxes.open_over(help_panel(app.keymap)),
            "desk.freeze": self._freeze,
            "desk.theme": lambda: self.dress(""),
            "desk.redraw": app.repaint.now,
            "desk.quit": lambda: app.exit(app.farewell()),
        }

    def knows(self, action_id: str) -> bool:
        return action_id in self._do or action_id == "panel.number" or action_id.startswith(_TRADING)

    def act(self, action_id: str, key: str = "") -> None:
        """Does what an action of the table stands for; ``key`` is the one that was pressed."""
        if action_id == "panel.number":
            if not self._app.boxes.focus(int(key)):
                self._app.messages.say(f"there is no panel {key} at this size")
        elif action_id.startswith(_TRADING):
            self._trade(action_id)
        else:
            self._do[action_id]()

    @property
    def _box(self) -> PanelBox:
        return self._app.boxes.current

    def _trade(self, action_id: str) -> None:
        app = self._app
        if app.options.is_observer:
            app.messages.say("this console only looks; start it without --observe to trade")
        elif action_id in _ENTRIES and app.boxes.arrangement.ticket is None:
            app.messages.say("too small for buying; make the terminal at least 80 by 24")
        else:
            app.trading.act(action_id, self._where())

    def _where(self) -> Where:
        """What a key of trading is about: the market of the row that was chosen, else the loaded one. In the
        lists of what is one's own the row that is lit up is meant, chosen or not."""
        box = self._box
        desk, is_row_meant = self._app.desk, box.code in _OWN or box.is_meant(self._app.desk)
        key = (box.key if is_row_meant else None) or ""
        ticker = self._app.choosing.market_of(key) if box.code in _OF_MARKETS else ""
        return Where(ticker or desk.loaded, box.code, key)

    def _move(self, by: int) -> None:
        self._box.move(self._app.desk, by)

    def _panel(self, action: str) -> None:
        if not self._box.act(self._app.desk, action):
            self._app.messages.say(f"{self._box.code}: nothing to {action} here")

    def _next_period(self) -> None:
        now = self._app.desk.period_min
        at = PERIODS_MIN.index(now) if now in PERIODS_MIN else -1
        self.set_period(PERIODS_MIN[(at + 1) % len(PERIODS_MIN)])

    def set_period(self, minutes: int) -> None:
        """Candles of so many minutes, from here on and at the next start."""
        self._app.desk.set_period(minutes)
        self._app.store.change(period_min=minutes)
        self._app.messages.say(f"candles of {period_text(minutes)}")

    def _copy(self) -> None:
        text = self._box.row_text
        if not text:
            self._app.messages.say("no row to copy here")
            return
        self._app.copy_to_clipboard(text)
        self._app.messages.say(
            "sent to the terminal's clipboard (OSC 52); if it is not there, Shift and drag"
        )

    def _freeze(self) -> None:
        app = self._app
        app.drawing.is_frozen = not app.drawing.is_frozen
        word = (
            "FROZEN: the picture stands still, the engine goes on; p again"
            if app.drawing.is_frozen
            else "moving again"
        )
        app.messages.say(word)

    def _back(self) -> None:
        app = self._app
        if not app.boxes.back() and app.messages.dismiss():
            app.ringer.seen()

    def dress(self, name: str) -> None:
        """Another theme by its name; the next one of ours where it is empty."""
        app = self._app
        now = app.look.name
        following = BUILT_IN[(BUILT_IN.index(now) + 1) % len(BUILT_IN)] if now in BUILT_IN else BUILT_IN[0]
        try:
            app.dress(name or following)
        except ThemeInvalid as error:
            app.messages.say(str(error))
        else:
            app.messages.say(f"theme {app.look.name}")
