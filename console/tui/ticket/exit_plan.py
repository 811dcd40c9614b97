"""The take profit and stop loss of a ticket: read from what was typed, with the levels they come to."""

from __future__ import annotations

from collections.abc import Iterator

from console.tui.numbers import cents
from console.tui.ticket.split import Split
from console.tui.ticket.ticket import Ticket
from engine.domain.bad_text import BadText
from engine.domain.plan import PlanTerms, Target
from engine.domain.units import CONTRACT_BP, PriceBp


def entry_bp(ticket: Ticket, split: Split) -> PriceBp | None:
    """The average price if all that does not cancel fills, to the nearest basis point."""
    if ticket.price_bp is None:
        return None
    works_c = split.filled_c + split.rests_c
    if not works_c:
        return ticket.price_bp
    value_ud = split.value_ud + split.rests_c * ticket.price_bp
    return (2 * value_ud + works_c) // (2 * works_c)


def level_bp(target: Target, average_bp: PriceBp) -> PriceBp:
    return target.bp if target.is_level else average_bp + target.bp


def plan_blocks(ticket: Ticket, split: Split) -> Iterator[tuple[str, str]]:
    """Why the engine would refuse the plan: code and words."""
    if not ticket.take_profit and not ticket.stop_loss:
        return
    try:
        terms = ticket.plan()
    except BadText as error:
        yield "BAD_PLAN", f"{error}; e leaves the plan out"
        return
    average_bp = entry_bp(ticket, split)
    if terms is None or average_bp is None:
        return
    if terms.take_profit is not None:
        yield from _profit_blocks(level_bp(terms.take_profit, average_bp), average_bp)
    if terms.stop_loss is not None:
        stop_bp = level_bp(terms.stop_loss, average_bp)
        if stop_bp >= average_bp:
            yield "BAD_PLAN", f"SL: at {cents(stop_bp)}, wanted below the entry of {cents(average_bp)}"


def _profit_blocks(profit_bp: PriceBp, average_bp: PriceBp) -> Iterator[tuple[str, str]]:
    if profit_bp <= average_bp:
        yield "BAD_PLAN", f"TP: at {cents(profit_bp)}, wanted above the entry of {cents(average_bp)}"
    elif profit_bp >= CONTRACT_BP:
        yield "BAD_PLAN", f"TP: at {cents(profit_bp)}, which no price reaches; wanted below 100"


def plan_words(ticket: Ticket, split: Split) -> str:
    """``TP 77, SL 47`` at the levels of now; what cannot be read is shown as it was typed."""
    if not ticket.take_profit and not ticket.stop_loss:
        return "none: no TP, no SL"
    try:
        terms = ticket.plan()
    except BadText:
        return f"TP {ticket.take_profit or '-'} SL {ticket.stop_loss or '-'}: cannot be read"
    average_bp = entry_bp(ticket, split)
    if terms is None or average_bp is None:
        return f"TP {ticket.take_profit or '-'}, SL {ticket.stop_loss or '-'}"
    profit = _words("TP", terms.take_profit, average_bp)
    return f"{profit}, {_stop_words(terms, average_bp)}"


def _words(name: str, target: Target | None, average_bp: PriceBp) -> str:
    return f"no {name}" if target is None else f"{name} {cents(level_bp(target, average_bp))}"


def _stop_words(terms: PlanTerms, average_bp: PriceBp) -> str:
    """A stop below the lowest price is none, and that is said."""
    if terms.stop_loss is not None and level_bp(terms.stop_loss, average_bp) <= 0:
        return "SL below 0: none"
    return _words("SL", terms.stop_loss, average_bp)
