"""The money of an order: cost, fees, worst loss, best gain, break-even. Integers throughout."""

from __future__ import annotations

import msgspec

from console.tui.ticket.scene import Scene
from console.tui.ticket.split import Split
from console.tui.ticket.ticket import Ticket
from engine.domain.fee import FeeSchedule
from engine.domain.order import Leg
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars, PriceBp, ceil_div


class Effect(msgspec.Struct, frozen=True):
    """``closes_c`` of the order takes away what is held, ``opens_c`` adds; ``after_leg`` None is flat."""

    closes_c: CountC
    opens_c: CountC
    after_leg: Leg | None
    after_c: CountC


class Figures(msgspec.Struct, frozen=True):
    """If all that does not cancel fills, what rests at its limit. None is what cannot be known.

    ``cost_ud`` is paid for what opens, ``brings_ud`` received for what closes, both before fees.
    ``max_loss_ud`` is what an entry can lose at its limit, whatever the book does until it arrives; its fee
    is ``most_fee_ud``, of all of it taken at the limit should none of it rest.
    ``break_even_bp`` is the probability at which an entry gains nothing.
    """

    cost_ud: MicroDollars
    brings_ud: MicroDollars
    taker_fee_ud: MicroDollars | None
    maker_fee_ud: MicroDollars | None
    most_fee_ud: MicroDollars | None
    max_loss_ud: MicroDollars | None
    max_gain_ud: MicroDollars | None
    break_even_bp: PriceBp | None
    realised_ud: MicroDollars | None

    @property
    def fee_ud(self) -> MicroDollars | None:
        if self.taker_fee_ud is None or self.maker_fee_ud is None:
            return None
        return self.taker_fee_ud + self.maker_fee_ud


def effect_of(ticket: Ticket, scene: Scene, split: Split) -> Effect:
    """What the order does to the position if all of it that does not cancel fills.

    Contracts that other orders of ours already take off are not counted as held for a second time.
    """
    works_c = split.filled_c + split.rests_c
    held_leg, held_c = scene.held_leg, scene.held_c
    adds = ticket.buys and held_leg in (None, ticket.leg)
    if adds:
        return Effect(0, works_c, ticket.leg if held_c + works_c else None, held_c + works_c)
    closes_c = min(works_c, scene.free_c)
    opens_c = works_c - closes_c
    after_c = held_c - works_c
    if after_c > 0 or not ticket.buys:
        return Effect(closes_c, opens_c, held_leg if after_c > 0 else None, max(0, after_c))
    return Effect(closes_c, opens_c, ticket.leg if after_c else None, -after_c)


def worst_loss_ud(ticket: Ticket, fees: FeeSchedule | None, count_c: CountC) -> MicroDollars | None:
    """The engine's measure of an entry: all of it at the limit, with the taker's fee."""
    if ticket.price_bp is None:
        return None
    fee_ud = 0 if fees is None or not count_c else fees.fee_ud(ticket.price_bp, count_c, is_taker=True)
    return ticket.price_bp * count_c + fee_ud


def figures_of(ticket: Ticket, scene: Scene, split: Split, effect: Effect) -> Figures:
    lots = list(split.fills)
    if split.rests_c and ticket.price_bp is not None:
        lots.append((ticket.price_bp, split.rests_c))
    paid_ud, received_ud = _sides_ud(ticket, lots, effect.closes_c)
    taker_ud, maker_ud = fees_ud(ticket, scene.fees, split)
    fee_ud = None if taker_ud is None or maker_ud is None else taker_ud + maker_ud
    most_fee_ud = _most_fee_ud(ticket, scene.fees, split, fee_ud)
    loss_ud = gain_ud = even_bp = None
    if effect.opens_c and fee_ud is not None:
        limit_ud = 0 if ticket.post_only else worst_loss_ud(ticket, scene.fees, effect.opens_c) or 0
        loss_ud = max(limit_ud, paid_ud + fee_ud)
        gain_ud = effect.opens_c * CONTRACT_BP - paid_ud - fee_ud
        even_bp = None if effect.closes_c else ceil_div(paid_ud + fee_ud, effect.opens_c)
    realised_ud = None
    if effect.closes_c and scene.position is not None and scene.held_c:
        realised_ud = received_ud - scene.position.cost_ud * effect.closes_c // scene.held_c
    return Figures(
        paid_ud, received_ud, taker_ud, maker_ud, most_fee_ud, loss_ud, gain_ud, even_bp, realised_ud
    )


def fees_ud(
    ticket: Ticket, fees: FeeSchedule | None, split: Split
) -> tuple[MicroDollars | None, MicroDollars | None]:
    """Taker's and maker's part, one fill for each price; more makers at a price may round up once more."""
    if fees is None or ticket.price_bp is None:
        return None, None
    taker_ud = exact = 0
    for price_bp, count_c in split.fills:
        taker_ud += fees.fee_ud(price_bp, count_c, is_taker=True, earlier_exact=exact)
        exact += fees.exact(price_bp, count_c, is_taker=True)
    if not split.rests_c:
        return taker_ud, 0
    return taker_ud, fees.fee_ud(ticket.price_bp, split.rests_c, is_taker=False, earlier_exact=exact)


def _most_fee_ud(
    ticket: Ticket, fees: FeeSchedule | None, split: Split, fee_ud: MicroDollars | None
) -> MicroDollars | None:
    """What rests as the book stands pays the taker's fee if the book comes nearer before it arrives; what may
    only rest never does."""
    if fees is None or fee_ud is None or ticket.price_bp is None or not split.rests_c or ticket.post_only:
        return fee_ud
    works_c = split.filled_c + split.rests_c
    return max(fee_ud, fees.fee_ud(ticket.price_bp, works_c, is_taker=True))


def _sides_ud(
    ticket: Ticket, lots: list[tuple[PriceBp, CountC]], closes_c: CountC
) -> tuple[MicroDollars, MicroDollars]:
    """Paid for what opens, received for what closes; what comes first closes."""
    paid_ud = received_ud = 0
    left_c = closes_c
    for price_bp, count_c in lots:
        closing_c = min(left_c, count_c)
        left_c -= closing_c
        # Buying one leg takes away the other one, which is worth the rest of the dollar.
        received_ud += closing_c * (CONTRACT_BP - price_bp if ticket.buys else price_bp)
        paid_ud += (count_c - closing_c) * price_bp
    return paid_ud, received_ud
