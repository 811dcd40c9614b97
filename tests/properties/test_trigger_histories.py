"""Random lives of conditions against a few lines that say what each must do."""

from __future__ import annotations

from random import Random

import msgspec
from core_bench import OTHER, SERIES, START, TICKER, CoreBench, market, of
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core.changes import Change
from engine.core.facts.orders import OrderIntended
from engine.core.facts.prepared import ConditionMoved
from engine.core.inputs import CoreEvent
from engine.core.money import fold
from engine.core.settings import EngineSettings
from engine.core.state_hash import state_hash
from engine.core.step import Step
from engine.domain.command import AddCondition, ChangeCondition
from engine.domain.feed import BookFresh, BookStale, FeedAlive, StaleReason
from engine.domain.order import Leg
from engine.domain.trigger import ConditionState, ConditionTerms, Crossing, Source, Ticket, Trigger
from engine.domain.units import CONTRACT_BP, HOUR_NS, SECOND_NS

SEEDS = st.integers(0, 2**32)


class Expected(msgspec.Struct):
    """One condition as the rules say it: armed, primed, and whether it has gone off."""

    terms: ConditionTerms
    is_armed: bool = True
    is_primed: bool = False
    is_over: bool = False


class KeepingBench(CoreBench):
    """Writes every fact into a journal that outlives it."""

    def __init__(self, journal: list[Change], number: int) -> None:
        self.journal = journal
        super().__init__(EngineSettings(series=(SERIES,)), fold(journal))
        self.at, self.mono = START + number * HOUR_NS // 100, SECOND_NS

    def feed(self, *events: CoreEvent) -> Step:
        for event in events:
            self.journal += super().feed(event).changes
        assert self.last is not None
        return self.last


class Life:
    """Two markets, random books, commands and restarts; ``books`` are YES bid and ask, None: unreadable."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.journal: list[Change] = []
        self.expected: dict[str, Expected] = {}
        self.added = self.turn = 0
        self._restart()

    def run(self, turns: int) -> None:
        acts = (self._book, self._book, self._book, self._book, self._add, self._add, self._change)
        for self.turn in range(1, turns + 1):
            (self._restart if self.chance.random() < 0.05 else self.chance.choice(acts))()
            self._second_look()
            self._compare()

    @property
    def live_hash(self) -> str:
        return state_hash(self.bench.engine.money)

    def value(self, trigger: Trigger, ticker: str) -> int | None:
        """Doubled, so that a mid is whole."""
        book = self.books[ticker]
        if book is None or book[0] >= book[1]:
            return None
        bid_bp, ask_bp = book
        if trigger.leg is Leg.NO:
            bid_bp, ask_bp = CONTRACT_BP - ask_bp, CONTRACT_BP - bid_bp
        return {Source.BID: 2 * bid_bp, Source.ASK: 2 * ask_bp}.get(trigger.source, bid_bp + ask_bp)

    def holds(self, terms: ConditionTerms) -> bool | None:
        value = self.value(terms.trigger, terms.trigger.ticker or TICKER)
        if value is None:
            return None
        level = 2 * terms.trigger.level
        return value <= level if terms.trigger.crossing is Crossing.AT_OR_BELOW else value >= level

    def _book(self) -> None:
        ticker = self.chance.choice((TICKER, OTHER))
        kind = self.chance.random()
        if kind < 0.15:
            self.books[ticker] = None
            self.bench.feed(BookStale(ticker, StaleReason.GAP))
        elif kind < 0.25:
            self.books[ticker] = None
            self.bench.feed(BookFresh(ticker, ((self._price(), 500),), (), None))
        else:
            bid_bp = self._price()
            ask_bp = bid_bp + self.chance.choice((0, 100, 200, 301))
            self.books[ticker] = (bid_bp, ask_bp)
            self.bench.feed(BookFresh(ticker, ((bid_bp, 500),), ((ask_bp, 500),), None))
        self._look(ticker)

    def _price(self) -> int:
        return 100 * self.chance.randrange(40, 56)

    def _add(self) -> None:
        self.added += 1
        trigger = Trigger(
            self.chance.choice((Source.BID, Source.ASK, Source.MID)),
            self.chance.choice(tuple(Crossing)),
            50 * self.chance.randrange(80, 112),
            self.chance.choice(tuple(Leg)),
            self.chance.choice(("", OTHER)),
        )
        live = [name for name, one in self.expected.items() if not one.is_over]
        cancels = (self.chance.choice(live),) if live and self.chance.random() < 0.3 else ()
        # A price and a count of its own, far below the market: neither collar nor likeness refuses it.
        ticket = Ticket(TICKER, Leg.YES, True, 1 + self.added, 400)
        terms, name = ConditionTerms(trigger, ticket, cancels=cancels), f"k{self.added}"
        holds = self.holds(terms)
        answer = self.bench.answer(AddCondition(name, terms))
        assert answer.deny_code == ("ALREADY_TRUE" if holds else "")
        if not holds:
            self.expected[name] = Expected(terms, is_primed=holds is False)

    def _change(self) -> None:
        if not self.expected:
            return
        name = self.chance.choice(list(self.expected))
        change = self.chance.choice(("enable", "disable", "disable", "remove"))
        answer, one = self.bench.answer(ChangeCondition(name, change)), self.expected[name]
        if change == "remove":
            del self.expected[name]
        elif one.is_over:
            assert answer.deny_code == "CONDITION_ENDED"
        elif change == "disable":
            one.is_armed = one.is_primed = False
        elif not one.is_armed:
            holds = self.holds(one.terms)
            assert answer.deny_code == ("ALREADY_TRUE" if holds else "")
            one.is_armed, one.is_primed = not holds, holds is False

    def _restart(self) -> None:
        """The bench's own books come with a new start; a look around follows."""
        self.bench = KeepingBench(self.journal, self.turn)
        self.books = {TICKER: (4_900, 5_100), OTHER: (4_900, 5_100)}
        self.bench.start(market(), market(OTHER), run_id=f"r{self.turn}")
        for one in self.expected.values():
            if one.is_armed and not one.is_over:
                one.is_primed = one.is_primed or self.holds(one.terms) is False

    def _second_look(self) -> None:
        """Time goes on, the feed is heard, and the engine looks around."""
        self.bench.at += 15 * SECOND_NS
        self.bench.mono += 15 * SECOND_NS
        self.bench.feed(FeedAlive())
        self._look("")

    def _look(self, ticker: str) -> None:
        """What the rules say happens when this market's book has moved, or (empty) all are looked at."""
        for name, one in list(self.expected.items()):
            if one.is_over or not one.is_armed or ticker not in ("", one.terms.trigger.ticker or TICKER):
                continue
            holds = self.holds(one.terms)
            if holds is False:
                one.is_primed = True
            elif holds and one.is_primed and self._is_readable(TICKER):
                self._fire(name, one)

    def _is_readable(self, ticker: str) -> bool:
        book = self.books[ticker]
        return book is not None and book[0] < book[1]

    def _fire(self, name: str, one: Expected) -> None:
        one.is_over = True
        for other, another in self.expected.items():
            if other in one.terms.cancels or name in another.terms.cancels:
                another.is_over = True

    def _compare(self) -> None:
        live = {
            name: (record.state is ConditionState.ARMED, record.is_primed)
            for name, record in self.bench.engine.money.conditions.items()
            if record.is_live
        }
        assert live == {
            name: (one.is_armed, one.is_primed) for name, one in self.expected.items() if not one.is_over
        }


@settings(max_examples=25, deadline=None, derandomize=True)
@given(SEEDS)
def test_each_condition_does_what_the_rules_say_and_is_one_order_at_most(seed: int) -> None:
    life = Life(seed)
    life.run(60)
    orders = [change.terms.client_order_id for change in of(life.journal, OrderIntended)]
    assert len(orders) == len(set(orders))
    fired = [move for move in of(life.journal, ConditionMoved) if move.state is ConditionState.FIRED]
    assert [move.client_order_id for move in fired] == orders
    assert orders == [f"{move.condition_id}-o" for move in fired]
    assert state_hash(fold(life.journal)) == life.live_hash
    for move in fired:
        assert {"bid_bp", "ask_bp", "value", "level"} <= move.numbers.keys()
