"""Which market somebody means: of a row, the next one along, one to be starred or asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.tui.frame.headlines import market_of_headline
from console.tui.frame.reasons import subject_of, ticker_of_decision
from console.tui.frame.stepping import stepped
from console.tui.panels.fills import fill_of

if TYPE_CHECKING:
    from console.tui.app import DeskApp


class Choosing:
    def __init__(self, app: DeskApp) -> None:
        self._app = app

    def open_row(self, key: str | None, otherwise: str = "no row to open here") -> None:
        """Loads the market that a row is about; on an event opens the event, on a loaded market its event."""
        app = self._app
        ticker = self.market_of(key)
        if ticker:
            was_loaded = ticker == app.desk.loaded
            self.load(ticker)
            if was_loaded and self._app.boxes.current.code == "WATCH":
                app.boxes.open("EVT")
        elif key in app.desk.events():
            app.desk.load_event(str(key))
            app.boxes.open("EVT")
        else:
            app.messages.say(otherwise)

    def market_of(self, key: str | None) -> str:
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
        fill = fill_of(desk, key)
        if fill is not None:
            return fill.ticker
        if self._app.boxes.current.code == "WHY":
            return ticker_of_decision(desk, key)
        if self._app.boxes.current.code == "NEWS":
            return market_of_headline(desk, key)
        line = next((line for line in desk.replica.log if str(line.no) == key), None)
        return line.ticker if line is not None and self._app.boxes.current.code == "LOG" else ""

    def load(self, ticker: str) -> None:
        """Makes a market or an event the one that the desk is about."""
        desk = self._app.desk
        if ticker in desk.events():
            desk.load_event(ticker)
        else:
            desk.load(ticker)

    def step(self, tickers: list[str], by: int, otherwise: str = "no market is known yet") -> None:
        """Loads the market that is ``by`` places further, and brings the watch list's cursor to it."""
        ticker = stepped(tickers, self._app.desk.loaded, by)
        if not ticker:
            self._app.messages.say(otherwise)
            return
        self.load(ticker)
        watch = self._app.boxes.find("WATCH")
        if watch is not None:
            watch.select(self._app.desk, ticker)

    def star(self) -> None:
        """Stars the market of the row that was chosen, else the loaded one, or takes its star away."""
        app = self._app
        box = app.boxes.current
        ticker = self.market_of(box.key if box.is_meant(app.desk) else None) or app.desk.loaded
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

    def why(self) -> None:
        """The decisions behind the order or market of the row that was chosen, else of the loaded market."""
        app, box = self._app, self._app.boxes.current
        key = box.key if box.is_meant(app.desk) else None
        app.desk.ask_why(subject_of(app.desk, key) or self.market_of(key))
        app.boxes.open("WHY")
