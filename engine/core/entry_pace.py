"""How fast entries were sent: by everybody in a minute, by strategies in an hour, a day and a scan."""

from __future__ import annotations

from collections import deque

from engine.core.desk import Desk
from engine.core.facts.orders import EXTERNAL, MANUAL, OrderTerms
from engine.core.order_record import OrderRecord
from engine.domain.eastern import eastern_midnight_ns, next_eastern_midnight_ns
from engine.domain.units import HOUR_NS, MINUTE_NS, Nanoseconds


class EntryPace:
    """A minute is monotonic time; hour and day are exchange time, so that they are the same after a
    restart."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._minute: deque[Nanoseconds] = deque()
        self._hour: deque[Nanoseconds] = deque()
        self._day_count = 0
        self._day_began_at: Nanoseconds = 0
        self._day_ends_at: Nanoseconds = 0
        self._scans: dict[str, dict[str, int]] = {}
        """By strategy: entries in each series since its schedule's last time."""

    def sent(self, terms: OrderTerms, mono: Nanoseconds) -> None:
        self._minute.append(mono)
        if terms.owner == MANUAL:
            return
        self._count_for_bots(self._desk.at)
        scan = self._scans.setdefault(terms.owner, {})
        series = self._series(terms.ticker)
        scan[series] = scan.get(series, 0) + 1

    def recall(self, record: OrderRecord) -> None:
        """An order of an earlier run, oldest first; its age in exchange time stands for monotonic time."""
        terms, desk = record.terms, self._desk
        if not terms.opens or terms.owner == EXTERNAL:
            return
        ago_ns = desk.passed_since(record.intended_at)
        if ago_ns < MINUTE_NS:
            self._minute.append(desk.mono - ago_ns)
        if terms.owner != MANUAL:
            self._count_for_bots(record.intended_at)

    def scan_began(self, owner: str) -> None:
        self._scans.pop(owner, None)

    def in_minute(self) -> int:
        times, since = self._minute, self._desk.mono - MINUTE_NS
        while times and times[0] <= since:
            times.popleft()
        return len(times)

    def by_bots_in_hour(self) -> int:
        return _left(self._hour, self._desk.at - HOUR_NS)

    def by_bots_today(self) -> int:
        self._turn_day()
        return self._day_count

    def in_scan(self, terms: OrderTerms) -> int:
        """How many a strategy sent in a market's series since its scan began."""
        return self._scans.get(terms.owner, {}).get(self._series(terms.ticker), 0)

    def _count_for_bots(self, at: Nanoseconds) -> None:
        self._hour.append(at)
        self._turn_day()
        if at >= self._day_began_at:
            self._day_count += 1

    def _turn_day(self) -> None:
        at = self._desk.at
        if at >= self._day_ends_at:
            self._day_began_at, self._day_ends_at = eastern_midnight_ns(at), next_eastern_midnight_ns(at)
            self._day_count = 0

    def _series(self, ticker: str) -> str:
        market = self._desk.markets.get(ticker)
        return ticker.partition("-")[0] if market is None else market.series_ticker


def _left(times: deque[Nanoseconds], since: Nanoseconds) -> int:
    """How many came after ``since``; forgets the others."""
    while times and times[0] <= since:
        times.popleft()
    return len(times)
