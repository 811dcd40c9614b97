"""The worst that what is held and what works can still lose: in a market, in an event, in all.

Of an order each part may trade or not, so per outcome of a market the worst is: the position as it is, and
every order that loses at that outcome filled at its full rest, its fee included. In an event of which at most
one market pays YES the outcomes are: one of its markets wins, or none; else its markets are added up. The
markets of an event of which nothing is known are added up too, which is never less.

Sums are kept, and corrected by the markets whose orders or position changed since they were last looked at.
"""

from __future__ import annotations

import msgspec

from engine.core.changes import EXTERNAL, OrderTerms
from engine.core.desk import Desk
from engine.core.exposure import worst_loss_ud
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars

_BID = BookSide.BID


class Losses(msgspec.Struct, frozen=True, gc=False):
    """What a market loses at each of its outcomes; below zero it gains."""

    if_yes_ud: MicroDollars = 0
    if_no_ud: MicroDollars = 0

    @property
    def worst_ud(self) -> MicroDollars:
        return max(self.if_yes_ud, self.if_no_ud)


class Exposure(msgspec.Struct, frozen=True, gc=False):
    """The worst case of a market, of its event, and in all."""

    market_ud: MicroDollars
    event_ud: MicroDollars
    total_ud: MicroDollars


class _EventCase:
    """An event's markets: the sum of their losses at NO, and by how much each one's YES is worse."""

    __slots__ = ("if_no_ud", "is_exclusive", "losses", "worst_ud", "yes_over_no_ud")

    def __init__(self, *, is_exclusive: bool) -> None:
        self.is_exclusive = is_exclusive
        self.losses: dict[str, Losses] = {}
        self.yes_over_no_ud: dict[str, MicroDollars] = {}
        self.if_no_ud: MicroDollars = 0
        self.worst_ud: MicroDollars = 0

    def put(self, ticker: str, losses: Losses) -> None:
        before = self.losses.get(ticker, _NONE)
        if losses == _NONE:
            self.losses.pop(ticker, None)
            self.yes_over_no_ud.pop(ticker, None)
        else:
            self.losses[ticker] = losses
            self.yes_over_no_ud[ticker] = losses.if_yes_ud - losses.if_no_ud
        self.if_no_ud += losses.if_no_ud - before.if_no_ud
        self.worst_ud = self._worst_ud()

    def with_market(self, ticker: str, losses: Losses) -> MicroDollars:
        """The event's worst case if one market's were another."""
        before = self.losses.get(ticker, _NONE)
        if not self.is_exclusive:
            return self.worst_ud + max(0, losses.worst_ud) - max(0, before.worst_ud)
        others_ud = max((ud for name, ud in self.yes_over_no_ud.items() if name != ticker), default=0)
        own_ud = losses.if_yes_ud - losses.if_no_ud
        return self.if_no_ud + losses.if_no_ud - before.if_no_ud + max(0, others_ud, own_ud)

    def _worst_ud(self) -> MicroDollars:
        if self.is_exclusive:
            return self.if_no_ud + max(0, *self.yes_over_no_ud.values()) if self.yes_over_no_ud else 0
        return sum(max(0, losses.worst_ud) for losses in self.losses.values())


_NONE = Losses()


class WorstCase:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._events: dict[str, _EventCase] = {}
        self._event_of: dict[str, str] = {}
        """Of each market that is counted: under which event."""
        self._total_ud: MicroDollars = 0
        self._set_aside: dict[str, MicroDollars] = {}
        self._set_aside_ud: MicroDollars = 0
        """By market and in all: the worst losses of working entries of ours."""
        self._begin()

    @property
    def total_ud(self) -> MicroDollars:
        self._refresh()
        return self._total_ud

    @property
    def set_aside_ud(self) -> MicroDollars:
        """Cash that working entries of ours hold, and lose at worst."""
        self._refresh()
        return self._set_aside_ud

    def now(self, ticker: str) -> Exposure:
        """As things are."""
        self._refresh()
        case = self._events.get(self._event_of.get(ticker, ""))
        if case is None:
            return Exposure(0, 0, self._total_ud)
        return Exposure(max(0, case.losses[ticker].worst_ud), case.worst_ud, self._total_ud)

    def with_order(self, terms: OrderTerms, loss_ud: MicroDollars) -> tuple[Exposure, Exposure]:
        """As things are, and as they would be with one more order of this worst loss."""
        self._refresh()
        ticker = terms.ticker
        name, is_exclusive = self._event(ticker)
        case = self._events.get(name)
        if case is None:
            case = _EventCase(is_exclusive=is_exclusive)
        losses = case.losses.get(ticker, _NONE)
        after = _with_order(losses, terms.side, loss_ud, terms.count_c)
        event_ud = case.with_market(ticker, after)
        total_ud = self._total_ud
        return (
            Exposure(max(0, losses.worst_ud), case.worst_ud, total_ud),
            Exposure(max(0, after.worst_ud), event_ud, total_ud + event_ud - case.worst_ud),
        )

    def worst_events(self) -> list[tuple[MicroDollars, str]]:
        """Events with something at stake, the worst first."""
        self._refresh()
        return sorted(((case.worst_ud, name) for name, case in self._events.items()), reverse=True)

    def worst_market_ud(self) -> MicroDollars:
        self._refresh()
        found = (losses.worst_ud for case in self._events.values() for losses in case.losses.values())
        return max(found, default=0)

    def relisted(self) -> None:
        """Markets or events were read: if one belongs elsewhere than it is counted, all are counted anew."""
        for ticker, name in self._event_of.items():
            if (name, self._events[name].is_exclusive) != self._event(ticker):
                self._begin()
                return

    def _begin(self) -> None:
        desk = self._desk
        self._events.clear()
        self._event_of.clear()
        self._set_aside.clear()
        self._total_ud = self._set_aside_ud = 0
        desk.moved_markets.update(dict.fromkeys(desk.money.positions))
        desk.moved_markets.update(dict.fromkeys(record.terms.ticker for record in desk.working()))

    def _refresh(self) -> None:
        moved = self._desk.moved_markets
        if moved:
            for ticker in moved:
                self._count(ticker)
            moved.clear()

    def _count(self, ticker: str) -> None:
        losses = self._losses(ticker)
        name = self._event_of.get(ticker)
        if name is None:
            if losses == _NONE:
                return
            name, is_exclusive = self._event(ticker)
            self._event_of[ticker] = name
            if name not in self._events:
                self._events[name] = _EventCase(is_exclusive=is_exclusive)
        case = self._events[name]
        self._total_ud -= case.worst_ud
        case.put(ticker, losses)
        self._total_ud += case.worst_ud
        if losses == _NONE:
            del self._event_of[ticker]
            if not case.losses:
                del self._events[name]

    def _event(self, ticker: str) -> tuple[str, bool]:
        """A market's event, and whether at most one of its markets pays YES; of one that is not listed, its
        own ticker."""
        market = self._desk.markets.get(ticker)
        if market is None:
            return ticker, False
        event = self._desk.events.get(market.event_ticker)
        return market.event_ticker, event is not None and event.mutually_exclusive

    def _losses(self, ticker: str) -> Losses:
        desk = self._desk
        held = desk.money.positions.get(ticker)
        losses = _NONE
        if held is not None and held.position.count_c:
            count_c, cost_ud = held.position.count_c, held.position.cost_ud
            losses = Losses(cost_ud - _paid_ud(count_c), cost_ud - _paid_ud(-count_c))
        market = desk.markets.get(ticker)
        fees = None if market is None else market.fees
        orders = desk.money.orders
        set_aside_ud = 0
        for name in desk.working_names(ticker):
            record = orders[name]
            terms, rest_c = record.terms, record.remaining_c
            loss_ud = worst_loss_ud(terms, rest_c, fees)
            losses = _with_order(losses, terms.side, loss_ud, rest_c)
            if terms.opens and terms.owner != EXTERNAL:
                set_aside_ud += loss_ud
        self._set_aside_ud += set_aside_ud - self._set_aside.get(ticker, 0)
        self._set_aside[ticker] = set_aside_ud
        return losses


def _with_order(losses: Losses, side: BookSide, loss_ud: MicroDollars, count_c: CountC) -> Losses:
    """With an order that may trade or not. Where it wins it loses no more than a fee over its gain."""
    win_ud = max(0, loss_ud - count_c * CONTRACT_BP)
    if side is _BID:
        return Losses(losses.if_yes_ud + win_ud, losses.if_no_ud + loss_ud)
    return Losses(losses.if_yes_ud + loss_ud, losses.if_no_ud + win_ud)


def _paid_ud(count_c: CountC) -> MicroDollars:
    """What so many contracts of a leg are paid when it wins."""
    return max(0, count_c) * CONTRACT_BP
