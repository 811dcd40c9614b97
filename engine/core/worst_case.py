"""The worst that what is held and what works can still lose: in a market, in an event, in all.

Of an order each part may trade or not, so per outcome of a market the worst is: the position as it is, and
every order that loses at that outcome filled at its full rest, its fee included. In an event of which at most
one market pays YES the outcomes are: one of its markets wins, or none; else its markets are added up. The
markets of an event of which nothing is known are added up too, which is never less.

Sums are kept, and corrected by the markets whose orders or position changed since they were last looked at.
"""

from __future__ import annotations

from typing import TypeAlias

from engine.core.changes import EXTERNAL, OrderTerms
from engine.core.desk import Desk
from engine.core.exposure import worst_loss_ud
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars

_BID = BookSide.BID


Losses: TypeAlias = tuple[MicroDollars, MicroDollars]
"""What a market loses if YES wins and if NO wins; below zero it gains."""
Change: TypeAlias = tuple[MicroDollars, MicroDollars, MicroDollars, MicroDollars]
"""The worst case of a market before and after something, and that of its event before and after."""


class _EventCase:
    """An event's markets: what they lose at NO together, and by how much each one's YES is worse.

    ``over_ud`` is the most of the latter, with whose it is; 0 and nobody's where no market's YES is worse.
    """

    __slots__ = ("if_no_ud", "is_exclusive", "losses", "over_by", "over_ud", "worst_ud")

    def __init__(self, *, is_exclusive: bool) -> None:
        self.is_exclusive = is_exclusive
        self.losses: dict[str, Losses] = {}
        self.if_no_ud: MicroDollars = 0
        self.over_ud: MicroDollars = 0
        self.over_by = ""
        self.worst_ud: MicroDollars = 0

    def put(self, ticker: str, losses: Losses) -> None:
        before_yes_ud, before_no_ud = self.losses.get(ticker, _NONE)
        if_yes_ud, if_no_ud = losses
        if if_yes_ud or if_no_ud:
            self.losses[ticker] = losses
        else:
            self.losses.pop(ticker, None)
        if not self.is_exclusive:
            self.worst_ud += worst_of(if_yes_ud, if_no_ud) - worst_of(before_yes_ud, before_no_ud)
            return
        self.if_no_ud += if_no_ud - before_no_ud
        over_ud = if_yes_ud - if_no_ud
        if over_ud >= self.over_ud:
            self.over_ud, self.over_by = over_ud, ticker
        elif ticker == self.over_by:
            self.over_ud, self.over_by = self._most_over("")
        self.worst_ud = self.if_no_ud + self.over_ud

    def with_market(self, ticker: str, if_yes_ud: MicroDollars, if_no_ud: MicroDollars) -> MicroDollars:
        """The event's worst case if one market's losses were others."""
        before_yes_ud, before_no_ud = self.losses.get(ticker, _NONE)
        if not self.is_exclusive:
            return self.worst_ud + worst_of(if_yes_ud, if_no_ud) - worst_of(before_yes_ud, before_no_ud)
        over_ud = self._most_over(ticker)[0] if ticker == self.over_by else self.over_ud
        own_ud = if_yes_ud - if_no_ud
        if own_ud > over_ud:
            over_ud = own_ud
        return self.if_no_ud + if_no_ud - before_no_ud + over_ud

    def _most_over(self, but: str) -> tuple[MicroDollars, str]:
        over = [(if_yes_ud - if_no_ud, name) for name, (if_yes_ud, if_no_ud) in self.losses.items()]
        return max(((ud, name) for ud, name in over if name != but and ud > 0), default=(0, ""))


_NONE: Losses = (0, 0)


def worst_of(if_yes_ud: MicroDollars, if_no_ud: MicroDollars) -> MicroDollars:
    """Never below zero: at one of its outcomes each market loses what it cost."""
    worst_ud = if_yes_ud if if_yes_ud > if_no_ud else if_no_ud
    return worst_ud if worst_ud > 0 else 0


class WorstCase:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._moved = desk.moved_markets
        self._events: dict[str, _EventCase] = {}
        self._event_of: dict[str, str] = {}
        """Of each market that is counted: under which event."""
        self._total_ud: MicroDollars = 0
        self._set_aside: dict[str, MicroDollars] = {}
        self._set_aside_ud: MicroDollars = 0
        """By market and in all: the worst losses of working entries of ours."""
        self._asked: tuple[str, Losses, MicroDollars] = ("", _NONE, 0)
        """Of the last entry that was looked at: its client order id, its market's losses with it, its own."""
        self._begin()

    @property
    def total_ud(self) -> MicroDollars:
        if self._moved:
            self._refresh()
        return self._total_ud

    @property
    def set_aside_ud(self) -> MicroDollars:
        """Cash that working entries of ours hold, and lose at worst."""
        if self._moved:
            self._refresh()
        return self._set_aside_ud

    def with_order(self, terms: OrderTerms, loss_ud: MicroDollars) -> Change:
        """What one more order of this worst loss would change."""
        if self._moved:
            self._refresh()
        ticker = terms.ticker
        name = self._event_of.get(ticker)
        if name is None:
            name, is_exclusive = self._event(ticker)
            case = self._events.get(name) or _EventCase(is_exclusive=is_exclusive)
        else:
            case = self._events[name]
        before_yes_ud, before_no_ud = if_yes_ud, if_no_ud = case.losses.get(ticker, _NONE)
        win_ud = loss_ud - terms.count_c * CONTRACT_BP
        if win_ud < 0:
            win_ud = 0
        if terms.side is _BID:
            if_yes_ud += win_ud
            if_no_ud += loss_ud
        else:
            if_yes_ud += loss_ud
            if_no_ud += win_ud
        self._asked = (terms.client_order_id, (if_yes_ud, if_no_ud), loss_ud)
        return (
            worst_of(before_yes_ud, before_no_ud),
            worst_of(if_yes_ud, if_no_ud),
            case.worst_ud,
            case.with_market(ticker, if_yes_ud, if_no_ud),
        )

    def opened(self, terms: OrderTerms) -> None:
        """The entry that was asked for last goes out."""
        name, after, loss_ud = self._asked
        ticker = terms.ticker
        if name == terms.client_order_id and not self._moved:
            self._put(ticker, after)
            self._set_aside_ud += loss_ud
            self._set_aside[ticker] = self._set_aside.get(ticker, 0) + loss_ud
        else:
            self._moved[ticker] = None

    def worst_events(self) -> list[tuple[MicroDollars, str]]:
        """Events with something at stake, the worst first."""
        self._refresh()
        return sorted(((case.worst_ud, name) for name, case in self._events.items()), reverse=True)

    def worst_market_ud(self) -> MicroDollars:
        self._refresh()
        found = (worst_of(*losses) for case in self._events.values() for losses in case.losses.values())
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
        self._moved.update(dict.fromkeys(desk.money.positions))
        self._moved.update(dict.fromkeys(record.terms.ticker for record in desk.working()))

    def _refresh(self) -> None:
        moved = self._moved
        for ticker in moved:
            self._put(ticker, self._losses(ticker))
        moved.clear()

    def _put(self, ticker: str, losses: Losses) -> None:
        name = self._event_of.get(ticker)
        if name is None:
            if losses == _NONE:
                return
            name, is_exclusive = self._event(ticker)
            self._event_of[ticker] = name
            if name not in self._events:
                self._events[name] = _EventCase(is_exclusive=is_exclusive)
        case = self._events[name]
        before_ud = case.worst_ud
        case.put(ticker, losses)
        self._total_ud += case.worst_ud - before_ud
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
        if_yes_ud = if_no_ud = set_aside_ud = 0
        if held is not None and held.position.count_c:
            count_c, cost_ud = held.position.count_c, held.position.cost_ud
            if_yes_ud, if_no_ud = cost_ud - _paid_ud(count_c), cost_ud - _paid_ud(-count_c)
        market = desk.markets.get(ticker)
        fees = None if market is None else market.fees
        orders = desk.money.orders
        for name in desk.working_names(ticker):
            record = orders[name]
            terms, rest_c = record.terms, record.remaining_c
            loss_ud = worst_loss_ud(terms, rest_c, fees)
            if terms.side is _BID:
                if_no_ud += loss_ud
                if_yes_ud += _fee_over_gain_ud(loss_ud, rest_c)
            else:
                if_yes_ud += loss_ud
                if_no_ud += _fee_over_gain_ud(loss_ud, rest_c)
            if terms.opens and terms.owner != EXTERNAL:
                set_aside_ud += loss_ud
        self._set_aside_ud += set_aside_ud - self._set_aside.get(ticker, 0)
        self._set_aside[ticker] = set_aside_ud
        return if_yes_ud, if_no_ud


def _fee_over_gain_ud(loss_ud: MicroDollars, count_c: CountC) -> MicroDollars:
    """What an order that wins loses all the same: a fee that is more than its gain."""
    over_ud = loss_ud - count_c * CONTRACT_BP
    return over_ud if over_ud > 0 else 0


def _paid_ud(count_c: CountC) -> MicroDollars:
    """What so many contracts of a leg are paid when it wins."""
    return max(0, count_c) * CONTRACT_BP
