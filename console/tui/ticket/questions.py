"""Things that are asked back once, by Enter or by typing a number, before they are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from console.tui.ticket.entry_state import DEAD_NS
from engine.control.rows.account import PositionRow
from engine.domain.units import Nanoseconds, contracts


class Ask(StrEnum):
    ARM = "arm"
    CANCEL_MARKET = "cancel_market"
    FLATTEN = "flatten"


@dataclass(frozen=True, slots=True)
class Question:
    """``wanted`` is what must be typed before Enter counts; empty: Enter alone."""

    ask: Ask
    title: str
    lines: tuple[str, ...]
    ticker: str = ""
    wanted: str = ""
    typed: str = ""
    note: str = ""
    shown_ns: Nanoseconds | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """``question`` None: it is closed; ``is_yes``: and shall be done."""

    question: Question | None
    is_yes: bool = False


def painted(question: Question, mono_ns: Nanoseconds) -> Question:
    return question if question.shown_ns is not None else replace(question, shown_ns=mono_ns)


def press(question: Question, key: str, mono_ns: Nanoseconds) -> Reply:
    """Esc closes at any time; nothing else counts before the question was seen for a moment."""
    if key == "escape":
        return Reply(None)
    if question.shown_ns is None or mono_ns - question.shown_ns < DEAD_NS:
        return Reply(question)
    if key == "backspace":
        return Reply(replace(question, typed=question.typed[:-1], note=""))
    if question.wanted and key.isdigit() and len(question.typed) < 6:
        return Reply(replace(question, typed=question.typed + key, note=""))
    if key != "enter":
        wanted = f"type {question.wanted}, then Enter" if question.wanted else "Enter does it"
        return Reply(replace(question, note=f"{wanted}; Esc leaves"))
    if question.typed != question.wanted:
        note = f"got {question.typed or 'nothing'}, wanted {question.wanted}; Esc leaves"
        return Reply(replace(question, typed="", note=note))
    return Reply(None, is_yes=True)


def arming(venue: str) -> Question:
    lines = (
        f"Keys of this console may then send orders that add risk on {venue or 'this engine'},"
        " for ten minutes; order keys renew them.",
        "Close and cancel never need this.",
    )
    return Question(Ask.ARM, "ARM the keys?", lines)


def canceling(ticker: str, count: int) -> Question:
    lines = (f"{count} working order{'s' if count > 1 else ''} in {ticker}.",)
    return Question(Ask.CANCEL_MARKET, "CANCEL ALL here?", lines, ticker)


def flattening(held: Sequence[PositionRow]) -> Question:
    lines = (
        f"{len(held)} position{'s' if len(held) > 1 else ''}, each sold through its book at once:",
        ", ".join(f"{contracts(row.count_c)} {(row.leg or '').upper()} {row.ticker}" for row in held),
    )
    return Question(Ask.FLATTEN, "FLATTEN everything?", lines, wanted=str(len(held)))
