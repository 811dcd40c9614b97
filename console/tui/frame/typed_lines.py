"""What is typed on the command row: what it may mean, and what it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from console.tui.actions import BY_ID, Scope
from console.tui.codes import PERIOD_WORDS, CodeKind
from console.tui.command_line import NotUnderstood, Offer, RowNumber, Typed, matching, offers, parse
from console.tui.frame.prompt import Entered, Mode
from console.tui.frame.reasons import order_named
from console.tui.panel_registry import palette_actions

if TYPE_CHECKING:
    from console.tui.app import DeskApp

_ENTRY_CODES = ("BY", "BN")
_ARM_CODES = ("ARM", "SAFE")


class TypedLines:
    def __init__(self, app: DeskApp) -> None:
        self._app = app

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
            app.doing.act(offer.insert)
        elif entered.mode is Mode.SEARCH and offer is not None:
            app.prompt.close()
            app.choosing.load(offer.insert)
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
            otherwise = f"row {line.number}: there is none in this panel"
            app.choosing.open_row(app.boxes.current.nth(line.number), otherwise)
        else:
            self._typed(line)

    def _typed(self, line: Typed) -> None:
        code = line.code
        if line.ticker:
            self._app.choosing.load(line.ticker)
        if code is None:
            return
        if code.kind is CodeKind.PANEL:
            self._open_panel(code.name, line.args)
        elif code.kind is CodeKind.TICKET or code.name in _ARM_CODES:
            self._trade_code(code.name, line)
        else:
            self._desk_code(code.name, line.args)

    def _desk_code(self, name: str, args: tuple[str, ...]) -> None:
        app = self._app
        match name:
            case "HELP":
                app.doing.act("desk.help")
            case "FIND":
                app.open_prompt(Mode.SEARCH, " ".join(args))
            case "LAST":
                app.open_prompt(Mode.LAST)
            case "MENU":
                app.doing.act("desk.back")
            case "THEME":
                app.doing.dress(args[0].lower() if args else "")
            case "QUIT":
                app.doing.act("desk.quit")

    def _open_panel(self, name: str, args: tuple[str, ...]) -> None:
        if args and name == "GP":
            minutes = PERIOD_WORDS.get(args[0])
            if minutes is None:
                self._app.messages.say(f"GP: got {args[0].lower()}, wanted 1m, 1h or 1d")
                return
            self._app.doing.set_period(minutes)
        if name == "WHY":
            self._app.desk.ask_why(order_named(self._app.desk, args[0]) if args else "")
        self._app.boxes.open(name)

    def _trade_code(self, name: str, line: Typed) -> None:
        app = self._app
        if app.options.is_observer:
            app.doing.act("desk.arm")
        elif name in _ENTRY_CODES and app.boxes.arrangement.ticket is None:
            app.doing.act("ticket.yes")
        elif name == "CXL":
            app.doing.act("order.cancel_all")
        else:
            app.trading.type(name, app.desk.loaded, line.args)

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
        return f"{keys:<9} {action.help}{where}"
