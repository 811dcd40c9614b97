"""Whether every position that was opened with a plan is guarded, as the journal and the money say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.core.changes import Change
from engine.core.facts.money import FillBooked
from engine.core.money import MoneyState, apply
from engine.core.order_record import OrderRecord
from engine.domain.order import Leg
from engine.domain.plan import Retirement

_MEANT = (Retirement.DROPPED, Retirement.TAKEN_OVER)
"""A plan that is over although something is held: somebody wanted that."""


def plans_lost(money: MoneyState) -> list[str]:
    """One line for each position without the plan that it should have, and each plan that guards another
    position than there is. For a moment at which nothing is on its way."""
    return [*_unguarded(money), *_unfitting(money)]


def opened_without_plan(records: Sequence[Sequence[Change]]) -> list[str]:
    """One line for each record whose fills opened a position by an order that brings a plan, and that does
    not hold the plan too."""
    money, wrong = MoneyState(), []
    for changes in records:
        opened: dict[str, str] = {}
        for change in changes:
            before_c = _held_c(money, change.fill.ticker) if isinstance(change, FillBooked) else 0
            apply(money, change)
            if not isinstance(change, FillBooked):
                continue
            ticker = change.fill.ticker
            if before_c * _held_c(money, ticker) < 0 or (before_c and not _held_c(money, ticker)):
                opened.pop(ticker, None)  # what that one had opened is gone, or turned over by another order
            if _opens(money, change, before_c):
                opened[ticker] = change.client_order_id
        for ticker, name in opened.items():
            plan = money.plans.get(ticker)
            if _held_c(money, ticker) and (plan is None or plan.retirement == Retirement.CLOSED):
                wrong.append(f"order {name}: its first fill in {ticker} was kept without its plan")
    return wrong


def _opens(money: MoneyState, booked: FillBooked, before_c: int) -> bool:
    order = money.orders.get(booked.client_order_id)
    after_c = _held_c(money, booked.fill.ticker)
    return before_c == 0 and after_c != 0 and order is not None and order.terms.plan is not None


def _held_c(money: MoneyState, ticker: str) -> int:
    held = money.positions.get(ticker)
    return 0 if held is None or held.settled_bp is not None else held.position.count_c


def _unguarded(money: MoneyState) -> Iterator[str]:
    for ticker in money.positions:
        held_c, plan = _held_c(money, ticker), money.plans.get(ticker)
        bringer = _bringer(money, ticker, held_c) if held_c else None
        if bringer is None or (plan is not None and (plan.is_live or plan.retirement in _MEANT)):
            continue
        ended = "never had one" if plan is None else f"retired: {plan.retirement}"
        name = bringer.terms.client_order_id
        yield f"plan of {ticker}: holds {held_c}, order {name} brought a plan, {ended}"


def _unfitting(money: MoneyState) -> Iterator[str]:
    for ticker, plan in money.plans.items():
        held_c = _held_c(money, ticker)
        leg = Leg.YES if held_c > 0 else Leg.NO
        if plan.is_live and (held_c == 0 or plan.leg is not leg or plan.count_c != abs(held_c)):
            yield f"plan of {ticker}: guards {plan.count_c} {plan.leg}, held are {held_c}"


def _bringer(money: MoneyState, ticker: str, held_c: int) -> OrderRecord | None:
    """An order with a plan whose fills added to what is held, since nothing was held last."""
    running_c, found = 0, None
    for booked in money.fills_in.get(ticker, ()):
        running_c += booked.fill.signed_count_c
        if running_c * held_c <= 0:
            found = None
        order = money.orders.get(booked.client_order_id)
        adds = booked.fill.signed_count_c * held_c > 0
        if adds and running_c * held_c > 0 and order is not None and order.terms.plan is not None:
            found = order
    return found
