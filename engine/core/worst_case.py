"""The worst that what is held and what works can still lose: in a market, in an event, in all.

Of an order each part may trade or not, so per outcome of a market the worst is: the position as it is, and
every order that loses at that outcome filled at its full rest, its fee included. In an event of which at most
one market pays YES the outcomes are: one of its markets wins, or none; else its markets are added up. The
markets of an event of which nothing is known are added up too, which is never less.

Sums are kept, and corrected by the markets whose orders or position changed since they were last looked at.
"""

from __future__ import annotations

from typing import TypeAlias

from engine.core.desk import Desk
from engine.core.exposure import worst_loss_ud
from engine.core.facts.orders import EXTERNAL, OrderTerms
from engine.domain.order import BookSide
from engine.domain.units import CONTRACT_BP, CountC, MicroDollars

_BID = BookSide.BID


Losses: TypeAlias = tuple[MicroDollars, MicroDollars, MicroDollars]
"""What a market loses if YES wins and if NO wins (below zero it gains), and the worst of its working entries
of ours, which hold that cash."""
Outlook: TypeAlias = tuple[MicroDollars, MicroDollars, MicroDollars, MicroDollars]
"""What the worst case would be: of a market, of its event, by how much the event's would be more than it is,
and of everything together."""


class _MarketCase:
    """One market's losses, see :data:`Losses`."""

    __slots__ = ("event", "if_no_ud", "if_yes_ud", "set_aside_ud", "ticker")

    def __init__(self, ticker: str, event: _EventCase) -> None:
        self.ticker = ticker
        self.event = event
        self.if_yes_ud: MicroDollars = 0
        self.if_no_ud: MicroDollars = 0
        self.set_aside_ud: MicroDollars = 0


class _EventCase:
    """An event's markets: what they lose at NO together, and by how much each one's YES is worse.

    ``over_ud`` is the most of the latter, with whose it is; 0 where no market's YES is worse.
    """

    __slots__ = ("if_no_ud", "is_exclusive", "markets", "name", "over_by", "over_ud", "worst_ud")

    def __init__(self, name: str, *, is_exclusive: bool) -> None:
        self.name = name
        self.is_exclusive = is_exclusive
        self.markets: dict[str, _MarketCase] = {}
        self.if_no_ud: MicroDollars = 0
        self.over_ud: MicroDollars = 0
        self.over_by: _MarketCase | None = None
        self.worst_ud: MicroDollars = 0

    def put(self, market: _MarketCase, if_yes_ud: MicroDollars, if_no_ud: MicroDollars) -> None:
        """Takes in what one of its markets loses now."""
        if not self.is_exclusive:
            self.worst_ud += worst_of(if_yes_ud, if_no_ud) - worst_of(market.if_yes_ud, market.if_no_ud)
        self.if_no_ud += if_no_ud - market.if_no_ud
        market.if_yes_ud, market.if_no_ud = if_yes_ud, if_no_ud
        if not self.is_exclusive:
            return
        over_ud = if_yes_ud - if_no_ud
        if over_ud >= self.over_ud:
            self.over_ud, self.over_by = over_ud, market
        elif market is self.over_by:
            self.over_ud, self.over_by = self._most_over(None)
        self.worst_ud = self.if_no_ud + self.over_ud

    def with_market(
        self, market: _MarketCase, if_yes_ud: MicroDollars, if_no_ud: MicroDollars
    ) -> MicroDollars:
        """The event's worst case if one market's losses were others."""
        if not self.is_exclusive:
            before_ud = worst_of(market.if_yes_ud, market.if_no_ud)
            return self.worst_ud + worst_of(if_yes_ud, if_no_ud) - before_ud
        over_ud = self._most_over(market)[0] if market is self.over_by else self.over_ud
        own_ud = if_yes_ud - if_no_ud
        return self.if_no_ud + if_no_ud - market.if_no_ud + (own_ud if own_ud > over_ud else over_ud)

    def _most_over(self, but: _MarketCase | None) -> tuple[MicroDollars, _MarketCase | None]:
        most_ud, by = 0, None
        for market in self.markets.values():
            over_ud = market.if_yes_ud - market.if_no_ud
            if over_ud > most_ud and market is not but:
                most_ud, by = over_ud, market
        return most_ud, by


def worst_of(if_yes_ud: MicroDollars, if_no_ud: MicroDollars) -> MicroDollars:
    """Never below zero: at one of its outcomes each market loses what it cost."""
    worst_ud = if_yes_ud if if_yes_ud > if_no_ud else if_no_ud
    return worst_ud if worst_ud > 0 else 0


class WorstCase:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._moved = desk.moved_markets
        self._events: dict[str, _EventCase] = {}
        self._markets: dict[str, _MarketCase] = {}
        """Those in which something can be lost or is set aside."""
        self._total_ud: MicroDollars = 0
        self._set_aside_ud: MicroDollars = 0
        self._asked: tuple[str, _MarketCase, Losses] | None = None
        """Of the entry that was looked at last: its client order id, and its market's losses with it."""
        self._begin()

    @property
    def total_ud(self) -> MicroDollars:
        self._refresh()
        return self._total_ud

    def set_aside_ud(self) -> MicroDollars:
        """Cash that working entries of ours hold, and lose at worst."""
        if self._moved:
            self._refresh()
        return self._set_aside_ud

    def with_order(self, terms: OrderTerms, loss_ud: MicroDollars) -> Outlook:
        """With one more order of this worst loss."""
        if self._moved:
            self._refresh()
        market = self._markets.get(terms.ticker) or self._new_market(terms.ticker)
        if_yes_ud, if_no_ud = market.if_yes_ud, market.if_no_ud
        win_ud = loss_ud - terms.count_c * CONTRACT_BP
        if win_ud < 0:
            win_ud = 0
        if terms.side is _BID:
            if_yes_ud += win_ud
            if_no_ud += loss_ud
        else:
            if_yes_ud += loss_ud
            if_no_ud += win_ud
        after = if_yes_ud, if_no_ud, market.set_aside_ud + loss_ud
        self._asked = terms.client_order_id, market, after
        event = market.event
        event_ud = event.with_market(market, if_yes_ud, if_no_ud)
        added_ud = event_ud - event.worst_ud
        market_ud = if_yes_ud if if_yes_ud > if_no_ud else if_no_ud
        return market_ud, event_ud, added_ud, self._total_ud + added_ud

    def market_ud(self, ticker: str) -> MicroDollars:
        """The worst case of one market as it is."""
        self._refresh()
        market = self._markets.get(ticker)
        return 0 if market is None else worst_of(market.if_yes_ud, market.if_no_ud)

    def opened(self, terms: OrderTerms) -> None:
        """The entry that was asked for last goes out."""
        asked = self._asked
        if asked is None or asked[0] != terms.client_order_id or self._moved:
            self._moved[terms.ticker] = None
        else:
            self._put(asked[1], asked[2])
        self._asked = None

    def worst_events(self) -> list[tuple[MicroDollars, str]]:
        """Events with something at stake, the worst first."""
        self._refresh()
        return sorted(((case.worst_ud, name) for name, case in self._events.items()), reverse=True)

    def worst_market_ud(self) -> MicroDollars:
        self._refresh()
        found = (worst_of(market.if_yes_ud, market.if_no_ud) for market in self._markets.values())
        return max(found, default=0)

    def relisted(self) -> None:
        """Markets or events were read: if one belongs elsewhere than it is counted, all are counted anew."""
        for ticker, market in self._markets.items():
            if (market.event.name, market.event.is_exclusive) != self._event(ticker):
                self._begin()
                return

    def _begin(self) -> None:
        desk = self._desk
        self._events.clear()
        self._markets.clear()
        self._asked = None
        self._total_ud = self._set_aside_ud = 0
        self._moved.update(dict.fromkeys(desk.money.positions))
        self._moved.update(dict.fromkeys(record.terms.ticker for record in desk.working()))

    def _refresh(self) -> None:
        moved = self._moved
        for ticker in moved:
            market = self._markets.get(ticker) or self._new_market(ticker)
            self._put(market, self._losses(ticker))
        moved.clear()

    def _put(self, market: _MarketCase, losses: Losses) -> None:
        if_yes_ud, if_no_ud, set_aside_ud = losses
        event = market.event
        before_ud = event.worst_ud
        event.put(market, if_yes_ud, if_no_ud)
        self._total_ud += event.worst_ud - before_ud
        self._set_aside_ud += set_aside_ud - market.set_aside_ud
        market.set_aside_ud = set_aside_ud
        if not (if_yes_ud or if_no_ud or set_aside_ud):
            self._forget(market)
        elif market.ticker not in self._markets:
            self._markets[market.ticker] = event.markets[market.ticker] = market
            self._events[event.name] = event

    def _forget(self, market: _MarketCase) -> None:
        self._markets.pop(market.ticker, None)
        market.event.markets.pop(market.ticker, None)
        if not market.event.markets:
            self._events.pop(market.event.name, None)

    def _new_market(self, ticker: str) -> _MarketCase:
        """One that is not counted yet; its event may be, through another market."""
        name, is_exclusive = self._event(ticker)
        event = self._events.get(name) or _EventCase(name, is_exclusive=is_exclusive)
        return _MarketCase(ticker, event)

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
        return if_yes_ud, if_no_ud, set_aside_ud


def _fee_over_gain_ud(loss_ud: MicroDollars, count_c: CountC) -> MicroDollars:
    """What an order that wins loses all the same: a fee that is more than its gain."""
    over_ud = loss_ud - count_c * CONTRACT_BP
    return over_ud if over_ud > 0 else 0


def _paid_ud(count_c: CountC) -> MicroDollars:
    """What so many contracts of a leg are paid when it wins."""
    return max(0, count_c) * CONTRACT_BP
