"""The panels by their codes, each imported when it is first opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from console.tui.actions import ACTIONS, Group, Scope
from console.tui.codes import CODES
from console.tui.keymap import Keymap

if TYPE_CHECKING:
    from console.tui.panels.base import Panel

_PANELS = {
    "WATCH": ("watch", "Watch"),
    "EVT": ("event", "EventPanel"),
    "GP": ("chart_panel", "ChartPanel"),
    "BOOK": ("book", "BookPanel"),
    "TAS": ("tape", "TapePanel"),
    "DES": ("description", "DescriptionPanel"),
    "POS": ("positions", "PositionsPanel"),
    "ORD": ("orders", "OrdersPanel"),
    "FILL": ("fills", "FillsPanel"),
    "COND": ("conditions", "ConditionsPanel"),
    "LOAD": ("loads", "LoadsPanel"),
    "CASH": ("cash", "CashPanel"),
    "RISK": ("risk", "RiskPanel"),
    "FCST": ("forecasts", "ForecastsPanel"),
    "SCAN": ("scan", "ScanPanel"),
    "WHY": ("why", "WhyPanel"),
    "XRAY": ("xray", "XrayPanel"),
    "NEWS": ("news", "NewsPanel"),
    "FEED": ("feed", "FeedPanel"),
    "LOG": ("log", "LogPanel"),
    "ENG": ("engine", "EnginePanel"),
}
_GROUPS = (Group.TRADE, Group.MARKET, Group.SCREEN, Group.MOVE)
CODES_OF_PANELS = tuple(_PANELS)


def panel_of(code: str) -> Panel:
    """A fresh panel of that code; KeyError for another."""
    module, name = _PANELS[code]
    panel: Panel = getattr(import_module(f"console.tui.panels.{module}"), name)()
    return panel


def help_panel(keymap: Keymap) -> Panel:
    """The page of all keys, as they are now, and all codes; what a newcomer looks for is first."""
    from console.tui.panels.help import HelpEntry, HelpPanel
    from console.tui.ticket.foot import ticket_keys_text
    from console.tui.ticket.keys import TICKET_KEYS

    keys = [
        HelpEntry(action.group.value, keymap.text(action.id) or "palette", action.help)
        for group in _GROUPS
        for action in ACTIONS
        if action.group is group
    ]
    in_ticket = [HelpEntry(Group.TICKET.value, ticket_keys_text(each), each.help) for each in TICKET_KEYS]
    codes = [
        HelpEntry(
            "Codes, after :  [TICKER] CODE [args]",
            f"{code.name} {code.args}".strip(),
            code.help + (f" (also {', '.join(code.aliases)})" if code.aliases else ""),
        )
        for code in CODES
    ]
    of_trade = sum(entry.group == Group.TRADE.value for entry in keys)
    return HelpPanel((*keys[:of_trade], *in_ticket, *codes, *keys[of_trade:]))


def palette_actions() -> list[str]:
    """Actions that make sense by name: not movement, and none of an open ticket."""
    return [
        action.id
        for action in ACTIONS
        if action.scope is not Scope.TICKET and not action.id.startswith(("move.", "panel.number"))
    ]
