"""A conditional order while it is being written: a reviewed ticket, and what it waits for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from console.tui.ticket.entry_state import DEAD_NS
from console.tui.ticket.ticket import Ticket
from engine.domain.bad_text import BadText
from engine.domain.eastern_text import parse_expiry
from engine.domain.trigger import ConditionTerms, Source
from engine.domain.trigger import Ticket as Prepared
from engine.domain.trigger_text import parse_trigger
from engine.domain.units import Nanoseconds

LONGEST = 60
WHEN_WANTED = "yes_bid<=42  no_ask>=57  mid  last  spot:BRTI>=76200  time>=15:30"


class ConditionField(StrEnum):
    WHEN = "when"
    EXPIRES = "expires"
    NOW = "if true"
    """What happens if it is true already: space changes it."""


_FIELDS = tuple(ConditionField)


@dataclass(frozen=True, slots=True)
class ConditionDraft:
    """``now`` sends at once what is true already."""

    ticket: Ticket
    when: str = ""
    expires: str = "2h"
    at: ConditionField = ConditionField.WHEN
    now: bool = False
    note: str = ""
    shown_ns: Nanoseconds | None = None

    def terms(self, now_ns: Nanoseconds) -> ConditionTerms:
        """``now_ns`` is exchange time. Raises BadText."""
        trigger = parse_trigger(self.when, now_ns)
        expires_ns = parse_expiry("expires", self.expires, now_ns) if self.expires else None
        return ConditionTerms(trigger, prepared(self.ticket), expires_ns)


@dataclass(frozen=True, slots=True)
class ConditionReply:
    """``draft`` None: the surface closes; ``terms`` are to be armed."""

    draft: ConditionDraft | None
    terms: ConditionTerms | None = None


def prepared(ticket: Ticket) -> Prepared:
    """The ticket as the engine keeps it for later. Raises BadText."""
    if ticket.price_bp is None or ticket.count_c <= 0:
        raise BadText("ticket", f"{ticket.count_c} at {ticket.price_bp}", "a size and a price")
    return Prepared(
        ticket.ticker,
        ticket.leg,
        ticket.buys,
        ticket.count_c,
        ticket.price_bp,
        ticket.time_in_force,
        ticket.plan(),
        ticket.far,
    )


def painted(draft: ConditionDraft, mono_ns: Nanoseconds) -> ConditionDraft:
    return draft if draft.shown_ns is not None else replace(draft, shown_ns=mono_ns)


def press(
    draft: ConditionDraft,
    key: str,
    mono_ns: Nanoseconds,
    now_ns: Nanoseconds,
    heard: Collection[str] | None = None,
) -> ConditionReply:
    """Characters are typed; tab goes through the fields, Enter arms, Esc leaves. ``heard`` are the indexes
    and products that somebody tells of; None: not known."""
    if key == "escape":
        return ConditionReply(None)
    if draft.shown_ns is None or mono_ns - draft.shown_ns < DEAD_NS:
        return ConditionReply(draft)
    draft = replace(draft, note="")
    match key:
        case "enter":
            return _entered(draft, now_ns, heard)
        case "tab" | "down":
            return ConditionReply(_moved(draft, 1))
        case "shift+tab" | "up":
            return ConditionReply(_moved(draft, -1))
        case "space" | " " if draft.at is ConditionField.NOW:
            return ConditionReply(replace(draft, now=not draft.now))
        case "backspace":
            return ConditionReply(_typed(draft, _text(draft)[:-1]))
        case "space":
            key = " "
    if len(key) != 1 or not key.isprintable():
        return ConditionReply(draft)
    return ConditionReply(_typed(draft, _text(draft) + key))


def _entered(draft: ConditionDraft, now_ns: Nanoseconds, heard: Collection[str] | None) -> ConditionReply:
    try:
        terms = draft.terms(now_ns)
    except BadText as error:
        return ConditionReply(replace(draft, note=str(error)))
    trigger = terms.trigger
    if trigger.source is Source.SPOT and heard is not None and trigger.key not in heard:
        wanted = ", ".join(sorted(heard)) or "one that is heard: none is now"
        return ConditionReply(replace(draft, note=f"spot: got {trigger.key}, wanted {wanted}"))
    if terms.expires_ns is not None and terms.expires_ns <= now_ns:
        return ConditionReply(replace(draft, note=f"expires: got {draft.expires!r}, which is over already"))
    return ConditionReply(None, terms)


def _moved(draft: ConditionDraft, steps: int) -> ConditionDraft:
    return replace(draft, at=_FIELDS[(_FIELDS.index(draft.at) + steps) % len(_FIELDS)])


def _text(draft: ConditionDraft) -> str:
    return draft.when if draft.at is ConditionField.WHEN else draft.expires


def _typed(draft: ConditionDraft, text: str) -> ConditionDraft:
    if draft.at is ConditionField.NOW:
        return replace(draft, note="space changes it")
    if len(text) > LONGEST:
        return replace(draft, note=f"{draft.at.value}: at most {LONGEST} characters")
    return replace(draft, when=text) if draft.at is ConditionField.WHEN else replace(draft, expires=text)
