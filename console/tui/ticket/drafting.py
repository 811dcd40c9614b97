"""The ticket that a key or a code opens, with what was not said filled in."""

from __future__ import annotations

from dataclasses import replace

from console.tui.ticket.editing import Draft, press
from console.tui.ticket.prefill import Prefill
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket, Verb
from engine.domain.order import Leg, TimeInForce
from engine.domain.units import ONE_CONTRACT_C


def first_draft(ticker: str, wanted: Prefill, scene: Scene) -> Draft:
    """One contract at the other side's price; of a close all that is free, immediate or cancel."""
    closes = wanted.verb is Verb.CLOSE
    leg = wanted.leg or scene.held_leg or Leg.YES
    default_life = TimeInForce.IMMEDIATE_OR_CANCEL if closes else TimeInForce.GOOD_TILL_CANCELED
    ticket = Ticket(
        ticker=ticker,
        leg=leg,
        verb=wanted.verb,
        count_c=wanted.count_c or (scene.free_c if closes else ONE_CONTRACT_C),
        price_bp=wanted.price_bp,
        time_in_force=wanted.time_in_force or default_life,
        post_only=wanted.post_only,
        far=wanted.far,
        again=wanted.again,
        flip=wanted.flip,
        take_profit=wanted.take_profit,
        stop_loss=wanted.stop_loss,
    )
    draft = Draft(ticket)
    return replace(press(draft, "a", scene), note="") if ticket.price_bp is None else draft
