"""Which armed conditions look at which markets and indexes, and what has to be asked for so that they see."""

from __future__ import annotations

from engine.core.book_view import BookWatcher
from engine.core.desk import Desk
from engine.core.effects import WatchIndexes
from engine.core.triggers.condition_record import ConditionRecord
from engine.core.triggers.sight import MARKET_SOURCES
from engine.domain.trigger import ConditionTerms, Source


def looked_at(terms: ConditionTerms) -> str:
    """The market whose prices the trigger looks at; of a trigger without one, the order's."""
    return terms.trigger.ticker or terms.ticket.ticker


def markets_of(terms: ConditionTerms) -> tuple[str, ...]:
    """Markets whose books are needed: the order's, and the trigger's if that is another one."""
    return tuple(dict.fromkeys((terms.ticket.ticker, looked_at(terms))))


class Lookout:
    """``told`` hears of each market on which a condition waits."""

    def __init__(self, desk: Desk, told: BookWatcher) -> None:
        self._desk = desk
        self._told = told
        self._armed: dict[str, ConditionTerms] = {}
        self._in_market: dict[str, dict[str, None]] = {}
        self._by_index: dict[str, dict[str, None]] = {}

    def enter(self, record: ConditionRecord) -> None:
        terms, name = record.terms, record.condition_id
        self._armed[name] = terms
        if terms.trigger.source in MARKET_SOURCES:
            ticker = looked_at(terms)
            self._in_market.setdefault(ticker, {})[name] = None
            self._desk.watch_book(ticker, self._told)
        elif terms.trigger.source is Source.SPOT:
            is_new = terms.trigger.key not in self._by_index
            self._by_index.setdefault(terms.trigger.key, {})[name] = None
            if is_new:
                self._ask_for_indexes()

    def leave(self, name: str) -> None:
        terms = self._armed.pop(name, None)
        if terms is None:
            return
        ticker, key = looked_at(terms), terms.trigger.key
        if _without(self._in_market, ticker, name):
            self._desk.leave_book(ticker, self._told)
        if _without(self._by_index, key, name):
            self._ask_for_indexes()

    def in_market(self, ticker: str) -> tuple[str, ...]:
        """Condition ids, in the order in which they were armed, here and in :meth:`by_index`."""
        return tuple(self._in_market.get(ticker, ()))

    def by_index(self, index_id: str) -> tuple[str, ...]:
        return tuple(self._by_index.get(index_id, ()))

    @property
    def armed(self) -> tuple[str, ...]:
        return tuple(self._armed)

    def markets(self) -> list[str]:
        return [ticker for terms in self._armed.values() for ticker in markets_of(terms)]

    def _ask_for_indexes(self) -> None:
        self._desk.ask(WatchIndexes(tuple(sorted(self._by_index))))


def _without(table: dict[str, dict[str, None]], key: str, name: str) -> bool:
    """Takes a name out; whether it was the last of its key."""
    names = table.get(key)
    if names is None or name not in names:
        return False
    del names[name]
    if names:
        return False
    del table[key]
    return True
