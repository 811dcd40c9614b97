"""Names of moving markets: ``KXBTCD@now:atm``, ``KXHIGHNY@next:83``.

``now`` is the event of a series that closes next, ``next`` the one after it. ``atm`` is its market nearest to
an even price, a number the market whose strike that is or whose range holds it. A name becomes a ticker when
an order is reviewed, and stays that one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

import msgspec

from engine.domain.bad_text import BadText
from engine.domain.market import MarketStatus, Strike, StrikeType
from engine.domain.units import CONTRACT_BP, Nanoseconds, PriceBp

AT_THE_MONEY = "atm"
_NAME = re.compile(
    r"(?P<series>[A-Z0-9]{1,40})@(?P<which>now|next)(?::(?P<leg>atm|\d{1,12}(?:\.\d{1,4})?))?",
    re.ASCII | re.IGNORECASE,
)
_OPEN = (MarketStatus.ACTIVE, MarketStatus.INACTIVE)
_SAME = Decimal("0.01")
"""Bounds are often written a hundredth under the round number that is meant."""
_SHOWN = 3


class RollingName(msgspec.Struct, frozen=True):
    """``leg`` is ``atm``, a number, or empty: then the whole event is meant."""

    series: str
    is_next: bool
    leg: str = ""


class Listed(msgspec.Struct, frozen=True):
    """What of a market decides whether a name means it; ``bid_bp`` and ``ask_bp`` are of YES."""

    ticker: str
    event_ticker: str
    series_ticker: str
    status: MarketStatus
    close_ns: Nanoseconds
    strike: Strike | None = None
    bid_bp: PriceBp | None = None
    ask_bp: PriceBp | None = None


class CannotRoll(ValueError):
    """No market, or not one alone, is meant by a name. One line."""


def parse_rolling(text: str, field: str = "TICKER") -> RollingName | None:
    """None for what is no rolling name but a ticker. Raises BadText for a broken one."""
    if "@" not in text:
        return None
    found = _NAME.fullmatch(text)
    if found is None:
        raise BadText(field, text, "a ticker, or a name such as KXBTCD@now:atm or KXHIGHNY@next:83")
    return RollingName(
        found["series"].upper(), found["which"].lower() == "next", (found["leg"] or "").lower()
    )


def rolled_event(name: RollingName, listed: Iterable[Listed], now_ns: Nanoseconds) -> str:
    """The event that a name means now. Raises CannotRoll."""
    closes: dict[str, Nanoseconds] = {}
    for market in listed:
        if market.series_ticker == name.series and market.status in _OPEN and market.close_ns > now_ns:
            event = market.event_ticker
            closes[event] = min(market.close_ns, closes.get(event, market.close_ns))
    events = sorted(closes, key=lambda event: (closes[event], event))
    place = 1 if name.is_next else 0
    if place < len(events):
        return events[place]
    raise CannotRoll(f"{name.series}: {len(events)} open events are listed here, wanted {place + 1}")


def rolled_market(name: RollingName, listed: Sequence[Listed], now_ns: Nanoseconds) -> str:
    """The market that a name means now. Raises CannotRoll."""
    event = rolled_event(name, listed, now_ns)
    legs = [market for market in listed if market.event_ticker == event and market.close_ns > now_ns]
    if not name.leg:
        raise CannotRoll(f"{event}: got the whole event, wanted one market: add :atm or a strike such as :83")
    return _at_the_money(event, legs) if name.leg == AT_THE_MONEY else _at(event, legs, Decimal(name.leg))


def _at_the_money(event: str, legs: Sequence[Listed]) -> str:
    priced = [
        (abs(market.bid_bp + market.ask_bp - CONTRACT_BP), market.ticker)
        for market in legs
        if market.bid_bp is not None and market.ask_bp is not None
    ]
    if not priced:
        raise CannotRoll(f"{event}: no market has both a bid and an ask, so none is at the money")
    return min(priced)[1]


def _at(event: str, legs: Sequence[Listed], number: Decimal) -> str:
    """Ranges first: a bound that equals the number may belong to the market beside it."""
    ranges = [market.ticker for market in legs if _holds(market.strike, number)]
    found = ranges or [market.ticker for market in legs if _is_bound(market.strike, number)]
    if len(found) == 1:
        return found[0]
    if found:
        raise CannotRoll(f"{event}: {number} may be {' or '.join(sorted(found))}")
    nearest = sorted((abs(bound - number), bound) for market in legs for bound in _bounds(market.strike))
    near = ", ".join(dict.fromkeys(f"{bound:f}" for _, bound in nearest[: _SHOWN * 2]))
    raise CannotRoll(f"{event}: got {number}, which no market has; near it: {near or 'nothing'}")


def _holds(strike: Strike | None, number: Decimal) -> bool:
    if strike is None or strike.kind is not StrikeType.BETWEEN or strike.floor is None or strike.cap is None:
        return False
    return strike.floor <= number <= strike.cap


def _is_bound(strike: Strike | None, number: Decimal) -> bool:
    if strike is None or strike.kind is StrikeType.BETWEEN:
        return False
    return any(abs(bound - number) <= _SAME for bound in _bounds(strike))


def _bounds(strike: Strike | None) -> list[Decimal]:
    return [] if strike is None else [end for end in (strike.floor, strike.cap) if end is not None]
