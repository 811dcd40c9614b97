"""How far the candlesticks of an event are known, and what follows from that: pure values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

import msgspec

WRITTEN_S = 10
"""After its end, before a period is asked for: the exchange takes a moment to write it."""


class EventState(StrEnum):
    OPEN = "open"
    """A market of it trades, is not settled yet, or was not got."""
    COMPLETE = "complete"
    """Every market is settled and known to its last period: never asked for again."""
    SMALL = "small"
    """Fewer markets than were asked for: left out, and said."""


class Leg(msgspec.Struct, frozen=True):
    """One market of an event; unix seconds. ``through_s`` is the end of the last period known, None before
    the first request."""

    ticker: str
    open_s: int
    close_s: int
    settled_s: int | None = None
    through_s: int | None = None

    def last_end_s(self, step_s: int) -> int:
        """The end of the period in which it closed."""
        return -(-self.close_s // step_s) * step_s

    def is_complete(self, step_s: int) -> bool:
        if self.settled_s is None:
            return False
        return self.through_s is not None and self.through_s >= self.last_end_s(step_s)


class Need(msgspec.Struct, frozen=True):
    """Candlesticks whose end lies in [start_s, end_s], both included."""

    event_ticker: str
    leg: Leg
    start_s: int
    end_s: int

    def periods(self, step_s: int) -> int:
        return max(0, self.end_s // step_s - -(-self.start_s // step_s) + 1)


class EventCoverage(msgspec.Struct, frozen=True):
    """``reason`` is why the last of the ``failed`` markets was not got."""

    event_ticker: str
    legs: Mapping[str, Leg]
    state: EventState = EventState.OPEN
    failed: frozenset[str] = frozenset()
    reason: str = ""

    def with_listed(self, listed: Iterable[Leg], least_markets: int, step_s: int) -> EventCoverage:
        """As the exchange lists it now; what is known of a market stays known."""
        legs = dict(self.legs)
        for leg in listed:
            before = legs.get(leg.ticker)
            through_s = None if before is None else before.through_s
            settled_s = leg.settled_s if before is None else (leg.settled_s or before.settled_s)
            legs[leg.ticker] = msgspec.structs.replace(leg, through_s=through_s, settled_s=settled_s)
        return msgspec.structs.replace(self, legs=legs)._judged(least_markets, step_s)

    def with_results(
        self, through_s: Mapping[str, int], failures: Mapping[str, str], least_markets: int, step_s: int
    ) -> EventCoverage:
        """After requests: markets known up to a period, and markets that were not got, with the reason."""
        legs = dict(self.legs)
        for ticker, end_s in through_s.items():
            legs[ticker] = msgspec.structs.replace(legs[ticker], through_s=end_s)
        failed = (self.failed - frozenset(through_s)) | frozenset(failures)
        reason = next(iter(failures.values()), self.reason) if failed else ""
        changed = msgspec.structs.replace(self, legs=legs, failed=failed, reason=reason)
        return changed._judged(least_markets, step_s)

    def needs(self, now_s: int, step_s: int) -> list[Need]:
        """What can be had by now and is not known."""
        if self.state is not EventState.OPEN:
            return []
        known_s = (now_s - WRITTEN_S) // step_s * step_s
        found = []
        for leg in self.legs.values():
            start_s = leg.open_s if leg.through_s is None else leg.through_s + 1
            end_s = min(leg.last_end_s(step_s), known_s)
            if start_s <= end_s:
                found.append(Need(self.event_ticker, leg, start_s, end_s))
        return found

    def _judged(self, least_markets: int, step_s: int) -> EventCoverage:
        if len(self.legs) < least_markets:
            state = EventState.SMALL
        elif not self.failed and all(leg.is_complete(step_s) for leg in self.legs.values()):
            state = EventState.COMPLETE
        else:
            state = EventState.OPEN
        return msgspec.structs.replace(self, state=state)
