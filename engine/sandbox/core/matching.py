"""Who an arriving order meets: planned first and changed nothing, so that it can still be refused."""

from __future__ import annotations

import msgspec

from engine.domain.order import BookSide, SelfTradePrevention
from engine.domain.units import CountC, PriceBp
from engine.sandbox.core.listing import MarketRecord
from engine.sandbox.core.orders import Order


class Plan(msgspec.Struct):
    """Makers in price-time order with what each gives; own orders in the way that are to be canceled."""

    matches: list[tuple[Order, CountC]]
    own: list[Order]
    left_c: CountC
    """What no maker gives."""
    met_own: bool = False
    """Stopped before an order of the same account."""

    def give(self, maker: Order) -> bool:
        """Matches a maker with what is left; returns whether anything is left then."""
        given_c = min(self.left_c, maker.remaining_c)
        self.matches.append((maker, given_c))
        self.left_c -= given_c
        return self.left_c > 0

    @property
    def matched_c(self) -> CountC:
        return sum(count for _, count in self.matches)


def plan_match(
    record: MarketRecord,
    account_id: str,
    side: BookSide,
    limit_bp: PriceBp,
    count_c: CountC,
    prevention: SelfTradePrevention,
) -> Plan:
    """Walks the opposite side from its best price to the limit, oldest order first at each price."""
    plan = Plan([], [], count_c)
    # A reduce-only order of an account that holds nothing asks for nothing: no trade is of no contracts.
    if not count_c or not record.queue.crosses(side, limit_bp):
        return plan
    for maker in record.queue.against(side, limit_bp):
        if maker.account_id == account_id:
            if prevention is SelfTradePrevention.TAKER_AT_CROSS:
                plan.met_own = True
                break
            plan.own.append(maker)
            continue
        if not plan.give(maker):
            break
    return plan


def plan_for_customers(record: MarketRecord, side: BookSide, limit_bp: PriceBp, count_c: CountC) -> Plan:
    """The same against the orders of customers alone, as if no maker of the house were there."""
    plan = Plan([], [], count_c)
    for maker in record.queue.against(side, limit_bp):
        if not maker.is_house and not plan.give(maker):
            break
    return plan
