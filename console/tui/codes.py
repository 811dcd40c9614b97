"""What may be typed on the command line: one table of codes."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class CodeKind(StrEnum):
    """PANEL opens the panel of that name, TICKET prefills a ticket and sends nothing, DESK is the frame's."""

    PANEL = "panel"
    TICKET = "ticket"
    DESK = "desk"


class Code(NamedTuple):
    """``args`` is how its arguments are written, in brackets where they may be left out."""

    name: str
    help: str
    kind: CodeKind = CodeKind.PANEL
    args: str = ""
    aliases: tuple[str, ...] = ()


CODES: tuple[Code, ...] = (
    Code("WATCH", "Markets by event, what is held on top", aliases=("WL",)),
    Code("EVT", "Every strike of the event, with P&L by outcome", aliases=("OMON",)),
    Code("GP", "Chart", args="[1m|1h|1d]"),
    Code("BOOK", "Order book as a ladder, with own orders"),
    Code("TAS", "Public trades, newest first"),
    Code("DES", "The contract: rules, close, settlement source, tick, fees"),
    Code("POS", "Open positions"),
    Code("ORD", "Working and unknown orders"),
    Code("FILL", "Own trades"),
    Code("COND", "Conditional orders: what they wait for and what they will do"),
    Code("LOAD", "Nine loaded tickets, each sent once by its key"),
    Code("CASH", "Cash by shard, limits and what is used of them"),
    Code("RISK", "Mode, exits, breakers, open alerts; limits with their use", aliases=("ALRT",)),
    Code("FCST", "Forecasts of the event and its series: median, band, who made them"),
    Code("SCAN", "The forecaster's last scan, and how often its bands held"),
    Code("WHY", "The last decisions here with every gate: got and wanted", args="[order]"),
    Code("XRAY", "Own results after fees, and prices paid beside outcomes"),
    Code("LOG", "What the engine did"),
    Code("NEWS", "Headlines, newest first, with the markets that they may move"),
    Code("FEED", "Feeds and collectors: state, age, rate, why one is not live"),
    Code("ENG", "The engine, its feeds and its clients"),
    Code("HELP", "Keys and codes", CodeKind.DESK, aliases=("KEYS",)),
    Code("BY", "Prefill a ticket to buy YES; nothing is sent", CodeKind.TICKET, "[n@p]"),
    Code("BN", "Prefill a ticket to buy NO; nothing is sent", CodeKind.TICKET, "[n@p]"),
    Code("CLOSE", "Review a close of n contracts, or of all; nothing is sent", CodeKind.TICKET, "[n]"),
    Code("CXL", "Cancel all orders in this market, after Enter", CodeKind.TICKET),
    Code("ARM", "Arm the keys, after Enter", CodeKind.DESK),
    Code("SAFE", "Disarm the keys at once", CodeKind.DESK),
    Code("FIND", "Find a market by ticker or title", CodeKind.DESK, "text"),
    Code("LAST", "The last eight that were typed", CodeKind.DESK),
    Code("MENU", "One step back", CodeKind.DESK, aliases=("..",)),
    Code("THEME", "Another theme, or the next one", CodeKind.DESK, "[name]"),
    Code("QUIT", "Leave the desk; the engine keeps running", CodeKind.DESK, aliases=("EXIT",)),
)

BY_NAME: dict[str, Code] = {name: code for code in CODES for name in (code.name, *code.aliases)}

PERIOD_WORDS = {"1M": 1, "1H": 60, "60M": 60, "1D": 1440, "24H": 1440}
"""How the period of a chart is written."""


def period_text(minutes: int) -> str:
    """``1m``, ``1h`` or ``1d``."""
    return next((word.lower() for word, value in PERIOD_WORDS.items() if value == minutes), f"{minutes}m")
