"""Triggers and tickets as people write them, in both directions.

A trigger is ``[TICKER] SOURCE <= LEVEL`` or ``>=``: ``yes_bid<=42``, ``no_ask>=57.5``, ``mid``, ``last`` in
cents (of YES, or ``no_mid``, ``no_last``), ``spot:BRTI>=76200``, ``q10<=35`` (a forecast quantile),
``time>=15:30`` in US Eastern, today. A ticket is ``buy no 10 @ 60``, then ``ioc`` or ``fok``, then ``far``.
"""

from __future__ import annotations

import re
from decimal import Decimal

from engine.domain.bad_text import BadText
from engine.domain.eastern_text import parse_eastern, text_of_eastern
from engine.domain.order import Leg, TimeInForce
from engine.domain.trigger import Crossing, Source, Ticket, Trigger
from engine.domain.units import (
    CENT_BP,
    CONTRACT_BP,
    ONE_CONTRACT_C,
    CountC,
    Nanoseconds,
    PriceBp,
    cents,
    contracts,
)

_HUNDREDTHS = 100
_SHAPE = re.compile(r"(?:(?P<ticker>\S+)\s+)?(?P<source>[^\s<>=]+)\s*(?P<crossing><=|>=)\s*(?P<level>\S.*)")
_QUANTILE = re.compile(r"q(?P<percent>\d{1,2}(?:\.\d)?)", re.ASCII)
_INDEX = re.compile(r"spot:(?P<index>[-\w.]{1,32})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,2})?", re.ASCII)
_PRICES = (Source.BID, Source.ASK, Source.MID, Source.LAST)
_WANTED = "such as yes_bid<=42, no_ask>=57.5, mid<=30, last>=60, spot:BRTI>=76200 or time>=15:30"
_TICKET = re.compile(
    r"(?P<verb>buy|sell)\s+(?P<leg>yes|no)\s+(?P<count>\S+)\s*@\s*(?P<price>[^\s@]+)"
    r"(?:\s+(?P<life>gtc|ioc|fok))?(?:\s+(?P<far>far))?",
    re.IGNORECASE,
)
_TICKET_WANTED = "such as buy no 10 @ 60, with ioc or fok and far at the end if meant"
_LIVES = {
    "gtc": TimeInForce.GOOD_TILL_CANCELED,
    "ioc": TimeInForce.IMMEDIATE_OR_CANCEL,
    "fok": TimeInForce.FILL_OR_KILL,
}
_LIFE_WORDS = {life: word for word, life in _LIVES.items()}


def parse_trigger(text: str, now_ns: Nanoseconds) -> Trigger:
    """``now_ns`` is exchange time, for a clock time without a date. Raises BadText."""
    found = _SHAPE.fullmatch(text.strip())
    if found is None:
        raise BadText("when", text, _WANTED)
    crossing, level = Crossing(found["crossing"]), found["level"].strip()
    source, ticker = found["source"], (found["ticker"] or "").upper()
    if source.lower() == Source.TIME:
        _refuse_market(ticker, "time")
        return Trigger(Source.TIME, crossing, parse_eastern("when: time", level, now_ns))
    index = _INDEX.fullmatch(source)
    if index is not None:
        _refuse_market(ticker, "spot")
        number = _hundredths("when: spot", level, "a number such as 76200 or 76200.5")
        return Trigger(Source.SPOT, crossing, number, key=index["index"])
    kind, leg, key = _price_source(text, source.lower())
    return Trigger(kind, crossing, _cents("when: level", level), leg, ticker, key)


def text_of_trigger(trigger: Trigger) -> str:
    """What :func:`parse_trigger` reads back; exact."""
    level = cents(trigger.level)
    match trigger.source:
        case Source.TIME:
            source, level = "time", text_of_eastern(trigger.level)
        case Source.SPOT:
            source = f"spot:{trigger.key}"
        case Source.FORECAST:
            source = f"{_leg_prefix(trigger.leg)}q{Decimal(trigger.key) / 10}"
        case Source.BID | Source.ASK:
            source = f"{trigger.leg}_{trigger.source}"
        case Source.MID | Source.LAST:
            source = f"{_leg_prefix(trigger.leg)}{trigger.source}"
    market = f"{trigger.ticker} " if trigger.ticker else ""
    return f"{market}{source}{trigger.crossing}{level}"


def parse_ticket(text: str, ticker: str) -> Ticket:
    """An order for ``ticker``. A sale only reduces what is held. Raises BadText."""
    found = _TICKET.fullmatch(text.strip())
    if found is None:
        raise BadText("do", text, _TICKET_WANTED)
    return Ticket(
        ticker,
        Leg(found["leg"].lower()),
        found["verb"].lower() == "buy",
        _count("do: count", found["count"]),
        _cents("do: price", found["price"]),
        _LIVES[(found["life"] or "gtc").lower()],
        far=found["far"] is not None,
    )


def text_of_ticket(ticket: Ticket) -> str:
    """What :func:`parse_ticket` reads back, without market and plan."""
    verb = "buy" if ticket.buys else "sell"
    words = [verb, ticket.leg.value, contracts(ticket.count_c), "@", cents(ticket.price_bp)]
    if ticket.time_in_force is not TimeInForce.GOOD_TILL_CANCELED:
        words.append(_LIFE_WORDS[ticket.time_in_force])
    if ticket.far:
        words.append("far")
    return " ".join(words)


def _price_source(text: str, source: str) -> tuple[Source, Leg, str]:
    """What a price is of: the source, its leg, and the quantile in thousandths if it is a forecast's."""
    leg, bare = Leg.YES, source
    for one in Leg:
        if source.startswith(f"{one}_"):
            leg, bare = one, source.removeprefix(f"{one}_")
    quantile = _QUANTILE.fullmatch(bare)
    if quantile is not None:
        thousandths = int(Decimal(quantile["percent"]) * 10)
        if thousandths:
            return Source.FORECAST, leg, str(thousandths)
    for kind in _PRICES:
        if bare == kind:
            return kind, leg, ""
    raise BadText("when", text, _WANTED)


def _leg_prefix(leg: Leg) -> str:
    return "no_" if leg is Leg.NO else ""


def _refuse_market(ticker: str, what: str) -> None:
    if ticker:
        raise BadText("when", ticker, f"no market before {what}")


def _cents(field: str, text: str) -> PriceBp:
    price_bp = _hundredths(field, text.removesuffix("c").strip(), "cents such as 42 or 42.5")
    if 0 < price_bp < CONTRACT_BP:
        return price_bp
    raise BadText(field, text, "cents above 0 and below 100")


def _count(field: str, text: str) -> CountC:
    count_c = _hundredths(field, text, "contracts such as 10 or 0.25")
    if count_c > 0:
        return count_c
    raise BadText(field, text, "more than 0")


def _hundredths(field: str, text: str, wanted: str) -> int:
    """A plain decimal number with at most two places, in hundredths."""
    if _NUMBER.fullmatch(text) is None:
        raise BadText(field, text, wanted)
    return int(Decimal(text) * _HUNDREDTHS)


assert CENT_BP == ONE_CONTRACT_C == _HUNDREDTHS
