"""REVIEW: everything a person is to see before an order is sent, and everything that forbids sending it."""

from __future__ import annotations

from dataclasses import dataclass

from console.tui.ticket.checks import Notice, blocks_of, warnings_of
from console.tui.ticket.figures import Effect, Figures, effect_of, figures_of
from console.tui.ticket.scene import Scene
from console.tui.ticket.split import Split, opposite_levels, split_of
from console.tui.ticket.ticket import Ticket, Verb
from engine.control.rows.orders import OrderRow
from engine.domain.order import book_order
from engine.domain.units import CENT_BP, MINUTE_NS, PriceBp

MOVED_BP: PriceBp = CENT_BP
"""A book that moved more than this since it was reviewed is reviewed again."""
_LIKE_NS = MINUTE_NS


@dataclass(frozen=True, slots=True)
class Review:
    """``opens`` is how the order goes to the engine: what only takes away goes as reducing, and needs no
    arming. ``identical`` counts orders like it in the last minute. ``best_bp`` is the other side's best."""

    ticket: Ticket
    scene: Scene
    split: Split
    effect: Effect
    figures: Figures
    opens: bool
    identical: int
    best_bp: PriceBp | None
    blocks: tuple[Notice, ...]
    warnings: tuple[Notice, ...]

    @property
    def can_be_sent(self) -> bool:
        return not self.blocks

    def has_moved(self, earlier: Review) -> bool:
        """Whether the split or what becomes of the position changed, or the other side's best went by more
        than a cent, since then."""
        if not self.split.is_like(earlier.split) or self.effect != earlier.effect:
            return True
        if self.opens is not earlier.opens:
            return True
        if self.best_bp is None or earlier.best_bp is None:
            return self.best_bp is not earlier.best_bp
        return abs(self.best_bp - earlier.best_bp) > MOVED_BP


def review(ticket: Ticket, scene: Scene) -> Review:
    """Judges a ticket by a scene; raises nothing, whatever is missing."""
    split = split_of(ticket, scene)
    effect = effect_of(ticket, scene, split)
    opens = _opens(ticket, scene)
    identical = sum(1 for order in scene.orders if is_like(ticket, order, scene, _LIKE_NS))
    levels = opposite_levels(ticket, scene)
    return Review(
        ticket=ticket,
        scene=scene,
        split=split,
        effect=effect,
        figures=figures_of(ticket, scene, split, effect),
        opens=opens,
        identical=identical,
        best_bp=levels[0][0] if levels else None,
        blocks=blocks_of(ticket, scene, split, effect, opens=opens),
        warnings=warnings_of(ticket, scene, split, effect, opens=opens),
    )


def _opens(ticket: Ticket, scene: Scene) -> bool:
    """Buying the other leg of what is held, no more than that, is a close by another name."""
    if ticket.verb is Verb.CLOSE:
        return False
    takes_away = scene.held_leg not in (None, ticket.leg)
    return not (takes_away and 0 < ticket.count_c <= scene.free_c)


def is_like(ticket: Ticket, order: OrderRow, scene: Scene, within_ns: int) -> bool:
    """Whether an order of ours is the same side, count and price, sent within that time."""
    same = book_order(order.leg, buys=order.buys, price_bp=order.price_bp)
    return (
        same == (ticket.side, ticket.yes_price_bp)
        and order.count_c == ticket.count_c
        and order.owner == "manual"
        and scene.now_ns - order.intended_ns < within_ns
    )
