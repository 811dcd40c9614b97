"""What actions and codes do to the desk on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from console.tui.actions import BY_ID, Scope
from console.tui.codes import PERIOD_WORDS, CodeKind, period_text
from console.tui.command_line import NotUnderstood, Offer, RowNumber, Typed, matching, offers, parse
from console.tui.desk import PERIODS_MIN
from console.tui.frame.panel_box import PanelBox
from console.tui.frame.prompt import Entered, Mode
from console.tui.frame.reasons import order_named, subject_of, ticker_of_decision
from console.tui.frame.stepping import held, listed, stepped
from console.tui.frame.trading import Where
from console.tui.panel_registry import help_panel, palette_actions
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
_ENTRY_CODES = ("BY", "BN")
_CODE_OF_ARM = {"ARM": "desk.arm", "SAFE": "desk.arm"}


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
            "row.open": lambda: self._open_row(self._box.key),
            "row.copy": self._copy,
            "desk.back": self._back,
            "market.previous": lambda: self._step(listed(app.desk), -1),
            "market.next": lambda: self._step(listed(app.desk), 1),
            "position.previous": lambda: self._step(held(app.desk), -1, "no open position"),
            "position.next": lambda: self._step(held(app.desk), 1, "no open position"),
            "market.star": self._star,
            "market.why": self._why,
            "market.forecasts": lambda: app.boxes.open("FCST"),
            "desk.scan": lambda: app.boxes.open("SCAN"),
            "chart.period": self._next_period,
            "desk.command": lambda: app.open_prompt(Mode.COMMAND),
            "desk.search": lambda: app.open_prompt(Mode.SEARCH),
            "desk.palette": lambda: app.open_prompt(Mode.PALETTE),
            "desk.help": lambda: app.boxes.open_over(help_panel(app.keymap)),
            "desk.freeze": self._freeze,
            "desk.theme": lambda: self._theme(""),
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

    def offers(self, mode: Mode, text: str) -> Sequence[Offer]:
        """What a line on the command row may mean."""
        app = self._app
        if mode is Mode.LAST:
            return [Offer(line, line, "") for line in app.prompt.history.last()]
        if mode is Mode.SEARCH:
            return matching(text, [Offer(ticker, ticker, title) for ticker, title in self._tickers()])
        actions = [
            Offer(action_id, BY_ID[action_id].label, self._help_of(action_id))
            for action_id in palette_actions()
        ]
        if mode is Mode.PALETTE:
            return matching(text, actions)
        return offers(text, self._tickers(), actions)

    def enter(self, entered: Entered) -> None:
        """Enter on the command row."""
        app, offer = self._app, entered.offer
        if offer is not None and offer.insert in BY_ID:
            app.prompt.close()
            self.act(offer.insert)
        elif entered.mode is Mode.SEARCH and offer is not None:
            app.prompt.close()
            self._load(offer.insert)
        else:
            self.run(offer.insert if offer is not None else entered.text)

    def run(self, text: str) -> None:
        """A whole line; one that is not understood stays, with what it may mean."""
        app = self._app
        line = parse(text, [ticker for ticker, _ in self._tickers()])
        if isinstance(line, NotUnderstood):
            app.messages.say(line.text)
            app.open_prompt(Mode.COMMAND, text)
            return
        app.prompt.close()
        if line is None:
            return
        app.prompt.history.add(text)
        app.store.change(history=tuple(app.prompt.history.lines))
        if isinstance(line, RowNumber):
            self._open_row(self._box.nth(line.number), f"row {line.number}: there is none in this panel")
        else:
            self._typed(line)

    @property
    def _box(self) -> PanelBox:
        return self._app.boxes.current

    def _typed(self, line: Typed) -> None:
        code = line.code
        if line.ticker:
            self._load(line.ticker)
        if code is None:
            return
        if code.kind is CodeKind.PANEL:
            self._open_panel(code.name, line.args)
        elif code.kind is CodeKind.TICKET or code.name in _CODE_OF_ARM:
            self._trade_code(code.name, line)
        else:
            self._desk_code(code.name, line.args)

    def _desk_code(self, name: str, args: tuple[str, ...]) -> None:
        app = self._app
        match name:
            case "HELP":
                self.act("desk.help")
            case "FIND":
                app.open_prompt(Mode.SEARCH, " ".join(args))
            case "LAST":
                app.open_prompt(Mode.LAST)
            case "MENU":
                self._back()
            case "THEME":
                self._theme(args[0].lower() if args else "")
            case "QUIT":
                self.act("desk.quit")

    def _open_panel(self, name: str, args: tuple[str, ...]) -> None:
        if args and name == "GP":
            minutes = PERIOD_WORDS.get(args[0])
            if minutes is None:
                self._app.messages.say(f"GP: got {args[0].lower()}, wanted 1m, 1h or 1d")
                return
            self._set_period(minutes)
        if name == "WHY":
            self._app.desk.ask_why(order_named(self._app.desk, args[0]) if args else "")
        self._app.boxes.open(name)

    def _trade(self, action_id: str) -> None:
        app = self._app
        if app.options.is_observer:
            app.messages.say("this console only looks; start it without --observe to trade")
        elif action_id in _ENTRIES and app.boxes.arrangement.ticket is None:
            app.messages.say("too small for buying; make the terminal at least 80 by 24")
        else:
            app.trading.act(action_id, self._where())

    def _trade_code(self, name: str, line: Typed) -> None:
        app = self._app
        if app.options.is_observer:
            self._trade("desk.arm")
        elif name in _ENTRY_CODES and app.boxes.arrangement.ticket is None:
            self._trade("ticket.yes")
        elif name == "CXL":
            self._trade("order.cancel_all")
        else:
            app.trading.type(name, app.desk.loaded, line.args)

    def _where(self) -> Where:
        box = self._box
        key = box.key if box.is_chosen else None
        return Where(self._app.desk.loaded, box.code, key or "")

    def _move(self, by: int) -> None:
        self._box.move(self._app.desk, by)

    def _panel(self, action: str) -> None:
        if not self._box.act(self._app.desk, action):
            self._app.messages.say(f"{self._box.code}: nothing to {action} here")

    def _open_row(self, key: str | None, otherwise: str = "no row to open here") -> None:
        """Loads the market that a row is about; on an event opens the event, on a loaded market its event."""
        app = self._app
        ticker = self._market_of(key)
        if ticker:
            was_loaded = ticker == app.desk.loaded
            self._load(ticker)
            if was_loaded and self._box.code == "WATCH":
                app.boxes.open("EVT")
        elif key in app.desk.events():
            app.desk.load_event(str(key))
            app.boxes.open("EVT")
        else:
            app.messages.say(otherwise)

    def _market_of(self, key: str | None) -> str:
        """The market of a row: the row's own, or that of the order, fill or line that it shows."""
        desk = self._app.desk
        if key is None:
            return ""
        if desk.market(key) is not None:
            return key
        picture = desk.replica.desk
        order = picture.orders.get(key) or picture.ended.get(key)
        if order is not None:
            return order.ticker
        fill = next((fill for fill in picture.fills if fill.trade_id == key), None)
        if fill is not None:
            return fill.ticker
        if self._box.code == "WHY":
            return ticker_of_decision(desk, key)
        line = next((line for line in desk.replica.log if str(line.no) == key), None)
        return line.ticker if line is not None and self._box.code == "LOG" else ""

    def _load(self, ticker: str) -> None:
        desk = self._app.desk
        if ticker in desk.events():
            desk.load_event(ticker)
        else:
            desk.load(ticker)

    def _step(self, tickers: list[str], by: int, otherwise: str = "no market is known yet") -> None:
        ticker = stepped(tickers, self._app.desk.loaded, by)
        if not ticker:
            self._app.messages.say(otherwise)
            return
        self._load(ticker)
        watch = self._app.boxes.find("WATCH")
        if watch is not None:
            watch.select(self._app.desk, ticker)

    def _star(self) -> None:
        app = self._app
        ticker = self._market_of(self._box.key if self._box.is_chosen else None) or app.desk.loaded
        if not ticker:
            app.messages.say("no market to star")
            return
        starred = app.desk.starred
        is_on = ticker not in starred
        starred = (*starred, ticker) if is_on else tuple(each for each in starred if each != ticker)
        app.desk.set_starred(starred)
        app.store.change(starred=starred)
        app.messages.say(
            f"{ticker}: {'starred, its book is followed always' if is_on else 'no star any more'}"
        )

    def _why(self) -> None:
        """The decisions behind the order or market of the row that was chosen, else of the loaded market."""
        app, box = self._app, self._box
        key = box.key if box.is_chosen else None
        app.desk.ask_why(subject_of(app.desk, key) or self._market_of(key))
        app.boxes.open("WHY")

    def _next_period(self) -> None:
        now = self._app.desk.period_min
        at = PERIODS_MIN.index(now) if now in PERIODS_MIN else -1
        self._set_period(PERIODS_MIN[(at + 1) % len(PERIODS_MIN)])

    def _set_period(self, minutes: int) -> None:
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
        app.is_frozen = not app.is_frozen
        word = (
            "FROZEN: the picture stands still, the engine goes on; p again"
            if app.is_frozen
            else "moving again"
        )
        app.messages.say(word)

    def _back(self) -> None:
        app = self._app
        if not app.boxes.back() and app.messages.dismiss():
            app.alerts_seen()

    def _theme(self, name: str) -> None:
        app = self._app
        now = app.look.name
        following = BUILT_IN[(BUILT_IN.index(now) + 1) % len(BUILT_IN)] if now in BUILT_IN else BUILT_IN[0]
        try:
            app.dress(name or following)
        except ThemeInvalid as error:
            app.messages.say(str(error))
        else:
            app.messages.say(f"theme {app.look.name}")

    def _tickers(self) -> list[tuple[str, str]]:
        desk = self._app.desk
        markets = [
            (each.ticker, f"{each.title} {each.yes_sub_title}".strip())
            for each in desk.replica.watch.markets.values()
        ]
        return [*markets, *((event, "event") for event in desk.events())]

    def _help_of(self, action_id: str) -> str:
        action = BY_ID[action_id]
        keys = self._app.keymap.text(action_id)
        where = f" (in {', '.join(action.panels)})" if action.scope is Scope.PANEL else ""
        return f"{keys:<8} {action.help}{where}"
