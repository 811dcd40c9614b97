"""Everything that a key does, in one table. Keys, help, the key row and the palette are made of it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Scope(StrEnum):
    """Where a key acts. DESK: while nothing is being typed; PANEL: the same, for panels that know it;
    TICKET: while a ticket is open, where nothing else acts."""

    DESK = "desk"
    PANEL = "panel"
    TICKET = "ticket"


class Safety(StrEnum):
    """LOOK changes nothing; DRAFT opens something that sends nothing before it is confirmed; ACT does."""

    LOOK = "look"
    DRAFT = "draft"
    ACT = "act"


class Group(StrEnum):
    MOVE = "Move"
    MARKET = "Market"
    TRADE = "Trade"
    TICKET = "In a ticket"
    SCREEN = "Screen"


class Action(NamedTuple):
    """``label`` is a word or two for the key row, ``help`` a sentence without its point.

    ``panels`` are the codes of those in which the action means something; empty: all. ``rank`` orders the
    key row, lower first; 0 keeps it out. An action without keys is in the palette alone.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    help: str
    group: Group
    scope: Scope = Scope.DESK
    safety: Safety = Safety.LOOK
    panels: tuple[str, ...] = ()
    rank: int = 0


_MARKETS = ("WATCH", "EVT", "POS", "ORD", "FILL", "LOG", "FCST", "WHY", "NEWS")
_DIGITS = tuple("123456789")
_DRAFT, _ACT = Safety.DRAFT, Safety.ACT
_PANEL = Scope.PANEL

ACTIONS: tuple[Action, ...] = (
    Action("move.up", ("up",), "up", "The row above", Group.MOVE),
    Action("move.down", ("down",), "down", "The row below", Group.MOVE),
    Action("move.page_up", ("pageup",), "page up", "A page up", Group.MOVE),
    Action("move.page_down", ("pagedown",), "page down", "A page down", Group.MOVE),
    Action("move.top", ("g", "home"), "top", "The first row", Group.MOVE),
    Action("move.bottom", ("G", "end"), "bottom", "The last row", Group.MOVE),
    Action("panel.number", _DIGITS, "panel", "The panel of that number takes the keys", Group.MOVE),
    Action("panel.next", ("tab",), "next panel", "The next panel takes the keys", Group.MOVE),
    Action("panel.previous", ("shift+tab",), "panel before", "The panel before takes the keys", Group.MOVE),
    Action(
        "row.open",
        ("enter",),
        "load",
        "Load the market of the row; on its event, open it",
        Group.MOVE,
        _PANEL,
        panels=_MARKETS,
        rank=30,
    ),
    Action("desk.back", ("escape",), "back", "One step out; dismiss the message", Group.MOVE),
    Action("market.previous", ("[",), "market before", "The market before in the list", Group.MARKET),
    Action("market.next", ("]",), "market", "The next market in the list", Group.MARKET, rank=80),
    Action("position.previous", ("{",), "position before", "The position before", Group.MARKET),
    Action("position.next", ("}",), "position", "The next open position", Group.MARKET),
    Action("chart.period", ("t",), "period", "Candles of a minute, an hour, a day", Group.MARKET, rank=70),
    Action(
        "market.why", ("i",), "why", "Why the row was traded or left, gate by gate", Group.MARKET, rank=75
    ),
    Action("market.forecasts", ("M",), "models", "What the models say of the event", Group.MARKET),
    Action("desk.scan", ("S",), "scan", "The forecaster's last scan", Group.MARKET),
    Action("market.star", ("w",), "star", "Star the market: its book is followed always", Group.MARKET),
    Action(
        "panel.fold",
        ("space",),
        "fold",
        "Fold or unfold the event of the row",
        Group.MARKET,
        _PANEL,
        panels=("WATCH",),
        rank=60,
    ),
    Action(
        "panel.resort",
        ("s",),
        "sort",
        "Put the rows in order now; again: by another",
        Group.MARKET,
        _PANEL,
        panels=("WATCH", "POS", "ORD"),
        rank=61,
    ),
    Action(
        "panel.centre",
        ("m",),
        "centre",
        "Bring the middle of the book to the middle",
        Group.MARKET,
        _PANEL,
        panels=("BOOK",),
        rank=60,
    ),
    Action(
        "ticket.yes",
        ("Y",),
        "buy YES",
        "Open a ticket to buy YES; nothing is sent yet",
        Group.TRADE,
        Scope.DESK,
        _DRAFT,
        rank=10,
    ),
    Action(
        "ticket.no",
        ("N",),
        "buy NO",
        "Open a ticket to buy NO; nothing is sent yet",
        Group.TRADE,
        Scope.DESK,
        _DRAFT,
        rank=11,
    ),
    Action(
        "ticket.close",
        ("c",),
        "close",
        "Review the close of the whole position; Enter sends it",
        Group.TRADE,
        Scope.DESK,
        _DRAFT,
        rank=12,
    ),
    Action(
        "position.plan",
        ("e",),
        "plan",
        "Take profit, stop loss and the other ways out of the position",
        Group.TRADE,
        Scope.DESK,
        _DRAFT,
        rank=14,
    ),
    Action(
        "load.pad",
        ("L",),
        "loaded",
        "The loaded tickets; a digit sends one, with armed keys",
        Group.TRADE,
        Scope.DESK,
        _DRAFT,
    ),
    Action(
        "condition.toggle",
        ("o",),
        "on/off",
        "Switch the condition of the row off, or on again",
        Group.TRADE,
        _PANEL,
        _DRAFT,
        panels=("COND",),
        rank=15,
    ),
    Action(
        "order.cancel",
        ("x",),
        "cancel",
        "Cancel the order or condition of the row, or the newest here",
        Group.TRADE,
        Scope.DESK,
        _ACT,
        rank=13,
    ),
    Action(
        "order.cancel_all",
        ("X",),
        "cancel all",
        "Cancel all orders in this market, after Enter",
        Group.TRADE,
        Scope.DESK,
        _ACT,
    ),
    Action(
        "alert.acknowledge",
        ("h",),
        "heard",
        "Urgent alerts are heard: they are not sent to people again",
        Group.TRADE,
    ),
    Action(
        "desk.arm",
        ("A",),
        "arm",
        "Arm the keys for ten minutes after Enter, or disarm at once",
        Group.TRADE,
        Scope.DESK,
        _ACT,
        rank=20,
    ),
    Action(
        "desk.kill",
        ("K",),
        "KILL",
        "Halt: entries end, exits go on; again within 3 s: exits too",
        Group.TRADE,
        Scope.DESK,
        _ACT,
        rank=40,
    ),
    Action(
        "desk.flatten",
        ("F",),
        "flatten",
        "Close every position, after the number of them is typed",
        Group.TRADE,
        Scope.DESK,
        _ACT,
    ),
    Action("desk.command", (":",), "command", "Type a code: [TICKER] CODE [args]", Group.SCREEN, rank=91),
    Action("desk.search", ("/",), "search", "Find a market by ticker or title", Group.SCREEN, rank=92),
    Action("desk.palette", ("ctrl+p",), "palette", "Every action by name", Group.SCREEN),
    Action("desk.help", ("?",), "help", "This help", Group.SCREEN, rank=95),
    Action("panel.zoom", ("z",), "zoom", "The panel alone on the screen, and back", Group.SCREEN, rank=90),
    Action("desk.freeze", ("p",), "freeze", "Hold the picture still; the engine goes on", Group.SCREEN),
    Action("row.copy", ("y",), "copy", "Send the row to the terminal's clipboard", Group.SCREEN),
    Action("desk.theme", (), "theme", "The next theme", Group.SCREEN),
    Action("desk.redraw", ("ctrl+l",), "redraw", "Draw the whole screen anew", Group.SCREEN),
    Action("desk.quit", ("q",), "leave", "Leave the desk; the engine keeps running", Group.SCREEN, rank=99),
)

BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}


def acts_in(action: Action, panel: str) -> bool:
    """Whether the action means something while that panel has the keys."""
    return not action.panels or panel in action.panels


_NAMES = {
    "escape": "Esc",
    "enter": "Enter",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "↑",
    "down": "↓",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
}


def key_name(key: str) -> str:
    """A key as it stands on the keyboard: ``escape`` -> ``Esc``, ``ctrl+p`` -> ``Ctrl+P``."""
    if key in _NAMES:
        return _NAMES[key]
    if key.startswith("ctrl+"):
        return f"Ctrl+{key.removeprefix('ctrl+').upper()}"
    return key


def keys_text(keys: tuple[str, ...]) -> str:
    """All keys of an action; a run of digits is shortened to its ends."""
    if keys == _DIGITS:
        return "1-9"
    return " ".join(key_name(key) for key in keys)
