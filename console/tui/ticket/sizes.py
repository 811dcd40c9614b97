"""Sizes by one key: presets with what they cost, the most that the limits allow, parts of a position."""

from __future__ import annotations

from console.tui.ticket.figures import worst_loss_ud
from console.tui.ticket.scene import Scene
from console.tui.ticket.ticket import Ticket, Verb
from engine.domain.units import ONE_CONTRACT_C, CountC

PRESETS: tuple[CountC, ...] = (100, 200, 500, 1_000)
"""Keys 1 to 4; key 5 is the most that is allowed."""
PARTS_PERCENT = (25, 50, 75, 100)


def most_c(ticket: Ticket, scene: Scene) -> CountC | None:
    """For a close what is free; for an entry the whole contracts that the limits on one order allow.

    Never what the balance allows. None while the limits or the price are not known.
    """
    if ticket.verb is Verb.CLOSE:
        return scene.free_c
    count_c, loss_ud = scene.bounds.order_count_c, scene.bounds.order_loss_ud
    if count_c is None or loss_ud is None or ticket.price_bp is None:
        return None
    low, high = 0, count_c // ONE_CONTRACT_C
    while low < high:
        middle = (low + high + 1) // 2
        worst_ud = worst_loss_ud(ticket, scene.fees, middle * ONE_CONTRACT_C)
        fits = worst_ud is not None and worst_ud <= loss_ud
        low, high = (middle, high) if fits else (low, middle - 1)
    return low * ONE_CONTRACT_C


def part_c(held_c: CountC, percent: int) -> CountC:
    """A part of a position, in whole contracts where it has that many."""
    found_c = held_c * percent // 100
    if percent == 100 or found_c < ONE_CONTRACT_C:
        return found_c
    return found_c // ONE_CONTRACT_C * ONE_CONTRACT_C


def next_part_c(ticket: Ticket, scene: Scene) -> CountC:
    """The next larger part of what is free than the ticket has; after all of it the smallest."""
    parts = [part_c(scene.free_c, percent) for percent in PARTS_PERCENT]
    return next((part for part in parts if part > ticket.count_c), parts[0] or parts[-1])
