"""Recorded markets as the exchange lists them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from engine.domain.market import Event, Market, Outcome, Series, Strike, StrikeType
from engine.domain.price_grid import STRUCTURES
from engine.domain.units import DAY_NS, HOUR_NS, MINUTE_NS, SECOND_NS, Nanoseconds
from engine.sandbox.sources.replay.options import EASTERN, ReplayOptions
from engine.sandbox.sources.replay.selection import ChosenMarket
from engine.sandbox.sources.replay.series_facts import SeriesFacts, facts_of
from engine.sandbox.sources.replay.strikes import derived_strikes, strike_text

LISTED_AHEAD_NS: Nanoseconds = HOUR_NS
"""How long before its opening an event is listed."""
CRYPTO_SHARD = 2
CRYPTO_SHARD_FROM_NS: Nanoseconds = 1_787_529_600 * SECOND_NS
"""New crypto events are on shard 2 since 2026-08-24 (facts sheet, shards)."""


class ListedEvent(msgspec.Struct, frozen=True):
    event: Event
    markets: tuple[Market, ...]
    list_ns: Nanoseconds


class Listing(msgspec.Struct, frozen=True):
    """``events`` by listing time; ``shared_winners`` are exclusive events with more than one YES result."""

    series: Series
    events: tuple[ListedEvent, ...]
    derived_strikes: int
    shared_winners: tuple[str, ...]


def listing_of(options: ReplayOptions, chosen: Sequence[ChosenMarket], structure: str) -> Listing:
    """The series, its events and markets; parts that the metadata lacks come from the tickers."""
    facts = facts_of(options.series)
    by_event: dict[str, list[ChosenMarket]] = {}
    for market in chosen:
        by_event.setdefault(market.row.event_ticker, []).append(market)
    events: list[ListedEvent] = []
    shared: list[str] = []
    for ticker, members in by_event.items():
        strikes = _strikes(members, facts)
        exclusive = facts.one_winner or any(s.kind is StrikeType.BETWEEN for s in strikes.values())
        if exclusive and sum(market.row.outcome is Outcome.YES for market in members) > 1:
            shared.append(ticker)
            exclusive = False
        events.append(_listed(options, facts, ticker, members, strikes, structure, exclusive))
    return Listing(
        series=_series(options, facts, max(event.event.exchange_index for event in events)),
        events=tuple(sorted(events, key=lambda event: (event.list_ns, event.event.ticker))),
        derived_strikes=sum(market.row.strike_type is None for market in chosen),
        shared_winners=tuple(shared),
    )


def _series(options: ReplayOptions, facts: SeriesFacts, exchange_index: int) -> Series:
    return Series(
        ticker=options.series,
        title=facts.title,
        category=facts.category,
        frequency=facts.frequency,
        fees=facts.fees,
        settlement_sources=facts.sources,
        exchange_index=exchange_index,
    )


def _strikes(members: Sequence[ChosenMarket], facts: SeriesFacts) -> dict[str, Strike]:
    """As recorded; from the tickers where the metadata has no strike type."""
    derived = derived_strikes([market.ticker for market in members], facts.unit)
    for market in members:
        row = market.row
        if row.strike_type is not None:
            derived[row.ticker] = Strike(row.strike_type, row.floor, row.cap)
    return derived


def _listed(
    options: ReplayOptions,
    facts: SeriesFacts,
    ticker: str,
    members: Sequence[ChosenMarket],
    strikes: dict[str, Strike],
    structure: str,
    exclusive: bool,
) -> ListedEvent:
    open_ns = min(market.open_ns for market in members)
    close_ns = max(market.close_ns for market in members)
    list_ns = open_ns - LISTED_AHEAD_NS
    on_shard = facts.category == "Crypto" and open_ns >= CRYPTO_SHARD_FROM_NS
    when = dt.datetime.fromtimestamp(close_ns // SECOND_NS, EASTERN)
    titles = {market.row.title for market in members if market.row.title}
    event = Event(
        ticker=ticker,
        series_ticker=options.series,
        title=titles.pop() if len(titles) == 1 else f"{facts.title} on {when:%b} {when.day}, {when.year}?",
        sub_title=f"On {when:%b} {when.day}, {when.year}",
        mutually_exclusive=exclusive,
        strike_ns=close_ns,
        exchange_index=CRYPTO_SHARD if on_shard else 0,
    )
    markets = (_market(options, facts, event, m, strikes[m.ticker], structure, list_ns) for m in members)
    return ListedEvent(event, tuple(markets), list_ns)


def _market(
    options: ReplayOptions,
    facts: SeriesFacts,
    event: Event,
    chosen: ChosenMarket,
    strike: Strike,
    structure: str,
    list_ns: Nanoseconds,
) -> Market:
    sub_title = strike_text(strike, facts.unit) or chosen.ticker.rsplit("-", 1)[-1]
    title = chosen.row.title or event.title
    return Market(
        ticker=chosen.ticker,
        event_ticker=event.ticker,
        series_ticker=options.series,
        title=title,
        yes_sub_title=sub_title,
        no_sub_title=sub_title,
        rules_primary=f"{title} If it is {sub_title}, then the market resolves to Yes.",
        rules_secondary="Replayed from a recording: prices and result are those of the past.",
        open_ns=chosen.open_ns,
        close_ns=chosen.close_ns,
        expected_expiration_ns=chosen.close_ns + 5 * MINUTE_NS,
        latest_expiration_ns=chosen.close_ns + 7 * DAY_NS,
        strike=strike,
        price_level_structure=structure,
        grid=STRUCTURES[structure],
        fees=facts.fees,
        settlement_timer_s=options.settlement_timer_s,
        exchange_index=event.exchange_index,
        created_ns=list_ns,
        updated_ns=list_ns,
    )
